"""A plan for people: the target, a block per change, what it adds up to, and what refuses it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from reconciler.core.alike import together
from reconciler.core.change import Change, Decided, Plan
from reconciler.core.model import Action
from reconciler.core.plurals import counted
from reconciler.render.style import Style, Tone
from reconciler.render.terminal.banner import banner_lines
from reconciler.render.terminal.blocks import change_block
from reconciler.render.terminal.diagnostics import note_lines
from reconciler.render.terminal.layout import closed, indented
from reconciler.render.totals import CostTotal, blocked_words, cost_totals, counts, summary
from reconciler.render.values import Banner
from reconciler.render.words import escape, money_range, skipped_words, wrap


def render_plan(plan: Plan, banner: Banner, style: Style, *, verbose: bool = False) -> str:
    """The whole plan. Unchanged models are counted, and shown where they say something or `verbose` asks."""
    shown = [change for change in plan.changes if verbose or _is_worth_showing(change)]
    return closed(
        [
            *banner_lines(banner, style),
            "",
            *(line for change in shown for line in [*change_block(change, style), ""]),
            *_diagnostics(plan, style),
            *_summary(plan, style),
        ]
    )


def _is_worth_showing(change: Change) -> bool:
    return change.action is not Action.NOOP or bool(change.fields or change.notes)


def _diagnostics(plan: Plan, style: Style) -> Iterator[str]:
    for diagnostic in together(plan.diagnostics):
        yield from note_lines(diagnostic, style)
        yield ""


def _summary(plan: Plan, style: Style) -> Iterator[str]:
    head, rest = _headline(plan)
    first, *more = wrap(f"{head} {rest}".rstrip(), style.width)
    yield style.paint(head, Tone.STRONG) + first[len(head) :]
    yield from (f"  {line}" for line in more)
    for total in cost_totals(plan):
        yield from wrap(f"Cost: {_total_words(total)}.", style.width)
    if plan.undeclared:
        words = counted(plan.undeclared, "address", "addresses")
        yield from wrap(f"{words} undeclared, left alone.", style.width)
    if plan.skipped:
        yield f"{skipped_words(plan.skipped)}."
    yield from _verdict(plan, style)


def _headline(plan: Plan) -> tuple[str, str]:
    if not plan.changes:
        return (
            "Nothing to do:",
            "no model is declared." if not plan.undeclared else "nothing is declared here.",
        )
    found = counts(plan.changes)
    if not plan.is_empty:
        return "Plan:", f"{summary(plan)}."
    held = Counter(c.held for c in plan.changes if c.action is Action.NOOP)
    pinned, pending = held[Decided.PINNED], held[Decided.PENDING]
    awaited, same = found[Action.AWAIT], found[Action.NOOP] - pinned - pending
    models = f"{counted(same, 'model is', 'models are')} as declared"
    running = f"{counted(awaited, 'training is', 'trainings are')} in progress"
    by_hand = f"{counted(pinned, 'model is', 'models are')} pinned to an earlier attempt"
    waiting = f"{counted(pending, 'waits', 'wait')} to be promoted"
    parts = [models] * bool(same) + [running] * bool(awaited) + [by_hand] * bool(pinned) + [waiting] * bool(pending)
    return "Nothing to do:", ", ".join(parts) + "."


def _total_words(total: CostTotal) -> str:
    trainings = counted(total.known, "training")
    unknown = counted(total.unknown, "training")
    if not total.known:
        return f"unknown for {unknown}"
    words = f"{money_range(total.low, total.high, total.currency)} for {trainings}"
    return f"{words}, and unknown for {total.unknown} more" if total.unknown else words


def _verdict(plan: Plan, style: Style) -> Iterator[str]:
    refusals = sum(d.is_error for d in plan.diagnostics)
    if refusals:
        words = f"Refused for {counted(refusals, 'reason')} (above): apply would stop before the first change."
        first, *rest = wrap(words, style.width)
        yield style.paint("Refused", Tone.BAD) + first[len("Refused") :]
        yield from rest
        return
    if blocked := blocked_words(plan):
        yield from wrap(blocked, style.width)
    if plan.checksum and not plan.is_empty:
        yield from indented(f"Checksum: {escape(plan.checksum)}", style, Tone.FAINT, by=0)
