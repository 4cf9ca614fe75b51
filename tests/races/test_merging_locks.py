"""Both sides of a merge of two locks: nothing that either names is lost, and either side alone is harmless."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.lock import Entry, Lock, Milestone, Phase, Role, Submission, Tombstone, Training
from reconciler.core.merge import merge_locks
from tests.fakes.specs import a_lock, a_spec, a_training, an_entry
from tests.ownership.room import Room

_JOBS = [f"projects/p/locations/l/tuningJobs/{n}" for n in range(1, 7)]
_TIMES = st.dictionaries(
    st.sampled_from([Milestone.INTENDED, Milestone.SUBMITTED, Milestone.ENDED, Milestone.SERVED]),
    st.sampled_from("123"),
    max_size=3,
)


@st.composite
def _trainings(draw: st.DrawFn) -> dict[str, Training]:
    jobs = draw(st.lists(st.sampled_from(_JOBS), unique=True, max_size=3))
    made = {}
    for number, job in enumerate(jobs, start=draw(st.integers(1, 3))):
        role = draw(st.sampled_from(Role))
        model = f"{job.replace('tuningJobs', 'models')}@1" if draw(st.booleans()) else ""
        made[str(number)] = Training(
            role=role,
            phase=Phase.SUBMITTED if role is Role.CANDIDATE else Phase.APPLIED,
            submission=Submission(project="p"),
            job=job,
            model=model,
            times=draw(_TIMES),
        )
    return _one_serving(made)


def _one_serving(trainings: dict[str, Training]) -> dict[str, Training]:
    from msgspec.structs import replace

    serving = [a for a, t in trainings.items() if t.role is Role.SERVING]
    return {a: replace(t, role=Role.DEPOSED) if a in serving[1:] else t for a, t in trainings.items()}


_ENTRIES = st.builds(lambda n, t: Entry(revision=n, trainings=t), st.integers(1, 4), _trainings())
_GRAVES = st.builds(
    lambda names: Tombstone(resource_names=tuple(names), at="1"),
    st.lists(st.sampled_from(_JOBS), min_size=1, max_size=2),
)
_LOCKS = st.builds(
    lambda entries, graves: Lock(workspace="acme", target="t", entries=entries, tombstones=graves),
    st.dictionaries(st.sampled_from(["vertex/a", "vertex/b"]), _ENTRIES, max_size=2),
    st.dictionaries(st.sampled_from(["vertex/a", "vertex/c"]), _GRAVES, max_size=2),
)


def _named(lock: Lock) -> set[str]:
    trainings = [t for e in lock.entries.values() for t in e.trainings.values()]
    return {name for t in trainings for name in (t.job, t.model) if name} | lock.buried


@given(_LOCKS, _LOCKS)
def test_no_job_that_either_lock_names_is_lost(ours: Lock, theirs: Lock) -> None:
    merged = merge_locks(ours, theirs).lock

    jobs = {name for name in _named(ours) | _named(theirs) if "/tuningJobs/" in name}
    assert jobs <= _named(merged)


@given(_LOCKS, _LOCKS)
def test_no_model_of_a_kept_training_is_lost(ours: Lock, theirs: Lock) -> None:
    merged = merge_locks(ours, theirs).lock

    told = _models(ours) | _models(theirs)
    kept = _models(merged)
    assert all(kept.get(key) == model for key, model in told.items() if key in _jobs(merged))


def _models(lock: Lock) -> dict[tuple[str, str], str]:
    """What each training has made; what nobody was told of yet is left out."""
    found = ((a, t) for a, e in lock.entries.items() for t in e.trainings.values())
    return {(address, t.job): t.model for address, t in found if t.model}


def _jobs(lock: Lock) -> set[tuple[str, str]]:
    return {(a, t.job) for a, e in lock.entries.items() for t in e.trainings.values()}


@given(_LOCKS, _LOCKS)
def test_whichever_lock_is_named_first_the_same_is_kept(ours: Lock, theirs: Lock) -> None:
    one, other = merge_locks(ours, theirs).lock, merge_locks(theirs, ours).lock

    assert (one.entries, one.tombstones) == (other.entries, other.tombstones)


@given(_LOCKS, _LOCKS)
def test_merging_again_changes_nothing(ours: Lock, theirs: Lock) -> None:
    merged = merge_locks(ours, theirs).lock

    assert merge_locks(merged, theirs).lock == merged
    assert merge_locks(merged, ours).lock == merged
    assert merge_locks(merged, merged).lock == merged


@given(_LOCKS, _LOCKS)
def test_at_most_one_training_serves(ours: Lock, theirs: Lock) -> None:
    merged = merge_locks(ours, theirs).lock

    assert all(len(e.with_role(Role.SERVING)) <= 1 for e in merged.entries.values())


def test_a_training_that_only_the_older_lock_knows_goes_on_as_a_candidate() -> None:
    spec, edited = a_spec(), a_spec(epochs=5)
    newer = a_lock([(spec, an_entry(spec, a_training(spec), revision=9))])
    running = a_training(edited, "2", role=Role.CANDIDATE)
    older = a_lock([(spec, an_entry(spec, a_training(spec), running, revision=2))])

    entry = merge_locks(newer, older).lock.entries["vertex/router"]

    assert {a: t.role for a, t in entry.trainings.items()} == {"1": Role.SERVING, "2": Role.CANDIDATE}


def test_what_one_side_forgot_is_not_brought_back_by_the_other() -> None:
    spec = a_spec()
    known = a_lock([(spec, an_entry(spec))])
    training = a_training(spec)
    forgot = a_lock(tombstones={"vertex/router": Tombstone(resource_names=(training.job,), at="2")})

    merged = merge_locks(known, forgot)

    assert merged.lock.entries == {}
    assert merged.notes == ("vertex/router: only in this lock, and forgotten since; it stays forgotten",)


@pytest.fixture
def branches(make_room: Callable[..., Room]) -> tuple[Room, Room]:
    """A model that two branches edited and applied, each with its own lock."""
    main, branch = make_room("main"), make_room("branch")
    main.spec("router", epochs=2)
    main.apply()
    branch.run("status")
    branch.lock_path.write_bytes(main.lock_path.read_bytes())
    main.spec("router", epochs=3)
    main.spec("extra")
    branch.spec("router", epochs=4)
    branch.spec("other")
    assert main.apply().code == 0
    assert branch.apply().code == 0
    return main, branch


def test_after_lock_merge_nothing_is_trained_again_and_every_job_is_known(branches: tuple[Room, Room]) -> None:
    main, branch = branches
    theirs = branch.lock_path.read_bytes()
    (main.folder / "theirs.lock").write_bytes(theirs)
    (main.folder / "specs/other.yaml").write_bytes((branch.folder / "specs/other.yaml").read_bytes())

    shown = main.run("lock", "merge", "theirs.lock")

    jobs = {t["job"] for e in main.lock["entries"].values() for t in e["trainings"].values()}
    assert shown.code == 0, shown.text
    assert jobs == {job["name"] for job in main.jobs()}
    assert [a for a in main.actions() if a.split()[0] in ("create", "replace")] == []


@pytest.mark.parametrize("side", ["main", "branch"])
def test_taking_either_side_and_planning_trains_nothing_and_deletes_nothing(
    branches: tuple[Room, Room], side: str
) -> None:
    main, branch = branches
    for name in ("other.yaml", "router.yaml"):
        (main.folder / "specs" / name).write_bytes((branch.folder / "specs" / name).read_bytes())
    if side == "branch":
        main.lock_path.write_bytes(branch.lock_path.read_bytes())

    before = json.dumps(main.jobs())
    planned = main.actions()
    applied = main.apply()

    assert {a.split()[0] for a in planned} <= {"adopt", "restore", "update"}
    assert applied.code == 0, applied.text
    assert json.dumps(main.jobs()) == before
    assert [a for a in main.actions() if not a.startswith("delete")] == []


def test_locks_of_two_workspaces_are_not_merged(make_room: Callable[..., Room]) -> None:
    ours, theirs = make_room("ours"), make_room("theirs", workspace="other")
    for room in (ours, theirs):
        room.spec("router")
        room.apply()
    (ours.folder / "theirs.lock").write_bytes(theirs.lock_path.read_bytes())

    shown = ours.run("lock", "merge", "theirs.lock")

    assert (shown.code, "LOCK011" in shown.text) == (1, True)
