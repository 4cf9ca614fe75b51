"""`tuneform forget`."""

from __future__ import annotations

import click

from reconciler.cli.approval import is_wanted, previewed
from reconciler.cli.help import command
from reconciler.cli.options import (
    ADDRESS,
    command_line,
    common,
    dry_run_option,
    example,
    form_option,
    yes_option,
)
from reconciler.cli.progress import Show, follow
from reconciler.cli.sessions import lock_session
from reconciler.core import exits
from reconciler.core.model import Address
from reconciler.workflow import forget as work
from reconciler.workflow.saved_lock import trusted_lock


@command(epilog=example("tuneform forget vertex/support-router"))
@common
@form_option("text", "json", lines=True)
@yes_option
@dry_run_option
@click.argument("address", type=ADDRESS)
def forget(address: Address, form: str, yes: bool, dry_run: bool) -> int:
    """Drop an address from the lock. The cloud is untouched, and a tombstone keeps it from being adopted again."""
    with lock_session("forget") as now:
        change = work.forgetting(trusted_lock(now.world), address)
        if dry_run:
            return previewed(change, form, now)
        question = "Forget it? What it has in the cloud stays, and no plan of yours touches it again."
        if not is_wanted(change, question, form, now, yes=yes):
            return exits.FAILED
        return follow(work.forget(now.world, address), Show(form, now.banner, command_line().verbose), now)
