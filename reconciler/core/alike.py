"""Messages that say the same of several addresses, as one that names them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from reconciler.core.diagnostics import Diagnostic, in_order

_NAMED = 12


def once(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Each message about one place a single time: what several specs name, a file perhaps, is not about one of them."""
    found: dict[Diagnostic, Diagnostic] = {}
    for diagnostic in diagnostics:
        key = replace(diagnostic, address=None) if diagnostic.where else diagnostic
        found.setdefault(key, diagnostic)
    return list(found.values())


def at_most(diagnostics: Iterable[Diagnostic], bound: int) -> tuple[list[Diagnostic], dict[str, int]]:
    """The first `bound` of each code, in the order given; and by code how many more there are, kept or not."""
    seen: Counter[str] = Counter()
    rest: Counter[str] = Counter()
    shown = []
    for diagnostic in diagnostics:
        seen[diagnostic.code] += 1
        if seen[diagnostic.code] <= bound:
            shown.append(diagnostic)
        rest[diagnostic.code] += diagnostic.more + (seen[diagnostic.code] > bound)
    return shown, {code: count for code, count in rest.items() if count}


def number_of(diagnostics: Iterable[Diagnostic]) -> int:
    """How many were found, those that were counted alone included."""
    return sum(1 + diagnostic.more for diagnostic in diagnostics)


def together(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """In order; what differs in its address and place alone is one message, and each names its address.

    For people: what machines read keeps every message by itself. Errors stay apart, as each has to be mended.
    """
    groups: dict[object, list[Diagnostic]] = {}
    for found in in_order(diagnostics):
        alone = id(found) if found.is_error else ""
        key = (found.code, found.severity, found.summary, found.detail, found.fix, alone)
        groups.setdefault(key, []).append(found)
    return [_one(group) for group in groups.values()]


def _one(group: list[Diagnostic]) -> Diagnostic:
    first = group[0]
    further = number_of(group) - len(group)
    if len(group) == 1 and not further:
        is_named = not (first.address and first.where) or first.address in first.detail
        return first if is_named else replace(first, detail=_with(first.detail, f"It is about {first.address}."))
    named = ", ".join(_place(found) for found in group[:_NAMED])
    unnamed = max(0, len(group) - _NAMED) + further
    more = f" and {unnamed} more" if unnamed else ""
    detail = _with(first.detail, f"It is about {named}{more}.")
    commands = {str(found.command) for found in group}
    return replace(first, detail=detail, where=None, address=None, command=first.command if len(commands) == 1 else "")


def _with(detail: str, more: str) -> str:
    return f"{detail}\n{more}" if detail else more


def _place(found: Diagnostic) -> str:
    if found.address and found.where:
        return f"{found.address} ({found.where})"
    return found.address or str(found.where or "the plan")
