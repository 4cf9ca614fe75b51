"""`tuneform promote`."""

from __future__ import annotations

import click

from reconciler.cli.by_hand import ATTEMPT, carried_out
from reconciler.cli.help import command
from reconciler.cli.options import ADDRESS, author_options, common, example, form_option, yes_option
from reconciler.cli.sessions import lock_session
from reconciler.core.model import Address
from reconciler.workflow import by_hand as work
from reconciler.workflow.saved_lock import sound_lock


@command(epilog=example("tuneform promote vertex/support-router\ntuneform promote vertex/support-router --attempt 4"))
@common
@author_options
@form_option("text", "json", lines=True)
@click.option("--attempt", metavar="ATTEMPT", type=ATTEMPT, default="", help="Which one; default: what waits for it.")
@yes_option
@click.argument("address", type=ADDRESS)
def promote(address: Address, attempt: str, form: str, yes: bool) -> int:
    """Let serve what an address was rolled back from: the pin is over. Nothing is trained."""
    with lock_session("promote") as now:
        change = work.promoting(now.world, sound_lock(now.world), address, attempt)
        events = work.promote(now.world, address, attempt or change.attempt, now.wait(no_wait=False))
        return carried_out(change, events, "Let it serve?", now, form=form, yes=yes)
