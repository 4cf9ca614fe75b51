"""`tuneform lock unlock`, typed by somebody who knows that the holder is gone."""

from __future__ import annotations

import time

import pytest

from reconciler.files.lease import Lease
from tests.ownership.room import Room

LOCK = "gs://acme-locks/team/tuneform.lock"
HOLDER = "3f1c09aa12de"


@pytest.fixture
def held(room: Room) -> Room:
    """A CI job took the lock in Cloud Storage just now, and was killed."""
    room.spec("router")
    now = time.time()
    lease = Lease(HOLDER, "runner-7", 41, "apply", now, now + 60)
    path = "/upload/storage/v1/b/acme-locks/o"
    room.ask("POST", path, lease.to_json(), query="uploadType=media&name=team/tuneform.lock.hold")
    return room


def test_unlock_with_the_holders_id_lets_the_next_run_begin_at_once(held: Room) -> None:
    unlocked = held.run("lock", "unlock", HOLDER, "--lock", LOCK)
    applied = held.apply("--lock", LOCK)

    assert unlocked.code == 0
    assert f"Taken from {HOLDER} (process 41 on runner-7, apply) has held it since 20" in unlocked.text
    assert applied.code == 0, applied.text


def test_unlock_with_another_id_takes_nothing_and_names_the_holder(held: Room) -> None:
    shown = held.run("lock", "unlock", "0123456789ab", "--lock", LOCK)
    again = held.run("lock", "unlock", HOLDER, "--lock", LOCK)

    assert shown.code == 1
    assert "LOCK010" in shown.text
    assert HOLDER in shown.text
    assert again.code == 0


def test_a_lock_on_disk_needs_no_unlocking(room: Room) -> None:
    shown = room.run("lock", "unlock", HOLDER)

    assert shown.code == 1
    assert "LOCK010" in shown.text
    assert "nothing stays locked" in shown.text


def test_a_lease_that_somebody_made_up_harms_no_terminal(room: Room) -> None:
    trap = "\x1b[2J\u202e\r"
    lease = Lease(trap, trap, 41, trap, 1e300, time.time() + 60)
    path = "/upload/storage/v1/b/acme-locks/o"
    room.ask("POST", path, lease.to_json(), query="uploadType=media&name=team/tuneform.lock.hold")

    shown = room.run("lock", "unlock", HOLDER, "--lock", LOCK)

    assert (shown.code, "LOCK010" in shown.text) == (1, True)
    assert "\\x1b[2J" in shown.text
    assert [c for c in shown.text if not (c.isprintable() or c == "\n")] == []
