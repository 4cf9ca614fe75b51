"""What both adapters promise, against the emulator in this process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from reconciler.backends.base import Backend, BackendError, Scope
from reconciler.core.answers import Created
from reconciler.core.cost import epochs_of
from reconciler.core.faults import Fault
from reconciler.core.generation import AnswerSettings
from reconciler.core.lock import Submission, Training
from reconciler.core.lookup import Sought
from reconciler.core.markers import belongs_to, fingerprint, tuned_model_id
from reconciler.core.model import Address, LiveTraining, Markers, Status
from reconciler.core.times import seconds_of
from tests.backends.fakes import (
    EXAMPLES,
    LOCATION,
    PROJECT,
    Cloud,
    a_gemini_submission,
    a_training,
    a_vertex_submission,
    as_locked,
    ended,
    failed,
    some_markers,
)


@dataclass
class Side:
    """One adapter with what it needs."""

    name: str
    cloud: Cloud
    backend: Backend
    submission: Submission
    examples: Sequence[tuple[str, str]]
    place: tuple[str, str]
    display_name: str
    creates: str
    gets: str

    def create(self, markers: Markers | None = None, **changes: Any) -> Created:
        submission = msgspec.structs.replace(self.submission, **changes)
        return self.backend.create(submission, markers or some_markers(), self.examples)

    def trained(self, markers: Markers | None = None) -> Training:
        created = self.create(markers)
        training = a_training(self.submission, job=created.resource_name, operation=created.operation)
        return as_locked(self.submission, ended(self.backend, training))

    def observed(self, *locked: Training) -> dict[str, LiveTraining]:
        return dict(self.backend.observe(Scope(frozenset({self.place}), locked)).trainings)


Opened = Callable[..., Side]


@pytest.fixture(params=["vertex", "gemini"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    def vertex(**settings: Any) -> Side:
        cloud = Cloud.open(**settings)
        cloud.has_training_data(tmp_path)
        methods = ("vertex.tuningJobs.create", "vertex.tuningJobs.get")
        place = (PROJECT, LOCATION)
        return Side("vertex", cloud, cloud.vertex, a_vertex_submission(), (), place, "tunedModelDisplayName", *methods)

    def gemini(**settings: Any) -> Side:
        cloud = Cloud.open(**settings)
        methods = ("gemini.tunedModels.create", "gemini.tunedModels.get")
        place = (PROJECT, "")
        return Side("gemini", cloud, cloud.gemini, a_gemini_submission(), EXAMPLES, place, "displayName", *methods)

    return {"vertex": vertex, "gemini": gemini}[request.param]


def test_its_name_is_the_first_half_of_its_addresses(opened: Opened) -> None:
    side = opened()

    assert side.backend.name == side.name


def test_a_training_that_is_created_becomes_ready_with_a_model_that_answers(opened: Opened) -> None:
    side = opened()

    live = ended(side.backend, a_training(side.submission, job=side.create().resource_name))

    assert (live.status, live.model_exists, live.endpoint_exists) == (Status.READY, True, True)
    assert live.carriers[0].fields[side.display_name] == "Router"
    assert live.created <= live.ended


def test_progress_is_told_while_it_trains(opened: Opened) -> None:
    side = opened(speed="manual")
    created = side.create()
    training = a_training(side.submission, job=created.resource_name, operation=created.operation)
    # Far enough for a step, and not for the last: past queue and dataset on one side, past the start on the other.
    side.cloud.call("POST", "/_emulator/clock", {"advance": 38.0 if side.name == "vertex" else 15.0})

    live = side.backend.poll(training)

    assert live.status is Status.IN_PROGRESS
    assert live.progress.percent is not None
    assert 0 < live.progress.percent < 100
    assert live.progress.steps_done
    assert live.progress.steps_total


def test_what_is_observed_is_what_a_poll_tells(opened: Opened) -> None:
    side = opened()
    training = side.trained()

    (observed,) = side.observed(training).values()

    polled = side.backend.poll(training)
    assert observed.resource_name == training.job
    assert (observed.status, observed.model, observed.endpoint) == (polled.status, polled.model, polled.endpoint)
    assert observed.carriers == polled.carriers
    assert observed.training == polled.training


def test_training_fields_are_answered_with_the_names_that_were_sent(opened: Opened) -> None:
    side = opened()

    live = side.backend.poll(side.trained())

    assert live.training["baseModel"] == side.submission.training["baseModel"]


def test_nothing_is_observed_where_nothing_is(opened: Opened) -> None:
    side = opened()

    observed = side.backend.observe(Scope(frozenset({side.place})))

    assert observed.trainings == {}
    assert observed.unfinished == {PROJECT: 0}


def test_a_training_under_way_counts_as_unfinished(opened: Opened) -> None:
    side = opened(speed="manual")
    side.create()

    observed = side.backend.observe(Scope(frozenset({side.place})))

    assert observed.unfinished == {PROJECT: 1}


def test_a_list_of_many_pages_is_read_whole(opened: Opened) -> None:
    side = opened(max_page_size=2, concurrent_jobs=9)
    created = {side.create(some_markers(attempt=str(n))).resource_name for n in range(1, 6)}

    observed = side.observed()

    assert set(observed) == created


def test_a_training_is_listed_with_its_markers(opened: Opened) -> None:
    side = opened(concurrent_jobs=9)
    first = side.create(some_markers(attempt="1")).resource_name
    side.create(some_markers(attempt="2"))

    (found,) = _listed(side, some_markers(attempt="1"))

    assert found == first


def test_a_training_nobody_sent_is_not_listed(opened: Opened) -> None:
    side = opened(concurrent_jobs=9)
    side.create(some_markers(name="other"))

    assert _listed(side, some_markers()) == []
    assert side.backend.find(side.submission, some_markers()) is None


def test_a_look_is_one_request(opened: Opened) -> None:
    side = opened()
    side.create()
    before = len(side.cloud.requests)

    side.backend.listed(side.submission.project, side.submission.location)

    assert len(side.cloud.requests) - before == 1


def _listed(side: Side, markers: Markers) -> list[str]:
    submission = side.submission
    address = Address(side.name, markers.name)
    sought = Sought(address, (markers.name,), markers, submission, "")
    shown = side.backend.listed(submission.project, submission.location)
    return [live.resource_name for live in shown if sought.is_exact(live)]


def test_what_is_observed_carries_markers_that_prove_whose_it_is(opened: Opened) -> None:
    side = opened()
    side.create()

    (live,) = side.observed().values()

    assert belongs_to(live.markers, Address(side.name, "router"), "acme", PROJECT)
    assert not belongs_to(live.markers, Address(side.name, "other"), "acme", PROJECT)
    assert not belongs_to(live.markers, Address(side.name, "router"), "rivals", PROJECT)


@pytest.mark.parametrize("fault", ["status:503", "status:500", "reset-before", "reset-after", "truncate", "html:200"])
def test_a_create_is_sent_once_and_may_have_worked(opened: Opened, fault: str) -> None:
    side = opened()
    side.cloud.fault(side.creates, fault)

    with pytest.raises(BackendError) as error:
        side.create()

    assert error.value.fault is Fault.TRANSIENT
    assert error.value.may_have_worked
    assert len([r for r in side.cloud.requests if r[0] == "POST" and "upload" not in r[1]]) == 1
    assert side.cloud.faults_left() == 0


def test_a_create_that_worked_although_its_answer_was_lost_is_found(opened: Opened) -> None:
    side = opened()
    side.cloud.fault(side.creates, "reset-after")
    with pytest.raises(BackendError):
        side.create()

    (name,) = _listed(side, some_markers())

    assert name in side.observed()


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("status:400", (Fault.REJECTED, "API320")),
        ("status:403", (Fault.AUTH, "API122")),
        ("status:429", (Fault.QUOTA, "API307")),
    ],
)
def test_a_create_that_is_refused_did_not_work(opened: Opened, fault: str, expected: tuple[Fault, str]) -> None:
    side = opened()
    side.cloud.fault(side.creates, fault)

    with pytest.raises(BackendError) as error:
        side.create()

    assert (error.value.fault, error.value.diagnostic.code) == expected
    assert not error.value.may_have_worked
    assert "Nothing was created." in error.value.diagnostic.detail


def test_a_429_tells_how_long_to_wait(opened: Opened) -> None:
    side = opened()
    side.cloud.fault(side.creates, "status:429;retry-after=7")

    with pytest.raises(BackendError) as error:
        side.create()

    assert error.value.retry_after_s == 7.0


def test_reads_are_repeated_until_they_succeed(opened: Opened) -> None:
    side = opened()
    training = side.trained()
    side.cloud.fault(side.gets, "status:503", "reset-before", "truncate")

    live = side.backend.poll(training)

    assert live.status is Status.READY
    assert len(side.cloud.clock.slept) == 3
    assert side.cloud.faults_left() == 0


def test_a_service_that_stays_down_ends_the_read_with_its_words(opened: Opened) -> None:
    side = opened()
    training = side.trained()
    side.cloud.fault(side.gets, *["status:503"] * 5)

    with pytest.raises(BackendError) as error:
        side.backend.poll(training)

    assert failed(error) == ("API308", False)
    assert "answered 503 UNAVAILABLE" in error.value.diagnostic.detail


def test_patches_touch_only_what_differs_and_the_second_does_nothing(opened: Opened) -> None:
    side = opened()
    training = side.trained()
    fields = {side.display_name: "Router two", "description": "Sorts tickets."}

    patched = side.backend.update(training, None, fields)
    again = side.backend.update(training, None, fields)

    (live,) = side.observed(training).values()
    assert patched == [carrier.resource_name for carrier in live.carriers]
    assert [c.fields[side.display_name] for c in live.carriers] == ["Router two"] * len(live.carriers)
    assert [c.fields["description"] for c in live.carriers] == ["Sorts tickets."] * len(live.carriers)
    assert again == []


def test_a_patch_whose_answer_is_lost_still_counts(opened: Opened) -> None:
    side = opened()
    training = side.trained()
    side.cloud.fault("*.patch", "reset-after")

    patched = side.backend.update(training, None, {side.display_name: "Router two"})

    (live,) = side.observed(training).values()
    assert patched == [carrier.resource_name for carrier in live.carriers]
    assert live.carriers[0].fields[side.display_name] == "Router two"


def test_a_running_training_can_be_cancelled(opened: Opened) -> None:
    side = opened(speed="manual")
    created = side.create()
    training = a_training(side.submission, job=created.resource_name, operation=created.operation)

    side.backend.cancel(training)
    side.cloud.call("POST", "/_emulator/clock", {"advance": 600.0})

    assert side.backend.poll(training).status is Status.CANCELLED


def test_cancelling_what_has_ended_or_is_absent_is_no_error(opened: Opened) -> None:
    side = opened()
    training = side.trained()

    side.backend.cancel(training)
    while not side.backend.dispose(training).is_done:
        pass
    side.backend.cancel(training)

    assert side.backend.poll(training).status is Status.READY if side.name == "vertex" else True


def test_disposing_leaves_nothing_that_answers_and_may_be_repeated(opened: Opened) -> None:
    side = opened()
    training = side.trained()

    gone = _disposed(side, training)
    again = _disposed(side, training)

    assert (training.model, "deleted") in gone
    assert {what for _, what in again} == {"absent already"}
    assert not any(live.model_exists or live.endpoint_exists for live in side.observed(training).values())


@pytest.mark.parametrize("fault", ["status:503", "reset-after", "truncate"])
def test_disposing_goes_on_after_failures(opened: Opened, fault: str) -> None:
    side = opened()
    training = side.trained()
    side.cloud.fault("*.delete", fault)

    gone = _disposed(side, training)

    assert training.model in dict(gone)
    assert not any(live.model_exists for live in side.observed(training).values())
    assert side.cloud.faults_left() == 0


def _disposed(side: Side, training: Training) -> list[tuple[str, str]]:
    """All passes of one disposal."""
    gone: list[tuple[str, str]] = []
    waited_for = []
    for _ in range(20):
        disposal = side.backend.dispose(training)
        gone += disposal.gone
        if disposal.is_done:
            return gone
        waited_for.append(disposal.waiting_for)
    raise AssertionError(f"still waiting after {waited_for}")


def test_a_prompt_is_answered_piece_by_piece(opened: Opened) -> None:
    side = opened()
    training = side.trained()
    question = "Ticket 3: the lamp blinks." if side.name == "vertex" else "3"

    answer = "".join(side.backend.generate(training, question, AnswerSettings(temperature=0.1, max_output_tokens=9)))

    assert answer == ("hardware" if side.name == "vertex" else "4")


def test_a_list_that_fails_is_no_empty_list(opened: Opened) -> None:
    side = opened()
    side.trained()
    side.cloud.fault("*.list", *["status:503"] * 5)

    with pytest.raises(BackendError) as error:
        side.observed()

    assert error.value.fault is Fault.TRANSIENT


def test_a_web_page_in_the_place_of_a_list_is_no_empty_list(opened: Opened) -> None:
    side = opened()
    side.trained()
    side.cloud.fault("*.list", "html:200")

    with pytest.raises(BackendError) as error:
        side.observed()

    assert failed(error) == ("API211", False)


def test_an_absent_training_is_said_to_be_absent(opened: Opened) -> None:
    side = opened()
    job = side.create().resource_name
    absent = f"{job[:-1]}{'0' if job[-1] != '0' else '1'}"

    with pytest.raises(BackendError) as error:
        side.backend.poll(a_training(side.submission, job=absent))

    assert error.value.fault is Fault.NOT_FOUND


def test_a_training_without_a_name_cannot_be_asked_about(opened: Opened) -> None:
    side = opened()

    with pytest.raises(BackendError) as error:
        side.backend.poll(a_training(side.submission))

    assert failed(error) == ("API322", False)


def test_a_hostile_name_in_the_lock_is_never_sent_anywhere(opened: Opened) -> None:
    side = opened()
    side.cloud.requests.clear()
    for name in ("https://evil.example/x", "projects/p/locations/evil.example#/tuningJobs/1", "tunedModels/../files/1"):
        with pytest.raises(BackendError) as error:
            side.backend.poll(a_training(side.submission, job=name))

        assert failed(error) == ("API219", False)
    assert side.cloud.requests == []


def test_the_curve_of_the_loss_can_be_read(opened: Opened) -> None:
    side = opened()
    training = side.trained()

    curves = side.backend.metrics(training)

    loss = curves["mean_loss" if side.name == "gemini" else "train_total_loss"]
    assert loss[0].value > loss[-1].value > 0
    assert [point.step for point in loss] == sorted(point.step for point in loss)
    epochs = [point.epoch for point in loss if point.epoch is not None]
    assert len(epochs) == len(loss)
    assert epochs == sorted(epochs)
    assert epochs[-1] == epochs_of(side.backend.poll(training).training)
    assert [seconds_of(point.at) for point in loss] == sorted(seconds_of(point.at) for point in loss)
    assert seconds_of(loss[0].at) > 0


def test_markers_are_where_the_service_can_carry_them(opened: Opened) -> None:
    side = opened()
    markers = some_markers()

    body = side.backend.request_body(side.submission, markers, side.examples)
    created = side.create(markers)

    if side.name == "gemini":
        assert created.resource_name == f"tunedModels/{tuned_model_id(PROJECT, markers)}"
        assert created.resource_name.endswith(fingerprint(markers))
        assert "labels" not in body
    else:
        assert body["labels"]["tuneform-attempt"] == "1"
        assert body["labels"]["team"] == "support"
