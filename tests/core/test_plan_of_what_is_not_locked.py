"""create and adopt: the lock knows nothing, the cloud perhaps does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from reconciler.core.advance import advance
from reconciler.core.change import Adoption, Cause, ReasonCode
from reconciler.core.events import Forgotten
from reconciler.core.lock import Role
from reconciler.core.model import Action, Declared, Identity, Markers, Status
from tests.fakes.planning import change_of, codes_of, fields_of, plan_of
from tests.fakes.specs import (
    TRAIN,
    a_gemini_spec,
    a_live,
    a_live_training,
    a_lock,
    a_spec,
    a_training,
    an_entry,
    bytes_of,
    carried,
    endpoint_name,
    job_name,
    model_name,
    submitted,
)


@pytest.mark.parametrize("spec", [a_spec(), a_gemini_spec()], ids=["vertex", "gemini"])
def test_what_is_nowhere_is_created(spec: Declared) -> None:
    change = change_of(spec)

    assert (change.action, change.reason.code) == (Action.CREATE, ReasonCode.NOT_FOUND)
    assert change.submission == submitted(spec)
    assert change.attempt == "1"


@pytest.mark.parametrize("spec", [a_spec(), a_gemini_spec()], ids=["vertex", "gemini"])
def test_a_ready_model_with_our_markers_is_adopted(spec: Declared) -> None:
    change = change_of(spec, live=a_live(a_live_training(spec, "3")))

    assert (change.action, change.reason.code) == (Action.ADOPT, ReasonCode.MARKED_OURS)
    assert change.adopts == (Adoption(job_name(spec, "3"), "3", Role.SERVING),)
    assert change.attempt == "3"


def test_a_running_training_with_our_markers_is_adopted_as_a_candidate() -> None:
    spec = a_spec()

    change = change_of(spec, live=a_live(a_live_training(spec, status=Status.IN_PROGRESS)))

    assert change.adopts == (Adoption(job_name(spec), "1", Role.CANDIDATE),)
    assert change.cancels == ()


def test_a_state_that_this_version_does_not_know_counts_as_running() -> None:
    spec = a_spec()

    change = change_of(spec, live=a_live(a_live_training(spec, status=Status.UNKNOWN)))

    assert change.action is Action.ADOPT


def test_of_two_ready_models_the_newest_wins_and_the_older_is_deposed() -> None:
    spec = a_spec()
    live = a_live(a_live_training(spec, "1"), a_live_training(spec, "2"))

    change = change_of(spec, live=live)

    assert change.attempt == "2"
    assert {a.attempt: a.role for a in change.adopts} == {"2": Role.SERVING, "1": Role.DEPOSED}


def test_of_two_running_trainings_the_older_stays_and_the_younger_is_cancelled_and_named() -> None:
    spec = a_spec()
    running = [a_live_training(spec, attempt, status=Status.IN_PROGRESS) for attempt in ("1", "2")]

    change = change_of(spec, live=a_live(*running))

    assert (change.action, change.reason.code) == (Action.ADOPT, ReasonCode.DUPLICATE)
    assert (change.attempt, change.cancels, codes_of(change)) == ("1", ("2",), ["PLAN003"])
    assert job_name(spec, "2") in change.notes[0].detail


def test_a_running_training_beside_a_ready_one_is_cancelled() -> None:
    spec = a_spec()
    live = a_live(a_live_training(spec, "1"), a_live_training(spec, "2", status=Status.IN_PROGRESS))

    change = change_of(spec, live=live)

    assert (change.attempt, change.cancels) == ("1", ("2",))


def test_two_trainings_with_the_same_attempt_get_numbers_of_their_own() -> None:
    spec = a_spec()
    one = a_live_training(spec, created="2026-01-01T00:00:00Z")
    other = replace(one, resource_name="projects/acme-ml/locations/us-central1/tuningJobs/x", created="2026-01-02")

    change = change_of(spec, live=a_live(one, other))

    assert sorted(a.attempt for a in change.adopts) == ["1", "2"]


@pytest.mark.parametrize("label", ["", "abc", "1st"])
def test_an_attempt_label_that_somebody_edited_is_replaced_by_a_free_number(label: str) -> None:
    spec = a_spec()
    live = a_live_training(spec)
    odd = replace(live, markers=replace(live.markers, attempt=label))

    change = change_of(spec, live=a_live(odd))

    assert change.attempt == "1"


def test_a_succeeded_job_whose_model_is_gone_is_history() -> None:
    spec = a_spec()
    live = a_live_training(spec, model_exists=False)

    change = change_of(spec, live=a_live(live))

    assert (change.action, change.attempt, codes_of(change)) == (Action.CREATE, "2", ["PLAN004"])
    assert "its model is gone" in change.notes[0].detail


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED])
def test_an_unlocked_training_that_ended_badly_is_told_and_trained_anew(status: Status) -> None:
    spec = a_spec()

    change = change_of(spec, live=a_live(a_live_training(spec, status=status)))

    assert (change.action, change.attempt, codes_of(change)) == (Action.CREATE, "2", ["PLAN004"])


def test_a_model_of_this_name_from_another_spec_is_left_alone_and_told() -> None:
    change = change_of(a_spec(), live=a_live(a_live_training(a_spec(epochs=9))))

    assert (change.action, codes_of(change)) == (Action.CREATE, ["PLAN005"])


def test_a_model_that_was_trained_on_other_bytes_is_not_adopted() -> None:
    spec = a_spec()
    other = a_live_training(spec, objects={TRAIN: bytes_of("other")})

    change = change_of(spec, live=a_live(other))

    assert (change.action, codes_of(change)) == (Action.CREATE, ["PLAN005"])


def test_a_model_in_another_place_is_not_adopted() -> None:
    change = change_of(a_spec(), live=a_live(a_live_training(a_spec(location="europe-west4"))))

    assert change.action is Action.CREATE


def test_the_digest_of_another_version_is_adopted_by_its_fields() -> None:
    spec = a_spec()
    live = a_live_training(spec)
    older = replace(live, markers=replace(live.markers, training="v0-abc"))

    change = change_of(spec, live=a_live(older))

    assert change.action is Action.ADOPT


@pytest.mark.parametrize(
    "markers",
    [Markers(), Markers(workspace="other", name="router"), Markers(workspace="acme", name="other")],
    ids=["none", "another workspace", "another name"],
)
def test_what_is_not_marked_as_ours_is_none_of_our_business(markers: Markers) -> None:
    spec = a_spec()
    foreign = replace(a_live_training(spec), markers=markers, carriers=())

    change = change_of(spec, live=a_live(foreign))

    assert (change.action, codes_of(change)) == (Action.CREATE, [])


@pytest.mark.parametrize(
    ("labels", "action"),
    [
        ({"tuneform-workspace": "acme", "tuneform-name": "router"}, Action.ADOPT),
        ({"tuneform-workspace": "acme"}, Action.CREATE),
        ({"tuneform-workspace": "other", "tuneform-name": "router"}, Action.CREATE),
        ({"tuneform-name": "router"}, Action.CREATE),
    ],
    ids=["its Model says so", "its Model says nothing", "its Model is another workspace's", "it is nobody's"],
)
def test_a_training_under_a_former_name_is_ours_if_its_model_has_been_renamed(
    labels: dict[str, str], action: Action
) -> None:
    spec, former = a_spec(), a_spec("former")
    live = a_live_training(former, training=spec.training, fields={"labels": labels})

    assert change_of(spec, live=a_live(live)).action is action


def test_a_renamed_model_is_no_longer_its_former_names() -> None:
    former = a_spec("former")
    labels = {"tuneform-workspace": "acme", "tuneform-name": "router"}
    live = a_live_training(former, fields={"labels": labels})

    change = change_of(former, live=a_live(live))

    assert (change.action, codes_of(change)) == (Action.CREATE, [])


def test_a_gemini_model_of_another_project_is_not_ours() -> None:
    spec = a_gemini_spec()
    theirs = a_live_training(replace(spec, project="other"))

    change = change_of(spec, live=a_live(theirs))

    assert change.action is Action.CREATE


def test_a_gemini_model_of_ours_from_another_spec_is_left_alone() -> None:
    change = change_of(a_gemini_spec(), live=a_live(a_live_training(a_gemini_spec(epochs=9))))

    assert (change.action, codes_of(change)) == (Action.CREATE, ["PLAN005"])


def test_only_what_is_declared_is_adopted() -> None:
    plan = plan_of([], live=a_live(a_live_training(a_spec())))

    assert plan.changes == ()


def test_a_forgotten_model_is_not_adopted_again() -> None:
    spec = a_spec()
    lock = advance(a_lock(), Forgotten(spec.address, (job_name(spec), model_name(spec)), "2026-01-01"))

    change = change_of(spec, lock, a_live(a_live_training(spec)))

    assert (change.action, codes_of(change)) == (Action.CREATE, ["PLAN006"])
    assert change.attempt == "2"


def test_an_adopted_model_that_carries_something_else_is_patched() -> None:
    spec = a_spec(labels={"team": "a"})
    drifted = {**carried(spec), "tunedModelDisplayName": "other"}

    change = change_of(spec, live=a_live(a_live_training(spec, fields=drifted)))

    assert fields_of(change) == ["tunedModelDisplayName"]
    assert change.fields[0].cause is Cause.DRIFTED
    assert change.patch == {"tunedModelDisplayName": "router"}


@pytest.mark.parametrize("name", [job_name, model_name, endpoint_name], ids=["job", "model", "endpoint"])
def test_existing_names_a_job_a_model_or_an_endpoint(name: Callable[[Declared], str]) -> None:
    handmade = replace(a_live_training(a_spec("handmade")), markers=Markers())
    spec = a_spec(existing=name(a_spec("handmade")))

    change = change_of(spec, live=a_live(handmade))

    assert (change.action, change.reason.code) == (Action.ADOPT, ReasonCode.NAMED_EXISTING)
    assert change.adopts == (Adoption(job_name(a_spec("handmade")), "1", Role.SERVING),)


def test_an_existing_model_may_be_named_without_its_version_and_may_still_train() -> None:
    handmade = a_live_training(a_spec("handmade"), model=model_name(a_spec("handmade")), status=Status.IN_PROGRESS)
    spec = a_spec(existing=model_name(a_spec("handmade")).partition("@")[0])

    change = change_of(spec, live=a_live(handmade))

    assert change.adopts == (Adoption(job_name(a_spec("handmade")), "1", Role.CANDIDATE),)


def test_an_existing_model_that_is_not_there_blocks() -> None:
    change = change_of(a_spec(existing="projects/p/locations/l/models/1"))

    assert (change.action, codes_of(change)) == (Action.BLOCKED, ["PLAN008"])


def test_an_existing_model_of_another_address_blocks() -> None:
    other = a_spec("other")
    spec = a_spec(existing=model_name(other))

    changes = plan_of([spec, other], a_lock([(other, an_entry(other))]), a_live(a_live_training(other))).changes

    (change,) = [c for c in changes if c.address == spec.address]
    assert change.action is Action.BLOCKED
    assert "another address" in change.reason.text


def test_a_lock_that_was_reverted_finds_the_newer_model_by_its_markers() -> None:
    old, new = a_spec(), a_spec(epochs=5)
    live = a_live(a_live_training(old, "1"), a_live_training(new, "2"))

    change = change_of(new, a_lock([(old, an_entry(old))]), live)

    assert (change.action, change.attempt) == (Action.ADOPT, "2")


def test_a_lock_that_was_reverted_to_a_model_that_is_gone_finds_its_successor() -> None:
    spec = a_spec()
    live = a_live(a_live_training(spec, "2"))

    change = change_of(spec, a_lock([(spec, an_entry(spec))]), live)

    assert (change.action, change.attempt) == (Action.ADOPT, "2")


def test_a_failed_attempt_in_the_lock_does_not_hide_a_success_in_the_cloud() -> None:
    spec = a_spec()
    lock = a_lock([(spec, an_entry(spec, a_training(spec, role=Role.FAILED)))])

    change = change_of(spec, lock, a_live(a_live_training(spec, "2")))

    assert (change.action, change.attempt) == (Action.ADOPT, "2")


def test_an_object_that_nobody_can_read_is_told_apart_by_its_uri() -> None:
    spec = a_spec()

    change = change_of(spec, live=a_live(objects={TRAIN: Identity()}))

    assert change.submission is not None
    assert change.submission.data_id.startswith("uri-")
