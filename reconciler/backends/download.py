"""A file from the web, by an address that a person wrote: nothing is sent along, and no redirect is followed."""

from __future__ import annotations

from typing import Final

import httpx

from reconciler.backends.base import BackendError
from reconciler.backends.bounded import ACCEPTED, pieces_of
from reconciler.backends.network import timeouts, watched
from reconciler.backends.quoting import cleaned
from reconciler.version import __version__

_LONGEST_S: Final = 30.0
"""For the whole of it. Ours."""
_SILENT_S: Final = 10.0
_QUOTED: Final = 200


class NotDownloadedError(OSError):
    """Why it could not be had, in words."""


def downloaded(url: str, most: int, *, transport: httpx.BaseTransport | None = None) -> bytes:
    """What the address answers with, `most` bytes of it at most. Raises NotDownloadedError.

    `transport` replaces the network.
    """
    headers = {"accept-encoding": ACCEPTED, "user-agent": f"tuneform/{__version__}"}
    try:
        with (
            watched(httpx.Client(transport=transport, follow_redirects=False)) as client,
            client.stream("GET", url, headers=headers, timeout=timeouts(httpx.Timeout(_SILENT_S), _LONGEST_S)) as found,
        ):
            if found.status_code != httpx.codes.OK:
                raise NotDownloadedError(_refused(found))
            return b"".join(pieces_of(found, "it", most))
    except BackendError as exc:
        raise NotDownloadedError(cleaned(exc.diagnostic.detail.rstrip("."), limit=_QUOTED)) from exc
    except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as exc:
        raise NotDownloadedError(cleaned(str(exc) or type(exc).__name__, limit=_QUOTED)) from exc


def _refused(answer: httpx.Response) -> str:
    leads = (
        f", which leads to {cleaned(answer.headers['location'], limit=_QUOTED)}" if answer.has_redirect_location else ""
    )
    return f"it answered {answer.status_code}{leads}"
