"""The lock on disk: durable, never half, held by one at a time."""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from reconciler.core.diagnostics import Diagnostic, ReconcilerError, Severity
from reconciler.core.events import (
    ChangeApproved,
    ChangeFailed,
    ChangeStarted,
    Disposed,
    Event,
    Forgotten,
    Intended,
    Submitted,
)
from reconciler.core.lock import Approved, Lock
from reconciler.core.model import Action, Lifecycle
from reconciler.files.lock_json import encode_lock
from reconciler.files.lockfile import LockFile
from tests.fakes.clock import FakeClock
from tests.fakes.specs import a_lock, a_spec, an_entry, submitted

SPEC = a_spec()
ROUTER = SPEC.address
_AT = "2026-01-01T00:00:00Z"
_INTENDED = Intended(ROUTER, "1", submitted(SPEC), _AT)
_SUBMITTED = Submitted(ROUTER, "1", "job", "", "S", _AT)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tuneform.lock"


def _opened(path: Path, **more: object) -> LockFile:
    return LockFile(path, FakeClock(), **more)  # type: ignore[arg-type]


def _journal(path: Path) -> Path:
    return path.with_name(path.name + ".journal")


def _record(path: Path, *events: Event, fold: bool = True) -> LockFile:
    store = _opened(path)
    with store.hold():
        for event in events:
            store.record(event)
        if fold:
            store.fold()
    return store


def test_a_lock_that_is_not_there_is_empty(path: Path) -> None:
    assert _opened(path).read() == Lock()
    assert list(path.parent.iterdir()) == []


def test_what_is_recorded_is_read_by_everyone_before_it_is_folded(path: Path) -> None:
    store = _record(path, _INTENDED, fold=False)

    assert _opened(path).read() == store.lock
    assert list(store.lock.entries) == ["vertex/router"]
    assert not path.exists()


def test_folding_makes_the_lock_and_takes_the_journal_away(path: Path) -> None:
    store = _record(path, _INTENDED, _SUBMITTED)

    assert _opened(path).read() == store.lock
    assert not _journal(path).exists()
    assert json.loads(path.read_text())["entries"]["vertex/router"]["revision"] == 2


def test_a_run_that_records_nothing_writes_nothing(path: Path) -> None:
    path.write_bytes(encode_lock(a_lock([(SPEC, an_entry(SPEC))]), {}))
    before = path.stat()

    _record(path, ChangeStarted(ROUTER, Action.NOOP), Disposed(ROUTER, "9", "job"))

    assert path.stat() == before
    assert not _journal(path).exists()


def test_a_lock_that_ends_as_it_began_is_not_rewritten(path: Path) -> None:
    _record(path, _INTENDED, _SUBMITTED)
    before = path.stat()
    store = _opened(path)
    with store.hold():
        store.learn(workspace="", target="", projects={})
        lineage = store.lock.lineage
        store.fold()
    first = path.stat()
    with store.hold():
        store.learn(workspace="", target="", projects={})
        store.fold()

    assert lineage
    assert first != before
    assert path.stat() == first


def test_learning_keeps_what_was_known(path: Path) -> None:
    store = _opened(path)
    with store.hold():
        store.learn(workspace="acme", target="google", projects={"p": "1"})
        store.learn(workspace="", target="", projects={"q": "2"})
        store.fold()

    lock = _opened(path).read()
    assert (lock.workspace, lock.target, lock.projects) == ("acme", "google", {"p": "1", "q": "2"})


def test_a_change_that_fails_before_anything_was_recorded_leaves_nothing(path: Path) -> None:
    failed = ChangeFailed(ROUTER, Action.CREATE, Diagnostic("X", Severity.ERROR, "x"))

    _record(path, failed)

    assert not path.exists()
    assert not _journal(path).exists()


def test_a_rename_and_a_tombstone_are_recorded_whole(path: Path) -> None:
    old = a_spec("old")
    path.write_bytes(encode_lock(a_lock([(old, an_entry(old))]), {}))
    renamed = ChangeApproved(ROUTER, Action.UPDATE, Approved(action=Action.UPDATE), Lifecycle(), old.address)

    _record(path, renamed, fold=False)
    moved = _opened(path).read()
    _record(path, Forgotten(ROUTER, ("model",), _AT), fold=False)
    buried = _opened(path).read()

    assert list(moved.entries) == ["vertex/router"]
    assert not buried.entries
    assert buried.buried == {"model"}


def test_a_crash_between_the_rename_and_the_end_of_the_journal_loses_nothing(path: Path) -> None:
    store = _record(path, _INTENDED, _SUBMITTED, fold=False)
    journal = _journal(path).read_bytes()
    with store.hold():
        store.fold()
    _journal(path).write_bytes(journal)

    again = _opened(path)
    assert again.read() == store.lock
    with again.hold():
        again.fold()
    assert _opened(path).read() == store.lock
    assert not _journal(path).exists()


def test_keys_of_a_later_version_survive_a_write(path: Path) -> None:
    path.write_text('{"version": 1, "future": [1]}')

    _record(path, _INTENDED)

    assert json.loads(path.read_text())["future"] == [1]


def test_the_mode_of_the_lock_is_kept(path: Path) -> None:
    _record(path, _INTENDED)
    path.chmod(0o600)

    _record(path, _SUBMITTED)

    assert path.stat().st_mode & 0o777 == 0o600


def test_a_change_on_disk_is_seen_by_the_next_read(path: Path) -> None:
    store = _opened(path)
    store.read()

    _record(path, _INTENDED)

    assert list(store.read().entries) == ["vertex/router"]


def test_scratch_stays_in_one_folder(tmp_path: Path) -> None:
    scratch = tmp_path / ".tuneform"
    scratch.mkdir()

    _record(scratch / "emulator.lock", _INTENDED)

    assert sorted(p.name for p in scratch.iterdir()) == ["emulator.lock", "emulator.lock.hold"]


# Holding


@contextmanager
def _held_by_another(path: Path, content: bytes) -> Iterator[None]:
    hold = path.parent / ".tuneform" / (path.name + ".hold")
    hold.parent.mkdir(exist_ok=True)
    fd = os.open(hold, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        os.pwrite(fd, content, 0)
        yield
    finally:
        os.close(fd)


def _refusal(act: Callable[[], object]) -> Diagnostic:
    with pytest.raises(ReconcilerError) as caught:
        act()
    (told,) = caught.value.diagnostics
    return told


def _hold(store: LockFile) -> None:
    with store.hold():
        pass


def test_a_second_holder_is_told_who_holds_it_since_when(path: Path) -> None:
    first, second = _opened(path, purpose="apply"), _opened(path, patience_s=5.0)

    with first.hold():
        told = _refusal(lambda: _hold(second))

    assert told.code == "LOCK006"
    assert f"Process {os.getpid()} on " in told.detail
    assert "(apply) has held it since 2026-09-21T14:13:20+00:00" in told.detail


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff"])
def test_a_holder_that_does_not_say_who_it_is_holds_all_the_same(path: Path, content: bytes) -> None:
    with _held_by_another(path, content):
        told = _refusal(lambda: _hold(_opened(path, patience_s=0.0)))

    assert (told.code, told.detail) == ("LOCK006", "Another process holds it.")


def test_a_lock_that_is_let_go_in_time_is_had(path: Path) -> None:
    other = _held_by_another(path, b"")
    other.__enter__()

    clock = FakeClock(meanwhile=[lambda: other.__exit__(None, None, None)])

    _hold(LockFile(path, clock))


def test_a_holder_that_died_holds_nothing(path: Path) -> None:
    first = _opened(path)
    with pytest.raises(KeyboardInterrupt), first.hold():
        raise KeyboardInterrupt

    _hold(_opened(path, patience_s=0.0))


def test_a_hold_inside_a_hold_is_the_same_hold(path: Path) -> None:
    store = _opened(path)

    with store.hold():
        _hold(store)
        store.record(_INTENDED)

    assert list(store.lock.entries) == ["vertex/router"]


@pytest.mark.parametrize(
    "write",
    [lambda s: s.record(_INTENDED), lambda s: s.learn(workspace="", target="", projects={}), lambda s: s.confirm()],
    ids=["record", "learn", "confirm"],
)
def test_only_a_holder_writes(path: Path, write: Callable[[LockFile], None]) -> None:
    with pytest.raises(RuntimeError):
        write(_opened(path))


def _hold_file(path: Path) -> Path:
    return path.parent / ".tuneform" / "tuneform.lock.hold"


def test_a_hold_is_confirmed_while_its_file_is_there(path: Path) -> None:
    store = _opened(path)

    with store.hold():
        store.confirm()


@pytest.mark.parametrize("is_taken", [False, True], ids=["deleted", "deleted and taken by another"])
def test_a_hold_whose_file_was_deleted_is_lost(path: Path, *, is_taken: bool) -> None:
    store, other = _opened(path), _opened(path, patience_s=0.0)

    with store.hold():
        _hold_file(path).unlink()
        if is_taken:
            _hold(other)
        told = _refusal(store.confirm)

    assert told.code == "LOCK009"
    assert str(_hold_file(path)) in told.detail


def test_a_hold_file_that_was_replaced_before_it_was_locked_is_not_held(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []

    def locked(fd: int, how: int) -> None:
        if not opened:
            _hold_file(path).unlink()
        opened.append(fd)
        fcntl.flock(fd, how)

    monkeypatch.setattr("reconciler.files.lockfile.fcntl", SimpleNamespace(**{**vars(fcntl), "flock": locked}))
    store = _opened(path)

    with store.hold():
        store.confirm()

    assert len(opened) == 2


def test_a_hold_that_cannot_say_who_it_is_is_a_lock_that_cannot_be_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(fd: int, data: bytes, offset: int) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("reconciler.files.lockfile.os.pwrite", full)

    assert _refusal(lambda: _hold(_opened(path))).code == "LOCK007"


# A disk that does not do what it is asked


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on, every write ends after half of its bytes: no space left on the device."""

    def fill() -> None:
        written = os.write

        def half(fd: int, data: memoryview) -> int:
            written(fd, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr("reconciler.files.journal.os.write", half)

    return fill


def test_a_full_disk_is_told_and_what_was_recorded_is_intact(path: Path, full_disk: Callable[[], None]) -> None:
    store = _opened(path)
    with store.hold():
        store.record(_INTENDED)
        before = _journal(path).read_bytes()
        full_disk()

        told = _refusal(lambda: store.record(_SUBMITTED))

    assert (told.code, told.detail) == ("LOCK007", "No space left on device.")
    assert _journal(path).read_bytes() == before
    assert _opened(path).read().entries["vertex/router"].trainings["1"].job == ""


def test_a_lock_that_cannot_be_replaced_is_told_and_left_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _record(path, _INTENDED)
    before, store = path.read_bytes(), _opened(path)

    def refuse(fd: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with store.hold():
        store.record(_SUBMITTED)
        monkeypatch.setattr("reconciler.files.durable.os.fdatasync", refuse)
        told = _refusal(store.fold)

    assert told.code == "LOCK007"
    assert path.read_bytes() == before
    assert sorted(p.name for p in path.parent.iterdir()) == [".tuneform", "tuneform.lock", "tuneform.lock.journal"]
    assert _opened(path).read().entries["vertex/router"].trainings["1"].job == "job"


def test_a_folder_where_a_file_should_be_cannot_be_read(path: Path) -> None:
    path.mkdir()

    assert _refusal(_opened(path).read).code == "LOCK001"


def test_a_file_where_the_scratch_folder_should_be_cannot_be_written(path: Path) -> None:
    (path.parent / ".tuneform").write_text("")

    assert _refusal(lambda: _hold(_opened(path))).code == "LOCK007"
