"""A room for every test: a folder with specs, an emulator and the command line."""

from __future__ import annotations

from tests.ownership.conftest import make_room, room

__all__ = ["make_room", "room"]
