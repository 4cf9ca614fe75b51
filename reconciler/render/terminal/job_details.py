"""What the service tells of each attempt at an address: times, places, statistics of the data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.core.job_details import AttemptDetails, FigureBeside, JobDetails, side_by_side
from reconciler.core.model import Address
from reconciler.render.style import Style, Tone
from reconciler.render.terminal.banner import banner_lines
from reconciler.render.terminal.layout import INDENT, closed, fact, indented, listed
from reconciler.render.values import Banner
from reconciler.render.words import escape, evaluation_words, flat, state_words

_NAME, _FIGURE = 30, 14
"""Columns."""


def render_details(address: Address, found: Sequence[AttemptDetails], banner: Banner, style: Style) -> str:
    """The newest first."""
    return closed(
        [
            *banner_lines(banner, style),
            "",
            f"{style.paint(escape(str(address)), Tone.STRONG)}, as the service tells of it",
            *(line for attempt in reversed(found) for line in _attempt(attempt, style)),
        ]
    )


def _attempt(found: AttemptDetails, style: Style) -> Iterator[str]:
    yield ""
    yield f"training {escape(found.attempt)}"
    if found.details is None:
        yield from indented(found.missing, style, Tone.FAINT)
        return
    yield from _facts(found.details, style)
    if found.details.statistics is not None:
        yield from _figures(list(side_by_side(found.details.statistics, found.ours)), style)


def _facts(details: JobDetails, style: Style) -> Iterator[str]:
    yield from fact("state", state_words(details.state), style) if details.state else ()
    for label, text in (("named", details.display_name), ("described", details.description)):
        yield from fact(label, flat(text), style) if text else ()
    times = (
        ("created", details.created),
        ("started", details.started),
        ("updated", details.updated),
        ("ended", details.ended),
    )
    yield from listed("times", [f"{word} {escape(at)}" for word, at in times if at], style)
    for label, name in (
        ("metrics", details.metrics_uri),
        ("output", details.output_uri),
        ("experiment", details.experiment),
        ("pipeline", details.pipeline),
    ):
        yield from listed(label, [escape(name)] if name else [], style)
    for run in details.evaluations:
        yield from indented(evaluation_words(run.checkpoint_id, run.scores, run.error), style)
        yield from [f"{' ' * (INDENT + 2)}{escape(run.resource_name)}"] if run.resource_name else []


def _figures(rows: Sequence[FigureBeside], style: Style) -> Iterator[str]:
    """Ours stand beside the service's where the bytes that were trained on are at hand."""
    if not rows:
        return
    has_ours = any(row.ours is not None for row in rows)
    ours = f"{'tuneform':>{_FIGURE}}" if has_ours else ""
    yield " " * INDENT + style.paint(f"{'data':<{_NAME}}{'service':>{_FIGURE}}{ours}", Tone.FAINT)
    for row in rows:
        beside = f"{_number(row.ours):>{_FIGURE}}" if has_ours else ""
        yield f"{' ' * INDENT}{row.name:<{_NAME}}{_number(row.theirs):>{_FIGURE}}{beside}"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 100 else f"{value:,.2f}"
