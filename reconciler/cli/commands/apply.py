"""`tuneform apply`."""

from __future__ import annotations

from functools import partial

import click

from reconciler.cli.approval import approved_checksum, is_refused, previewed_plan
from reconciler.cli.destinations import document_place
from reconciler.cli.github_job import GithubJob, outputs_of
from reconciler.cli.help import command
from reconciler.cli.options import (
    allow_options,
    author_options,
    command_line,
    common,
    dry_run_option,
    example,
    exclude_option,
    form_option,
    into_github_option,
    replace_option,
    spec_options,
    target_option,
    wait_options,
    yes_option,
)
from reconciler.cli.progress import Show, follow
from reconciler.cli.run_plan import as_markdown, derive, in_form, refuse_contraries, reviewed
from reconciler.cli.saved_plans import open_saved, refuse_another_run
from reconciler.cli.sessions import data_session
from reconciler.core import exits
from reconciler.core.model import Action, Address
from reconciler.workflow.apply import apply_changes
from reconciler.workflow.planning import Planned
from reconciler.workflow.saved_lock import await_lock


@command(
    epilog=example(
        """
        tuneform apply --emulator
        tuneform apply plan.json
        tuneform apply --checksum 3f1c… --no-wait
        tuneform apply --yes --replace vertex/support-router
        """
    )
)
@common
@spec_options
@allow_options()
@author_options
@wait_options
@form_option("text", "json", lines=True)
@target_option
@replace_option
@exclude_option
@yes_option
@dry_run_option
@click.option("--checksum", default="", metavar="X", help="Apply only if the plan's checksum is this.")
@into_github_option
@click.option("--json-into", metavar="FILE", help="Write the plan as JSON there before it is applied.")
@click.argument("saved", required=False, metavar="[PLAN]")
def apply(
    targets: tuple[Address, ...],
    replace: tuple[Address, ...],
    exclude: tuple[Address, ...],
    yes: bool,
    dry_run: bool,
    checksum: str,
    saved: str | None,
    form: str,
    no_wait: bool,
    json_into: str | None,
    into_github: bool,
) -> int:
    """Make the cloud as the specs say. Shows the plan and asks, unless it is approved already."""
    del targets, replace, exclude  # the command line has them, or the saved plan
    refuse_contraries()
    if dry_run:
        return _dry(form, approved=saved or checksum or json_into)
    plan = open_saved(saved) if saved else None
    if plan and checksum and checksum != plan.checksum:
        raise click.UsageError(f"{saved} has the checksum {plan.checksum}, and --checksum is another one.")
    with data_session("apply") as now:
        if plan and saved:
            refuse_another_run(saved, plan, now)
        job = GithubJob.of_this_step(asked=into_github)
        place = None if json_into is None else document_place(json_into)
        approved = plan.checksum if plan else checksum
        show = Show(form, now.banner, command_line().verbose)
        await_lock(now.world)
        first = derive(now)
        if form == "text" or place or into_github:
            first = reviewed(now, first)
        if place:
            place.write(in_form("json", first.plan, now))
        job.show(partial(as_markdown, first.plan, now))
        if is_refused(first, form, now):
            job.put(outputs_of(first.plan, exits.REFUSED))
            return exits.REFUSED
        asked = approved_checksum(first.plan, now, approved=approved, yes=yes)
        if asked is None:
            return exits.FAILED
        wait = now.wait(no_wait=no_wait)

        def again() -> Planned:
            return derive(now)

        events = apply_changes(now.world, again, wait, checksum=asked)
        blocked = first.plan.by_action(Action.BLOCKED)
        undecided = tuple(c.address for c in blocked if c.undecided)
        code = follow(events, show, now, blocked=tuple(c.address for c in blocked), undecided=undecided)
    job.put(outputs_of(first.plan, code))
    return code


def _dry(form: str, *, approved: str | None) -> int:
    """`plan`, for those who know the word."""
    if approved:
        raise click.UsageError("--dry-run shows what is there now: without a saved plan, --checksum and --json-into.")
    with data_session("plan") as now:
        return previewed_plan(reviewed(now, derive(now)), form, now)
