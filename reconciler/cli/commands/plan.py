"""`tuneform plan`."""

from __future__ import annotations

from functools import partial

import click

from reconciler.cli.console import write
from reconciler.cli.destinations import document_place
from reconciler.cli.github_job import GithubJob, outputs_of
from reconciler.cli.help import command
from reconciler.cli.options import (
    allow_options,
    common,
    destroy_option,
    example,
    exclude_option,
    form_option,
    into_github_option,
    replace_option,
    room_option,
    spec_options,
    target_option,
)
from reconciler.cli.refusals import show_refusals
from reconciler.cli.run_plan import as_markdown, derive, in_form, refuse_contraries, reviewed
from reconciler.cli.sessions import data_session
from reconciler.core import exits
from reconciler.core.model import Address
from reconciler.workflow.planning import Planned


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
@form_option("text", "json", "markdown", "github", "junit", "sarif", "gitlab", "codequality")
@room_option
@click.option("--out", metavar="FILE", help="Save the plan, for `tuneform apply FILE`.")
@into_github_option
@click.option("--json-into", metavar="FILE", help="Write the JSON form there as well.")
@click.option("--detailed-exitcode", is_flag=True, help="End with 2 when changes are pending.")
def plan(
    targets: tuple[Address, ...],
    replace: tuple[Address, ...],
    exclude: tuple[Address, ...],
    destroy: bool,
    form: str,
    room: str,
    out: str | None,
    json_into: str | None,
    into_github: bool,
    detailed_exitcode: bool,
) -> int:
    """Show what apply would do, why, and what it would cost. Writes nothing."""
    del targets, replace, exclude, destroy  # the command line has them
    refuse_contraries()
    with data_session("plan") as now:
        job = GithubJob.of_this_step(asked=into_github)
        places = [document_place(path) for path in (out, json_into) if path is not None]
        planned = reviewed(now, derive(now))
        write(in_form(form, planned.plan, now, room))
        for place in places:
            place.write(in_form("json", planned.plan, now))
        job.show(partial(as_markdown, planned.plan, now))
    code = _code(planned, detailed=detailed_exitcode)
    job.put(outputs_of(planned.plan, code))
    if form != "github":
        show_refusals(planned.refusals)
    return code


def _code(planned: Planned, *, detailed: bool) -> int:
    if planned.refusals:
        return exits.REFUSED
    return exits.CHANGES if detailed and not planned.plan.is_empty else exits.OK
