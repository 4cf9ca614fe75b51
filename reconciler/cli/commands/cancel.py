"""`tuneform cancel`."""

from __future__ import annotations

import click

from reconciler.cli.approval import is_wanted, previewed
from reconciler.cli.help import command
from reconciler.cli.options import (
    ADDRESS,
    allow_options,
    author_options,
    command_line,
    common,
    dry_run_option,
    example,
    form_option,
    wait_options,
    yes_option,
)
from reconciler.cli.progress import Show, follow
from reconciler.cli.run_plan import permissions
from reconciler.cli.sessions import lock_session
from reconciler.core import exits
from reconciler.core.model import Address
from reconciler.workflow import cancel as work
from reconciler.workflow.saved_lock import sound_lock


@command(epilog=example("tuneform cancel vertex/support-router"))
@common
@allow_options("protected")
@author_options
@wait_options
@form_option("text", "json", lines=True)
@yes_option
@dry_run_option
@click.argument("address", type=ADDRESS)
def cancel(address: Address, form: str, no_wait: bool, yes: bool, dry_run: bool) -> int:
    """Cancel the training under way. What it trained so far is paid for; nothing that serves is touched."""
    with lock_session("cancel") as now:
        change = work.cancellation(sound_lock(now.world), address, permissions(now))
        if dry_run:
            return previewed(change, form, now)
        if not is_wanted(change, "Cancel it? What it has trained so far is paid for and lost.", form, now, yes=yes):
            return exits.FAILED
        until = now.wait(no_wait=no_wait)
        events = work.cancel(now.world, address, until, permissions(now))
        return follow(events, Show(form, now.banner, command_line().verbose), now)
