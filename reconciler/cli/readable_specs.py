"""The specs of a command that shows what is: a mistake in some of them hides nothing."""

from __future__ import annotations

from reconciler.cli.failures import show as say
from reconciler.core import exits
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.model import Desired
from reconciler.session.sessions import SpecsSession


def readable(now: SpecsSession) -> Desired:
    """The specs that can be read. What is wrong with the others is said, and hides nothing of the lock."""
    if now.has_nothing_to_read and _is_piped_in(now):
        return now.readable
    if now.has_nothing_to_read:
        raise ReconcilerError(*now.mistakes, exit_code=exits.USAGE)
    if now.mistakes:
        say(now.mistakes)
    return now.readable


def _is_piped_in(now: SpecsSession) -> bool:
    """Whoever looks at a workspace that is piped in has it seldom at hand."""
    source = now.world.workspace.specs
    return source is not None and source.stdin
