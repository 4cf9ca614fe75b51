"""A lock that came back from version control is behind the cloud: what it still has to do may be done already."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.ownership.room import Room


@pytest.mark.parametrize("again", [["wait"], ["apply", "--yes"]], ids=lambda words: words[0])
def test_a_wait_whose_lock_was_not_kept_is_not_paid_again(make_room: Callable[..., Room], again: list[str]) -> None:
    """A scheduled wait finishes, and its push of the lock fails: the next one begins from the lock before."""
    room = make_room()
    text = (room.folder / "tuneform.yaml").read_text(encoding="utf-8").replace("concurrentJobs: 4", "concurrentJobs: 1")
    room.write("tuneform.yaml", text)
    room.spec("one")
    room.spec("two")
    assert room.apply("--no-wait").code == 4
    older = room.lock_path.read_bytes()
    assert room.run("wait").code == 0

    room.lock_path.write_bytes(older)
    shown = room.run(*again)

    assert (shown.code, len(room.jobs())) == (0, 2), shown.text
    assert room.run("plan", "--detailed-exitcode").code == 0
