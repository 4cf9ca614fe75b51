"""Notices to a webhook: one POST each, signed as Standard Webhooks say, sent again where that may help."""

from __future__ import annotations

import base64
import binascii
import hmac
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import httpx

from reconciler.backends.base import BackendError
from reconciler.backends.network import timeouts, watched
from reconciler.backends.problems import Problem, retry_after_s
from reconciler.backends.quoting import cleaned
from reconciler.backends.retry import with_retries, without_long_pauses
from reconciler.core.clock import Clock
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Severity
from reconciler.core.faults import Fault
from reconciler.core.notices import Message
from reconciler.version import __version__

_LONGEST_S: Final = 15.0
"""What Standard Webhooks advise senders to wait for an answer."""
_SILENT_S: Final = 10.0
_QUOTED: Final = 200
_MAY_PASS: Final = frozenset({408, 425, 429})
_PREFIX: Final = "whsec_"


def signature(secret: str, message: Message, timestamp: int) -> str:
    """The header `webhook-signature`: HMAC-SHA256 of id, time and body. Source: the Standard Webhooks specification."""
    signed = f"{message.id}.{timestamp}.".encode() + message.body
    return "v1," + base64.b64encode(hmac.digest(_key(secret), signed, "sha256")).decode()


def _key(secret: str) -> bytes:
    """Bytes in base64 behind `whsec_`; any other text is taken as it is."""
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


@dataclass(frozen=True, slots=True)
class Webhook:
    """Sends to one address. `left_s` is how much of the run's time is left; `transport` replaces the network."""

    url: str = field(repr=False)
    secret: str = field(repr=False)
    clock: Clock
    left_s: Callable[[], float] = lambda: math.inf
    transport: httpx.BaseTransport | None = None

    def deliver(self, message: Message, *, is_patient: bool) -> str:
        """Why it was not taken, "" once it answered with 2xx. Who is patient tries a failure that may pass again."""
        with watched(httpx.Client(transport=self.transport, follow_redirects=False)) as client:
            try:
                if is_patient:
                    with without_long_pauses():  # the next run comes, and tells what this one could not
                        with_retries(lambda: self._post(client, message), self.clock, self.left_s)
                else:
                    self._post(client, message)
            except BackendError as error:
                return error.diagnostic.detail
        return ""

    def _post(self, client: httpx.Client, message: Message) -> None:
        longest = max(0.001, min(_LONGEST_S, self.left_s()))
        try:
            with client.stream(
                "POST",
                self.url,
                content=message.body,
                headers=self._headers(message),
                timeout=timeouts(httpx.Timeout(_SILENT_S), longest),
            ) as answer:
                _accepted(answer, self.clock.now())
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError) as exc:
            words = cleaned(str(exc) or type(exc).__name__, limit=_QUOTED)
            raise _not_delivered(words, repeats=not isinstance(exc, httpx.InvalidURL)) from exc

    def _headers(self, message: Message) -> dict[str, str]:
        timestamp = int(self.clock.now())
        headers = {
            "content-type": "application/cloudevents+json; charset=utf-8",
            "accept-encoding": "identity",
            "user-agent": f"tuneform/{__version__}",
            "webhook-id": message.id,
            "webhook-timestamp": str(timestamp),
        }
        if self.secret:
            headers["webhook-signature"] = signature(self.secret, message, timestamp)
        return headers


def _accepted(answer: httpx.Response, now_s: float) -> None:
    if answer.is_success:
        return
    status = answer.status_code
    said = next(answer.iter_raw(), b"")[:_QUOTED].decode(errors="replace")
    words = cleaned(" ".join(f"it answered {status} {said}".split()), limit=_QUOTED)
    may_pass = status in _MAY_PASS or status >= 500
    raise _not_delivered(words, repeats=may_pass, after_s=retry_after_s(answer.headers, Problem(status), now_s))


def _not_delivered(words: str, *, repeats: bool, after_s: float | None = None) -> BackendError:
    diagnostic = run_diagnostic("RUN095", words, severity=Severity.WARNING)
    return BackendError(Fault.TRANSIENT, diagnostic, repeats=repeats, retry_after_s=after_s)
