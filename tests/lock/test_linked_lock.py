"""A lock that is a link, or lies in a linked folder: hold and journal are where the file is, for every run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.events import Event, Intended, Submitted
from reconciler.files.lockfile import LockFile, journal_beside, real_place
from tests.fakes.clock import FakeClock
from tests.fakes.specs import a_spec, submitted

SPEC = a_spec()
_AT = "2026-01-01T00:00:00Z"
_EVENTS: list[Event] = [
    Intended(SPEC.address, "1", submitted(SPEC), _AT),
    Submitted(SPEC.address, "1", "job", "", "S", _AT),
]


def _opened(path: Path, patience_s: float = 0.0) -> LockFile:
    return LockFile(path, FakeClock(), patience_s=patience_s)


def _link(tmp_path: Path, kind: str) -> tuple[Path, Path]:
    """(the path as the workspace has it, the file that is meant)."""
    shared, here = tmp_path / "shared", tmp_path / "here"
    shared.mkdir()
    here.mkdir()
    real = shared / "team.lock"
    match kind:
        case "link":
            (here / "tuneform.lock").symlink_to(real)
        case "relative link":
            (here / "tuneform.lock").symlink_to("../shared/team.lock")
        case "chain":
            (tmp_path / "between.lock").symlink_to(real)
            (here / "tuneform.lock").symlink_to(tmp_path / "between.lock")
        case "folder":
            (here / "locks").symlink_to(shared)
            return here / "locks" / "team.lock", real
        case "link in a linked folder":
            (tmp_path / "alias").symlink_to(shared)
            (here / "tuneform.lock").symlink_to(tmp_path / "alias" / "team.lock")
        case _:
            raise AssertionError(kind)
    return here / "tuneform.lock", real


KINDS = pytest.mark.parametrize("kind", ["link", "relative link", "chain", "folder", "link in a linked folder"])


@KINDS
def test_whoever_comes_by_the_link_waits_for_whoever_came_by_the_file(tmp_path: Path, kind: str) -> None:
    given, real = _link(tmp_path, kind)

    for first, second in ((given, real), (real, given)):
        with _opened(first).hold(), pytest.raises(ReconcilerError, match="LOCK006"), _opened(second).hold():
            pass


@KINDS
def test_what_one_records_the_other_reads_before_it_is_folded(tmp_path: Path, kind: str) -> None:
    given, real = _link(tmp_path, kind)
    store = _opened(given)
    with store.hold():
        for event in _EVENTS:
            store.record(event)

    assert _opened(real).read().entry(SPEC.address) is not None
    assert journal_beside(real).exists()

    store.fold()
    assert _opened(real).read() == _opened(given).read()
    assert not real.is_symlink()
    assert real.exists()
    assert sorted(p.name for p in real.parent.iterdir()) == [".tuneform", "team.lock"]


@KINDS
def test_a_link_stays_one(tmp_path: Path, kind: str) -> None:
    given, real = _link(tmp_path, kind)
    links = [path for path in (given, given.parent) if path.is_symlink()]
    store = _opened(given)
    with store.hold():
        store.record(_EVENTS[0])
        store.fold()

    assert links
    assert all(path.is_symlink() for path in links)
    assert real.read_bytes() == given.read_bytes()


def test_a_link_into_a_folder_that_is_not_there_is_no_empty_lock(tmp_path: Path) -> None:
    away = tmp_path / "not mounted"
    (tmp_path / "tuneform.lock").symlink_to(away / "tuneform.lock")
    (tmp_path / "locks").symlink_to(away)

    for path in (tmp_path / "tuneform.lock", tmp_path / "locks" / "tuneform.lock"):
        with pytest.raises(ReconcilerError, match="LOCK021"):
            _opened(path).read()
    assert not away.exists()


def test_a_ring_of_links_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a.lock").symlink_to(tmp_path / "b.lock")
    (tmp_path / "b.lock").symlink_to(tmp_path / "a.lock")

    with pytest.raises(ReconcilerError, match="LOCK001"):
        _opened(tmp_path / "a.lock").read()


def test_a_journal_that_an_earlier_version_left_beside_the_link_is_not_passed_over(tmp_path: Path) -> None:
    given, real = _link(tmp_path, "link")
    store = _opened(real)
    with store.hold():
        store.record(_EVENTS[0])
    journal_beside(real).rename(journal_beside(given))

    with pytest.raises(ReconcilerError, match="LOCK022"):
        _opened(given).read()

    journal_beside(given).rename(journal_beside(real))
    assert _opened(given).read().entry(SPEC.address) is not None


def test_a_path_without_links_stays_as_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert real_place(Path("locks/../tuneform.lock")) == Path("locks/../tuneform.lock")
    assert real_place(Path("tuneform.lock")) == Path("tuneform.lock")


@pytest.mark.parametrize("content", [b"", b"\n", b" \t\r\n", b"\xef\xbb\xbf"])
def test_a_lock_with_nothing_in_it_is_damaged(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "tuneform.lock"
    path.write_bytes(content)

    with pytest.raises(ReconcilerError, match="LOCK020"):
        _opened(path).read()
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "line",
    [
        {"address": "", "header": {"version": 99}},
        {"address": str(SPEC.address), "version": 99, "entry": {"revision": 1, "mood": "new"}},
        [{"address": str(SPEC.address), "version": 99, "steps": []}],
        {"version": 99, "whatever": 1},
    ],
)
def test_a_journal_of_a_later_version_is_refused_and_kept(tmp_path: Path, line: object) -> None:
    path = tmp_path / "tuneform.lock"
    journal_beside(path).write_text(json.dumps(line) + "\n", encoding="utf-8")

    with pytest.raises(ReconcilerError, match="LOCK003") as error:
        _opened(path).read()

    assert error.value.diagnostics[0].where == (str(journal_beside(path)), 1, 0)
    assert journal_beside(path).exists()


_HOLDS = """
import sys
from pathlib import Path
from reconciler.session.clock import SystemClock
from reconciler.files.lockfile import LockFile
with LockFile(Path(sys.argv[1]), SystemClock(), patience_s=0).hold():
    print("held", flush=True)
    sys.stdin.read()
"""


@KINDS
def test_two_processes_exclude_each_other_through_link_and_file(tmp_path: Path, kind: str) -> None:
    given, real = _link(tmp_path, kind)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}

    def holds(path: Path) -> subprocess.Popen[str]:
        line = [sys.executable, "-c", _HOLDS, str(path)]
        pipe = subprocess.PIPE
        return subprocess.Popen(line, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True)

    with holds(given) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with holds(real) as second:
            _, said = second.communicate(timeout=30)
        first.communicate(timeout=30)

    assert second.returncode != 0
    assert "LOCK006" in said
    assert first.returncode == 0
