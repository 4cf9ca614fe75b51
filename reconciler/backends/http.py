"""One httpx client per run: where a request goes, whose token it carries, and what every failure means."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol, TypeVar

import httpx
import msgspec

from reconciler.backends.base import BackendError
from reconciler.backends.bounded import ACCEPTED, LARGEST_ANSWER_BYTES, RAISED, pieces_of
from reconciler.backends.calls import Call, CallKind
from reconciler.backends.deadline import GRACE_S, Deadline
from reconciler.backends.failures import failure, from_httpx
from reconciler.backends.network import timeouts, watched
from reconciler.backends.patience import longest_s, repeated_for_s, silence
from reconciler.backends.received import Answer, decoded, received, refuse_error
from reconciler.backends.retry import with_retries
from reconciler.backends.targets import Service, Target
from reconciler.core.clock import Clock
from reconciler.core.faults import Condition
from reconciler.core.plurals import counted

T = TypeVar("T")

MOST_PAGES = 2_000
LARGEST_LIST = 4
"""All pages of a list together, by the largest answer."""
LONGEST_TOKEN = 16 * 1024
PAGE_SIZE = 1000
"""The largest page that the APIs name; where they allow less they cut it."""


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


class Http:
    """Sends calls. Safe to use from several threads.

    `transport` replaces the network: the embedded emulator, or what a test makes up. `parallelism` is how
    many chains of pages are read at once. `timeout_s` is how long any call may be silent; None lets each kind of
    call have its own. `deadline` is when the run is over. No answer is read past `largest_bytes`.
    """

    def __init__(
        self,
        target: Target,
        clock: Clock,
        *,
        credentials: Credentials | None = None,
        transport: httpx.BaseTransport | None = None,
        parallelism: int = 8,
        timeout_s: float | None = None,
        largest_bytes: int = LARGEST_ANSWER_BYTES,
        deadline: Deadline | None = None,
    ) -> None:
        if target.takes_credentials and credentials is None:
            raise ValueError("Google asks for credentials")
        self.target = target
        self.parallelism = 1 if target.is_embedded else max(1, parallelism)
        self.clock = clock
        self._credentials = credentials if target.takes_credentials else None
        self._transport = transport
        self._timeout_s = timeout_s
        self._largest_bytes = largest_bytes
        self._deadline = deadline or Deadline(clock, None)
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
        return with_retries(lambda: self._send_renewed(call), self.clock, self._patience(call))

    def pause(self, seconds: float) -> None:
        """Wait, no longer than until the run is over."""
        self.clock.sleep(max(0.0, min(seconds, self._deadline.left_s)))

    def read(self, call: Call, decoder: msgspec.json.Decoder[T]) -> T:
        """The decoded answer."""
        return self.read_whole(call, decoder)[0]

    def read_whole(self, call: Call, decoder: msgspec.json.Decoder[T]) -> tuple[T, Answer]:
        """The same, and what it was decoded from."""

        def once(send: Callable[[Call], Answer]) -> tuple[T, Answer]:
            answer = send(call)
            return decoded(answer, call, decoder), answer

        if not call.kind.repeats:
            return once(self._send_once)
        return with_retries(lambda: once(self._send_renewed), self.clock, self._patience(call))

    def pages(self, call: Call, decoder: msgspec.json.Decoder[P]) -> Iterator[P]:
        """Every page of a list, each once; BackendError API217 where they do not end."""
        seen, size, asked = {""}, 0, call
        while True:
            page, asked, bytes_read = self._page(asked, decoder)
            size += bytes_read
            if size > LARGEST_LIST * self._largest_bytes:
                detail = f"{call.method} gave {counted(size, 'byte')} in {counted(len(seen), 'page')}."
                raise failure("API217", detail=detail, fix=RAISED)
            yield page
            token = page.next_page_token
            if not token:
                return
            if token in seen or len(seen) >= MOST_PAGES or len(token) > LONGEST_TOKEN:
                again = "a token again" if token in seen else "one more token"
                raise failure("API217", detail=f"{call.method} gave {counted(len(seen), 'page')}, then {again}.")
            seen.add(token)
            asked = replace(asked, query={**asked.query, "pageToken": token})

    def _page(self, call: Call, decoder: msgspec.json.Decoder[P]) -> tuple[P, Call, int]:
        """One page, how it was asked for, and its size. One that is too large is asked for in smaller ones."""
        while True:
            try:
                page, answer = self.read_whole(call, decoder)
            except BackendError as error:
                smaller = int(str(call.query.get("pageSize", 1))) // 10
                if error.condition is not Condition.TOO_LARGE or smaller < 1:
                    raise
                call = replace(call, query={**call.query, "pageSize": str(smaller)})
            else:
                return page, call, len(answer.body)

    @contextmanager
    def stream(self, call: Call) -> Iterator[httpx.Response]:
        """The answer while it comes in; `bounded` reads it. Not repeated: half of it may have been used."""
        with self._in_time(call):
            response = self._open(call)
            try:
                refuse_error(call, response, self.clock.now())
                yield response
            finally:
                response.close()

    @contextmanager
    def pieces(self, call: Call) -> Iterator[Iterator[bytes]]:
        """The answer's bytes as they come in, no more of them than any answer has."""
        with self.stream(call) as response:
            yield pieces_of(response, call.method, self._limit(call), changes=call.kind is not CallKind.READ)

    def _send_renewed(self, call: Call) -> Answer:
        """Once more with a new token where the present one is not accepted any longer."""
        try:
            return self._send_once(call)
        except BackendError as error:
            if self._credentials is None or error.condition is not Condition.TOKEN_REFUSED:
                raise
            self._credentials.renew()
            return self._send_once(call)

    def _send_once(self, call: Call) -> Answer:
        with self._in_time(call):
            began_s = self.clock.now()
            response = self._open(call)
            try:
                answer = received(call, response, self._limit(call), self.clock.now())
                return replace(answer, took_s=max(0.0, self.clock.now() - began_s))
            finally:
                response.close()

    @contextmanager
    def _in_time(self, call: Call) -> Iterator[None]:
        """BackendError API361 for what is not begun, or is cut off, because the run is over."""
        if self._left_s(call) <= 0:
            raise self._over(call, "was not sent", may_have_worked=False)
        try:
            yield
        except BackendError as error:
            if self._deadline.left_s > 0 or error.condition is not Condition.TIME_OUT:
                raise
            raise self._over(call, "was cut off", may_have_worked=error.may_have_worked) from error

    def _left_s(self, call: Call) -> float:
        """For a call to begin in: a lock is written and given back past the end, so that nothing of it stays behind."""
        return self._deadline.left_s + (GRACE_S if call.is_last else 0.0)

    def _patience(self, call: Call) -> Callable[[], float]:
        """Seconds that are left to send it once more."""
        until_s = self.clock.now() + repeated_for_s(call.kind)
        return lambda: min(self._left_s(call), until_s - self.clock.now())

    def _over(self, call: Call, what: str, *, may_have_worked: bool) -> BackendError:
        given = f"{self._deadline.timeout_s or 0:g} s"
        outcome = " It may have worked all the same." if may_have_worked and call.kind is not CallKind.READ else ""
        fix = "Run it again, with a longer --timeout where the services are only slow."
        detail = f"{call.method} {what}: the {given} of this run are over.{outcome}"
        return failure("API361", detail=detail, fix=fix, may_have_worked=may_have_worked)

    def _limit(self, call: Call) -> int:
        return call.largest_bytes or self._largest_bytes

    def _open(self, call: Call) -> httpx.Response:
        url = call.url or self.target.base_url(call.service, call.location) + call.target_path
        headers = {**self._own_headers(call), **call.headers}
        changes = call.kind is not CallKind.READ
        try:
            client = self._opened()
            request = client.build_request(
                call.verb, url, content=call.body, headers=headers, timeout=self._time_of(call)
            )
        except _UNUSABLE_SETTINGS as error:
            raise from_httpx(error, call.method, _host(url), changes=changes) from error
        try:
            return client.send(request, stream=True, follow_redirects=False)
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise from_httpx(error, call.method, _host(url), changes=changes) from error

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
                self._client = watched(self._new_client())
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
            headers={"user-agent": f"tuneform/{__version__}", "accept-encoding": ACCEPTED},
            limits=httpx.Limits(max_connections=32, max_keepalive_connections=16, keepalive_expiry=30),
        )

    @property
    def longest_create_s(self) -> float:
        """Until a create is given up, whatever comes in. In this process none outlives the caller."""
        if self.target.is_embedded:
            return 0.0
        return longest_s(CallKind.CREATE, self._timeout_s)

    def _time_of(self, call: Call) -> httpx.Timeout:
        """How long it may be silent, and how long it may take."""
        grace = 0.0 if call.kind is CallKind.READ else GRACE_S
        longest = call.longest_s or longest_s(call.kind, self._timeout_s)
        return timeouts(silence(call.kind, self._timeout_s), min(longest, self._deadline.left_s + grace))


_UNUSABLE_SETTINGS = (httpx.InvalidURL, httpx.HTTPError, ImportError, OSError, ValueError)
"""A proxy scheme without its library, an unreadable certificate file, a bad URL, a header in no charset."""


def _host(url: str) -> str:
    return url.split("/", 3)[2]
