"""Whom a run talks to: Google, the embedded emulator, or a served one. Their clients are made here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.backends.deadline import Deadline
from reconciler.core.codes_api import condition_of
from reconciler.core.diagnostics import Diagnostic, ReconcilerError
from reconciler.core.faults import Condition
from reconciler.core.settings import Workspace
from reconciler.files.bounds import ANSWER
from reconciler.session.clock import SystemClock
from reconciler.session.embedded import EMBEDDED_SPEED, open_emulator
from reconciler.session.lock_place import emulator_lock
from reconciler.session.settings import Settings

if TYPE_CHECKING:
    from reconciler.backends.http import Http

EMULATOR_STATE = ".tuneform/emulator.db"


@dataclass(frozen=True, slots=True)
class ConnectedTarget:
    """Whom this run talks to."""

    name: str
    http: Http
    is_embedded: bool = False
    identity: str = ""

    @property
    def emulator(self) -> str:
        """Its id, or ""."""
        return self.name.removeprefix("emulator:") if self.name.startswith("emulator:") else ""


@contextmanager
def opened_target(
    chosen: Settings, workspace: Workspace, clock: SystemClock, deadline: Deadline, *, is_asked: bool = True
) -> Iterator[ConnectedTarget]:
    """One of them, closed at the end; what a service did wrong becomes what ends the run.

    Where nothing `is_asked` of it, nobody has to be logged in.
    """
    from reconciler.backends.base import BackendError

    try:
        if not chosen.emulator:
            yield from _google(chosen, clock, deadline, is_asked=is_asked)
        elif chosen.emulator == "embedded":
            yield from _embedded(chosen.folder, workspace, clock)
        else:
            yield from _served(chosen.emulator, chosen, clock, deadline)
    except BackendError as exc:
        raise ReconcilerError(_with_emulator(exc.diagnostic, chosen)) from exc
    except ReconcilerError as exc:
        found = [_with_emulator(d, chosen) for d in exc.diagnostics]
        if found == list(exc.diagnostics):
            raise
        raise ReconcilerError(*found, exit_code=exc.exit_code) from exc


def _with_emulator(diagnostic: Diagnostic, chosen: Settings) -> Diagnostic:
    """Somebody who applied with --emulator and forgets it the next time is asked for credentials."""
    lock = Path(emulator_lock(chosen))
    if chosen.emulator or condition_of(diagnostic) is not Condition.NO_LOGIN or not lock.exists():
        return diagnostic
    return replace(diagnostic, fix=f"{lock} is the lock of the embedded emulator: add --emulator. {diagnostic.fix}")


def _google(chosen: Settings, clock: SystemClock, deadline: Deadline, *, is_asked: bool) -> Iterator[ConnectedTarget]:
    from reconciler.backends.auth import GoogleCredentials
    from reconciler.backends.http import Http
    from reconciler.backends.targets import Google

    credentials = GoogleCredentials(deadline=deadline)
    http = Http(
        Google(),
        clock,
        credentials=credentials,
        parallelism=chosen.parallelism,
        largest_bytes=ANSWER.most,
        deadline=deadline,
    )
    try:
        yield ConnectedTarget("google", http, identity=credentials.identity() if is_asked else "")
    finally:
        http.close()


def _embedded(folder: str, workspace: Workspace, clock: SystemClock) -> Iterator[ConnectedTarget]:
    from reconciler.backends.http import Http
    from reconciler.backends.inprocess import InProcessTransport
    from reconciler.backends.targets import EMBEDDED
    from reconciler.emulator import Request

    speed = os.environ.get("TUNEFORM_EMULATOR_SPEED") or EMBEDDED_SPEED
    emulator = open_emulator(str(Path(folder) / EMULATOR_STATE), catalog=workspace.catalog, speed=speed)
    http = Http(EMBEDDED, clock, transport=InProcessTransport(emulator.handle, Request), largest_bytes=ANSWER.most)
    try:
        yield ConnectedTarget(f"emulator:{emulator.id}", http, is_embedded=True)
    finally:
        http.close()
        emulator.close()


def _served(url: str, chosen: Settings, clock: SystemClock, deadline: Deadline) -> Iterator[ConnectedTarget]:
    from reconciler.backends.http import Http
    from reconciler.backends.served import emulator_id
    from reconciler.backends.targets import emulator_at

    http = Http(emulator_at(url), clock, parallelism=chosen.parallelism, largest_bytes=ANSWER.most, deadline=deadline)
    try:
        yield ConnectedTarget(f"emulator:{emulator_id(http)}", http)
    finally:
        http.close()
