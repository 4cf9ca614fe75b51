"""`tuneform notify`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from reconciler.cli.command_line import DURATION
from reconciler.cli.console import document_in, style_for, write
from reconciler.cli.help import command
from reconciler.cli.options import common, dry_run_option, example, form_option, spec_options
from reconciler.cli.readable_specs import readable
from reconciler.cli.sessions import specs_session
from reconciler.core import exits
from reconciler.core.notices import Delivery
from reconciler.session.sessions import SpecsSession
from reconciler.workflow.status_rows import WARN_DAYS, concerns_of, status_of
from reconciler.workflow.telling import still_due, tell

_DAY_S = 86400.0


@command(epilog=example("tuneform notify --dry-run\ntuneform notify --retires-within 60d"))
@common
@spec_options
@click.option(
    "--retires-within",
    type=DURATION,
    default=f"{WARN_DAYS}d",
    metavar="DURATION",
    help=f"How long before its base model retires it is told of a model. [{WARN_DAYS}d]",
)
@dry_run_option
@form_option("text", "json", "yaml")
def notify(form: str, retires_within: float, dry_run: bool) -> int:
    """Tell the receivers of the workspace what they have not been told: also what is stuck, gone, or retires soon.

    apply and wait tell by themselves what they bring about. Ends with 1 where somebody could not be told.
    """
    with specs_session("notify") as now:
        found = concerns_of(status_of(now.world, readable(now), int(retires_within // _DAY_S)))
        world = now.world
        deliveries = still_due(world, world.trusted_lock(), found) if dry_run else tell(world, found)
        write(_shown(form, deliveries, now, dry_run=dry_run))
        return exits.FAILED if any(d.why for d in deliveries) else exits.OK


def _shown(form: str, deliveries: Sequence[Delivery], now: SpecsSession, *, dry_run: bool) -> str:
    if form == "text":
        from reconciler.render.terminal.notices import render_deliveries

        return render_deliveries(deliveries, style_for(sys.stdout), is_dry=dry_run)
    from reconciler.render.json_notices import deliveries_to_json

    return document_in(form, deliveries_to_json(deliveries, now.banner, is_dry=dry_run))
