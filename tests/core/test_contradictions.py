"""A lock that says what cannot be is refused, and merging it with itself puts it in order."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from reconciler.core.contradictions import contradictions
from reconciler.core.lock import Entry, Lock, Phase, Role, Training
from reconciler.core.merge import merge_locks
from reconciler.core.model import Declared
from tests.fakes.specs import a_gemini_spec, a_lock, a_spec, a_training, an_entry, job_name, model_name

SPEC, OTHER, NUMBERS = a_spec(), a_spec("triage"), a_gemini_spec("numbers")


def _two(first: Training, second: Training) -> Lock:
    return a_lock([(SPEC, an_entry(SPEC, first)), (OTHER, an_entry(OTHER, second))])


def _one(*trainings: Training, spec: Declared = SPEC) -> Lock:
    return a_lock([(spec, an_entry(spec, *trainings))])


ONE_JOB = _two(a_training(SPEC), a_training(OTHER, job=job_name(SPEC)))
ONE_MODEL = _two(a_training(SPEC), a_training(OTHER, model=model_name(SPEC)))
JOB_TWICE = _one(a_training(SPEC), a_training(SPEC, "2", job=job_name(SPEC), role=Role.DEPOSED))
TWO_SERVE = _one(a_training(SPEC), a_training(SPEC, "2"))
CHAIN = a_lock([(s, an_entry(s, a_training(s, job=job_name(SPEC)))) for s in (SPEC, OTHER, a_spec("third"))])
GEMINI = a_lock(
    [(s, an_entry(s, a_training(s, job=job_name(NUMBERS), model=""))) for s in (NUMBERS, a_gemini_spec("digits"))]
)


@pytest.mark.parametrize(
    ("lock", "codes"),
    [
        (ONE_JOB, ["LOCK012"]),
        (ONE_MODEL, ["LOCK013"]),
        (JOB_TWICE, ["LOCK014"]),
        (TWO_SERVE, ["LOCK015"]),
        (CHAIN, ["LOCK012", "LOCK012"]),
        (GEMINI, ["LOCK012"]),
        (_one(a_training(SPEC, job="", model="")), ["LOCK016"]),
        (_one(a_training(SPEC, phase=Phase.INTENDED)), ["LOCK016"]),
        (_one(a_training(SPEC, phase=Phase.SUBMITTED)), ["LOCK016"]),
        (_one(a_training(SPEC, job="tunedModels/numbers-1")), ["LOCK016"]),
        (_one(a_training(NUMBERS, job="projects/p/locations/l/tuningJobs/1"), spec=NUMBERS), ["LOCK016"]),
    ],
)
def test_what_cannot_be_is_told_with_its_address(lock: Lock, codes: list[str]) -> None:
    found = contradictions(lock, "tuneform.lock")

    assert [d.code for d in found] == codes
    assert all(d.is_error and d.address in lock.entries and str(d.where) == "tuneform.lock" for d in found)
    assert all(d.fix or d.command for d in found)


@pytest.mark.parametrize("lock", [ONE_JOB, ONE_MODEL, JOB_TWICE, TWO_SERVE, CHAIN, GEMINI])
def test_merging_such_a_lock_with_itself_puts_it_in_order_and_loses_no_job(lock: Lock) -> None:
    merged = merge_locks(lock, lock).lock

    jobs = {t.job for e in lock.entries.values() for t in e.trainings.values()}
    assert contradictions(merged, "") == []
    assert {t.job for e in merged.entries.values() for t in e.trainings.values()} == jobs
    assert merge_locks(merged, merged).lock == merged


def test_what_runs_write_contradicts_nothing() -> None:
    intent = a_training(SPEC, "2", role=Role.CANDIDATE, phase=Phase.INTENDED, job="")
    failed = a_training(SPEC, "3", role=Role.FAILED)
    imported = a_training(OTHER, job=model_name(OTHER))
    lock = _one(a_training(SPEC), intent, failed)
    lock = replace(lock, entries={**lock.entries, "vertex/triage": Entry(trainings={"1": imported})})

    assert contradictions(lock, "") == []
