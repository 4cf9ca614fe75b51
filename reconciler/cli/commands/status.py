"""`tuneform status`."""

from __future__ import annotations

import sys

import click

from reconciler.cli.console import style_for, write
from reconciler.cli.help import command
from reconciler.cli.options import ADDRESS, command_line, common, example, form_option, spec_options
from reconciler.cli.readable_specs import readable
from reconciler.cli.sessions import specs_session
from reconciler.cli.status_rows import status_rows
from reconciler.core.change import Plan
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.model import Address
from reconciler.core.suggest import suggest
from reconciler.render.values import StatusRow
from reconciler.workflow.planning import Planned, look


@command(
    epilog=example(
        """
        tuneform status
        tuneform status vertex/support-router
        tuneform status --format json
        tuneform status --format markdown
        """
    )
)
@common
@spec_options
@form_option("text", "json", "markdown")
@click.argument("addresses", type=ADDRESS, nargs=-1)
def status(addresses: tuple[Address, ...], form: str) -> None:
    """Show every training in the lock as the cloud shows it now, or those of some addresses."""
    with specs_session("status") as now:
        lock = now.world.trusted_lock()
        specs = readable(now)
        seen = Planned(Plan(), lock, look(now.world, specs, lock), specs)
        rows = status_rows(seen, now.clock.now(), now.world.catalog, now.world.workspace.prices)
        rows = _chosen(rows, addresses)
        match form:
            case "json":
                from reconciler.render.json_status import status_to_json

                write(status_to_json(rows, now.banner))
            case "markdown":
                from reconciler.render.markdown.status import render_status as markdown_status

                write(markdown_status(rows, now.banner))
            case _:
                from reconciler.render.terminal.status import render_status

                write(render_status(rows, now.banner, style_for(sys.stdout), verbose=command_line().verbose))


def _chosen(rows: list[StatusRow], addresses: tuple[Address, ...]) -> list[StatusRow]:
    known = {row.address for row in rows}
    missing = [str(a) for a in addresses if a not in known]
    if missing:
        detail = f"{', '.join(missing)}: neither declared nor in the lock."
        fix = f"See {suggest('status').quoted} for all of them."
        raise ReconcilerError(run_diagnostic("RUN013", detail, fix=fix))
    return [row for row in rows if not addresses or row.address in addresses]
