"""Serve the emulator until somebody asks for the end."""

from __future__ import annotations

import click

from reconciler.cli.writing import Replaces, destination
from reconciler.core import exits
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError


def serve_emulator(
    *, host: str, port: int, state: str | None, speed: str | None, seed: int | None, catalog: str | None
) -> int:
    """One line with the URL when it listens; SIGTERM drains."""
    from reconciler.emulator import Emulator
    from reconciler.emulator.server import serve
    from reconciler.session.embedded import speed_of, starting_emulator

    place = None if state is None else str(destination(state, Replaces.ANYTHING).place)
    with starting_emulator():
        emulator = Emulator.open(place, speed=speed_of(speed), catalog=catalog, seed=seed)  # type: ignore[arg-type]

    def ready(url: str) -> None:
        where = f", state in {state}" if state else ", state in memory"
        click.echo(f"tuneform emulator {emulator.id} listens on {url}{where}")

    try:
        serve(emulator, host=host, port=port, ready=ready)
    except OSError as exc:
        detail = f"Cannot listen on {host}:{port}: {exc.strerror or exc}."
        raise ReconcilerError(run_diagnostic("RUN015", detail, fix="Choose another --port.")) from exc
    finally:
        emulator.close()
    return exits.OK
