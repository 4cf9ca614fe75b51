"""What happened at an address, oldest first."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.lock import Author
from reconciler.core.plurals import counted
from reconciler.render.style import Style, Tone
from reconciler.render.terminal.banner import banner_lines
from reconciler.render.terminal.layout import closed, fact, listed
from reconciler.render.values import AttemptHistory, Banner, History, OpenChange
from reconciler.render.words import escape, flat, money, state_words

_TIME = 24
"""Columns of a time of the lock, to the millisecond."""


def render_history(known: History, banner: Banner, style: Style) -> str:
    """Every attempt with what happened to it, then what is open, and what the lock has of earlier ones."""
    lines = [*banner_lines(banner, style), "", style.paint(escape(str(known.address)), Tone.STRONG)]
    if known.former:
        lines += fact("was", escape(", ".join(known.former)), style)
    for attempt in known.attempts:
        lines += ["", *_attempt(attempt, style)]
    for change in known.open:
        lines += ["", *_open("approved", change, style)]
    if known.pin:
        lines += ["", *_open("pinned", known.pin, style)]
    lines += _buried(known, style)
    return closed(lines)


def _attempt(a: AttemptHistory, style: Style) -> Iterator[str]:
    head = style.dot.join(escape(part) for part in (a.role, state_words(a.state), a.base) if part)
    yield f"{style.paint(f'attempt {escape(a.attempt)}', Tone.STRONG)}  {head}"
    if a.reason:
        yield from fact("why", flat(a.reason), style)
    yield from _by(a.by, style)
    for moment in a.happenings:
        yield f"  {style.paint(escape(moment.at).ljust(_TIME), Tone.FAINT)}  {escape(state_words(moment.what))}"
    if a.gate:
        yield from fact("gate", escape(a.gate), style)
    if a.said:
        yield from fact("said", flat(a.said), style)
    if a.was_billed or a.cost is not None:
        yield from fact("cost", "unknown" if a.cost is None else money(a.cost, a.currency), style)
    for label, name in (("job", a.job), ("model", a.model), ("endpoint", a.endpoint)):
        if name:
            yield from listed(label, [escape(name)], style)


def _by(by: Author, style: Style) -> Iterator[str]:
    who = [escape(by.actor)] if by.actor else []
    commit = [f"commit {escape(by.commit)}"] if by.commit else []
    if who or commit:
        yield from fact("by", style.dot.join([*who, *commit]), style)
    if by.run_url:
        yield from listed("run", [escape(by.run_url)], style)


def _open(word: str, change: OpenChange, style: Style) -> Iterator[str]:
    attempt = f" attempt {escape(change.attempt)}" if change.attempt else ""
    yield f"{style.paint(word, Tone.STRONG)}  {escape(change.action)}{attempt}"
    if change.reason:
        yield from fact("why", flat(change.reason), style)
    yield from _by(change.by, style)
    if change.at:
        yield from fact("at", escape(change.at), style)


def _buried(known: History, style: Style) -> Iterator[str]:
    if known.disposed:
        yield from ("", style.paint(f"disposed of: {counted(len(known.disposed), 'training')}", Tone.STRONG))
        for job, at in known.disposed:
            yield f"  {style.paint(escape(at).ljust(_TIME), Tone.FAINT)}  {escape(job)}"
    if known.forgotten:
        yield from ("", style.paint(f"forgotten {escape(known.forgotten_at)}", Tone.STRONG))
        yield from (f"  {escape(name)}" for name in known.forgotten)
