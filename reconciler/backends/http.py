"""One httpx client per run: where a request goes, whose token it carries, and what every failure means."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import httpx
import msgspec

from reconciler.backends.answers import error_of
from reconciler.backends.base import BackendError, Clock
from reconciler.backends.calls import Call, Kind
from reconciler.backends.failures import failure, from_httpx
from reconciler.backends.problems import looks_like_html, problem_of, retry_after_s
from reconciler.backends.retry import with_retries
from reconciler.backends.targets import Service, Target
from reconciler.backends.threads import threads

T = TypeVar("T")

LARGEST_ANSWER_BYTES = 128 * 1024 * 1024
MOST_PAGES = 10_000
PAGE_SIZE = 1000
"""The largest page that the APIs name; where they allow less they cut it."""

_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_CREATE_TIMEOUT = httpx.Timeout(120.0, connect=10.0)
_ASK_TIMEOUT = httpx.Timeout(300.0, connect=10.0)


class Credentials(Protocol):
    """Whose requests these are (auth.py)."""

    def headers(self, scopes: tuple[str, ...]) -> dict[str, str]:
        """Headers of a request with these scopes; raise BackendError with Fault.AUTH where there are none."""

    def renew(self) -> None:
        """Forget the present tokens, so that the next request gets new ones."""


class Page(Protocol):
    """One page of a list."""

    @property
    def next_page_token(self) -> str:
        """Empty on the last page."""


P = TypeVar("P", bound=Page)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer that is no error. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Http:
    """Sends calls. Safe to use from several threads.

    `transport` replaces the network: the embedded emulator, or what a test makes up. `parallelism` is how
    many chains of pages are read at once. `trace` gets a line for every answer, without anything secret.
    `timeout_s` is how long any call may be silent; None lets each kind of call have its own.
    """

    def __init__(
        self,
        target: Target,
        clock: Clock,
        *,
        credentials: Credentials | None = None,
        transport: httpx.BaseTransport | None = None,
        parallelism: int = 8,
        trace: Callable[[str], None] | None = None,
        timeout_s: float | None = None,
    ) -> None:
        if target.takes_credentials and credentials is None:
            raise ValueError("Google asks for credentials")
        self.target = target
        self.parallelism = 1 if target.is_embedded else max(1, parallelism)
        self.clock = clock
        self._credentials = credentials if target.takes_credentials else None
        self._transport = transport
        self._trace = trace
        self._timeout_s = timeout_s
        self._client: httpx.Client | None = None
        self._opening = threading.Lock()

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        with self._opening:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def send(self, call: Call) -> Answer:
        """The whole answer; BackendError for everything else. Repeats what may be repeated."""
        if not call.kind.repeats:
            return self._send_once(call)
        return with_retries(lambda: self._send_renewed(call), self.clock)

    def read(self, call: Call, decoder: msgspec.json.Decoder[T]) -> T:
        """The decoded answer."""
        if not call.kind.repeats:
            return decoded(self._send_once(call), call, decoder)
        return with_retries(lambda: decoded(self._send_renewed(call), call, decoder), self.clock)

    def pages(self, call: Call, decoder: msgspec.json.Decoder[P]) -> Iterator[P]:
        """Every page of a list, each once; BackendError API217 where they do not end."""
        seen: set[str] = {""}
        asked = call
        while True:
            page = self.read(asked, decoder)
            yield page
            token = page.next_page_token
            if not token:
                return
            if token in seen or len(seen) >= MOST_PAGES:
                raise failure("API217", detail=f"{call.method} gave {len(seen)} pages, then a token again.")
            seen.add(token)
            asked = replace(call, query={**call.query, "pageToken": token})

    @contextmanager
    def stream(self, call: Call) -> Iterator[Iterator[bytes]]:
        """The answer's bytes as they come in. Not repeated: half of it may have been used."""
        response = self._open(call)
        try:
            self._refuse_error(call, response)
            yield _guarded(call, response)
        finally:
            response.close()

    def _send_renewed(self, call: Call) -> Answer:
        """Once more with a new token where the present one is not accepted any longer."""
        try:
            return self._send_once(call)
        except BackendError as error:
            if self._credentials is None or error.diagnostic.code != "API111":
                raise
            self._credentials.renew()
            return self._send_once(call)

    def _send_once(self, call: Call) -> Answer:
        response = self._open(call)
        try:
            if not _is_answer(call, response):
                self._refuse_error(call, response)
            body = b"".join(_guarded(call, response))
        finally:
            response.close()
        answer = Answer(response.status_code, _plain(response.headers), body)
        if call.kind is not Kind.READ and looks_like_html(answer.headers, body):
            raise _unusable(call, answer, "API211", "a web page")
        return answer

    def _open(self, call: Call) -> httpx.Response:
        url = call.url or self.target.base_url(call.service, call.location) + call.target_path
        headers = {**self._own_headers(call), **call.headers}
        changes = call.kind is not Kind.READ
        try:
            client = self._opened()
            request = client.build_request(
                call.verb, url, content=call.body, headers=headers, timeout=self._timeout(call.kind)
            )
        except _UNUSABLE_SETTINGS as error:
            raise from_httpx(error, call.method, _host(url), changes=changes) from error
        began_s = self.clock.now()
        try:
            response = client.send(request, stream=True, follow_redirects=False)
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise from_httpx(error, call.method, _host(url), changes=changes) from error
        if self._trace is not None:
            elapsed_ms = (self.clock.now() - began_s) * 1000
            self._trace(f"{_host(url)} {call.method} {response.status_code} ({elapsed_ms:.0f} ms)")
        return response

    def _own_headers(self, call: Call) -> dict[str, str]:
        headers = {"accept": "application/json"}
        if call.body is not None:
            headers["content-type"] = "application/json"
        if self._credentials is not None:
            headers |= self._credentials.headers(call.service.scopes)
        if call.quota_project:
            headers["x-goog-user-project"] = call.quota_project
        return headers

    def _opened(self) -> httpx.Client:
        with self._opening:
            if self._client is None:
                self._client = self._new_client()
            return self._client

    def _new_client(self) -> httpx.Client:
        # Proxies and certificate files of the environment are for Google alone; an SSL context costs
        # 30 ms and more, and plain http to this machine needs none.
        from reconciler.version import __version__

        is_google = self.target.takes_credentials
        plain = self.target.base_url(Service.STORAGE, "").startswith("http://")
        return httpx.Client(
            transport=self._transport,
            trust_env=is_google,
            verify=not plain,
            headers={"user-agent": f"tuneform/{__version__}"},
            limits=httpx.Limits(max_connections=32, max_keepalive_connections=16, keepalive_expiry=30),
        )

    @property
    def longest_create_s(self) -> float:
        """Until a create is given up: connecting, sending and silence. In this process none outlives the caller."""
        if self.target.is_embedded:
            return 0.0
        timeout = self._timeout(Kind.CREATE)
        return sum(part or 0.0 for part in (timeout.connect, timeout.write, timeout.read))

    def _timeout(self, kind: Kind) -> httpx.Timeout:
        if self._timeout_s is not None:
            return httpx.Timeout(self._timeout_s)
        return {Kind.CREATE: _CREATE_TIMEOUT, Kind.ASK: _ASK_TIMEOUT}.get(kind, _TIMEOUT)

    def _refuse_error(self, call: Call, response: httpx.Response) -> None:
        if _is_answer(call, response):
            return
        headers = _plain(response.headers)
        problem = problem_of(response.status_code, headers, _beginning(call, response))
        asked = call.asked((*_secrets(response.request), *call.private))
        raise error_of(problem, asked, retry_after_s(headers, problem, self.clock.now()))


_UNUSABLE_SETTINGS = (httpx.InvalidURL, httpx.HTTPError, ImportError, OSError, ValueError)
"""A proxy scheme without its library, an unreadable certificate file, a bad URL, a header in no charset."""


def decoded(answer: Answer, call: Call, decoder: msgspec.json.Decoder[T]) -> T:
    """The answer as a value; each way in which it may be unusable has its code."""
    try:
        return decoder.decode(answer.body)
    except RecursionError:
        code, words = "API215", "too many levels"
    except msgspec.ValidationError as error:
        code, words = "API213", str(error)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        code, words = ("API211" if looks_like_html(answer.headers, answer.body) else "API212"), str(error)
    raise _unusable(call, answer, code, words)


def _unusable(call: Call, answer: Answer, code: str, words: str) -> BackendError:
    detail = f"{call.method} answered {answer.status} with {len(answer.body)} bytes: {words}."
    return failure(code, detail=detail, may_have_worked=call.kind is not Kind.READ)


def gather(tasks: Iterable[Callable[[], T]], parallelism: int) -> list[T]:
    """The results in the order of the tasks; the first failure ends it."""
    waiting = list(tasks)
    if parallelism <= 1 or len(waiting) <= 1:
        return [task() for task in waiting]
    with threads(min(parallelism, len(waiting))) as pool:
        return [future.result() for future in [pool.submit(task) for task in waiting]]


def _guarded(call: Call, response: httpx.Response) -> Iterator[bytes]:
    """The body piece by piece, up to what any honest answer has; stored objects have no such bound."""
    changes = call.kind is not Kind.READ
    bounded = call.service is not Service.STORAGE
    size = 0
    try:
        for piece in response.iter_bytes():
            size += len(piece)
            if bounded and size > LARGEST_ANSWER_BYTES:
                raise failure("API214", detail=f"{call.method} went on past {size} bytes.", may_have_worked=changes)
            yield piece
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise from_httpx(error, call.method, response.request.url.host, changes=changes) from error


def _beginning(call: Call, response: httpx.Response, limit: int = 200_000) -> bytes:
    """Enough of an error's body to tell what it says; an error that breaks off is still an error."""
    pieces: list[bytes] = []
    try:
        for piece in _guarded(call, response):
            pieces.append(piece)
            if sum(map(len, pieces)) > limit:
                break
    except BackendError:
        pass
    return b"".join(pieces)


def _is_answer(call: Call, response: httpx.Response) -> bool:
    return 200 <= response.status_code < 300 or response.status_code in call.accepts


def _plain(headers: httpx.Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _secrets(request: httpx.Request) -> tuple[str, ...]:
    """What must not come back in a message, even where a service echoes it."""
    return tuple(filter(None, [request.headers.get("authorization", "").rpartition(" ")[2]]))


def _host(url: str) -> str:
    return url.split("/", 3)[2]
