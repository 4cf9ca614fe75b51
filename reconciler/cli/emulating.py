"""`tuneform emulator` and `tuneform demo`."""

from __future__ import annotations

import sys

import click

from reconciler.cli.help import command
from reconciler.cli.options import example, some_common
from reconciler.core import exits


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
    from reconciler.cli.serving import serve_emulator

    if host not in ("127.0.0.1", "::1", "localhost"):
        click.echo(f"warning: {host} can be reached by others; the emulator asks for no credentials.", err=True)
    return serve_emulator(host=host, port=port, state=state, speed=speed, seed=seed, catalog=catalog)


@command(epilog=example("tuneform demo\ntuneform demo --fast"))
@some_common("color", "verbose")
@click.option("--fast", is_flag=True, help="Train at once instead of for a few seconds.")
@click.option("--keep", metavar="FOLDER", help="Leave the demo's files there instead of in a temporary folder.")
def demo(fast: bool, keep: str | None) -> int:
    """Watch the main job on the embedded emulator: plan, apply, plan again, gate, status."""
    from reconciler.cli.demo import run_demo

    code = run_demo(fast=fast, keep=keep)
    sys.stdout.flush()
    return code if code in (exits.OK, exits.INTERRUPTED) else exits.FAILED
