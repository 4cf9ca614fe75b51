"""`tuneform gc`."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import click

from reconciler.apply import WaitOptions
from reconciler.cli.consent import agreed, is_anybody_there
from reconciler.cli.console import style_for, write
from reconciler.cli.help import command
from reconciler.cli.options import (
    allow_options,
    command_line,
    common,
    dry_run_option,
    example,
    form_option,
    wait_options,
)
from reconciler.cli.progress import Show, at, follow
from reconciler.cli.refusals import show_refusals
from reconciler.cli.run_plan import permissions
from reconciler.cli.sessions import data_session
from reconciler.core import exits
from reconciler.core.events import Event
from reconciler.core.garbage import Keeping
from reconciler.render.words import escape
from reconciler.session.sessions import DataSession
from reconciler.workflow import garbage as work
from reconciler.workflow.planning import refuse

Events: TypeAlias = Iterator[Event]
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


class _Age(click.ParamType):  # type: ignore[type-arg]  # generic in the newest click only
    name = "age"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """`30d`, `12h`: how old is old enough."""
        match = re.fullmatch(r"(\d{1,6})([smhdw])", str(value).strip())
        if not match:
            self.fail(f"{value!r} is not an age like 12h, 30d or 8w.", param, ctx)
        return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


@command(
    epilog=example("tuneform gc\ntuneform gc --older-than 30d --keep-last 1\ntuneform gc --yes"),
)
@common
@allow_options("delete", "cancel", "protected", "empty", "foreign", "limits")
@wait_options
@form_option("text", "json")
@click.option("--older-than", type=_Age(), metavar="AGE", help="Only what ended, or was uploaded, before: 12h, 30d.")
@click.option("--keep-last", type=click.IntRange(0), metavar="N", help="Superseded models to keep; default: `keep`.")
@click.option("--detailed-exitcode", is_flag=True, help="End with 2 when there is something to dispose of.")
@click.option("--yes", "-y", is_flag=True, help="Dispose of what is proposed, without a question.")
@dry_run_option
def gc(
    form: str,
    older_than: timedelta | None,
    keep_last: int | None,
    detailed_exitcode: bool,
    yes: bool,
    dry_run: bool,
    no_wait: bool,
) -> int:
    """Propose what is no longer needed, and dispose of it after a yes.

    Orphans and failed leftovers with our markers, superseded models, and uploads that no spec and no lock names.
    Never what another workspace made. What is protected is named, and stays without --allow-protected. Uploads are
    those in the workspace's own folder, a week old at least.
    """
    if yes and dry_run:
        raise click.UsageError("--yes and --dry-run do not go together.")
    with data_session("gc") as now:
        keeping = Keeping(_before(now, older_than), keep_last)

        def again() -> work.FoundGarbage:
            return work.propose(now.world, now.desired, keeping, permissions(now))

        found = again()
        if form == "text" or not yes:
            write(_shown(found, form, now, is_proposal=not yes))
        # In a pipe, and for --detailed-exitcode, it is a proposal and no question.
        asks = (
            not (yes or dry_run) and form == "text" and not (detailed_exitcode or found.is_empty) and is_anybody_there()
        )
        if not yes and not (asks and not found.planned.refusals and agreed("Dispose of this?", now, yes=False)):
            return exits.CHANGES if detailed_exitcode and not found.is_empty else exits.OK
        if form == "text" and found.planned.refusals:
            show_refusals(found.planned.refusals)
            return exits.REFUSED
        refuse(found.planned)
        wait = now.wait(no_wait=no_wait)
        if form == "text" and not found.disposable:
            _delete_uploads(now, again, found, form)
            return exits.OK
        events = _disposing(now, again, found, form, wait)
        return follow(events, Show(form, now.banner, command_line().verbose), now)


def _disposing(
    now: DataSession, again: Callable[[], work.FoundGarbage], found: work.FoundGarbage, form: str, wait: WaitOptions
) -> Events:
    if found.disposable:
        yield from work.dispose(now.world, again, wait, found.planned.plan.checksum)
    _delete_uploads(now, again, found, form)


def _delete_uploads(
    now: DataSession, again: Callable[[], work.FoundGarbage], found: work.FoundGarbage, form: str
) -> None:
    """An upload is no address's event: its line is written here, where it is gone."""
    from reconciler.render.json_events import upload_deleted_line

    if not found.uploads:
        return
    for uri in work.delete_uploads(now.world, again, found):
        write((upload_deleted_line(uri, at=at(now)) if form == "json" else f"- {escape(uri)}") + "\n")


def _before(now: DataSession, older_than: timedelta | None) -> str:
    if older_than is None:
        return ""
    return (datetime.fromtimestamp(now.clock.now(), UTC) - older_than).isoformat(timespec="milliseconds")


def _shown(found: work.FoundGarbage, form: str, now: DataSession, *, is_proposal: bool) -> str:
    from reconciler.render.json_garbage import garbage_to_json
    from reconciler.render.terminal.garbage import render_garbage

    diagnostics = found.planned.plan.diagnostics
    if form == "json":
        return garbage_to_json(found.items, found.uploads, now.banner, diagnostics)
    style = style_for(sys.stdout)
    now_s = now.clock.now()
    return render_garbage(
        found.items, found.uploads, diagnostics, now.banner, style, now_s=now_s, is_proposal=is_proposal
    )
