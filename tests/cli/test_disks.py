"""Disks that are full, read-only or in the way are told in words; they are nobody's bug."""

from __future__ import annotations

import errno
import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.cli import run
from reconciler.emulator.store import Store
from tests.ownership.room import Room


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    monkeypatch.chdir(tmp_path)
    made = Room(tmp_path, tmp_path / ".tuneform/emulator.db")
    made.workspace()
    made.spec("router")
    return made


class _Full(io.StringIO):
    """Standard output that was sent to a file on a full disk."""

    encoding = "utf-8"

    def write(self, _text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    "words", [["schema"], ["plan", "--emulator"], ["apply", "--yes", "--emulator", "--format", "json"]], ids=" ".join
)
@pytest.mark.usefixtures("room")
def test_a_full_disk_behind_standard_output_is_told(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", _Full())

    code = run(words)

    complaints = capsys.readouterr().err
    assert code == 1
    assert "RUN016" in complaints
    assert "The output: No space left on device." in complaints


def _a_folder(state: Path) -> None:
    state.mkdir(parents=True)


def _no_database(state: Path) -> None:
    state.parent.mkdir()
    state.write_text("somebody's notes", encoding="utf-8")


def _in_the_way(state: Path) -> None:
    state.parent.write_text("in the way", encoding="utf-8")


@pytest.mark.parametrize("arrange", [_a_folder, _no_database, _in_the_way])
def test_an_embedded_emulator_that_cannot_start_says_why(room: Room, arrange: Callable[[Path], None]) -> None:
    arrange(room.state)

    shown = _typed(room)

    assert (shown[0], "RUN015" in shown[1], ".tuneform" in shown[1]) == (1, True, True)


def test_an_embedded_emulator_whose_disk_is_full_says_so(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(store: Store, key: str, value: object) -> None:
        store.sql("PRAGMA max_page_count = 1")
        store.sql("CREATE TABLE more (text)")

    monkeypatch.setattr(Store, "set_meta", full)

    shown = _typed(room)

    assert (shown[0], "RUN015" in shown[1], "full" in shown[1]) == (1, True, True)


def test_a_speed_that_is_none_is_told(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "warp")

    shown = _typed(room)

    assert (shown[0], "RUN015" in shown[1]) == (1, True)


def test_init_where_something_is_in_the_way_says_what(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs").write_text("in the way", encoding="utf-8")

    code = run(["init"])

    complaints = capsys.readouterr().err
    assert (code, "RUN016" in complaints, "specs" in complaints) == (1, True, True)


def _typed(room: Room) -> tuple[int, str]:
    """`plan` with the embedded emulator, whose state nobody has touched but the test."""
    shown = io.StringIO()
    out, err = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = shown
    try:
        code = run(["-C", str(room.folder), "plan", "--emulator"])
    finally:
        sys.stdout, sys.stderr = out, err
    return code, shown.getvalue()
