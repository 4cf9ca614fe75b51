"""The emulator as its users hold it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

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

    def moments(self, request: Request, name: str, *, most: int = 12) -> list[Response]:
        """The answer now and after each event to come of the resource `name`; nothing of it stays. Read-only."""
        return self._application.moments(request, name, most)

    def proceed(self, name: str, *, events: int = 1) -> None:
        """Let so many events of a resource happen now, whatever the clock says."""
        self._application.proceed(name, events)

    def adopt(self, doc: dict[str, Any]) -> bool:
        """Take in an endpoint or a model as another service has answered it; False for what cannot be taken in."""
        return self._application.adopt(doc)

    def fail(self, name: str, *, code: int, message: str) -> bool:
        """Let a training fail now; False where there is none that could."""
        return self._application.fail(name, code, message)

    def items(self, rows: Iterable[Mapping[str, Any]] | bytes) -> None:
        """Give prompts with the answers that are right: rows, or a file of JSON lines. See docs/emulator.md.

        Raises SettingError.
        """
        import msgspec

        self._ask("/_emulator/items", rows if isinstance(rows, bytes) else msgspec.json.encode({"items": [*rows]}))

    def plant(self, **planting: Any) -> None:
        """Plant answers, latencies and troubles, with the fields of docs/emulator.md. Raises SettingError."""
        import msgspec

        self._ask("/_emulator/answers", msgspec.json.encode(planting))

    def planted(self) -> list[dict[str, Any]]:
        """Everything planted, with how many items were asked through it, answered rightly, and met a trouble."""
        found: list[dict[str, Any]] = self._ask("/_emulator/answers")["answers"]
        return found

    def _ask(self, path: str, body: bytes = b"") -> dict[str, Any]:
        import msgspec

        from reconciler.emulator.errors import SettingError
        from reconciler.emulator.messages import Request

        response = self.handle(Request("POST" if body else "GET", path, "", {}, body))
        found: dict[str, Any] = msgspec.json.decode(b"".join(response.chunks))
        if response.status != 200:
            raise SettingError(found["error"]["message"])
        return found

    def close(self) -> None:
        """Close the state; the emulator cannot be used afterwards."""
        self._application.close()
