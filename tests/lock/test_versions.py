"""A lock that this version has written an entry into says so before anything else: an older one would lose fields."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from reconciler.core.events import DataSeen, Event, Forgotten, Intended
from reconciler.core.lock import LOCK_VERSION, Lock
from reconciler.core.merge import merge_locks
from reconciler.files.journal import Journal, replay
from reconciler.files.lock_json import encode_lock
from reconciler.files.lockfile import LockFile
from tests.fakes.clock import FakeClock
from tests.fakes.specs import a_lock, a_spec, an_entry, submitted

SPEC = a_spec()
OTHER = a_spec("other")
AT = "2026-01-01T00:00:00Z"
SEEN = DataSeen(SPEC.address, "1", "", AT)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    lock = replace(a_lock([(SPEC, an_entry(SPEC)), (OTHER, an_entry(OTHER))]), version=1)
    place = tmp_path / "tuneform.lock"
    place.write_bytes(encode_lock(lock, {"future": 1}))
    return place


def _version(path: Path) -> int:
    return int(json.loads(path.read_bytes())["version"])


def _opened(path: Path) -> LockFile:
    return LockFile(path, FakeClock())


def test_a_lock_that_is_only_read_stays_of_its_version(path: Path) -> None:
    before = path.read_bytes()
    store = _opened(path)

    with store.hold():
        store.learn(workspace="acme", target="emulator:test", projects={"acme-ml": "1"})
        store.fold()

    assert _version(path) == 1
    assert json.loads(before)["entries"] == json.loads(path.read_bytes())["entries"]


@pytest.mark.parametrize(
    "event", [SEEN, Intended(SPEC.address, "2", submitted(SPEC), AT), Forgotten(SPEC.address, ("job",), AT)]
)
def test_the_file_says_so_before_the_journal_has_the_entry(path: Path, event: Event) -> None:
    store = _opened(path)

    with store.hold():
        store.record(event)
        told = json.loads(path.read_bytes())

    assert (told["version"], told["future"]) == (LOCK_VERSION, 1)
    assert path.with_name("tuneform.lock.journal").exists()
    assert _opened(path).read().version == LOCK_VERSION


def test_a_killed_run_leaves_a_lock_that_an_older_version_refuses(path: Path) -> None:
    with _opened(path).hold():
        pass
    store = _opened(path)
    with store.hold():
        store.learn(workspace="acme", target="emulator:test", projects={"acme-ml": "1"})
        store.record(SEEN)
    # Nothing was folded in: header and entry are in the journal, and the file alone is what an older version reads.

    assert _version(path) == LOCK_VERSION
    assert _opened(path).read().version == LOCK_VERSION


def test_a_header_of_an_older_journal_does_not_lower_it(path: Path) -> None:
    store = _opened(path)
    with store.hold():
        store.learn(workspace="acme", target="emulator:test", projects={"acme-ml": "1"})
    lines = Journal(path.with_name("tuneform.lock.journal")).read()

    assert replay(Lock(), lines).version == LOCK_VERSION


def test_what_replaces_the_lock_raises_it(path: Path) -> None:
    store = _opened(path)
    with store.hold():
        store.replace(store.lock.with_entry(OTHER.address, None))
        store.fold()

    assert _version(path) == LOCK_VERSION


def test_two_locks_become_one_of_the_later_version() -> None:
    one, other = replace(a_lock([(SPEC, an_entry(SPEC))]), version=1), a_lock([(OTHER, an_entry(OTHER))])

    assert merge_locks(one, other).lock.version == merge_locks(other, one).lock.version == LOCK_VERSION
