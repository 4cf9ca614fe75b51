"""`tuneform report`."""

from __future__ import annotations

from functools import partial

import click

from reconciler.cli.console import write
from reconciler.cli.destinations import document_place
from reconciler.cli.failures import show as say
from reconciler.cli.help import command
from reconciler.cli.options import ADDRESS, common, example, spec_options
from reconciler.cli.run_plan import derive
from reconciler.cli.sessions import data_session
from reconciler.core import exits
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.model import Address
from reconciler.workflow.report import Wanted, gather_report


@command(
    epilog=example(
        """
        tuneform report --into report.html
        tuneform report --only vertex/support-router --into router.html
        tuneform report --no-metrics > report.html
        """
    )
)
@common
@spec_options
@click.option("--into", metavar="FILE", help="Write it there instead of to standard output.")
@click.option(
    "--only", type=ADDRESS, multiple=True, metavar="ADDRESS", help="Only what is about this address; repeatable."
)
@click.option("--no-metrics", is_flag=True, help="Ask no service for curves.")
def report(into: str | None, only: tuple[Address, ...], no_metrics: bool) -> int:
    """Write one HTML file that needs nothing else: plan, models, curves, gates, costs, retirements, history.

    Where no plan can be made the file says why, has all the rest, and the run ends as plan would.
    """
    from reconciler.render.html.page import render_report

    with data_session("report") as now:
        if now.has_nothing_to_read:
            raise ReconcilerError(*now.mistakes, exit_code=exits.USAGE)
        place = None if into is None else document_place(into)
        wanted = Wanted(frozenset(only), with_curves=not no_metrics)
        gathered = gather_report(now.world, now.banner, now.readable, partial(derive, now), wanted)
        text = render_report(gathered.report)
        if place is None:
            write(text)
        else:
            place.write(text)
    if gathered.report.trouble:
        say(list(gathered.report.trouble))
    return gathered.exit_code
