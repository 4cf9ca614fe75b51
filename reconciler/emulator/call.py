"""What a handler works with: the emulator's parts at one moment, and one parsed request."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.emulator.clock import timestamp
from reconciler.emulator.errors import invalid
from reconciler.emulator.messages import Response

if TYPE_CHECKING:
    from reconciler.emulator.clock import Moment
    from reconciler.emulator.definitions import ApiMethod, Definitions
    from reconciler.emulator.messages import Request
    from reconciler.emulator.settings import EmulatorSettings
    from reconciler.emulator.store import Resource, Store

Json = dict[str, Any]


@dataclass(slots=True)
class Simulation:
    """State, settings and clocks as one request sees them."""

    store: Store
    settings: EmulatorSettings
    moment: Moment

    def now(self) -> str:
        """The time of day as Vertex AI writes it."""
        return timestamp(self.moment.shown)

    def digest(self, *parts: object) -> bytes:
        """Bytes that are the same for the same seed and parts: ids and noise are made of them."""
        text = ":".join(str(p) for p in (self.settings.seed, *parts))
        return hashlib.sha256(text.encode("utf-8", "replace")).digest()

    def new_id(self, kind: str, *more: object) -> str:
        """A decimal id of nineteen digits for the next resource. Source: recorded (every server-made id)."""
        number = int.from_bytes(self.digest(kind, self.store.next_seq(), *more)[:8], "big")
        return str(10**18 + number % (8 * 10**18))


def project_number(project: str) -> str:
    """The number of a project: itself when it is one, else derived from the id and always the same.

    Source: assumed that any project exists; recorded that answers carry twelve-digit numbers.
    """
    if re.fullmatch(r"\d{1,19}", project):
        return project
    number = int.from_bytes(hashlib.sha256(project.encode("utf-8", "replace")).digest()[:8], "big")
    return str(10**11 + number % (9 * 10**11))


def with_number(name: str) -> str:
    """A resource name with the project's number in place of its id."""
    head, slash, rest = name.partition("/")
    project, _, tail = rest.partition("/")
    if head != "projects" or not slash or not project:
        return name
    return f"projects/{project_number(project)}/{tail}"


@dataclass(slots=True)
class MethodCall:
    """One request, matched to a method and read against its definition."""

    sim: Simulation
    definitions: Definitions
    method: ApiMethod
    version: str
    params: dict[str, str]
    query: dict[str, list[str]]
    body: Json
    request: Request
    lag_s: float = 0.0
    is_repeated: bool = False  # a fault asks for every row of a list twice
    lasts_s: float = 0.0  # what a planted latency says of the answer
    sleeps: bool = False  # and whether it comes that late

    @property
    def store(self) -> Store:
        """The state."""
        return self.sim.store

    @property
    def is_beta(self) -> bool:
        """Whether Vertex AI's v1beta1 was called."""
        return self.version == "v1beta1"

    @property
    def location(self) -> str:
        """`projects/{number}/locations/{location}` of the call."""
        return f"projects/{project_number(self.params['project'])}/locations/{self.params['location']}"

    @property
    def until(self) -> float:
        """Resources made after this time of day are not seen yet (a `lag` fault)."""
        return self.sim.moment.shown - self.lag_s if self.lag_s else float("inf")

    def argument(self, name: str, default: str = "") -> str:
        """A query parameter, the last when repeated."""
        return self.query[name][-1] if self.query.get(name) else default

    def number(self, name: str, default: int) -> int:
        """A query parameter that is an int32. Raises ApiError 400."""
        text = self.argument(name)
        if not text:
            return default
        if not re.fullmatch(r"-?\d{1,10}", text) or abs(int(text)) >= 2**31:
            raise invalid(f"Invalid value at '{name}' (TYPE_INT32), \"{text[:80]}\"")
        return int(text)

    def is_visible(self, row: Resource) -> bool:
        """Whether a `lag` fault lets this call see the resource."""
        return row.created <= self.until


@dataclass(frozen=True, slots=True)
class Raw:
    """A JSON answer that is bytes already, in one piece or several."""

    pieces: list[bytes]


Reply = Json | Raw | Response
Handler = Callable[[MethodCall], Reply]
Settler = Callable[[Simulation, "Resource", float], None]
