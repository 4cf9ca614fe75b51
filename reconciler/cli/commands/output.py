"""`tuneform output`: what serves, for other programs, which read it instead of pasting an endpoint id."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

import click

from reconciler.cli.console import write
from reconciler.cli.help import command
from reconciler.cli.options import ADDRESS, common, example, form_option
from reconciler.cli.sessions import lock_session
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.lock import Lock, Training
from reconciler.core.model import Address
from reconciler.core.suggest import suggest
from reconciler.render.words import escape


@command(
    epilog=example(
        """
        tuneform output
        tuneform output vertex/support-router --format env > model.env
        tuneform output --format json
        """
    )
)
@common
@form_option("text", "json", "env")
@click.argument("addresses", type=ADDRESS, nargs=-1)
def output(addresses: tuple[Address, ...], form: str) -> None:
    """Print the endpoint and model that serve at each address, from the lock alone."""
    with lock_session("output") as now:
        found = _served(now.world.trusted_lock(), addresses)
        write(_shown(found, form))


def _served(lock: Lock, addresses: Sequence[Address]) -> Mapping[Address, Training]:
    """The serving training of each address asked for, or of all; one that serves nothing is an error."""
    known = {address: entry.serving for address, entry in lock.by_address}
    missing = [str(a) for a in addresses if known.get(a) is None]
    if missing:
        detail = f"{', '.join(missing)}: no model serves."
        raise ReconcilerError(run_diagnostic("RUN013", detail, fix=f"See {suggest('status').quoted}."))
    wanted = addresses or [a for a, serving in known.items() if serving is not None]
    return {a: serving[1] for a in wanted if (serving := known[a]) is not None}


def _shown(found: Mapping[Address, Training], form: str) -> str:
    """As text, JSON, or lines of NAME=VALUE."""
    if form == "json":
        document = {str(a): {"endpoint": t.endpoint, "model": t.model} for a, t in found.items()}
        return json.dumps({"format_version": "1.0", "models": document}, indent=2) + "\n"
    if form == "env":
        pairs = [(f"{_variable(a)}_{what}", value) for a, t in found.items() for what, value in _values(t)]
        return "".join(f"{name}={escape(value)}\n" for name, value in pairs)
    lines = ((str(a), f"  endpoint  {t.endpoint}", f"  model     {t.model}") for a, t in found.items())
    return "".join(f"{escape(line)}\n" for three in lines for line in three)


def _values(training: Training) -> list[tuple[str, str]]:
    return [("ENDPOINT", training.endpoint), ("MODEL", training.model)]


def _variable(address: Address) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", str(address).upper())
