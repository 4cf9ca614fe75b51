"""What a recording is made of: the service behind the port, the emulator beside it, and how both are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler.backends.deadline import Deadline
from reconciler.session.clock import SystemClock
from reconciler.session.settings import Settings

if TYPE_CHECKING:
    from reconciler.backends.upstream import PassedAnswer, ReadOnlyUpstream, Upstream
    from reconciler.emulator import Emulator, Request, Response
    from reconciler.emulator.recording.checks import Check
    from reconciler.emulator.recording.exchange import Exchange
    from reconciler.emulator.recording.questions import QuestionedPlace
    from reconciler.emulator.recording.recorder import Forward, Recorder
    from reconciler.emulator.recording.verifying import Account

GOOGLE = "google"


@contextmanager
def opened_recorder(
    upstream: str,
    *,
    catalog: str | None,
    may_send: Callable[[Request], bool],
    heard: Callable[[Exchange, list[Check]], None],
) -> Iterator[Recorder]:
    """A recorder of `google`, or of the emulator at a URL, whose own routes below /_emulator/ stay in reach.

    Raises ReconcilerError.
    """
    from reconciler.emulator.recording.recorder import Recorder
    from reconciler.emulator.recording.twin import Twin

    with opened_upstream(upstream) as opened:
        twin, forward = Twin(catalog=catalog), forwarding(opened)
        try:
            yield Recorder(forward, twin, twin.own_routes if upstream == GOOGLE else forward, may_send, heard)
        finally:
            twin.close()


@contextmanager
def opened_upstream(upstream: str) -> Iterator[Upstream]:
    """`google`, or the URL of an emulator. No credential is looked up before the first request needs one.

    Raises ReconcilerError.
    """
    from reconciler.backends.auth import GoogleCredentials
    from reconciler.backends.targets import Google, emulator_at
    from reconciler.backends.upstream import Upstream

    with _saying():
        if upstream == GOOGLE:
            opened = Upstream(Google(), GoogleCredentials(deadline=Deadline(SystemClock(), None)))
        else:
            opened = Upstream(emulator_at(upstream))
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def opened_reader(emulator: str | None, embedded: Callable[[], Emulator]) -> Iterator[ReadOnlyUpstream]:
    """The same for reads alone: of Google, of an emulator at a URL, or of the embedded one. Raises ReconcilerError."""
    from reconciler.backends.auth import GoogleCredentials
    from reconciler.backends.inprocess import InProcessTransport
    from reconciler.backends.targets import EMBEDDED, Google, emulator_at
    from reconciler.backends.upstream import ReadOnlyUpstream
    from reconciler.emulator import Request

    inside = embedded() if emulator == "embedded" else None
    with _saying():
        if inside is not None:
            reader = ReadOnlyUpstream(EMBEDDED, transport=InProcessTransport(inside.handle, Request))
        elif emulator:
            reader = ReadOnlyUpstream(emulator_at(emulator))
        else:
            reader = ReadOnlyUpstream(Google(), GoogleCredentials(deadline=Deadline(SystemClock(), None)))
    try:
        with _saying():
            yield reader
    finally:
        reader.close()
        if inside is not None:
            inside.close()


def forwarding(upstream: Upstream) -> Forward:
    """What the recorder passes requests on by."""
    from reconciler.backends.base import BackendError
    from reconciler.emulator import Response
    from reconciler.emulator.recording.recorder import UpstreamError

    def forward(request: Request) -> Response:
        try:
            passed = upstream.send(request.method, request.path, request.query, request.headers, request.body)
        except BackendError as error:
            raise UpstreamError(f"{error.diagnostic.summary}: {error.diagnostic.detail}") from error
        return as_response(passed)

    def as_response(passed: PassedAnswer) -> Response:
        return Response(passed.status, passed.headers, [passed.content])

    return forward


@contextmanager
def _saying() -> Iterator[None]:
    """What a service did wrong becomes what ends the run."""
    from reconciler.backends.base import BackendError
    from reconciler.core.diagnostics import ReconcilerError

    try:
        yield
    except BackendError as error:
        raise ReconcilerError(error.diagnostic) from error


def place_of(
    chosen: Settings, *, project: str | None, location: str | None, bucket: str | None
) -> tuple[QuestionedPlace, str | None]:
    """Where to ask: what is given, else what the workspace says; and the catalogue of the workspace.

    Raises ReconcilerError where neither names a place.
    """
    from reconciler.core.codes_run import run_diagnostic
    from reconciler.core.diagnostics import ReconcilerError
    from reconciler.core.settings import Home
    from reconciler.core.suggest import suggest
    from reconciler.emulator.recording.questions import QuestionedPlace
    from reconciler.session.workspace import NO_WORKSPACE, find_workspace, is_here

    workspace = find_workspace(chosen) if is_here(chosen) else NO_WORKSPACE
    home = next((home for home in workspace.homes.values() if home.location), Home())
    staging = workspace.staging_uri.removeprefix("gs://").partition("/")[0]
    place = QuestionedPlace(project or home.project, location or home.location, bucket or staging)
    if not place.project or not place.location:
        missing, option = ("location", "--location") if place.project else ("project", "--project")
        detail = f"The workspace says no {missing}, and no {option} does."
        fix = f"Name one: {suggest('verify', '--read-only', option, missing.upper()).quoted}."
        raise ReconcilerError(run_diagnostic("RUN069", detail, fix=fix))
    return place, None if workspace is NO_WORKSPACE else workspace.catalog


def asked_reading(chosen: Settings, place: QuestionedPlace, *, catalog: str | None) -> tuple[Account, list[Exchange]]:
    """What the answers to all questions come to, and the exchanges, scrubbed. Sends reads alone.

    Raises ReconcilerError.
    """
    from pathlib import Path

    from reconciler.emulator import Response
    from reconciler.emulator.recording.asking import asked
    from reconciler.emulator.recording.twin import Twin
    from reconciler.emulator.recording.verifying import Account
    from reconciler.session.embedded import EMBEDDED_SPEED, open_emulator
    from reconciler.session.targets import EMULATOR_STATE

    def embedded() -> Emulator:
        state = str(Path(chosen.folder) / EMULATOR_STATE)
        return open_emulator(state, catalog=catalog or "current", speed=EMBEDDED_SPEED)

    account, twin = Account(), Twin(catalog=catalog)
    kept: list[Exchange] = []
    with opened_reader(chosen.emulator, embedded) as reader:

        def read(path: str, query: str) -> Response:
            passed = reader.get(path, query)
            return Response(passed.status, passed.headers, [passed.content])

        try:
            for exchange in asked(place, read):
                kept.append(exchange)
                account.add(exchange, twin.observe(exchange))
        finally:
            twin.close()
    return account, kept
