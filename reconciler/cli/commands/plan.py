"""`tuneform plan`."""

from __future__ import annotations

import click

from reconciler.cli.console import write
from reconciler.cli.destinations import document_place
from reconciler.cli.help import command
from reconciler.cli.options import (
    allow_options,
    common,
    destroy_option,
    example,
    exclude_option,
    form_option,
    replace_option,
    spec_options,
    target_option,
)
from reconciler.cli.refusals import show_refusals
from reconciler.cli.run_plan import derive, in_form, refuse_contraries
from reconciler.cli.sessions import data_session
from reconciler.core import exits
from reconciler.core.model import Address


@command(
    epilog=example(
        """
        tuneform plan --emulator
        tuneform plan --format markdown > plan.md
        tuneform plan --out plan.json && tuneform apply plan.json
        tuneform plan --destroy --out plan.json
        kustomize build . | tuneform plan -f -
        """
    )
)
@common
@spec_options
@allow_options()
@target_option
@replace_option
@exclude_option
@destroy_option
@form_option("text", "json", "markdown", "github", "junit", "sarif")
@click.option("--out", metavar="FILE", help="Save the plan, for `tuneform apply FILE`.")
@click.option("--json-into", metavar="FILE", help="Write the JSON form there as well.")
@click.option("--detailed-exitcode", is_flag=True, help="End with 2 when changes are pending.")
def plan(
    targets: tuple[Address, ...],
    replace: tuple[Address, ...],
    exclude: tuple[Address, ...],
    destroy: bool,
    form: str,
    out: str | None,
    json_into: str | None,
    detailed_exitcode: bool,
) -> int:
    """Show what apply would do, why, and what it would cost. Writes nothing."""
    del targets, replace, exclude, destroy  # the command line has them
    refuse_contraries()
    with data_session("plan") as now:
        places = [document_place(path) for path in (out, json_into) if path is not None]
        planned = derive(now)
        write(in_form(form, planned.plan, now))
        for place in places:
            place.write(in_form("json", planned.plan, now))
    if planned.refusals:
        if form != "github":
            show_refusals(planned.refusals)
        return exits.REFUSED
    return exits.CHANGES if detailed_exitcode and not planned.plan.is_empty else exits.OK
