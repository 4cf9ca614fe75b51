"""`tuneform destroy`."""

from __future__ import annotations

import click

from reconciler.cli.approval import approved_checksum, is_refused, previewed_plan
from reconciler.cli.help import command
from reconciler.cli.options import (
    ADDRESS,
    allow_options,
    author_options,
    command_line,
    common,
    dry_run_option,
    example,
    exclude_option,
    form_option,
    spec_options,
    wait_options,
    yes_option,
)
from reconciler.cli.progress import Show, follow
from reconciler.cli.run_plan import permissions, refuse_contraries, reviewed
from reconciler.cli.sessions import specs_session
from reconciler.core import exits
from reconciler.core.model import Address
from reconciler.workflow.apply import apply_changes
from reconciler.workflow.planning import Planned, make_destroy_plan
from reconciler.workflow.saved_lock import await_lock


@command(epilog=example("tuneform destroy vertex/support-router\ntuneform destroy --all"))
@common
@spec_options
@allow_options("delete", "cancel", "protected", "empty", "foreign", "limits")
@author_options
@wait_options
@form_option("text", "json", lines=True)
@exclude_option
@click.option("--checksum", default="", metavar="X", help="Destroy only if the plan's checksum is this.")
@click.option("--all", "everything", is_flag=True, help="Every address in the lock.")
@yes_option
@dry_run_option
@click.argument("addresses", type=ADDRESS, nargs=-1)
def destroy(
    addresses: tuple[Address, ...],
    exclude: tuple[Address, ...],
    everything: bool,
    checksum: str,
    yes: bool,
    dry_run: bool,
    form: str,
    no_wait: bool,
) -> int:
    """Cancel and delete what these addresses have in the cloud. The job records stay: they cannot be deleted."""
    if bool(addresses) == everything:
        raise click.UsageError("Name the addresses to destroy, or say --all.")
    chosen = command_line()
    chosen.targets, chosen.destroys = addresses, True
    refuse_contraries()
    with specs_session("destroy") as now:

        def again() -> Planned:
            named, kept = frozenset(addresses), frozenset(exclude)
            return make_destroy_plan(now.world, now.declared, named, permissions(now), kept)

        if dry_run:
            return previewed_plan(reviewed(now, again()), form, now)
        await_lock(now.world)
        first = again()
        show = Show(form, now.banner, command_line().verbose)
        if is_refused(first, form, now):
            return exits.REFUSED
        asked = approved_checksum(first.plan, now, approved=checksum, yes=yes)
        if asked is None:
            return exits.FAILED
        until = now.wait(no_wait=no_wait)
        return follow(apply_changes(now.world, again, until, checksum=asked), show, now)
