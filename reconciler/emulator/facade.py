"""The emulator as its users hold it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import os

    from reconciler.emulator.app import Application
    from reconciler.emulator.messages import Request, Response


class Emulator:
    """All three services over one state. Safe to use from several threads; several processes may share a state file."""

    def __init__(self, application: Application) -> None:
        self._application = application

    @classmethod
    def open(
        cls,
        state: str | os.PathLike[str] | None,
        *,
        speed: float | str | None = None,
        catalog: Literal["current", "historic"] | None = None,
        seed: int | None = None,
        now: Callable[[], float] = time.time,
        **settings: object,
    ) -> Emulator:
        """Open the state, a SQLite file made when missing; None keeps everything in memory.

        Settings given here are written to the state and stay until they are given again; see `settings.py` for
        their names. Raises StateError for a state that cannot be used and SettingError for a setting.
        """
        from reconciler.emulator.app import Application
        from reconciler.emulator.state import State

        given = {"speed": speed, "catalog": catalog, "seed": seed, **settings}
        return cls(Application(State.open(state, {k: v for k, v in given.items() if v is not None}, now)))

    @property
    def id(self) -> str:
        """Tells this state from every other; a new state has a new one."""
        return self._application.id

    def handle(self, request: Request) -> Response:
        """Answer one request. Raises only ConnectionCut."""
        return self._application.handle(request)

    def close(self) -> None:
        """Close the state; the emulator cannot be used afterwards."""
        self._application.close()
