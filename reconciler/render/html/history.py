"""What has happened, newest first: at one address, and in the whole workspace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from reconciler.core import times
from reconciler.core.lock import Milestone, Training
from reconciler.core.model import Address
from reconciler.core.plurals import counted
from reconciler.render.html.markup import Content, Element, el
from reconciler.render.html.pieces import folded, link, section, table
from reconciler.render.html.times import moment
from reconciler.render.report_values import Report, ReportedModel
from reconciler.render.words import state_words

_SHOWN = 25
"""Moments of the whole workspace; each address has all of its own."""
_WORDS: Final = {
    Milestone.INTENDED: "announced: the create may go out",
    Milestone.SUBMITTED: "submitted",
    Milestone.ADOPTED: "taken into the lock",
    Milestone.CREATED: "created by the service",
    Milestone.DATA_SEEN: "its training data was looked up",
    Milestone.ENDED: "the training ended",
    Milestone.REFUSED: "refused by its gate",
    Milestone.PENDING: "passed, and waits to be promoted",
    Milestone.SERVED: "serves",
    Milestone.DEPOSED: "deposed by a successor",
}


_QUIET = frozenset({Milestone.INTENDED, Milestone.DATA_SEEN})
"""What is of interest at its own address alone."""


class Happening(NamedTuple):
    """One thing that happened to one training."""

    time: str
    address: Address
    attempt: str
    words: str
    is_news: bool = True


def history_section(report: Report) -> Element:
    """The newest moments of all addresses."""
    all_moments = (m for model in report.models for m in moments_of(model) if m.is_news)
    found = sorted(all_moments, key=_newest_first, reverse=True)
    rows = [(moment(m.time), link(m.address), m.attempt, m.words) for m in found[:_SHOWN]]
    body = table("What happened last", ("Time", "Address", "Attempt", "What happened"), rows, numbers=(2,))
    more = len(found) - _SHOWN
    rest = (
        el("p", f"{counted(more, 'earlier moment')}: with {'its address' if more == 1 else 'their addresses'}.")
        if more > 0
        else None
    )
    return section("history", "History", body or el("p", "Nothing has happened yet."), rest)


def history_of(model: ReportedModel) -> Iterator[Content]:
    """Everything that the lock knows to have happened at an address."""
    found = sorted(moments_of(model), key=_newest_first, reverse=True)
    rows = [(moment(m.time), m.attempt, m.words) for m in found]
    if rows:
        heads = ("Time", "Attempt", "What happened")
        yield el("h4", "History")
        yield folded(counted(len(rows), "moment"), table(f"History of {model.address}", heads, rows, numbers=(1,)))


def moments_of(model: ReportedModel) -> Iterator[Happening]:
    """Ours, and the states of the service when each was seen first."""
    for attempt, training in model.entry.in_order if model.entry else ():
        for milestone, time in training.times.items():
            yield Happening(time, model.address, attempt, _words(milestone, training), milestone not in _QUIET)
        for state, time in training.states.items():
            yield Happening(time, model.address, attempt, f"the service says {state_words(state)}", is_news=False)


def _words(milestone: Milestone, training: Training) -> str:
    """What was sent, somebody had approved."""
    words = _WORDS.get(milestone, milestone.replace("_", " ").lower())
    if milestone != Milestone.SUBMITTED or training.by is None or not training.by.actor:
        return words
    commit = f" at commit {training.by.commit[:12]}" if training.by.commit else ""
    return f"{words}, approved by {training.by.actor}{commit}"


def _newest_first(found: Happening) -> tuple[tuple[float, str], int]:
    return times.moment(found.time), int(found.attempt or 0)
