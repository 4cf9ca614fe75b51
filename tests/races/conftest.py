"""A room for every test, with trainings that end at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ownership.room import Room


@pytest.fixture
def make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Room]:
    """Clones of one repository, or repositories of one project: all of them talk to one emulator."""
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    for name in ("TUNEFORM_EMULATOR", "NO_COLOR", "FORCE_COLOR", "CI"):
        monkeypatch.delenv(name, raising=False)

    def make(name: str = "clone", workspace: str = "acme", more: str = "") -> Room:
        folder = tmp_path / name
        folder.mkdir()
        room = Room(folder, tmp_path / "cloud.db")
        room.workspace(workspace, more)
        (folder / "specs").mkdir()
        return room

    return make


@pytest.fixture
def room(make_room: Callable[..., Room]) -> Room:
    return make_room()
