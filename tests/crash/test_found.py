"""What the matrices found, each as one small test of its own."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from reconciler.backends.failures import failure
from reconciler.backends.objects import Content
from reconciler.core import events as ev
from reconciler.core.advance import advance
from reconciler.core.lock import Entry, Lock
from reconciler.core.model import Address, Lifecycle
from reconciler.files.bucket_lock import BucketLock
from reconciler.files.journal import Journal, line_of, replay
from reconciler.session.clock import Interrupted
from tests.fakes.clock import FakeClock


def test_a_rename_that_was_torn_in_the_middle_loses_no_entry(tmp_path: Path) -> None:
    """Its two lines were written one after the other: of half of them the old name was gone, and no new one there."""
    known = Entry(revision=3)
    journal = Journal(tmp_path / "tuneform.lock.journal")
    journal.append([line_of("vertex/router", known, None), line_of("vertex/triage", None, known)])
    journal.close()
    whole = journal.path.read_bytes()

    seen = []
    for end in range(len(whole)):
        journal.path.write_bytes(whole[:end])
        seen.append(replay(Lock(entries={"vertex/router": known}), journal.read()).entries)

    assert all(list(entries) == ["vertex/router"] for entries in seen)


def test_lines_that_were_written_together_are_read_together(tmp_path: Path) -> None:
    known = Entry(revision=3)
    journal = Journal(tmp_path / "tuneform.lock.journal")

    journal.append([line_of("vertex/router", known, None), line_of("vertex/triage", None, known)])

    assert list(replay(Lock(entries={"vertex/router": known}), journal.read()).entries) == ["vertex/triage"]


_WHOSE = {"tuneform-workspace": "acme", "tuneform-name": "router"}


@pytest.mark.parametrize(
    ("carried", "locked"),
    [
        ({"labels": {"team": "support", **_WHOSE}}, {"labels": {"team": "support"}}),
        ({"labels": dict(_WHOSE), "tunedModelDisplayName": "router"}, {"tunedModelDisplayName": "router"}),
        ({"labels": {"team": "support"}}, {"labels": {"team": "support"}}),
        ({"displayName": "numbers"}, {"displayName": "numbers"}),
    ],
)
def test_the_lock_holds_the_labels_of_the_spec_and_not_those_that_say_whose_it_is(carried: Any, locked: Any) -> None:
    """A run killed after an adoption's last patch, and the next one, which had nothing to patch, wrote other locks."""
    router = Address("vertex", "router")
    updated = advance(Lock(), ev.Updated(router, carried, Lifecycle(), ()))
    served = advance(Lock(), ev.Served(router, "1", "models/1", "endpoints/1", carried, "2026-11-20T09:12:30Z"))

    assert [lock.entries["vertex/router"].in_place for lock in (updated, served)] == [locked, locked]


class _Bucket:
    """Objects by name. Some writes end with `failure` after they were carried out; the third write is told."""

    def __init__(self, failure: BaseException, failing: range = range(2, 3)) -> None:
        self.contents: dict[str, Content] = {}
        self.failure = failure
        self.failing = failing
        self.writes = 0
        self.renewed = threading.Event()

    def read(self, uri: str) -> Content | None:
        return self.contents.get(uri)

    def write(self, uri: str, data: bytes, if_generation: str) -> str | None:
        known = self.contents.get(uri)
        if if_generation != (known.generation if known else "0"):
            return None
        self.writes += 1
        self.contents[uri] = Content(data, str(self.writes))
        if self.writes > 2:
            self.renewed.set()
        if self.writes in self.failing:
            raise self.failure
        return str(self.writes)

    def delete(self, uri: str, if_generation: str) -> bool:
        known = self.contents.get(uri)
        if known and known.generation != if_generation:
            return False
        self.contents.pop(uri, None)
        return True


_LOST = failure("API213", detail="objects.insert answered 200 with 0 bytes.", may_have_worked=True)


@pytest.mark.parametrize("what", [Interrupted(130), _LOST], ids=["a signal", "a lost answer"])
def test_a_lease_is_renewed_and_released_after_a_renewal_that_ended_in_the_middle(
    what: BaseException,
) -> None:
    """A signal ended the renewing thread, with a traceback; a lost answer made it take its own lease for another's."""
    bucket = _Bucket(what)
    lock = BucketLock("gs://acme-locks/tuneform.lock", bucket, FakeClock(), renew_s=0.001)

    with lock.hold():
        was_renewed = bucket.renewed.wait(20)

    assert was_renewed
    assert bucket.contents == {}


def test_a_lease_of_which_no_renewal_was_answered_is_released_all_the_same() -> None:
    bucket = _Bucket(_LOST, range(2, sys.maxsize))
    lock = BucketLock("gs://acme-locks/tuneform.lock", bucket, FakeClock(), renew_s=0.001)

    with lock.hold():
        was_renewed = bucket.renewed.wait(20)

    assert was_renewed
    assert bucket.contents == {}
