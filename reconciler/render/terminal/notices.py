"""What somebody was told, or is to be told: a line each, and below it to whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from reconciler.core.notices import Delivery, Notice
from reconciler.core.plurals import counted
from reconciler.render.style import Style, Tone
from reconciler.render.terminal.layout import closed, indented
from reconciler.render.words import escape, flat, wrap


def render_deliveries(deliveries: Sequence[Delivery], style: Style, *, is_dry: bool) -> str:
    """What could not be told stands out, with the reason."""
    if not deliveries:
        return "Nobody is to be told of anything new.\n"
    grouped = [(notice, list(group)) for notice, group in groupby(deliveries, _notice)]
    lines = [line for notice, group in grouped for line in _lines(notice, group, style, is_dry=is_dry)]
    failed = sum(1 for d in deliveries if d.why)
    verb = "would be sent" if is_dry else "sent"
    summary = f"{counted(len(deliveries) - failed, 'notice')} {verb}"
    return closed([*lines, "", f"{summary}, {failed} not delivered." if failed else f"{summary}."])


def _notice(delivery: Delivery) -> Notice:
    return delivery.notice


def _lines(notice: Notice, group: Sequence[Delivery], style: Style, *, is_dry: bool) -> Iterator[str]:
    head = f"{escape(str(notice.address))}  {notice.kind.value}: {flat(notice.text)}"
    first, *rest = wrap(head, style.width - 2)
    yield from (first, *(f"  {line}" for line in rest))
    taken = [escape(d.sink) for d in group if not d.why]
    if taken:
        yield from indented(f"{'to' if is_dry else 'told'} {', '.join(taken)}", style, Tone.FAINT)
    for delivery in group:
        if delivery.why:
            yield from indented(f"{escape(delivery.sink)} not told: {flat(delivery.why)}", style, Tone.BAD)
