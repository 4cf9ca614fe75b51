"""Which emulator it is: every state of one has an id of its own, and a lock belongs to one of them."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from reconciler.backends.calls import Call
from reconciler.backends.failures import failure
from reconciler.backends.http import Http
from reconciler.backends.targets import Service


class _Health(Struct, frozen=True):
    id: str = ""


_LARGEST = 64 * 1024
_HEALTH = msgspec.json.Decoder(_Health)


def emulator_id(http: Http) -> str:
    """The id of the emulator that `http` talks to; BackendError where something else answers there."""
    call = Call("emulator health", Service.STORAGE, "GET", "/_emulator/health", largest_bytes=_LARGEST)
    health = http.read(call, _HEALTH)
    if not health.id.isprintable() or not 0 < len(health.id) <= 100:
        raise failure("API209", detail="What answers there does not say which emulator it is.")
    return health.id
