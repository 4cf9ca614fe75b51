"""An emulator of Vertex AI tuning, of the Gemini API's tuned models and of the Cloud Storage calls they need.

It stands alone: it is written from the published definitions and from recorded answers, and knows nothing of the
client that it is used to test. Importing this module is cheap; the parts load when an emulator is opened.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import os

    from reconciler.emulator.app import Application

__all__ = ["ConnectionCut", "Emulator", "Request", "Response", "SettingError", "StateError"]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. `path` is percent-encoded as on the wire, `query` raw; header names are in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer; `chunks` is iterated once, so that a stream can stream."""

    status: int
    headers: list[tuple[str, str]]
    chunks: Iterable[bytes]


class ConnectionCut(Exception):  # noqa: N818 - it is an event that a fault asked for, not a mistake
    """An injected fault cuts the connection: no answer, whether or not the request was carried out."""


class StateError(Exception):
    """The state file cannot be used: not one of ours, damaged, or written by a newer version."""


class SettingError(ValueError):
    """A setting has an unknown name or a value that makes no sense."""


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

        given = {"speed": speed, "catalog": catalog, "seed": seed, **settings}
        return cls(Application.open(state, {k: v for k, v in given.items() if v is not None}, now))

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
