"""`tuneform emulator`: serve it until somebody asks for the end."""

from __future__ import annotations

import click

from reconciler.cli.destinations import Replaces, destination
from reconciler.cli.help import command
from reconciler.cli.options import example, some_common
from reconciler.core import exits
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError


@command(
    epilog=example(
        """
        tuneform emulator --port 8787
        tuneform emulator --port 8787 --state emulator.db --speed 100
        tuneform plan --emulator=http://127.0.0.1:8787
        """
    )
)
@some_common("color")
@click.option("--port", type=click.IntRange(0, 65535), default=8787, show_default=True, help="0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback, unless you know why not.")
@click.option("--state", metavar="FILE", help="Keep the state in this file; without it, in memory.")
@click.option("--speed", default=None, help="real, instant, manual, or how many times faster than real training.")
@click.option("--seed", type=int, default=None, help="Seed of simulated curves and answers.")
@click.option("--catalog", type=click.Choice(["current", "historic"]), default=None, help="Which base models train.")
def emulator(port: int, host: str, state: str | None, speed: str | None, seed: int | None, catalog: str | None) -> int:
    """Serve Vertex AI tuning, the Gemini API's tuned models and Cloud Storage on one port; no account needed."""
    if host not in ("127.0.0.1", "::1", "localhost"):
        click.echo(f"warning: {host} can be reached by others; the emulator asks for no credentials.", err=True)
    return _serve(host=host, port=port, state=state, speed=speed, seed=seed, catalog=catalog)


def _serve(*, host: str, port: int, state: str | None, speed: str | None, seed: int | None, catalog: str | None) -> int:
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
