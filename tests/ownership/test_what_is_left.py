"""The decisions of doctor and gc, and what a live training says that it was made from, as functions of values."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.advance import advance
from reconciler.core.doctor import diagnose
from reconciler.core.garbage import GarbageKind, Item, Keeping, garbage, unreferenced
from reconciler.core.lock import Lock, Role
from reconciler.core.markers import to_labels
from reconciler.core.model import Action, Carrier, Declared, Desired, Live, LiveTraining, Markers, Status
from reconciler.core.plan import settle
from reconciler.core.submission import as_trained, pinned_as, trained_alone
from tests.fakes.planning import change_of, plan_of
from tests.fakes.specs import (
    STAGING,
    TRAIN,
    VALIDATE,
    WORKSPACE,
    a_file,
    a_gemini_spec,
    a_live,
    a_live_training,
    a_lock,
    a_spec,
    a_training,
    an_entry,
    endpoint_name,
    job_name,
    markers,
    model_name,
    submitted,
)

SPEC = a_spec()
NOTHING = Desired({})


def _codes(lock: Lock, live: Live, *specs: Declared) -> list[str]:
    return [d.code for d in diagnose(Desired.of(specs), live, lock, WORKSPACE)]


def _found(live: Live, lock: Lock | None = None, *specs: Declared, keeping: Keeping | None = None) -> list[Item]:
    return garbage(Desired.of(specs), live, lock or a_lock(), WORKSPACE, keeping or Keeping(), frozenset())


def _kinds(items: list[Item]) -> list[tuple[GarbageKind, str]]:
    return [(item.kind, str(item.address)) for item in items]


# doctor


def test_specs_lock_and_cloud_that_agree_have_no_findings() -> None:
    assert _codes(a_lock([(SPEC, an_entry(SPEC))]), a_live(a_live_training(SPEC)), SPEC) == []


def test_a_failed_job_of_ours_that_left_a_model_is_found_though_no_lock_names_it() -> None:
    left = a_live_training(SPEC, status=Status.FAILED, model=model_name(SPEC), model_exists=True)

    assert _codes(a_lock(), a_live(left)) == ["LOCK104"]
    assert _kinds(_found(a_live(left))) == [(GarbageKind.LEFTOVER, "vertex/router")]


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED])
def test_a_job_that_left_nothing_is_history(status: Status) -> None:
    ended = a_live_training(SPEC, status=status)

    assert _codes(a_lock(), a_live(ended)) == []
    assert _found(a_live(ended)) == []


def test_a_training_that_runs_beside_the_lock_is_found_and_is_no_garbage() -> None:
    running = a_live_training(a_spec(epochs=9), "2", status=Status.IN_PROGRESS)
    live = a_live(a_live_training(SPEC), running)
    lock = a_lock([(SPEC, an_entry(SPEC))])

    (found,) = diagnose(Desired.of([SPEC]), live, lock, WORKSPACE)

    assert (found.code, str(found.command)) == ("LOCK102", f"tuneform import vertex/router-er-2 {job_name(SPEC, '2')}")
    assert _found(live, lock, SPEC) == []


def test_a_model_of_a_declared_address_that_was_trained_from_something_else_gets_an_address_of_its_own() -> None:
    live = a_live(a_live_training(a_spec(epochs=9)))

    (found,) = diagnose(Desired.of([SPEC]), live, a_lock(), WORKSPACE)

    assert found.code == "LOCK101"
    assert "another spec" in found.detail
    assert _found(live, a_lock(), SPEC) == []


def test_a_partial_run_finds_nothing_undeclared() -> None:
    lock, live = a_lock([(SPEC, an_entry(SPEC))]), a_live(a_live_training(SPEC))

    assert diagnose(Desired.of([], is_complete=False), live, lock, WORKSPACE) == []


def test_a_spec_under_a_new_name_declares_what_the_lock_has_under_the_former() -> None:
    lock = a_lock([(SPEC, an_entry(SPEC))])

    assert _codes(lock, a_live(a_live_training(SPEC)), a_spec("gate", former=("router",))) == []


# gc


def test_what_runs_is_never_garbage_even_where_the_lock_calls_it_deposed() -> None:
    running = a_live_training(SPEC, status=Status.IN_PROGRESS)
    lock = a_lock([(SPEC, an_entry(SPEC, a_training(SPEC, role=Role.DEPOSED)))])

    assert _found(a_live(running), lock, SPEC, keeping=Keeping(last=0)) == []


def test_a_deposed_model_that_another_workspace_claims_is_left_alone() -> None:
    labels = {"labels": {"tuneform-workspace": "theirs"}}
    claimed = a_live_training(SPEC, fields=labels)
    lock = a_lock([(SPEC, an_entry(SPEC, a_training(SPEC, role=Role.DEPOSED)))])

    assert _found(a_live(claimed), lock, SPEC, keeping=Keeping(last=0)) == []


def test_a_deposed_model_of_which_nothing_is_left_is_no_garbage() -> None:
    gone = a_live_training(SPEC, model_exists=False, endpoint_exists=False)
    lock = a_lock([(SPEC, an_entry(SPEC, a_training(SPEC, role=Role.DEPOSED)))])

    assert _found(a_live(gone), lock, SPEC, keeping=Keeping(last=0)) == []


def test_an_address_with_an_approved_change_is_left_to_wait() -> None:
    from reconciler.core.lock import Approved

    deposed = a_training(SPEC, role=Role.DEPOSED)
    lock = a_lock([(SPEC, an_entry(SPEC, deposed, approved=(Approved(action=Action.AWAIT),)))])

    assert _found(a_live(a_live_training(SPEC)), lock, SPEC, keeping=Keeping(last=0)) == []


def test_a_tuned_model_whose_id_is_of_our_form_and_not_ours_is_nobodys_business() -> None:
    spec = a_gemini_spec()
    ours = a_live_training(spec)
    theirs = replace(ours, resource_name="tunedModels/plain", markers=Markers())
    foreign = replace(ours, resource_name="tunedModels/numbers-00000000-0123456789", markers=Markers(owner="00000000"))

    assert _kinds(_found(a_live(ours, theirs, foreign))) == [(GarbageKind.ORPHAN, "gemini/numbers")]


def test_a_tuned_model_with_a_long_name_is_recognised_where_a_spec_has_the_name() -> None:
    spec = a_gemini_spec("a-name-that-is-longer-than-its-id")
    live = a_live(a_live_training(spec))

    assert _found(live) == []
    assert _kinds(_found(live, a_lock([(spec, an_entry(spec, a_training(spec, "2")))]))) == [
        (GarbageKind.ORPHAN, "gemini/a-name-that-is-longer-than-its-id")
    ]


def test_an_upload_is_kept_while_a_training_of_anybody_reads_it() -> None:
    name = f"{STAGING}/{'a' * 64}.jsonl"
    reading = replace(a_live_training(SPEC, status=Status.IN_PROGRESS), markers=Markers(), data_uri=name)

    assert unreferenced([name], NOTHING, a_live(reading), a_lock()) == set()
    assert unreferenced([name], NOTHING, a_live(), a_lock()) == {name}


def test_an_upload_of_a_local_file_is_known_by_its_digest_and_by_the_lock() -> None:
    data = replace(a_file(), identity=replace(a_file().identity, sha256="c" * 64))
    spec = a_spec(data=data)
    name = f"{STAGING}/{'c' * 64}.jsonl"

    assert unreferenced([name], Desired.of([spec]), a_live(), a_lock()) == set()
    assert unreferenced([name], NOTHING, a_live(), a_lock([(spec, an_entry(spec))])) == set()
    assert unreferenced([f"{STAGING}/notes.txt"], NOTHING, a_live(), a_lock()) == set()


# What a live training was made from


def _job(**training: object) -> LiveTraining:
    sent = {"tunedModelDisplayName": "router"}
    return replace(a_live_training(SPEC), training=training, data_uri=TRAIN, sent=sent)


def test_a_job_that_is_what_the_spec_says_is_recorded_as_the_spec_says_it() -> None:
    live = _job(
        baseModel="gemini-2.5-flash",
        supervisedTuningSpec={
            "trainingDatasetUri": TRAIN,
            "hyperParameters": {"epochCount": 3, "adapterSize": "ADAPTER_SIZE_FOUR"},
        },
    )

    assert as_trained(submitted(SPEC), live) == submitted(SPEC)


def test_a_job_that_tells_nothing_is_believed_to_be_what_the_spec_says() -> None:
    assert as_trained(submitted(SPEC), _job()) == submitted(SPEC)


def test_another_method_is_recorded_whole() -> None:
    live = _job(baseModel="gemini-2.5-flash", preferenceOptimizationSpec={"hyperParameters": {"beta": 0.1}})

    trained = as_trained(submitted(SPEC), live)

    assert trained.training["preferenceOptimizationSpec"] == {"hyperParameters": {"beta": 0.1}}
    assert "supervisedTuningSpec" not in trained.training


def test_validation_data_is_recorded_as_the_job_has_it() -> None:
    spec = a_spec(validation=VALIDATE)
    told = {
        "trainingDatasetUri": TRAIN,
        "validationDatasetUri": "gs://other/v.jsonl",
        "hyperParameters": {"epochCount": 3},
    }
    live = _job(baseModel="gemini-2.5-flash", supervisedTuningSpec=told)

    trained = as_trained(submitted(spec), live)

    assert [r.uri for r in trained.data] == [TRAIN, "gs://other/v.jsonl"]


def test_a_child_is_pinned_to_the_model_that_its_job_was_made_from() -> None:
    child = a_spec("child", parent="router")
    parent = {"preTunedModel": {"tunedModelName": "projects/p/locations/l/models/7@2"}}
    live = replace(
        a_live_training(child), training={**parent, "supervisedTuningSpec": {"hyperParameters": {"epochCount": 3}}}
    )

    assert as_trained(submitted(child), live).parent_model == "projects/p/locations/l/models/7@2"
    assert pinned_as(submitted(child), live).parent_model == "projects/p/locations/l/models/7@2"


def test_a_job_without_a_parent_is_no_child() -> None:
    child = a_spec("child", parent="router")
    live = _job(baseModel="gemini-2.5-flash", supervisedTuningSpec={"hyperParameters": {"epochCount": 3}})

    trained = as_trained(submitted(child), live)

    assert (trained.parent, trained.parent_model) == ("", "")


@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("supervisedTuningSpec", "trainingDatasetUri"),
        ("preferenceOptimizationSpec", "trainingDatasetUri"),
        ("reinforcementTuningSpec", "trainingDatasetUri"),
        ("distillationSpec", "promptDatasetUri"),
        ("veoTuningSpec", "trainingDatasetUri"),
    ],
)
def test_the_data_of_a_training_without_a_spec_is_that_of_its_method(method: str, name: str) -> None:
    live = _job(encryptionSpec={"kmsKeyName": "a key"}, **{method: {name: TRAIN}})

    trained = trained_alone(SPEC.address, live)

    assert [record.field for record in trained.data] == [f"{method}.{name}"]


def test_a_training_without_a_spec_is_recorded_from_its_job_alone() -> None:
    live = _job(
        baseModel="gemini-2.5-flash",
        supervisedTuningSpec={
            "trainingDatasetUri": TRAIN,
            "exportLastCheckpointOnly": True,
            "hyperParameters": {"epochCount": 9},
        },
    )

    trained = trained_alone(SPEC.address, live)

    assert trained.training == {
        "baseModel": "gemini-2.5-flash",
        "supervisedTuningSpec": {"hyperParameters": {"epochCount": 9}},
    }
    assert [(r.field, r.uri) for r in trained.data] == [("supervisedTuningSpec.trainingDatasetUri", TRAIN)]
    assert (trained.digest, trained.data_id) == (markers(SPEC).training, markers(SPEC).data)
    assert trained.in_place == {"tunedModelDisplayName": "router"}


def test_a_lost_lock_takes_older_models_of_the_name_in_as_deposed() -> None:
    old = a_live_training(a_spec(epochs=9), "1")
    new = a_live_training(SPEC, "2")

    change = change_of(SPEC, live=a_live(old, new))

    assert {a.attempt: a.role for a in change.adopts} == {"1": Role.DEPOSED, "2": Role.SERVING}
    assert change.adopts[-1].submission == trained_alone(SPEC.address, old)


def test_existing_is_named_by_the_projects_id_where_answers_carry_its_number() -> None:
    place = "projects/12/locations/us-central1"
    handmade = replace(
        a_live_training(a_spec("handmade")),
        markers=Markers(),
        resource_name=f"{place}/tuningJobs/7",
        model=f"{place}/models/8@1",
    )
    spec = a_spec(existing="projects/acme-ml/locations/us-central1/models/8@1")

    assert change_of(spec, live=a_live(handmade)).action.word == "adopt"
    assert (
        change_of(
            replace(spec, existing="projects/other/locations/us-central1/models/8@1"), live=a_live(handmade)
        ).action.word
        == "blocked"
    )


def test_the_endpoint_of_a_deposed_model_that_somebody_deleted_is_garbage() -> None:
    left = endpoint_name(SPEC, "1")
    half = a_live_training(a_spec(epochs=9), "1", model_exists=False, endpoints_left=(left,))
    lock = a_lock([(SPEC, an_entry(SPEC, a_training(a_spec(epochs=9), "1", role=Role.DEPOSED), a_training(SPEC, "2")))])
    live = a_live(half, a_live_training(SPEC, "2"))

    plan = plan_of(SPEC, lock, live)
    for fact in settle(lock, live):
        lock = advance(lock, fact)

    assert plan.is_empty
    assert [(i.kind, left in i.resources) for i in _found(live, lock, SPEC)] == [(GarbageKind.ENDPOINTS, True)]


def test_a_label_on_the_model_that_names_another_address_counts_before_the_jobs() -> None:
    live = a_live_training(SPEC)
    relabelled = replace(live, carriers=(Carrier(model_name(SPEC), {"labels": to_labels(markers(a_spec("gate")))}),))

    assert _kinds(_found(a_live(relabelled))) == [(GarbageKind.ORPHAN, "vertex/gate")]
