"""`tuneform plan`."""

from __future__ import annotations

import sys
from dataclasses import replace as with_fields
from typing import TYPE_CHECKING

import click

from reconciler.cli.help import command
from reconciler.cli.options import (
    allow_options,
    command_line,
    common,
    example,
    form_option,
    replace_option,
    spec_options,
    target_option,
)
from reconciler.cli.output import style_for, write
from reconciler.cli.places import from_repository
from reconciler.cli.refusing import tell_refusals
from reconciler.cli.sessions import data_session
from reconciler.cli.writing import document_place
from reconciler.core import exits
from reconciler.core.change import Plan
from reconciler.core.checks import Permissions
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.model import Address
from reconciler.session.sessions import DataSession, LockSession
from reconciler.session.specs import warnings_of
from reconciler.workflow.planning import Planned, make_plan

if TYPE_CHECKING:
    from reconciler.render.plan_records import MadeWithRecord


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
            tell_refusals(planned.refusals)
        return exits.REFUSED
    return exits.CHANGES if detailed_exitcode and not planned.plan.is_empty else exits.OK


def derive(now: DataSession, targets: tuple[Address, ...] = (), replace: tuple[Address, ...] = ()) -> Planned:
    """The plan of this command line, with what loading warned of."""
    options = now.world.options(targets=frozenset(targets) or None, replace=frozenset(replace))
    planned = make_plan(now.world, now.desired, options, permissions(now))
    told = (*warnings_of(now.loaded), *planned.plan.diagnostics)
    return with_fields(planned, plan=with_fields(planned.plan, diagnostics=told))


def permissions(now: LockSession) -> Permissions:
    """The flags of this command line and the workspace's dated lines."""
    return Permissions.of(command_line().allowed, now.world.workspace, now.world.today)


def in_form(form: str, plan: Plan, now: LockSession) -> str:
    """The plan as asked for."""
    match form:
        case "json":
            from reconciler.render.json_plan import plan_to_json

            return plan_to_json(plan, now.banner, made_with())
        case "markdown":
            from reconciler.render.markdown.plan import render_plan as markdown_plan

            return markdown_plan(plan, now.banner)
        case "github":
            from reconciler.render.github import annotations

            return annotations(from_repository(_said(plan)))
        case "junit":
            from reconciler.render.junit import plan_report

            return plan_report(plan)
        case "sarif":
            from reconciler.render.sarif import sarif_report
            from reconciler.version import __version__

            return sarif_report(from_repository(_said(plan)), version=__version__)
        case _:
            from reconciler.render.terminal.plan import render_plan

            return render_plan(plan, now.banner, style_for(sys.stdout), verbose=command_line().verbose)


def made_with() -> MadeWithRecord:
    """What of the command line decides what its plan is about."""
    from reconciler.render.plan_records import MadeWithRecord

    chosen = command_line()
    return MadeWithRecord(
        files=chosen.files,
        prune=chosen.prune,
        targets=tuple(map(str, chosen.targets)),
        replace=tuple(map(str, chosen.replaces)),
    )


def _said(plan: Plan) -> list[Diagnostic]:
    return [*plan.diagnostics, *(note for c in plan.changes for note in c.notes)]
