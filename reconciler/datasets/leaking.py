"""Held-out items that stand in the training data: what they measure is memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.datasets.columns import chunks_of
from reconciler.datasets.findings import Finding
from reconciler.datasets.rules import RuleSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.datasets.checked import Checked
    from reconciler.datasets.columns import Column

RULE: Final = "DATA917"
KEPT: Final = 10
"""Leaks that are told with their place; the last of them counts the others (the bound is ours)."""


def leaks(train: Checked, heldout: Checked, rules: RuleSet | None = None) -> tuple[tuple[Finding, ...], int]:
    """Findings at lines of the held-out file, the first KEPT of them, and how many there are in all.

    An item leaks where its question was trained on, whatever the answer. Both must have been checked in this process:
    they are compared by hashes, in memory that grows with the held-out items alone.
    """
    if train.columns is None or heldout.columns is None:
        return (), 0
    chosen = rules or RuleSet()
    asked = _first_of(heldout.columns.prompts)
    trained = _where(train.columns.prompts, asked)
    same = _where(train.columns.wholes, _first_of(heldout.columns.wholes))
    found: list[Finding] = []
    count = 0
    items = zip(_each(heldout.columns.prompts), _each(heldout.columns.wholes), strict=True)
    for line, (prompt, whole) in enumerate(items, 1):
        if prompt not in trained:
            continue
        count += 1
        if len(found) < KEPT:
            at, answer = (same[whole], "the same") if whole in same else (trained[prompt], "another")
            here = line if _has_lines(heldout) else 0
            finding = chosen.finding(RULE, f"Also {_place(train, at)}, with {answer} answer.", line=here)
            if finding is not None:
                found.append(finding)
    return tuple(found), count if found else 0


def _place(train: Checked, at: int) -> str:
    return f"line {at} of {train.name}" if _has_lines(train) else f"example {at} of {train.name}"


def _has_lines(checked: Checked) -> bool:
    """Whether the n-th hash is that of line n: of JSON lines, and not of what whole documents and tables hold."""
    if checked.columns is None or checked.name.lower().endswith((".csv", ".json")):
        return False
    return sum(map(len, checked.columns.prompts)) == checked.lines


def _each(columns: Iterable[Column]) -> Iterable[int]:
    for chunk in chunks_of(columns):
        yield from chunk


def _first_of(columns: Iterable[Column]) -> frozenset[int]:
    return frozenset(_each(columns)) - {0}


def _where(columns: Iterable[Column], wanted: frozenset[int]) -> Mapping[int, int]:
    """The first place, from 1, of each wanted hash that is there."""
    found: dict[int, int] = {}
    before = 0
    for chunk in chunks_of(columns):
        here = wanted.intersection(chunk) - found.keys()
        if here:
            for at, value in enumerate(chunk, before + 1):
                if value in here:
                    found.setdefault(value, at)
        before += len(chunk)
    return found
