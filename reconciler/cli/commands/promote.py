"""`tuneform promote`."""

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
        tuneform promote vertex/support-router
        tuneform promote vertex/support-router --attempt 4 --reason "reviewed by Ada"
        """
    )
)
@common
@author_options
@form_option("text", "json", lines=True)
@click.option("--attempt", metavar="ATTEMPT", type=ATTEMPT, default="", help="Which one; default: what waits for it.")
@click.option("--force", is_flag=True, help="Also an attempt that did not pass its gate.")
@click.option("--reason", metavar="TEXT", type=REASON, default="", help="Why, for the lock.")
@yes_option
@dry_run_option
@click.argument("address", type=ADDRESS)
def promote(address: Address, attempt: str, force: bool, reason: str, form: str, yes: bool, dry_run: bool) -> int:
    """Let serve what waits for it (promote: manual), or what was rolled back from. Nothing is trained."""
    with lock_session("promote") as now:
        change = work.promoting(now.world, sound_lock(now.world), address, attempt, reason, force=force)
        if dry_run:
            return previewed(change, form, now)
        until, chosen = now.wait(no_wait=False), attempt or change.attempt
        events = work.promote(now.world, address, chosen, until, reason, force=force)
        return carried_out(change, events, "Let it serve?", now, form=form, yes=yes)
