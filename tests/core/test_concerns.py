"""What is wrong with a training as it stands."""

from __future__ import annotations

from dataclasses import replace as with_live
from datetime import date

import pytest
from msgspec.structs import replace

from reconciler.core.concerns import (
    NO_STEP_S,
    Concern,
    ConcernKind,
    Longest,
    base_of,
    gate_word,
    of_base,
    of_result,
    of_time,
    of_waiting,
    of_what_serves,
)
from reconciler.core.lock import Approved, Entry, Judgement, Lock, Role, ServedCheckpoint, Training
from reconciler.core.model import Action, Lifecycle, LiveTraining, Status
from reconciler.core.settings import Limits
from tests.fakes.specs import a_live_training, a_lock, a_spec, a_training, an_entry, submitted

SPEC = a_spec()
LIVE = a_live_training(SPEC)
SERVING = a_training(SPEC, "1")


def _of_result(training: Training, live: LiveTraining | None = LIVE) -> list[Concern]:
    return list(of_result(Entry(trainings={"1": training}), "1", training, live))


def test_a_model_that_serves_is_in_no_concern() -> None:
    assert _of_result(SERVING) == []
    assert list(of_what_serves(SERVING, LIVE)) == []


@pytest.mark.parametrize(
    ("training", "concern"),
    [
        (replace(SERVING, role=Role.FAILED, error="Out of quota."), Concern(ConcernKind.FAILED, "Out of quota.")),
        (replace(SERVING, role=Role.FAILED, gate_refused="loss 0.9"), Concern(ConcernKind.REFUSED, "loss 0.9")),
        (
            replace(SERVING, role=Role.FAILED, status=Status.CANCELLED),
            Concern(ConcernKind.FAILED, "somebody cancelled it"),
        ),
    ],
)
def test_how_the_last_training_ended_is_told(training: Training, concern: Concern) -> None:
    assert _of_result(training) == [concern]


def test_what_the_cloud_says_of_an_end_counts_before_the_lock_knows_of_it() -> None:
    candidate = replace(SERVING, role=Role.CANDIDATE, status=None)

    assert _of_result(candidate, with_live(LIVE, status=Status.FAILED, error="boom")) == [
        Concern(ConcernKind.FAILED, "boom")
    ]
    assert _of_result(candidate, with_live(LIVE, status=Status.IN_PROGRESS)) == []
    assert _of_result(candidate, with_live(LIVE, status=Status.READY)) == []


def test_what_was_cancelled_on_request_is_no_concern() -> None:
    asked = replace(SERVING, role=Role.FAILED, status=Status.CANCELLED, cancel_requested="2026-11-20T09:00:00Z")

    assert _of_result(asked) == []


def test_an_older_failure_is_history() -> None:
    failed = replace(SERVING, role=Role.FAILED, error="x")
    entry = Entry(trainings={"1": failed, "2": SERVING})

    assert list(of_result(entry, "1", failed, LIVE)) == []


@pytest.mark.parametrize(
    ("live", "what"),
    [
        (None, SERVING.model),
        (with_live(LIVE, model_exists=False), SERVING.model),
        (with_live(LIVE, endpoint_exists=False), SERVING.endpoint),
    ],
)
def test_what_serves_and_is_gone_is_named(live: LiveTraining | None, what: str) -> None:
    (concern,) = of_what_serves(SERVING, live)

    assert (concern.kind, concern.text) == (ConcernKind.GONE, f"{what} is not in the cloud any more")


def test_of_a_checkpoint_that_serves_its_own_endpoint_counts() -> None:
    chosen = ServedCheckpoint(wanted="2", checkpoint_id="2")
    serving = replace(SERVING, endpoint="e2", checkpoint=chosen)

    (concern,) = of_what_serves(serving, with_live(LIVE, endpoints_gone=("e2",)))

    assert concern.text == "e2 is not in the cloud any more"
    assert list(of_what_serves(serving, with_live(LIVE, endpoint_exists=False, endpoints_gone=("e1",)))) == []


def test_a_model_that_was_never_deployed_misses_no_endpoint() -> None:
    undeployed = replace(SERVING, endpoint="")

    assert list(of_what_serves(undeployed, with_live(LIVE, endpoint_exists=False))) == []


def test_a_deposed_model_that_is_gone_is_no_concern() -> None:
    assert list(of_what_serves(replace(SERVING, role=Role.DEPOSED), None)) == []


@pytest.mark.parametrize(
    ("age_s", "silent_s", "limit_s", "texts"),
    [
        (100.0, None, None, []),
        (100.0, None, 100.0, []),
        (100.1, None, 100.0, ["it takes longer than limits.maxDuration"]),
        (None, None, 1.0, []),
        (None, NO_STEP_S - 1, None, []),
        (None, NO_STEP_S, None, ["no step"]),
        (1e6, 1e6, 1.0, ["it takes longer than limits.maxDuration", "no step"]),
    ],
)
def test_a_training_is_stuck_by_its_time_or_its_silence(
    age_s: float | None, silent_s: float | None, limit_s: float | None, texts: list[str]
) -> None:
    found = list(of_time(age_s, silent_s, Longest.of(Lifecycle(), Limits(max_duration_s=limit_s))))

    assert [t.text for t in found] == texts
    assert {t.kind for t in found} <= {ConcernKind.STUCK}


@pytest.mark.parametrize(
    ("own", "workspaces", "words"),
    [
        ("1h", 9e9, ["it takes longer than lifecycle.maxDuration"]),
        ("1h", None, ["it takes longer than lifecycle.maxDuration"]),
        ("2d", 1.0, []),
        ("0s", None, ["it takes longer than lifecycle.maxDuration"]),
        ("", 1.0, ["it takes longer than limits.maxDuration"]),
        ("", None, []),
    ],
)
def test_how_long_a_spec_lets_it_take_beats_the_workspace(own: str, workspaces: float | None, words: list[str]) -> None:
    longest = Longest.of(Lifecycle(max_duration=own), Limits(max_duration_s=workspaces))

    assert [t.text for t in of_time(3601.0, None, longest)] == words


def _waiting(parent: Entry) -> list[Concern]:
    return list(of_waiting(Lock(entries={"vertex/router": parent}), replace(submitted(SPEC), parent="vertex/router")))


def test_an_approved_training_is_blocked_by_a_parent_that_failed_and_is_not_tried_again() -> None:
    failed = Entry(trainings={"1": replace(SERVING, role=Role.FAILED)})
    tried_again = replace(failed, approved=(Approved(action=Action.CREATE, attempt="2"),))

    assert [t.kind for t in _waiting(failed)] == [ConcernKind.BLOCKED]
    assert _waiting(tried_again) == _waiting(an_entry(SPEC)) == []
    assert list(of_waiting(Lock(), submitted(SPEC))) == []


@pytest.mark.parametrize(
    ("today", "words"),
    [
        (date(2026, 9, 1), None),
        (date(2026, 9, 16), "retires on 2026-10-16 at the earliest"),
        (date(2026, 10, 16), "retired on 2026-10-16"),
        (date(2027, 1, 1), "retired on 2026-10-16"),
    ],
)
def test_a_base_model_that_ends_soon_takes_its_tuned_models_along(today: date, words: str | None) -> None:
    found = list(of_base("gemini-2.5-flash", date(2026, 10, 16), today, 30))

    assert [words in t.text for t in found if words] == ([] if words is None else [True])
    assert list(of_base("gemini-9", None, today, 30)) == []


def test_the_base_model_of_what_is_tuned_further_is_its_parents() -> None:
    child = replace(submitted(SPEC), training={}, parent="vertex/router")
    lock = a_lock([(SPEC, an_entry(SPEC))])

    assert base_of(SPEC.address, child, lock) == SPEC.training["baseModel"]
    assert base_of(SPEC.address, replace(child, parent="vertex/absent"), lock) == ""


def test_parents_in_a_circle_have_no_base_model() -> None:
    child = replace(submitted(SPEC), training={}, parent="vertex/router")
    lock = Lock(entries={"vertex/router": Entry(trainings={"1": replace(SERVING, submission=child)})})

    assert base_of(SPEC.address, child, lock) == ""


@pytest.mark.parametrize(
    ("training", "word"),
    [
        (SERVING, ""),
        (replace(SERVING, judged=Judgement(by="none")), ""),
        (replace(SERVING, judged=Judgement(by="3f1c")), "passed"),
        (replace(SERVING, judged=Judgement(conclusion="inconclusive"), gate_refused="x"), "inconclusive"),
        (replace(SERVING, judged=Judgement(by="3f1c"), role=Role.FAILED, gate_refused="x"), "refused"),
    ],
)
def test_what_the_gate_said_is_a_word(training: Training, word: str) -> None:
    assert gate_word(training) == word
