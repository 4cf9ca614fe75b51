"""Times and lengths of time, as a report writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from reconciler.core.times import seconds_of
from reconciler.render.html.markup import Content, el
from reconciler.render.words import duration


def moment(time: str) -> Content:
    """`2026-11-20 09:12 UTC`, exact for programs; nothing for no time, and what is none as it is."""
    seconds = seconds_of(time)
    if not seconds:
        return time or None
    return el("time", datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC"), datetime=time)


def length(start: str, end: str) -> str:
    """From one time to another; "" where one is not known."""
    first, last = seconds_of(start), seconds_of(end)
    return duration(last - first) if first and last >= first else ""


def days_until(day: date, today: date) -> str:
    """`in 12 days`, `today`, `3 days ago`."""
    days = (day - today).days
    if not days:
        return "today"
    words = f"{abs(days):,} day{'s' if abs(days) != 1 else ''}"
    return f"in {words}" if days > 0 else f"{words} ago"
