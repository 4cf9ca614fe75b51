"""What the matrices found, each as one small test of its own."""

from __future__ import annotations

from pathlib import Path

from reconciler.core.lock import Entry, Lock
from reconciler.files.journal import Journal, line_of, replay


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
