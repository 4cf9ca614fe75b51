"""Every way in which a call can go wrong, as one BackendError: what happened, and what the caller can do.

What a code means for the caller stands on its row in core/codes_api.py. `may_have_worked` is False only where
nothing was sent, or where the service said that it did nothing.
"""

from __future__ import annotations

import socket
import ssl

import httpx

from reconciler.backends.base import BackendError
from reconciler.backends.quoting import cleaned
from reconciler.core.codes_api import API_CODES
from reconciler.core.diagnostics import Diagnostic, Severity


def failure(
    code: str,
    *,
    detail: str = "",
    fix: str = "",
    command: str = "",
    retry_after_s: float | None = None,
    may_have_worked: bool = False,
) -> BackendError:
    """A BackendError of this code; the detail is made harmless here, whatever it quotes."""
    row = API_CODES[code]
    diagnostic = Diagnostic(
        code=code,
        severity=Severity.ERROR,
        summary=row.summary,
        detail=cleaned(detail, limit=1500),
        fix=fix,
        command=command,
    )
    return BackendError(
        row.fault,
        diagnostic,
        repeats=row.repeats,
        ends_run=row.ends_run,
        condition=row.condition,
        retry_after_s=retry_after_s,
        may_have_worked=may_have_worked,
    )


def from_httpx(error: Exception, method: str, host: str, *, changes: bool = True) -> BackendError:
    """What a failure of the connection means; for a read (`changes` is False) only that it failed."""
    code, sent = _classified(error)
    words = cleaned(_root(error) or type(error).__name__, limit=300)
    outcome = " It may have worked all the same." if sent else " Nothing was sent."
    return failure(
        code,
        detail=f"{method} to {host}: {words}.{outcome if changes else ''}",
        fix=_CONNECTION_FIXES.get(code, ""),
        may_have_worked=sent,
    )


_CONNECTION_FIXES = {
    "API201": "Is the address right, and does something listen there?",
    "API202": "Is the location spelt right, and does this machine have a network?",
    "API203": "Name the certificate of your proxy in SSL_CERT_FILE, if there is one.",
    "API204": "Is there a firewall in between?",
    "API207": "Look at HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE and SSL_CERT_DIR.",
}


def _classified(error: Exception) -> tuple[str, bool]:
    """The code, and whether something may have reached the service."""
    if isinstance(error, httpx.ConnectError):
        return _unconnected(error), False
    return next(((code, sent) for kinds, code, sent in _KINDS if isinstance(error, kinds)), ("API207", False))


_KINDS: tuple[tuple[tuple[type[Exception], ...], str, bool], ...] = (
    ((httpx.ConnectTimeout, httpx.PoolTimeout), "API204", False),
    ((httpx.TimeoutException,), "API205", True),
    (
        (httpx.ProxyError, httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL),
        "API207",
        False,
    ),
    ((httpx.DecodingError,), "API212", True),
    ((httpx.HTTPError, httpx.StreamError), "API206", True),
)
"""The first that fits; what fits none never left this machine."""


def _unconnected(error: Exception) -> str:
    causes = _chain(error)
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "API202"
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "API203"
    return "API201"


def _chain(error: BaseException) -> list[BaseException]:
    """The error and what it came from, outermost first."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or current.__context__
    return chain


def _root(error: BaseException) -> str:
    """The innermost words there are: the outer ones often say nothing."""
    return next((str(cause) for cause in reversed(_chain(error)) if str(cause)), "")
