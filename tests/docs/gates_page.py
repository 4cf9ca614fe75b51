"""docs/how-to/gates.md: what so many held-out items can prove, by the statistics of the gate itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from reconciler.core.evidence.power import least_items
from reconciler.core.evidence.proportion import least_items_for
from reconciler.core.gate_power import DISCORDANCE, POWER, finds
from reconciler.core.gate_spec import Against, Heldout, Trial
from tests.docs.sections import table

CONFIDENCE: Final = 0.95
DISCORDANCES: Final = (0.05, 0.1, 0.2)
POWERFUL: Final = {0.02: (819, 1565, 3097), 0.03: (380, 705, 1381), 0.05: (158, 263, 501), 0.1: (49, 77, 130)}
"""Items by margin, for each of DISCORDANCES. They take half a minute to find: a slow test does."""
ITEMS: Final = (52, 133, 250, 500, 1_000, 2_000)


def items_for_margin() -> str:
    """The least, and what makes it likely."""
    heads = ["margin", "needs at least", *(f"{_percent(d)} flip" for d in DISCORDANCES)]
    rows = [
        (_percent(margin), f"{least_items(margin, CONFIDENCE):,}", *(f"{n:,}" for n in likely))
        for margin, likely in POWERFUL.items()
    ]
    return table(heads, rows)


def losses() -> str:
    """What is found, by the number of items."""
    margins = (0.02, 0.05, 0.1)
    trial = Trial(Heldout("eval.jsonl"), against=Against.INCUMBENT)
    heads = ["items", *(f"margin {_percent(margin)}" for margin in margins)]
    rows = [(f"{n:,}", *(_found(replace(trial, margin=margin), n) for margin in margins)) for n in ITEMS]
    assumed = f"in {_percent(POWER)} of cases, where {_percent(DISCORDANCE)} of the answers flip"
    words = f"About the smallest true loss that fails a gate {assumed}:"
    return f"{words}\n\n{table(heads, rows)}"


def items_for_share() -> str:
    """Of answers that are all right."""
    shares = (0.8, 0.9, 0.95, 0.98, 0.99)
    return table(
        ["atLeast", *map(_percent, shares)],
        [("needs at least", *(f"{least_items_for(share, CONFIDENCE):,}" for share in shares))],
    )


def _found(trial: Trial, items: int) -> str:
    loss = finds(trial, items)
    return "" if loss is None else f"{100 * loss:.2g} %"


def _percent(share: float) -> str:
    return f"{100 * share:g} %"
