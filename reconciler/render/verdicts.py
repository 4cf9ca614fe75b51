"""Verdicts of a gate in words, for every form of output, and what a check of one looks like."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.gate_result import AddressGate, Breakdown, GateCheck, Verdict, verdict_of
from reconciler.core.lock import JudgingCost
from reconciler.core.plurals import counted
from reconciler.render.words import duration, money

VERDICT_WORDS = {
    Verdict.PASSED: "passed",
    Verdict.FAILED: "failed",
    Verdict.IN_PROGRESS: "in progress",
    Verdict.INCONCLUSIVE: "inconclusive",
}
_MOST = 20
"""Rows of a table of classes or fields, and lines of items, that people read."""


def state_of(check: GateCheck, gate: AddressGate) -> Verdict:
    """Of one check: what does not hold while a training goes on is not judged yet."""
    is_waiting = gate.verdict is Verdict.IN_PROGRESS and not check.passed
    return Verdict.IN_PROGRESS if is_waiting else verdict_of(check.conclusion)


def facts_of(gate: AddressGate) -> Iterator[tuple[str, str]]:
    """What a person wants to know of a trial beside its verdict, as label and words."""
    if gate.spent is not None and (gate.evidence or gate.spent.amount is not None):
        yield "cost", f"{spent_words(gate.spent)}{', when it was judged' if gate.is_recorded else ''}"
    if not gate.evidence:
        return
    where = "the lock has this verdict: nothing was asked" if gate.is_recorded else ""
    asked = f"{counted(gate.answers, 'answer')} asked for it" if not gate.is_recorded else ""
    looks = f"judged {counted(gate.looks, 'time')}{_counted_words(gate)}" if gate.looks else ""
    uncounted = "this look is not in the lock (--record)" if gate.fresh and not gate.is_counted else ""
    yield "judged", "; ".join(words for words in (where, asked, looks, uncounted) if words)
    if not gate.has_answers:
        yield "answers", "not all on this machine: judged anew, it would show which items flipped, and where"
    for is_better, label in ((False, "worse at"), (True, "better at")):
        lines = [flip.line for flip in gate.flips if flip.is_better is is_better]
        if lines:
            more = f" and {len(lines) - _MOST} more" if len(lines) > _MOST else ""
            yield label, f"{counted(len(lines), 'item')}: line {', '.join(map(str, sorted(lines)[:_MOST]))}{more}"


def spent_words(spent: JudgingCost) -> str:
    """`0.02 USD and 12 s of asking`; what was known already has no cost."""
    if not spent.amount and not spent.took_s:
        return "none: every answer was known"
    paid = "unknown (no price is known)" if spent.amount is None else money(spent.amount, spent.currency)
    return f"{paid}, {duration(spent.took_s)} of asking"


def _counted_words(gate: AddressGate) -> str:
    if gate.is_recorded:
        return ""
    return ", this look included" if gate.is_counted else " before"


def rows_of(gate: AddressGate) -> list[Breakdown]:
    """Classes or fields, the rarest last; what is beyond a screen is left out."""
    return list(gate.breakdown[:_MOST])
