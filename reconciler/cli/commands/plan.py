"""`tuneform plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.console import write
from reconciler.cli.destinations import document_place
from reconciler.cli.help import command
from reconciler.cli.options import (
    allow_options,
    common,
    example,
    form_option,
    replace_option,
    spec_options,
    target_option,
)
from reconciler.cli.refusals import show_refusals
from reconciler.cli.sessions import data_session
from reconciler.core import exits
from reconciler.core.model import Address

if TYPE_CHECKING:
    pass
from reconciler.cli.run_plan import derive, in_form


@command(
    epilog=example(
        """
        tuneform plan --emulator
        tuneform plan --format markdown > plan.md
        tuneform plan --out plan.json && tuneform apply plan.json
        kustomize build . | tuneform plan -f -
        """
    )
)
@common
@spec_options
@allow_options()
@target_option
@replace_option
@form_option("text", "json", "markdown", "github", "junit", "sarif")
@click.option("--out", metavar="FILE", help="Save the plan, for `tuneform apply FILE`.")
@click.option("--json-into", metavar="FILE", help="Write the JSON form there as well.")
@click.option("--detailed-exitcode", is_flag=True, help="End with 2 when changes are pending.")
def plan(
    targets: tuple[Address, ...],
    replace: tuple[Address, ...],
    form: str,
    out: str | None,
    json_into: str | None,
    detailed_exitcode: bool,
) -> int:
    """Show what apply would do, why, and what it would cost. Writes nothing."""
    with data_session("plan") as now:
        places = [document_place(path) for path in (out, json_into) if path is not None]
        planned = derive(now, targets, replace)
        write(in_form(form, planned.plan, now))
        for place in places:
            place.write(in_form("json", planned.plan, now))
    if planned.refusals:
        if form != "github":
            show_refusals(planned.refusals)
        return exits.REFUSED
    return exits.CHANGES if detailed_exitcode and not planned.plan.is_empty else exits.OK
