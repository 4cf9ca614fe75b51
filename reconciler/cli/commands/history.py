"""`tuneform history`."""

from __future__ import annotations

import sys

import click

from reconciler.cli.console import document_in, style_for, write
from reconciler.cli.help import command
from reconciler.cli.options import ADDRESS, common, example, form_option
from reconciler.cli.sessions import lock_session
from reconciler.core.model import Address
from reconciler.workflow.history import history as known_history


@command(epilog=example("tuneform history vertex/support-router\ntuneform history vertex/support-router --format json"))
@common
@form_option("text", "json", "yaml")
@click.argument("address", type=ADDRESS)
def history(address: Address, form: str) -> None:
    """Show every attempt at an address: when what happened, by whom, why, at what cost. From the lock alone."""
    with lock_session("history") as now:
        known = known_history(now.world, address)
        if form in ("json", "yaml"):
            from reconciler.render.json_history import history_to_json

            write(document_in(form, history_to_json(known)))
            return
        from reconciler.render.terminal.history import render_history

        write(render_history(known, now.banner, style_for(sys.stdout)))
