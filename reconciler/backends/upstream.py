"""Requests of somebody else's, passed on as they are: what the recorder and `verify` stand on.

The caller's own credential goes along to Google alone; where it has none, Application Default Credentials do. An
emulator gets none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

import httpx

from reconciler.backends.failures import from_httpx
from reconciler.backends.http import Credentials
from reconciler.backends.network import timeouts, watched
from reconciler.backends.targets import Service, Target

LONGEST_S: Final = 300.0
_SILENT_S: Final = 120.0
READS: Final = frozenset(("GET", "HEAD"))
# Of one connection, or written anew for the next one.
_OF_THE_CONNECTION = frozenset(
    (
        *("host", "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer"),
        *("transfer-encoding", "upgrade", "content-length", "accept-encoding", "content-encoding"),
    )
)
_CREDENTIALS = frozenset(
    ("authorization", "x-goog-api-key", "cookie", "x-goog-user-project", "x-goog-iam-authorization-token")
)
_STORAGE = re.compile(r"/(?:resumable/)?(?:upload/|download/)?storage/v1/")
_LOCATION = re.compile(r"/[^/]+/projects/[^/]+/locations/([^/]+)")


@dataclass(frozen=True, slots=True)
class PassedAnswer:
    """What the service answered, read whole."""

    status: int
    headers: list[tuple[str, str]]
    content: bytes


class NoReadError(Exception):
    """Something else than a read was to be sent by what only reads: a bug of ours, and nothing was sent."""


class ReadOnlyTransport(httpx.BaseTransport):
    """Sends reads. Everything else is refused here, whoever asks for it, before a byte leaves the machine."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raises NoReadError."""
        if request.method not in READS or request.read():
            raise NoReadError(f"{request.method} {request.url.path} is no read")
        overridden = {"x-http-method-override", "x-http-method", "x-method-override"} & set(request.headers)
        if overridden or "$httpmethod" in unquote(str(request.url)).lower():
            raise NoReadError(f"{request.method} {request.url.path} would be taken for another method")
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close what is below."""
        self._inner.close()


class Upstream:
    """Passes requests on to one target. `transport` replaces the network."""

    def __init__(
        self, target: Target, credentials: Credentials | None = None, *, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._target = target
        self._credentials = credentials if target.takes_credentials else None
        self._client = self._opened(transport)

    def _opened(self, transport: httpx.BaseTransport | None) -> httpx.Client:
        is_google = self._target.takes_credentials
        plain = self._target.base_url(Service.STORAGE, "").startswith("http://")
        return watched(httpx.Client(transport=transport, trust_env=is_google, verify=not plain))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def send(self, verb: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> PassedAnswer:
        """One request, once: nothing of somebody else's is repeated. Raises BackendError."""
        base = self._base_of(path)
        url = f"{base}{path}?{query}" if query else f"{base}{path}"
        service, _ = _service_of(path)
        kept = self._passed_on(headers, service)
        limit = timeouts(httpx.Timeout(_SILENT_S), LONGEST_S)
        try:
            answer = self._client.request(
                verb, url, content=body or None, headers=kept, timeout=limit, follow_redirects=False
            )
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise from_httpx(error, verb, base.partition("//")[2], changes=verb not in READS) from error
        return PassedAnswer(answer.status_code, _answered(answer, base, headers.get("host", "")), answer.content)

    def _base_of(self, path: str) -> str:
        return self._target.base_url(*_service_of(path))

    def _passed_on(self, headers: Mapping[str, str], service: Service) -> dict[str, str]:
        kept = {name: value for name, value in headers.items() if name.lower() not in _OF_THE_CONNECTION}
        if self._credentials is None:
            return {name: value for name, value in kept.items() if name.lower() not in _CREDENTIALS}
        if not {"authorization", "x-goog-api-key"} & {name.lower() for name in kept}:
            kept |= self._credentials.headers(service.scopes)
        return kept


class ReadOnlyUpstream(Upstream):
    """The same for reads alone. That it changes nothing is not its callers' care: its transport refuses the rest."""

    def _opened(self, transport: httpx.BaseTransport | None) -> httpx.Client:
        client = super()._opened(transport)
        client._transport = ReadOnlyTransport(client._transport)  # noqa: SLF001
        client._mounts = {  # noqa: SLF001
            pattern: ReadOnlyTransport(mounted) if mounted is not None else None
            for pattern, mounted in client._mounts.items()  # noqa: SLF001
        }
        return client

    def get(self, path: str, query: str = "") -> PassedAnswer:
        """One read. Raises BackendError."""
        return self.send("GET", path, query, {"accept": "application/json"}, b"")


def _service_of(path: str) -> tuple[Service, str]:
    """The service that a path belongs to, and its location."""
    if _STORAGE.match(path):
        return Service.STORAGE, ""
    if located := _LOCATION.match(path):
        return Service.VERTEX, located[1]
    return Service.GEMINI, ""


def _answered(answer: httpx.Response, base: str, host: str) -> list[tuple[str, str]]:
    """Without what was of the connection; a session's address leads here again, and not past the recorder."""
    found = []
    for name, value in answer.headers.multi_items():
        if name.lower() in _OF_THE_CONNECTION or name.lower() == "set-cookie":
            continue
        moved = (
            f"http://{host}{value.removeprefix(base)}"
            if name.lower() == "location" and value.startswith(base)
            else value
        )
        found.append((name, moved))
    return [*found, ("Content-Length", str(len(answer.content)))]
