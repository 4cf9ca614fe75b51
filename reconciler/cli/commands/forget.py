"""`tuneform forget`."""

from __future__ import annotations

import click

from reconciler.cli.by_hand import REASON, forgotten
from reconciler.cli.help import command
from reconciler.cli.options import ADDRESS, author_options, common, dry_run_option, example, form_option, yes_option
from reconciler.core.model import Address


@command(epilog=example("tuneform forget vertex/support-router"))
@common
@author_options
@form_option("text", "json", lines=True)
@click.option("--reason", metavar="TEXT", type=REASON, default="", help="Why, for the lock.")
@yes_option
@dry_run_option
@click.argument("address", type=ADDRESS)
def forget(address: Address, reason: str, form: str, yes: bool, dry_run: bool) -> int:
    """Drop an address from the lock. The cloud is untouched, and a tombstone keeps it from being adopted again."""
    return forgotten(address, reason, form=form, yes=yes, dry_run=dry_run)
