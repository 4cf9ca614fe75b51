"""`tuneform metrics`."""

from __future__ import annotations

import json
import sys

import click

from reconciler.cli.console import style_for, write
from reconciler.cli.help import command
from reconciler.cli.options import ADDRESS, common, example, form_option
from reconciler.cli.sessions import lock_session
from reconciler.core.model import Address
from reconciler.workflow import metrics as work


@command(epilog=example("tuneform metrics vertex/support-router\ntuneform metrics vertex/x --format json"))
@common
@form_option("text", "json")
@click.argument("address", type=ADDRESS)
def metrics(address: Address, form: str) -> None:
    """Show the training curves of the newest training at an address."""
    with lock_session("metrics") as now:
        curves = work.metrics(now.world, address)
        if form == "json":
            points = {name: [[p.step, p.value] for p in line] for name, line in curves.items()}
            write(json.dumps({"format_version": "1.0", "address": str(address), "metrics": points}, indent=2) + "\n")
            return
        from reconciler.render.terminal.banner import render_banner
        from reconciler.render.terminal.metrics import render_metrics

        series = {name: [(p.step, p.value) for p in line] for name, line in curves.items()}
        style = style_for(sys.stdout)
        write(render_banner(now.banner, style) + render_metrics(address, series, style))
