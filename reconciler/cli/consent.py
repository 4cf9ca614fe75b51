"""Whoever pays or deletes is asked: on a terminal, after target and effect were shown; elsewhere --yes is needed."""

from __future__ import annotations

import sys
import time

import click

from reconciler.core.codes_plan import plan_diagnostic
from reconciler.core.diagnostics import ReconcilerError, Severity
from reconciler.core.suggest import SuggestedCommand
from reconciler.session.sessions import LockSession


def is_anybody_there() -> bool:
    """Whether a question would be seen and answered."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def agreed(
    question: str, now: LockSession, *, yes: bool, otherwise: str = "Give --yes.", command: SuggestedCommand | str = ""
) -> bool:
    """Whether it was said with --yes, or is said here; `otherwise` is the way without a terminal (PLAN111).

    What a person takes to answer is not a part of the run's time.
    """
    if yes:
        return True
    if not is_anybody_there():
        refusal = plan_diagnostic(
            "PLAN111", Severity.ERROR, "There is nobody to ask here.", fix=otherwise, command=command
        )
        raise ReconcilerError(refusal)
    sys.stdout.flush()
    began_s = time.monotonic()
    try:
        if click.confirm(question, default=False, err=True):
            return True
    finally:
        now.deadline.extend(time.monotonic() - began_s)
    click.echo("Nothing was changed.", err=True)
    return False
