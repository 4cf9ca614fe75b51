"""A Google made of the emulator, behind the real client: every request is seen, and any answer can be replaced."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import google.oauth2.credentials
import httpx
import pytest

from reconciler.backends.inprocess import InProcessTransport
from reconciler.emulator import Emulator, Request
from tests.security.canaries import SIGNATURE, TOKEN

Answer = Callable[[httpx.Request], httpx.Response | None]


@dataclass(slots=True)
class FakeGoogle(httpx.BaseTransport):
    """`answers` are asked first, in order; what they leave is the emulator's to answer."""

    emulator: Emulator
    answers: list[Answer] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        request.read()
        for answer in self.answers:
            if (made := answer(request)) is not None:
                return made
        return InProcessTransport(self.emulator.handle, Request).handle_request(request)

    @property
    def hosts(self) -> set[str]:
        return {r.url.host for r in self.requests}


@contextmanager
def google_here() -> Iterator[FakeGoogle]:
    """The command line talks to this Google: its own client and credentials, no network."""
    emulator = Emulator.open(None, speed="instant", catalog="historic")
    fake = FakeGoogle(emulator)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._client.HTTPTransport", lambda **_: fake)
        patch.setattr("reconciler.session.clock.SystemClock.sleep", lambda _clock, seconds: _pass(seconds))
        patch.setattr("reconciler.session.clock.SystemClock.now", lambda _clock: _passed[0])
        patch.setattr("reconciler.backends.auth._application_default", lambda _scopes, _send: _credentials())
        try:
            yield fake
        finally:
            emulator.close()


_passed = [1_790_000_000.0]


def _pass(seconds: float) -> None:
    """Nobody waits for a service that is made up."""
    _passed[0] += seconds


def echo(request: httpx.Request) -> httpx.Response:
    """What a proxy with debugging on answers: everything that it was sent, and an address with a signature."""
    told = {
        "message": f"{request.url} {dict(request.headers)} "
        f"https://storage.example/o?X-Goog-Signature={SIGNATURE}&upload_id={SIGNATURE} {request.content[:300]!r}",
        "code": 400,
        "status": "INVALID_ARGUMENT",
    }
    return httpx.Response(400, json={"error": told})


def echo_of(part: str, status: int = 400) -> Answer:
    """An echo to every request whose address has `part` in it."""

    def answer(request: httpx.Request) -> httpx.Response | None:
        if part not in f"{request.method} {request.url}":
            return None
        made = json.loads(echo(request).content)
        return httpx.Response(status, json=made)

    return answer


def _credentials() -> google.oauth2.credentials.Credentials:
    return google.oauth2.credentials.Credentials(token=TOKEN)  # type: ignore[no-untyped-call]
