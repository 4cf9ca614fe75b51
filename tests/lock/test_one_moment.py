"""Whoever reads beside a writer sees a lock that stood at some moment; whatever the system, it is on disk first."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.core.events import Intended
from reconciler.files.journal import Journal, header_line
from reconciler.files.lockfile import LockFile
from tests.fakes.clock import FakeClock
from tests.fakes.specs import a_spec, submitted

ROUTER = a_spec()
_INTENDED = Intended(ROUTER.address, "1", submitted(ROUTER), "2026-01-01T00:00:00Z")


class _Overtaken(LockFile):
    """Between its look at the lock and the one at the journal, whoever wrote the journal folds it."""

    writer: LockFile | None = None

    def _content(self) -> bytes | None:
        content = super()._content()
        writer, self.writer = self.writer, None
        if writer is not None:
            writer.fold()
        return content


def test_a_fold_between_lock_and_journal_hides_nothing(tmp_path: Path) -> None:
    path = tmp_path / "tuneform.lock"
    writer = LockFile(path, FakeClock())
    with writer.hold():
        writer.record(_INTENDED)
    reader = _Overtaken(path, FakeClock())
    reader.writer = writer

    assert list(reader.read().entries) == ["vertex/router"]


def test_a_system_without_fdatasync_keeps_a_journal_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As macOS is: every first apply would have ended in a traceback."""
    monkeypatch.delattr(os, "fdatasync", raising=False)
    journal = Journal(tmp_path / "tuneform.lock.journal")

    journal.append([header_line({"workspace": "acme"})])
    journal.close()

    assert [line.header for line in journal.read()] == [{"workspace": "acme"}]
