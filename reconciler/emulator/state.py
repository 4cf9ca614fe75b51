"""The emulator's state with its settings and clocks: what is stored, and what its dials make of it."""

from __future__ import annotations

import secrets
import sqlite3
import uuid
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from reconciler.emulator import clock
from reconciler.emulator.call import Simulation
from reconciler.emulator.errors import StateError
from reconciler.emulator.journal import CallJournal
from reconciler.emulator.registry import SETTLERS
from reconciler.emulator.settings import EmulatorSettings, changed
from reconciler.emulator.store import Store

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

Json = dict[str, Any]


class State:
    """Everything that outlasts a request. But for `open` and `close`, call it inside a transaction."""

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self._store = store
        self._wall = now
        self._version = -1
        self._settings = EmulatorSettings()
        self._anchor = clock.start(0, 1.0)
        self.journal = CallJournal(now)
        self.id = ""

    @classmethod
    def open(cls, path: str | os.PathLike[str] | None, given: Json, now: Callable[[], float]) -> State:
        """Open or make the state and lay the given settings over the remembered ones."""
        store = Store.open(path)
        state = cls(store, now)
        try:
            state._begin(given)
        except sqlite3.Error as exc:
            store.close()
            raise StateError(f"{path}: cannot be used as an emulator's state: {exc}") from exc
        except BaseException:
            store.close()
            raise
        return state

    def _begin(self, given: Json) -> None:
        with self._store.transaction(writes=True):
            if self._store.meta("id") is None:
                self._store.set_meta("id", str(uuid.uuid4()))
                self._store.set_meta("settings", {"seed": secrets.randbelow(2**31)})
                speed = changed(EmulatorSettings(), given).speed
                self._store.set_meta("clock", clock.to_json(clock.start(self._wall(), speed)))
            self._reload()
            self.id = str(self._store.meta("id"))
            if given:
                self.set_settings(given)

    def close(self) -> None:
        """Close the state."""
        self._store.close()

    def sim(self) -> Simulation:
        """The emulator's parts now."""
        if self._store.version != self._version:
            self._reload()
        return Simulation(self._store, self._settings, clock.read(self._anchor, self._wall()))

    def _reload(self) -> None:
        """Another process may have turned a dial."""
        self._version = self._store.version
        self._settings = changed(EmulatorSettings(), self._store.meta("settings") or {})
        self._anchor = clock.from_json(self._store.meta("clock"))

    def set_settings(self, given: Json) -> None:
        """Change settings for good. Raises SettingError."""
        settings = changed(self._settings, given)
        if settings.speed != self._anchor.speed:
            self.settle(self.sim())
            self._set_anchor(clock.with_speed(self.sim().moment, self._wall(), settings.speed))
        defaults = asdict(EmulatorSettings())
        self._settings = settings
        kept = {k: v for k, v in asdict(settings).items() if v != defaults[k] or k == "seed"}
        self._store.set_meta("settings", kept)

    def advance(self, seconds: float) -> None:
        """Let that much training time pass at once."""
        self.settle(self.sim())
        self._set_anchor(clock.advanced(self.sim().moment, self._wall(), seconds))
        self.settle(self.sim())

    def _set_anchor(self, anchor: clock.Anchor) -> None:
        self._anchor = anchor
        self._store.set_meta("clock", clock.to_json(anchor))

    @property
    def settings(self) -> EmulatorSettings:
        """The settings in force."""
        return self._settings

    @property
    def store(self) -> Store:
        """The rows."""
        return self._store

    def settle(self, sim: Simulation) -> None:
        """Carry out every event whose time has come, in order."""
        while row := self._store.next_due(sim.moment.horizon):
            assert row.due is not None
            SETTLERS[row.kind](sim, row, row.due)
