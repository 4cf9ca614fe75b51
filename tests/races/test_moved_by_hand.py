"""`state mv`, whatever the entry is in the middle of: the renamed spec is planned as the old one was, and killed
anywhere it is done or not done."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.lock import Approved, Entry, Lock
from reconciler.core.model import Action, Address
from reconciler.files.lock_json import decode_lock
from reconciler.files.lockfile import LockFile
from reconciler.workflow.mending import move, push
from tests.fakes.crash import Effects, Killed
from tests.fakes.stage import NO_WAIT, Stage
from tests.ownership.room import Room
from tests.races.meeting import MOVES, SERVICES, Meeting, complaints, spec

_NOTHING_SENT = {"nothing", "approved", "edited, approved", "forgotten", "destroyed", "removed"}
AT_ROUTER = [name for name in MOVES if "hand" not in name and not name.startswith("renamed")]


def _begin(stage: Stage, service: str, name: str) -> None:
    MOVES[name](stage, service)
    stage.cloud.settle_visibility()


def _planned(stage: Stage) -> list[tuple[str, str]]:
    """What is done but for names: those differ."""
    changes = [c for c in stage.plan().changes if c.action not in (Action.NOOP, Action.UPDATE)]
    return [(c.action.word, c.attempt) for c in changes]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("name", [name for name in AT_ROUTER if name not in _NOTHING_SENT])
def test_the_renamed_spec_is_planned_as_it_was(tmp_path: Path, service: str, name: str) -> None:
    stage = Stage(tmp_path, specs=[spec(service)])
    _begin(stage, service, name)
    before, jobs = _planned(stage), set(stage.cloud.jobs)

    stage.move(f"{service}/router", f"{service}/triage")
    stage.specs = [dataclasses.replace(declared, address=Address(service, "triage")) for declared in stage.specs]

    assert _planned(stage) == before
    if not before:
        stage.apply()
        assert set(stage.cloud.jobs) == jobs
        assert _planned(stage) == []


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("name", AT_ROUTER)
def test_a_lock_that_is_pulled_and_pushed_is_the_same(tmp_path: Path, service: str, name: str) -> None:
    stage = Stage(tmp_path, specs=[spec(service)])
    _begin(stage, service, name)
    before = stage.lock
    store = LockFile(stage.path, stage.clock)
    store.read()
    given = decode_lock(store.text(), "pulled")[0]

    mended = push(stage.world(), given, "pulled")

    assert (mended.addresses, mended.backup) == ((), "")
    assert stage.lock == before
    assert given == before


def test_killed_anywhere_it_is_renamed_or_it_is_not(tmp_path: Path) -> None:
    kinds = []
    for number, effects in enumerate(_deaths(), 1):
        folder = tmp_path / str(number)
        folder.mkdir()
        stage = Stage(folder, specs=[spec("vertex")])
        stage.apply()
        jobs, whole = set(stage.cloud.jobs), stage.lock.entries["vertex/router"]

        with suppress(Killed):
            stage.move("vertex/router", "vertex/triage", effects=effects)

        (name,) = stage.lock.entries
        kinds.append(name)
        assert stage.lock.entries[name].trainings == whole.trainings
        stage.specs = [spec("vertex", name.partition("/")[2])]
        stage.apply()
        assert list(stage.lock.entries) == [name]
        assert set(stage.cloud.jobs) == jobs
        if not effects.is_dead:
            break
    assert set(kinds) == {"vertex/router", "vertex/triage"}


def _deaths() -> Iterator[Effects]:
    yield from (Effects(die_at=n) for n in range(1, 30))


def test_what_a_killed_run_left_in_the_journal_is_moved_as_well(tmp_path: Path) -> None:
    stage = Stage(tmp_path, specs=[spec("vertex")])
    MOVES["sent"](stage, "vertex")
    assert stage.path.with_name("tuneform.lock.journal").exists()

    stage.move("vertex/router", "vertex/triage")
    stage.cloud.settle_visibility()
    stage.specs = [spec("vertex", "triage")]
    stage.apply()

    assert list(stage.lock.entries) == ["vertex/triage"]
    assert len(stage.cloud.jobs) == 1


def test_a_run_that_waits_for_what_is_moved_pays_nothing_and_leaves_nothing_behind(tmp_path: Path) -> None:
    stage = Stage(tmp_path, specs=[spec("vertex")])
    running = stage.applying()
    for event in running:
        if type(event).__name__ == "Submitted":
            break

    stage.move("vertex/router", "vertex/triage")
    list(running)

    assert list(stage.lock.entries) == ["vertex/triage"]
    stage.specs = [spec("vertex", "triage")]
    stage.apply()
    assert len(stage.cloud.jobs) == 1
    assert stage.roles("vertex/triage") == {"1": "serving"}


def test_an_answer_that_arrives_after_the_move_is_found_under_the_new_name(tmp_path: Path) -> None:
    stage = Stage(tmp_path, specs=[spec("vertex")])
    running = stage.applying(NO_WAIT)
    for event in running:
        if type(event).__name__ == "Intended":
            break
    with suppress(ReconcilerError):
        stage.move("vertex/router", "vertex/triage")
    list(running)
    stage.cloud.settle_visibility()
    stage.specs = [spec("vertex", "triage")]

    stage.apply()

    assert len(stage.cloud.jobs) == 1
    assert list(stage.lock.entries) == ["vertex/triage"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("vertex/absent", "vertex/x", "LOCK025"),
        ("vertex/router", "vertex/other", "LOCK026"),
        ("vertex/router", "gemini/router", "LOCK027"),
        ("vertex/router", "vertex/Not-A-Label", "LOCK027"),
        ("vertex/queued", "vertex/x", "LOCK031"),
    ],
)
def test_what_cannot_be_renamed_is_refused_and_nothing_is_written(
    tmp_path: Path, old: str, new: str, code: str
) -> None:
    stage = Stage(tmp_path, specs=[spec("vertex"), spec("vertex", "other", epochs=5)])
    stage.apply()
    store = LockFile(stage.path, stage.clock)
    with store.hold():
        queued = Entry(approved=(Approved(action=Action.CREATE, attempt="1"),))
        store.replace(store.lock.with_entry(Address("vertex", "queued"), queued))
        store.fold()
    before = stage.path.read_bytes()

    with pytest.raises(ReconcilerError) as caught:
        move(stage.world(), Address.parse(old), Address.parse(new))

    assert [d.code for d in caught.value.diagnostics] == [code]
    assert stage.path.read_bytes() == before
    assert not (tmp_path / ".tuneform/backups").exists()


def test_in_the_middle_of_a_request_of_another_run_nothing_is_renamed(tmp_path: Path) -> None:
    stage = Stage(tmp_path, specs=[spec("vertex")])
    stage.apply()
    other = LockFile(stage.path, stage.clock)

    with other.changing(), pytest.raises(ReconcilerError) as caught:
        stage.move("vertex/router", "vertex/triage")

    assert [d.code for d in caught.value.diagnostics] == ["LOCK028"]
    assert list(stage.lock.entries) == ["vertex/router"]


def test_a_lock_that_somebody_holds_is_not_written(tmp_path: Path) -> None:
    stage = Stage(tmp_path, specs=[spec("vertex")])
    stage.apply()

    with LockFile(stage.path, stage.clock).hold(), pytest.raises(ReconcilerError) as caught:
        push(stage.world(), stage.lock, "given")

    assert [d.code for d in caught.value.diagnostics] == ["LOCK006"]


def _refused(stage: Stage, given: Lock, *, force: bool = False) -> list[str]:
    try:
        push(stage.world(), given, "given", "because", force=force)
    except ReconcilerError as exc:
        return [d.code for d in exc.diagnostics]
    return []


def test_a_push_that_would_lose_something_needs_force_and_what_is_untrue_has_none(tmp_path: Path) -> None:
    stage = Stage(tmp_path, specs=[spec("vertex")])
    stage.apply()
    lock = stage.lock
    entry = lock.entries["vertex/router"]
    twice = replace(lock, entries={**lock.entries, "vertex/again": entry})

    assert _refused(stage, replace(lock, lineage="another")) == ["LOCK029"]
    assert _refused(stage, replace(lock, entries={})) == ["LOCK030"]
    assert _refused(stage, replace(lock, workspace="another"), force=True) == ["LOCK011"]
    assert _refused(stage, replace(lock, target="google"), force=True) == ["LOCK011"]
    assert _refused(stage, twice, force=True) == ["LOCK012"]
    assert stage.lock == lock
    assert _refused(stage, replace(lock, entries={}), force=True) == []
    assert stage.lock.entries == {}


def test_a_backup_put_back_is_what_was_there_and_the_model_serves_on(tmp_path: Path) -> None:
    stage = Stage(tmp_path, specs=[spec("vertex")])
    stage.apply()
    before, jobs = stage.lock, set(stage.cloud.jobs)
    mended = stage.move("vertex/router", "vertex/triage")
    given = decode_lock(Path(mended.backup).read_bytes(), mended.backup)[0]

    assert given == before
    assert _refused(stage, given) == []

    assert stage.lock.entries == before.entries
    assert [m.what for m in stage.lock.mended] == ["mv", "push"]
    assert stage.apply().words == []
    assert set(stage.cloud.jobs) == jobs


def test_a_push_that_was_killed_takes_back_no_half_of_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path, specs=[spec("vertex"), spec("vertex", "other", epochs=5)])
    stage.apply()
    stage.forget("vertex/other")
    before = stage.lock
    given = replace(before, tombstones={}, entries={})

    for die_at in range(1, 12):
        stage.world()
        with suppress(Killed):
            push(stage.world(Effects(die_at=die_at)), given, "given", "because", force=True)
        after = stage.lock
        assert (after.entries, after.tombstones) in ((before.entries, before.tombstones), ({}, {}))
        if not after.entries:
            break
    assert stage.lock.entries == {}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("other", ["edited, sent", "edited, lost", "applied", "renamed otherwise"])
def test_a_create_that_was_moved_before_its_answer_meets_a_clone_of_the_old_name(service: str, other: str) -> None:
    assert complaints(Meeting(service, "absent", "sent, moved by hand", other)) == []


# Two clones, of which one has moved a parent


_SAMPLE = "gs://cloud-samples-data/ai-platform/generative_ai/gemini-1_5/text/sft_train_data.jsonl"
_CHILD = f"""\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {{name: child}}
spec:
  preTunedModel: {{ref: {{kind: VertexTunedModel, name: PARENT}}}}
  tunedModelDisplayName: Child
  supervisedTuningSpec: {{trainingDatasetUri: {_SAMPLE}}}
"""


@pytest.mark.parametrize("order", ["ours", "theirs"])
def test_a_child_of_a_moved_parent_is_not_trained_again_after_a_merge_with_a_clone_that_knows_the_old_name(
    make_room: Callable[..., Room], order: str
) -> None:
    main, branch = make_room("main"), make_room("branch")
    for room, name in ((main, "router"), (branch, "router")):
        room.spec(name)
        room.write("specs/child.yaml", _CHILD.replace("PARENT", name))
    assert main.apply().code == 0
    branch.run("status")
    branch.lock_path.write_bytes(main.lock_path.read_bytes())
    assert main.run("state", "mv", "vertex/router", "vertex/sorter", "--yes").code == 0
    branch.spec("router", epochs=5)
    assert branch.apply().code == 0
    jobs = len(main.jobs())

    here, there = (main, branch) if order == "ours" else (branch, main)
    here.write("theirs.lock", there.lock_path.read_text(encoding="utf-8"))
    assert here.run("lock", "merge", "theirs.lock").code == 0
    (here.folder / "specs/router.yaml").unlink(missing_ok=True)
    here.spec("sorter", epochs=5)
    here.write("specs/child.yaml", _CHILD.replace("PARENT", "sorter"))
    applied = here.apply()

    assert applied.code == 0, applied.text
    assert sorted(here.lock["entries"]) == ["vertex/child", "vertex/sorter"]
    assert len(here.jobs()) == jobs
    assert here.actions() == []
