"""What a plan adds up to: changes by action, and money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from reconciler.core import exits
from reconciler.core.change import Change, Plan
from reconciler.core.model import Action
from reconciler.core.plurals import counted

_SUMMARY_WORDS = {
    Action.CREATE: "to create",
    Action.UPDATE: "to update",
    Action.REPLACE: "to replace",
    Action.RESTORE: "to restore",
    Action.DELETE: "to delete",
    Action.CANCEL: "to cancel",
    Action.ADOPT: "to adopt",
    Action.FORGET: "to forget",
    Action.BLOCKED: "blocked",
    Action.AWAIT: "in progress",
    Action.NOOP: "unchanged",
}


def counts(changes: Iterable[Change]) -> dict[Action, int]:
    """How many changes have each action, in the order of summaries; zeros included."""
    found = Counter(change.action for change in changes)
    return {action: found[action] for action in _SUMMARY_WORDS}


def summary(plan: Plan) -> str:
    """`1 to create, 3 unchanged`; "" for a plan without changes."""
    found = counts(plan.changes)
    return ", ".join(f"{n} {_SUMMARY_WORDS[action]}" for action, n in found.items() if n)


def blocked_words(plan: Plan) -> str:
    """How apply ends while something waits for a person; "" where nothing does."""
    blocked = plan.by_action(Action.BLOCKED)
    if not blocked:
        return ""
    code = exits.INCONCLUSIVE if all(change.undecided for change in blocked) else exits.FAILED
    words = counted(len(blocked), "blocked model needs", "blocked models need")
    return f"{words} a person (above): apply ends with {code}."


@dataclass(frozen=True, slots=True)
class CostTotal:
    """All trainings of a plan in one currency; `unknown` counts those that no range covers."""

    low: float
    high: float
    currency: str
    known: int
    unknown: int


def cost_totals(plan: Plan) -> list[CostTotal]:
    """One total per currency, in alphabetical order; trainings without any range stand in the first."""
    costs = [change.cost for change in plan.changes if change.trains]
    unknown = sum(1 for cost in costs if cost is None or not cost.is_known)
    known = [cost for cost in costs if cost is not None and cost.is_known]
    totals = []
    for currency in sorted({cost.currency for cost in known}) or ([""] if unknown else []):
        mine = [cost for cost in known if cost.currency == currency]
        low, high = _sum(c.low for c in mine), _sum(c.high for c in mine)
        totals.append(CostTotal(low, high, currency, len(mine), unknown))
        unknown = 0
    return totals


def _sum(amounts: Iterable[float | None]) -> float:
    """In decimals: 0.1 and 0.2 are 0.3 in a bill."""
    return float(sum((Decimal(repr(a)) for a in amounts if a is not None), Decimal(0)))
