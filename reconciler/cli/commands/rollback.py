"""`tuneform rollback`."""

from __future__ import annotations

import click

from reconciler.cli.approval import previewed
from reconciler.cli.by_hand import ATTEMPT, REASON, carried_out
from reconciler.cli.help import command
from reconciler.cli.options import ADDRESS, author_options, common, dry_run_option, example, form_option, yes_option
from reconciler.cli.sessions import lock_session
from reconciler.core.model import Address
from reconciler.workflow import by_hand as work
from reconciler.workflow.saved_lock import sound_lock


@command(
    epilog=example(
        """
        tuneform rollback vertex/support-router
        tuneform rollback vertex/support-router --to 3 --reason "answers in French"
        """
    )
)
@common
@author_options
@form_option("text", "json", lines=True)
@click.option("--to", metavar="ATTEMPT", type=ATTEMPT, default="", help="Which one; default: what served before.")
@click.option("--reason", metavar="TEXT", type=REASON, default="", help="Why, for the lock.")
@yes_option
@dry_run_option
@click.argument("address", type=ADDRESS)
def rollback(address: Address, to: str, reason: str, form: str, yes: bool, dry_run: bool) -> int:
    """Let an earlier attempt serve again, and pin it until the spec changes. Nothing is trained."""
    with lock_session("rollback") as now:
        change = work.rolling_back(now.world, sound_lock(now.world), address, to, reason)
        if dry_run:
            return previewed(change, form, now)
        events = work.rollback(now.world, address, to or change.attempt, reason, now.wait(no_wait=False))
        return carried_out(change, events, "Let it serve?", now, form=form, yes=yes)
