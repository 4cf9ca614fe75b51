"""What commands of a person share: which attempt, why, what is shown and asked, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from reconciler.cli.approval import is_wanted, previewed
from reconciler.cli.command_line import command_line
from reconciler.cli.progress import Show, follow
from reconciler.cli.sessions import lock_session
from reconciler.core import exits
from reconciler.core.change import Change
from reconciler.core.events import Event
from reconciler.core.model import Address
from reconciler.files.author import one_line
from reconciler.session.sessions import LockSession
from reconciler.workflow import forget as work
from reconciler.workflow.saved_lock import trusted_lock

_MOST_DIGITS = 9


class AttemptType(click.ParamType):  # type: ignore[type-arg]  # generic in the newest click only
    """A number of the lock's, as `tuneform show` lists them."""

    name = "attempt"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """As the lock writes it."""
        text = str(value).strip()
        if text and not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
            self.fail(f"{value!r} is not the number of an attempt, like 2.", param, ctx)
        return str(int(text)) if text else ""


ATTEMPT = AttemptType()


class ReasonType(click.ParamType):  # type: ignore[type-arg]  # generic in the newest click only
    """A person's words for the lock."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """On one line, and such as JSON can hold."""
        del param, ctx
        return one_line(str(value))


REASON = ReasonType()


def carried_out(
    change: Change, events: Iterator[Event], question: str, now: LockSession, *, form: str, yes: bool
) -> int:
    """Show it and ask, where there is something to do; then do it."""
    if change.does_something and not is_wanted(change, question, form, now, yes=yes):
        return exits.FAILED
    return follow(events, Show(form, now.banner, command_line().verbose), now)


def forgotten(address: Address, reason: str, *, form: str, yes: bool, dry_run: bool) -> int:
    """`forget`, and `state rm`, which is its other name: what is dropped is not adopted again."""
    with lock_session("forget") as now:
        change = work.forgetting(trusted_lock(now.world), address, reason)
        if dry_run:
            return previewed(change, form, now)
        question = "Forget it? What it has in the cloud stays, and no plan of yours touches it again."
        if not is_wanted(change, question, form, now, yes=yes):
            return exits.FAILED
        return follow(work.forget(now.world, address, reason), Show(form, now.banner, command_line().verbose), now)
