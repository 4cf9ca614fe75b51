"""`tuneform verify`: ask a service what changes nothing, and say which of the emulator's assumptions hold."""

from __future__ import annotations

import click

from reconciler.cli.console import write
from reconciler.cli.help import command
from reconciler.cli.options import common, example, form_option
from reconciler.cli.sessions import settings_here
from reconciler.core import exits
from reconciler.render.words import escape


@command(
    epilog=example(
        """
        tuneform verify --read-only
        tuneform verify --read-only --project acme-ml --location us-central1 --bucket acme-ml-tuning
        tuneform verify --read-only --record recordings/mine
        """
    )
)
@common
@form_option("text", "json")
@click.option(
    "--read-only", is_flag=True, help="Send reads alone. There is no other way yet, and it is said all the same."
)
@click.option("--project", metavar="ID", help="Instead of the workspace's.")
@click.option("--location", metavar="NAME", help="Instead of the workspace's.")
@click.option("--bucket", metavar="NAME", help="Instead of that of the workspace's stagingUri.")
@click.option("--record", metavar="FOLDER", help="Keep questions and answers there, scrubbed, after they were shown.")
@click.option("--yes", "-y", is_flag=True, help="With --record: keep them without a question.")
def verify(
    form: str,
    read_only: bool,
    project: str | None,
    location: str | None,
    bucket: str | None,
    record: str | None,
    yes: bool,
) -> int:
    """Ask the service only what changes nothing, and say which assumptions of the emulator hold; 1 where one differs.

    Lists, gets, an id that nobody has, page sizes, filters, a page token that is none, and a test of permissions on
    the bucket. Nothing but a GET can leave: what sends them refuses everything else.
    """
    if not read_only:
        raise click.UsageError("Say --read-only: nothing else is asked.")
    if yes and record is None:
        raise click.UsageError("--yes goes with --record.")
    from reconciler.cli.recordings import Consent, Keeper, account_to_json, render_account
    from reconciler.session.recording import asked_reading, place_of

    chosen = settings_here()
    place, catalog = place_of(chosen, project=project, location=location, bucket=bucket)
    consent = Consent(yes=yes) if record is not None else None
    keeper = Keeper(record, catalog=catalog, upstream=chosen.emulator or "google") if record is not None else None
    account, exchanges = asked_reading(chosen, place, catalog=catalog)
    asked = ", ".join(filter(None, (place.project, place.location, place.bucket)))
    write(account_to_json(account) if form == "json" else f"Asked {escape(asked)}.\n\n{render_account(account)}")
    if keeper is not None and consent is not None:
        keeper.keep(exchanges, consent)
    return exits.FAILED if account.findings else exits.OK
