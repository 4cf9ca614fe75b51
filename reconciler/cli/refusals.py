"""Why a plan is refused, where a person sees it although the plan goes to a file or to another program."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from reconciler.cli.streams import is_one_place
from reconciler.core.diagnostics import Diagnostic
from reconciler.render.terminal.diagnostics import heads


def show_refusals(refusals: Sequence[Diagnostic]) -> None:
    """A line each on stderr; the plan on stdout has them in full. Where both are one place nothing is repeated."""
    from reconciler.cli.console import style_for

    if not refusals or sys.stdout.isatty() or is_one_place(sys.stdout, sys.stderr):
        return
    style = style_for(sys.stderr)
    sys.stderr.write(heads(refusals, style) + "Refused: the plan on standard output says why, and what fixes it.\n")
