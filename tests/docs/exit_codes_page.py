"""docs/reference/exit-codes.md: the table of codes."""

from __future__ import annotations

from reconciler.core.exits import MEANINGS
from tests.docs.sections import table


def exit_codes() -> str:
    """Every code with its meaning."""
    rows = [(f"`{code}`", f"{meaning[0].upper()}{meaning[1:]}.") for code, meaning in MEANINGS.items()]
    return table(["Code", "Means"], rows)
