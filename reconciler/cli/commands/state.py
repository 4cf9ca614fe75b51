"""`tuneform state …`: the lock itself, without an editor, without specs, and without an account where it is a file."""

from __future__ import annotations

import sys

import click

from reconciler.cli.by_hand import REASON, forgotten
from reconciler.cli.consent import agreed
from reconciler.cli.console import document_in, style_for, write
from reconciler.cli.entries import write_entry
from reconciler.cli.help import group
from reconciler.cli.options import ADDRESS, author_options, common, dry_run_option, example, form_option, yes_option
from reconciler.cli.sessions import lock_session
from reconciler.core import exits
from reconciler.core.codes_lock import lock_error
from reconciler.core.mending import differing
from reconciler.core.model import Address
from reconciler.core.suggest import suggest
from reconciler.files.bounds import LOCK, TooLargeError, bytes_of, piped_in
from reconciler.render.commands import shell_line
from reconciler.render.terminal.banner import render_banner
from reconciler.render.words import escape
from reconciler.workflow import mending as work
from reconciler.workflow.saved_lock import trusted_lock


@group(
    epilog=example(
        """
        tuneform state list
        tuneform state mv vertex/router vertex/support-router --reason "renamed by hand"
        tuneform state pull > lock.json
        """
    )
)
def state() -> None:
    """List, show, rename and replace what the lock has. No spec is read, and no service is asked."""


@state.command("list", epilog=example("tuneform state list\ntuneform state list --format json"))
@common
@form_option("text", "json", "yaml")
def list_(form: str) -> None:
    """List the entries of the lock, whatever the specs and the cloud say."""
    with lock_session("state list") as now:
        lock = now.world.trusted_lock()
        if form in ("json", "yaml"):
            from reconciler.render.json_state import state_to_json

            write(document_in(form, state_to_json(lock, now.banner)))
            return
        from reconciler.render.terminal.state import render_state

        write(render_state(lock, now.banner, style_for(sys.stdout)))


@state.command(epilog=example("tuneform state show vertex/support-router"))
@common
@form_option("text", "json", "yaml")
@click.argument("address", type=ADDRESS)
def show(address: Address, form: str) -> None:
    """Show one entry as it stands: `tuneform show` without the specs and without an account."""
    with lock_session("state show") as now:
        entry = now.world.trusted_lock().entry(address)
        if entry is None:
            raise work.no_entry(address, now.world.workspace.lock)
        write_entry(address, entry, form, now)


@state.command(epilog=example("tuneform state mv vertex/router vertex/support-router"))
@common
@author_options
@click.option("--reason", metavar="TEXT", type=REASON, default="", help="Why, for the lock.")
@yes_option
@dry_run_option
@click.argument("old", type=ADDRESS)
@click.argument("new", type=ADDRESS)
def mv(old: Address, new: Address, reason: str, yes: bool, dry_run: bool) -> int:
    """Give an entry another name, as formerNames does it: its jobs, attempts and children stay what they are."""
    with lock_session("state mv") as now:
        write(render_banner(now.banner, style_for(sys.stdout)))
        moves = work.moving(now.world, trusted_lock(now.world), old, new)
        for former, name in moves.items():
            write(f"{escape(str(former))} becomes {escape(str(name))}\n")
        if dry_run:
            return exits.OK
        if not agreed("Rename it in the lock? The cloud is untouched.", now, yes=yes):
            return exits.FAILED
        _say(work.move(now.world, old, new, reason), "Renamed")
    return exits.OK


@state.command(epilog=example("tuneform state rm vertex/support-router"))
@common
@author_options
@form_option("text", "json", lines=True)
@click.option("--reason", metavar="TEXT", type=REASON, default="", help="Why, for the lock.")
@yes_option
@dry_run_option
@click.argument("address", type=ADDRESS)
def rm(address: Address, reason: str, form: str, yes: bool, dry_run: bool) -> int:
    """Drop an entry from the lock: another name of `tuneform forget`. The cloud is untouched."""
    return forgotten(address, reason, form=form, yes=yes, dry_run=dry_run)


@state.command(epilog=example("tuneform state pull > lock.json"))
@common
def pull() -> None:
    """Print the whole lock, what a killed run left in the journal included."""
    with lock_session("state pull") as now:
        now.world.trusted_lock()
        text = now.world.store.text()
    out = getattr(sys.stdout, "buffer", None)
    if out is None:
        write(text.decode())
        return
    sys.stdout.flush()
    out.write(text)  # bytes: another encoding of the terminal's would not be the lock
    out.flush()


@state.command(epilog=example('tuneform state push lock.json\ntuneform state push lock.json --force --reason "undo"'))
@common
@author_options
@click.option("--force", is_flag=True, help="Although it is of another lineage, or lacks something. Needs --reason.")
@click.option("--reason", metavar="TEXT", type=REASON, default="", help="Why, for the lock.")
@yes_option
@dry_run_option
@click.argument("file", metavar="FILE")
def push(file: str, force: bool, reason: str, yes: bool, dry_run: bool) -> int:
    """Put another lock in place of the present one, '-' for stdin. One that lacks something is refused."""
    from reconciler.files.lock_json import decode_lock

    if force and not reason:
        raise click.UsageError("--force needs a --reason, which stands in the lock.")
    with lock_session("state push") as now:
        write(render_banner(now.banner, style_for(sys.stdout)))
        given = decode_lock(_content(file), file)[0]
        present = trusted_lock(now.world)
        after = work.pushing(now.world, present, given, file, force=force)
        for text in differing(present, after):
            write(f"{escape(text)}  {_becomes(text in present.entries, text in after.entries)}\n")
        if after == present:
            write("The lock says that already.\n")
        if after == present or dry_run:
            return exits.OK
        if not agreed("Replace the lock? The cloud is untouched.", now, yes=yes):
            return exits.FAILED
        _say(work.push(now.world, given, file, reason, force=force), "Replaced")
    return exits.OK


def _becomes(was: bool, is_there: bool) -> str:
    if not is_there:
        return "is dropped"
    return "is written over" if was else "is new"


def _say(mended: work.Mended, done: str) -> None:
    if mended.backup:
        write(f"The lock of before is {escape(mended.backup)}\n")
    write(f"{done}. `{shell_line(suggest('plan'))}` compares it with the specs and the cloud.\n")


def _content(file: str) -> bytes:
    try:
        return piped_in(LOCK) if file == "-" else bytes_of(file, LOCK, takes_pipe=True)
    except TooLargeError as exc:
        raise lock_error("LOCK001", f"{exc.strerror}.", path=file, fix=exc.fix) from exc
    except OSError as exc:
        raise lock_error("LOCK001", f"{exc.strerror}.", path=file) from exc
