"""Who is told what becomes of models: the receivers of a workspace, with their addresses and secrets."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

from reconciler.core.clock import Clock
from reconciler.core.notices import Message, NoticeKind, Sink
from reconciler.core.settings import Receiver, Workspace
from reconciler.files.bounds import SECRET, bytes_of
from reconciler.files.notice_file import NoticeFile

if TYPE_CHECKING:
    from reconciler.backends.webhook import Webhook

_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_Way: TypeAlias = "Webhook | NoticeFile"


class _NoWayError(Exception):
    """Why the receiver cannot be told."""


@dataclass(frozen=True, slots=True)
class NamedReceiver:
    """One receiver. Its address and secret are looked up when there is something to tell it."""

    name: str
    kinds: frozenset[NoticeKind]
    way: Callable[[], _Way]

    def deliver(self, message: Message, *, is_patient: bool) -> str:
        """See notices.Sink."""
        try:
            return self.way().deliver(message, is_patient=is_patient)
        except _NoWayError as exc:
            return str(exc)


def sinks_of(
    workspace: Workspace,
    clock: Clock,
    left_s: Callable[[], float],
    *,
    is_emulator: bool,
    environ: Mapping[str, str] = os.environ,
) -> tuple[Sink, ...]:
    """The receivers of a workspace. What an emulator makes is told to files, and to programs on this machine alone."""

    def way(receiver: Receiver) -> _Way:
        if receiver.file:
            return NoticeFile(receiver.file)
        from reconciler.backends.webhook import Webhook

        url = receiver.url or _variable(receiver.url_env, environ)
        if is_emulator and urlsplit(url).hostname not in _THIS_MACHINE:
            raise _NoWayError("an emulator tells nobody outside of this machine")
        return Webhook(url, _secret(receiver, environ), clock, left_s)

    return tuple(NamedReceiver(r.name, frozenset(map(NoticeKind, r.kinds)), partial(way, r)) for r in workspace.notify)


def _secret(receiver: Receiver, environ: Mapping[str, str]) -> str:
    """Nothing where nothing is to be signed; never where a secret is named and is not there."""
    if receiver.secret_env:
        return _variable(receiver.secret_env, environ)
    if not receiver.secret_file:
        return ""
    try:
        secret = bytes_of(receiver.secret_file, SECRET).decode().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as exc:
        raise _NoWayError(f"its secret cannot be read from {receiver.secret_file}") from exc
    if not secret:
        raise _NoWayError(f"{receiver.secret_file} is empty, and has its secret")
    return secret


def _variable(name: str, environ: Mapping[str, str]) -> str:
    value = environ.get(name, "")
    if not value:
        raise _NoWayError(f"the variable {name} is not set")
    return value
