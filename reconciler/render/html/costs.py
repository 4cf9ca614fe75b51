"""Money: what trainings were billed, and what the plan would cost. What is not known is counted, never guessed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from reconciler.core.bills import Bill
from reconciler.core.plurals import counted
from reconciler.render.html.markup import Content, Element
from reconciler.render.html.pieces import facts, folded, link, section, table
from reconciler.render.report_values import Report, ReportedModel
from reconciler.render.totals import CostTotal, cost_totals
from reconciler.render.words import cost_words, money, money_range

_OPEN_MAX = 20
"""A longer table is folded: its sums stand above it."""


def costs_section(report: Report) -> Element:
    """Sums first, then what each training was billed and each change would cost."""
    billed = [row for model in report.models for row in _billed(model)]
    heads = ("Address", "Attempt", "Tokens", "Epochs", "Billed", "How it is known")
    bills = table("What trainings were billed", heads, billed, numbers=(1, 2, 3, 4))
    shown = folded(counted(len(billed), "training"), bills, is_open=len(billed) <= _OPEN_MAX) if bills else None
    planned = table("What the plan would cost", ("Address", "Cost"), _planned(report))
    return section("costs", "Costs", facts(_sums(report)), shown, planned)


def billed_words(report: Report) -> str:
    """`12.50 USD for 4 trainings, unknown for 1 more`."""
    bills = [bill for model in report.models for bill in model.bills.values()]
    known = [bill for bill in bills if bill.amount is not None]
    if not bills:
        return "nothing was trained"
    if not known:
        return f"unknown for {counted(len(bills), 'training')}"
    currencies = sorted({bill.currency for bill in known})
    sums = ", ".join(money(_sum(known, currency), currency) for currency in currencies)
    words = f"{sums} for {counted(len(known), 'training')}"
    return f"{words}, unknown for {len(bills) - len(known):,} more" if len(known) < len(bills) else words


def planned_words(report: Report) -> str:
    """What the plan would cost; "" where it trains nothing."""
    return "; ".join(map(_total, cost_totals(report.plan))) if report.plan else ""


def _sums(report: Report) -> Iterator[tuple[str, Content]]:
    yield "Billed so far", billed_words(report)
    yield "The plan would cost", planned_words(report) or ("nothing" if report.plan else "unknown: there is no plan")


def _sum(bills: list[Bill], currency: str) -> float:
    """In decimals: 0.1 and 0.2 are 0.3 in a bill."""
    return float(sum((Decimal(repr(b.amount)) for b in bills if b.currency == currency), Decimal(0)))


def _billed(model: ReportedModel) -> Iterator[tuple[Content, ...]]:
    for attempt, bill in sorted(model.bills.items(), key=lambda b: -int(b[0])):
        tokens = "" if bill.tokens is None else f"{bill.tokens:,}"
        epochs = "" if bill.epochs is None else f"{bill.epochs:,}"
        amount = "unknown" if bill.amount is None else money(bill.amount, bill.currency)
        how = bill.why or f"tokens x epochs x price{f' of {bill.as_of}' if bill.as_of else ''}"
        yield link(model.address), attempt, tokens, epochs, amount, how


def _planned(report: Report) -> Iterator[tuple[Content, ...]]:
    for change in report.plan.changes if report.plan else ():
        if change.cost is not None:
            yield link(change.address), cost_words(change.cost)


def _total(total: CostTotal) -> str:
    if not total.known:
        return f"unknown for {counted(total.unknown, 'training')}"
    words = f"{money_range(total.low, total.high, total.currency)} for {counted(total.known, 'training')}"
    return f"{words}, unknown for {total.unknown:,} more" if total.unknown else words
