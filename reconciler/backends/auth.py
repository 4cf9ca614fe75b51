"""Application Default Credentials: whose token a request carries, and who that is.

google-auth finds and renews them; it is imported when the first token is needed, and speaks through httpx
rather than through a second HTTP library.
"""

from __future__ import annotations

import logging
import math
import threading
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

import httpx

from reconciler.backends.base import BackendError
from reconciler.backends.bounded import ACCEPTED, PackedError, TooMuchError, raw_pieces, unpacked, whole, within
from reconciler.backends.deadline import GRACE_S, Deadline
from reconciler.backends.failures import failure
from reconciler.backends.network import timeouts, watched
from reconciler.backends.remedies import LOGIN
from reconciler.backends.targets import Service

if TYPE_CHECKING:
    from google.auth.credentials import Credentials
    from google.auth.exceptions import GoogleAuthError

T = TypeVar("T")

_LARGEST_TOKEN_BYTES = 1024 * 1024
_SILENT_S, _LONGEST_S = 20.0, 60.0

Load = Callable[[tuple[str, ...], Callable[..., Any]], "Credentials"]
"""Finds credentials for some scopes; the second argument is how google-auth sends its own requests."""


class GoogleCredentials:
    """Implements http.Credentials. Looks nothing up before it is asked; safe to use from several threads.

    `load` replaces google.auth.default, and `transport` the network under it.
    """

    def __init__(
        self,
        *,
        load: Load | None = None,
        transport: httpx.BaseTransport | None = None,
        deadline: Deadline | None = None,
    ) -> None:
        self._load = load or _application_default
        self._send = TokenRequest(transport, deadline)
        self._found: dict[tuple[str, ...], Credentials] = {}
        self._guard = threading.RLock()

    def headers(self, scopes: tuple[str, ...]) -> dict[str, str]:
        """Authorization, and the quota project where the credentials name one; renewed in good time."""
        with self._guard:
            headers: dict[str, str] = {}
            credentials = self._for(scopes)
            _guarded(partial(credentials.before_request, self._send, "GET", "", headers))
            wanted = ("authorization", "x-goog-user-project")
            return {name.lower(): value for name, value in headers.items() if name.lower() in wanted}

    def renew(self) -> None:
        """Get new tokens, whatever the present ones say of themselves."""
        with self._guard:
            for credentials in self._found.values():
                _guarded(partial(credentials.refresh, self._send))

    def identity(self) -> str:
        """Who asks: an e-mail address where the credentials name it, else what kind of login it is."""
        with self._guard:
            scopes = Service.VERTEX.scopes
            credentials = self._for(scopes)
            email = _email_of(credentials)
            if email == "default":  # the metadata server says it with the first token
                self.headers(scopes)
                email = _email_of(credentials)
            return email or "application default login"

    def _for(self, scopes: tuple[str, ...]) -> Credentials:
        if scopes not in self._found:
            self._found[scopes] = _guarded(lambda: self._load(scopes, self._send))
        return self._found[scopes]


class TokenRequest:
    """google.auth.transport.Request over httpx: for token services and the metadata server alone."""

    def __init__(self, transport: httpx.BaseTransport | None = None, deadline: Deadline | None = None) -> None:
        self._transport = transport
        self._deadline = deadline
        self._client: httpx.Client | None = None

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: object,
    ) -> _TokenAnswer:
        """Send one request; google-auth's TransportError for every failure of the connection."""
        from google.auth.exceptions import TransportError

        try:
            with self._opened().stream(
                method,
                url,
                content=body,
                headers=dict(headers or {}),
                timeout=timeouts(httpx.Timeout(timeout or _SILENT_S), self._left_s()),
                follow_redirects=False,
            ) as answer:
                raw = within(raw_pieces(answer), _LARGEST_TOKEN_BYTES)
                return _TokenAnswer(answer, whole(within(unpacked(answer, raw), _LARGEST_TOKEN_BYTES)))
        except (httpx.HTTPError, httpx.InvalidURL, ImportError, OSError, ValueError) as error:
            raise TransportError(str(error)) from error  # type: ignore[no-untyped-call]
        except (TooMuchError, PackedError) as error:
            words = f"{httpx.URL(url).host} answered what is no token: {error.args[-1]}"
            raise TransportError(words) from error  # type: ignore[no-untyped-call]

    def _left_s(self) -> float:
        left_s = math.inf if self._deadline is None else self._deadline.left_s
        # Past the end of a run only what is written and given back of the lock needs one.
        return min(_LONGEST_S, left_s if left_s > 0 else left_s + GRACE_S)

    def _opened(self) -> httpx.Client:
        if self._client is None:
            self._client = watched(httpx.Client(transport=self._transport, headers={"accept-encoding": ACCEPTED}))
        return self._client


class _TokenAnswer:
    """google.auth.transport.Response."""

    def __init__(self, answer: httpx.Response, data: bytes) -> None:
        self.status = answer.status_code
        self.headers = answer.headers
        self.data = data


def _application_default(scopes: tuple[str, ...], send: Callable[..., Any]) -> Credentials:
    # Without a handler its remarks ("no project could be determined") would go to stderr.
    logging.getLogger("google.auth").addHandler(logging.NullHandler())
    import google.auth

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a personal login has no quota project: API124 says when it matters
        credentials, _ = google.auth.default(scopes=scopes, request=cast("Any", send))
    return credentials


def _email_of(credentials: Credentials) -> str:
    for attribute in ("service_account_email", "account"):
        value = getattr(credentials, attribute, None)
        if isinstance(value, str) and value:
            return value
    return ""


def _guarded(step: Callable[[], T]) -> T:
    from google.auth.exceptions import GoogleAuthError

    try:
        return step()
    except GoogleAuthError as error:
        raise _unusable(error) from error
    except (OSError, ValueError, AttributeError, KeyError, TypeError) as error:
        # google-auth reads a file of credentials without a look at its form.
        raise failure("API103", detail=str(error), fix="Log in again, or name another file.", command=LOGIN) from error


def _unusable(error: GoogleAuthError) -> BackendError:
    from google.auth import exceptions

    words = _words(error)
    match error:
        case exceptions.TransportError():
            return failure("API104", detail=words, fix="Try again later.")
        case exceptions.RefreshError() if error.retryable or isinstance(error.__cause__, exceptions.TransportError):
            return failure("API104", detail=words, fix="Try again later.")
        case exceptions.RefreshError() | exceptions.OAuthError():
            fix, command = _renewal(words)
            return failure("API102", detail=words, fix=fix, command=command)
        case exceptions.DefaultCredentialsError() if "were not found" in words:
            fix = "Log in, or set GOOGLE_APPLICATION_CREDENTIALS; --emulator needs no credentials."
            return failure("API101", detail=words, fix=fix, command=LOGIN)
        case _:
            return failure("API103", detail=words, fix="Log in again, or name another file.", command=LOGIN)


def _renewal(words: str) -> tuple[str, str]:
    """What mends a renewal that was refused, as far as the token service says why."""
    if "audience" in words.lower():
        return "The token is made for another audience: look at how these credentials are set up.", ""
    if "JWT" in words:
        return "Is the service account's key still valid, and this machine's clock right?", ""
    return "Log in again; for a service account, look at its key.", LOGIN


def _words(error: Exception) -> str:
    """The first argument: what follows are whole answers of the token service."""
    return str(error.args[0]) if error.args else type(error).__name__
