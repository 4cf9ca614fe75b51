"""The journal beside the lock: what a crash, a revert and another machine leave of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.core.advance import advance
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.events import CancelRequested, Event, Forgotten, Intended, Submitted, Updated
from reconciler.core.lock import Entry, Lock
from reconciler.core.model import Address, Lifecycle
from reconciler.files.journal import Journal, JournalLine, header_line, line_of, replay
from tests.fakes.specs import a_lock, a_spec, an_entry, submitted

SPEC = a_spec()
ROUTER = "vertex/router"


def _entry(revision: int, words: str = "") -> Entry:
    return replace(an_entry(SPEC), revision=revision, in_place={"description": words})


def _line(revision: int, words: str = "", base: int | None = None) -> JournalLine:
    before = _entry(revision - 1 if base is None else base) if revision > 1 else None
    return line_of(ROUTER, before, _entry(revision, words))


def _words(lock: Lock) -> str:
    return str(lock.entries[ROUTER].in_place["description"])


def test_lines_are_read_in_the_order_they_were_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")

    journal.append([_line(1, "one")])
    journal.append([_line(2, "two"), _line(3, "three")])

    assert [line.entry["revision"] for line in journal.read() if line.entry] == [1, 2, 3]
    assert (tmp_path / "j").stat().st_mode & 0o777 == 0o600


def test_a_journal_that_is_not_there_has_no_lines(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")

    journal.remove()

    assert journal.read() == []


@pytest.mark.parametrize("cut", [1, 2, 10])
def test_a_torn_last_line_is_ignored_and_cut_off_by_the_next_one(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "j"
    journal = Journal(path)
    journal.append([_line(1, "one")])
    journal.append([_line(2, "two")])
    journal.close()
    path.write_bytes(path.read_bytes()[:-cut])

    torn = len(Journal(path).read())
    again = Journal(path)
    again.append([_line(2, "second try")])

    assert torn == 1
    assert _words(replay(Lock(), again.read())) == "second try"
    assert len(again.read()) == 2


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"7",
        b"not json",
        b'{"address": "vertex/router", "entry": {"revision": "x"}}',
        b'{"address": "vertex/router", "entry": {"trainings": {"x": {"role": "serving", "phase": "APPLIED", '
        b'"submission": {"project": "p"}}}}}',
        b'{"address": "router"}',
        b'{"address": "", "header": {"lineage": 7}}',
    ],
)
def test_a_damaged_line_is_told_with_its_number(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "j"
    journal = Journal(path)
    journal.append([_line(1)])
    path.write_bytes(path.read_bytes() + line + b"\n")

    with pytest.raises(ReconcilerError) as caught:
        journal.read()

    (told,) = caught.value.diagnostics
    assert (told.code, told.where and told.where.line) == ("LOCK008", 2)


_AT = "2026-01-01T00:00:00Z"
_ONE, _TWO = Address("vertex", "one"), Address("vertex", "two")


def _events(address: Address) -> list[Event]:
    return [
        Intended(address, "1", submitted(SPEC), _AT),
        Submitted(address, "1", f"job-{address.name}", "", "S", _AT),
        CancelRequested(address, "1", "job", _AT),
        Updated(address, {"description": "x"}, Lifecycle(), ()),
        Forgotten(address, (), _AT),
        Intended(address, "1", submitted(SPEC), _AT),
    ]


@given(st.lists(st.sampled_from([*_events(_ONE), *_events(_TWO)]), max_size=12), st.integers(0, 12))
def test_replaying_the_journal_is_folding_the_events_wherever_the_lock_was_written(
    events: list[Event], folded_at: int
) -> None:
    lock, lines, written = a_lock(), [], a_lock()
    for number, event in enumerate(events):
        after = advance(lock, event)
        for address in {*lock.entries, *after.entries}:
            before, then = lock.entries.get(address), after.entries.get(address)
            if before != then:
                lines.append(line_of(address, before, then))
        lock = after
        if number == folded_at:
            written = lock

    assert replay(a_lock(), lines) == lock
    assert replay(replay(a_lock(), lines), lines) == lock
    assert replay(written, lines) == lock


def test_a_lock_that_was_reverted_is_brought_forward_again() -> None:
    reverted = a_lock({ROUTER: _entry(2, "old")})

    assert _words(replay(reverted, [_line(5, "new"), _line(6, "newest")])) == "newest"


def test_a_lock_that_another_machine_took_further_wins() -> None:
    newer = a_lock({ROUTER: _entry(9, "theirs")})

    assert _words(replay(newer, [_line(5, "ours"), _line(6, "ours")])) == "theirs"


def test_a_lock_that_is_as_far_as_the_journal_is_left_alone() -> None:
    folded = a_lock({ROUTER: _entry(6, "folded")})

    assert _words(replay(folded, [_line(5, "x"), _line(6, "folded")])) == "folded"


def test_a_lock_that_is_where_the_journal_began_takes_it() -> None:
    base = a_lock({ROUTER: _entry(4, "base")})

    assert _words(replay(base, [_line(5, "x"), _line(6, "new")])) == "new"


def test_a_removed_entry_stays_removed() -> None:
    lines = [_line(5, "x"), line_of(ROUTER, _entry(5), None)]

    assert replay(a_lock({ROUTER: _entry(4)}), lines).entries == {}
    assert replay(a_lock(), lines).entries == {}


def test_a_removal_does_not_take_away_what_another_machine_took_further() -> None:
    newer = a_lock({ROUTER: _entry(9, "theirs")})

    assert _words(replay(newer, [line_of(ROUTER, _entry(5), None)])) == "theirs"


def test_the_header_is_laid_over_the_locks() -> None:
    lines = [header_line({"lineage": "a", "projects": {"p": "1"}}), header_line({"workspace": "acme"})]

    lock = replay(Lock(target="google", lineage="old"), lines)

    assert (lock.lineage, lock.workspace, lock.target, lock.projects) == ("a", "acme", "google", {"p": "1"})


def test_a_line_is_one_line_of_json(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")

    journal.append([_line(1, "two\nlines")])

    (line,) = (tmp_path / "j").read_text().splitlines()
    assert json.loads(line)["entry"]["inPlace"] == {"description": "two\nlines"}
