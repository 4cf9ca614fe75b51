"""Pieces that every section is made of: tables, marks, facts, messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from urllib.parse import quote

from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.model import Action, Address
from reconciler.render.commands import sentence, shell_line
from reconciler.render.html.markup import Content, Element, el
from reconciler.render.style import ACTION_TONES, Tone


class Mood(Enum):
    """How a mark looks: the name of its class. What it means stands in its words."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"
    WARNING = "warning"
    RUNNING = "running"
    MOVED = "moved"


_MOODS = {
    Tone.FAINT: Mood.PLAIN,
    Tone.ADDED: Mood.GOOD,
    Tone.CHANGED: Mood.WARNING,
    Tone.REPLACED: Mood.MOVED,
    Tone.REMOVED: Mood.BAD,
    Tone.MOVED: Mood.MOVED,
    Tone.RUNNING: Mood.RUNNING,
    Tone.BAD: Mood.BAD,
}
_SEVERITIES = {Severity.ERROR: Mood.BAD, Severity.WARNING: Mood.WARNING, Severity.NOTE: Mood.RUNNING}


def mark(words: str, mood: Mood = Mood.PLAIN, sign: str = "") -> Element:
    """A word in a frame; the sign before it is for the eye alone."""
    shown = (el("span", sign, class_="sign", aria_hidden="true"), " ") if sign else None
    return el("span", shown, words, class_=f"mark {mood.value}")


def action_mark(action: Action) -> Element:
    """What a plan does, with its sign."""
    word = "unchanged" if action is Action.NOOP else action.word
    return mark(word, _MOODS[ACTION_TONES[action]], action.glyph)


def link(address: Address, words: Content = None) -> Element:
    """To where an address stands in this file."""
    return el("a", words or str(address), href=f"#{quote(anchor(address))}")


def anchor(address: Address) -> str:
    """The id of what is said of an address: itself, so that a link to it can be typed."""
    return str(address)


def section(name: str, title: str, *content: Content) -> Element:
    """One section of the page, under a heading of its own."""
    return el("section", el("h2", title, id=name), *content, aria_labelledby=name)


def table(
    caption: str, heads: Sequence[str], rows: Iterable[Sequence[Content]], *, numbers: Iterable[int] = ()
) -> Content:
    """A table that can be moved sideways, by keys as well, where it has no room; nothing without rows.

    The first cell of a row is its heading. `numbers` are the columns that are set to the right.
    """
    found = [_row(cells, frozenset(numbers)) for cells in rows]
    if not found:
        return None
    right = frozenset(numbers)
    head = el("tr", *(el("th", h, scope="col", class_="n" if i in right else None) for i, h in enumerate(heads)))
    body = el("table", el("caption", caption), el("thead", head), el("tbody", *found))
    return el("div", body, class_="wide", tabindex="0", role="region", aria_label=caption)


def _row(cells: Sequence[Content], right: frozenset[int]) -> Element:
    first, *rest = cells
    row = [el("td", cell, class_="n" if i in right else None) for i, cell in enumerate(rest, 1)]
    return el("tr", el("th", first, scope="row"), *row)


def facts(pairs: Iterable[tuple[str, Content]]) -> Content:
    """Names and what they are; what is empty is left out."""
    found = [(name, said) for name, said in pairs if said]
    items = (el("div", el("dt", name), el("dd", said)) for name, said in found)
    return el("dl", *items) if found else None


def code(text: str) -> Content:
    """A name, a command, a value; nothing for nothing."""
    return el("code", text) if text else None


def folded(summary: Content, *content: Content, is_open: bool = False, class_: str | None = None) -> Element:
    """What can be opened and closed, by keys as well, without a script."""
    return el("details", el("summary", summary), *content, open="" if is_open else None, class_=class_)


def paragraphs(text: str) -> Iterator[Element]:
    """Text of several lines, a paragraph each."""
    yield from (el("p", line.strip()) for line in text.splitlines() if line.strip())


def messages(diagnostics: Iterable[Diagnostic]) -> Content:
    """A list of messages; nothing for none."""
    found = [el("li", *_message(d), class_=f"message {_SEVERITIES[d.severity].value}") for d in diagnostics]
    return el("ul", *found, class_="messages") if found else None


def _message(diagnostic: Diagnostic) -> Iterator[Content]:
    d = diagnostic
    place = str(d.where) if d.where else d.address or ""
    head = (mark(f"{d.severity.value} {d.code}", _SEVERITIES[d.severity]), " ", el("strong", d.summary))
    yield el("p", *head, *((" ", el("span", place, class_="faint")) if place else ()))
    yield from paragraphs(d.detail)
    if d.fix:
        yield el("p", el("strong", "Fix: "), *in_code(sentence(d.fix)))
    if d.command:
        yield el("p", code(shell_line(d.command)))
    if d.more:
        yield el("p", f"{d.more:,} more of this.")


def in_code(text: str) -> Iterator[Content]:
    """What stands between backticks as code."""
    for number, part in enumerate(text.split("`")):
        yield el("code", part) if number % 2 else part
