"""Which emulator is that? Its id says whose lock this is."""

from __future__ import annotations

import msgspec

from reconciler.backends.calls import Call
from reconciler.backends.http import Http
from reconciler.backends.targets import Service


class _Health(msgspec.Struct):
    id: str


def emulator_id(http: Http) -> str:
    """The id of the emulator that answers; BackendError where none does."""
    call = Call("emulator.health", Service.STORAGE, "GET", "/_emulator/health")
    return http.read(call, msgspec.json.Decoder(_Health)).id
