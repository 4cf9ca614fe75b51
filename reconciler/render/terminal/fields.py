"""Field changes in aligned lines: `field: old → new`, why, and where the old value was seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from reconciler.core.change import Basis, Cause, Change, FieldChange
from reconciler.core.compare import describe
from reconciler.core.copying import FROM_MODEL
from reconciler.core.dialects import dialect_of
from reconciler.core.diff import flatten
from reconciler.core.lock import Submission
from reconciler.core.markers import LABEL_PREFIX
from reconciler.core.model import Action
from reconciler.render.style import Style, Tone
from reconciler.render.terminal.layout import INDENT, cut, indented
from reconciler.render.words import UNSET, cause_words, escape, spell, width_of

_PATH_MAX = 28
"""A longer path is split: its parent becomes a heading over its leaves."""
_LABEL_MAX = 36
"""A longer label does not push the values of the others to the right."""


class _Label(NamedTuple):
    """Where a field's name stands: under a heading, or by itself."""

    heading: str
    text: str
    by: int

    @property
    def width(self) -> int:
        """Columns after the block's indent, the colon included."""
        return self.by - INDENT + width_of(self.text) + 1


def field_lines(change: Change, style: Style) -> list[str]:
    """All fields of a change; a first training shows what it is made from."""
    if change.fields and any(field.old is not None for field in change.fields):
        return list(_compared(change, style))
    rows = [(escape(field.field), spell(field.new)) for field in change.fields]
    if not rows and change.action.trains and change.submission is not None:
        rows = list(_submitted(change, change.submission))
    return list(_stated(rows, style))


_OURS = f"labels.{LABEL_PREFIX}"
"""Markers: on every resource of ours, and no news to anyone."""


def _submitted(change: Change, submission: Submission) -> Iterator[tuple[str, str]]:
    for path, value in flatten(submission.asked_for).items():
        if path == FROM_MODEL:
            continue  # it is told in a sentence, with whose it is
        yield escape(path), spell(value)
    for record in submission.data:
        yield escape(record.field), escape(describe(record) or "")
    if submission.parent:
        yield dialect_of(change.address).parent, escape(submission.parent_model or submission.parent)
    in_place = submission.in_place if change.in_place is None else change.in_place
    for path, value in flatten({**in_place, **submission.reported}).items():
        if not path.startswith(_OURS):
            yield escape(path), spell(value)


def _stated(rows: Sequence[tuple[str, str]], style: Style) -> Iterator[str]:
    labels = [_label(path) for path, _ in rows]
    width = _label_width(labels)
    heading = ""
    for label, (_, value) in zip(labels, rows, strict=True):
        yield from _heading(label, heading, style)
        heading = label.heading
        yield from _row(label, value, width, style)


def _compared(change: Change, style: Style) -> Iterator[str]:
    rows = [_Difference.of(field, change.action) for field in change.fields]
    width = _label_width([row.label for row in rows if row.columns(0, style) <= style.width])
    heading = ""
    for number, row in enumerate(rows):
        yield from _heading(row.label, heading, style)
        heading = row.label.heading
        yield from row.lines(width, style)
        if row.seen_on and row.seen_on not in (below.seen_on for below in rows[number + 1 : number + 2]):
            yield " " * (INDENT + 2) + style.paint(f"seen on {row.seen_on}", Tone.FAINT)


def _label(path: str) -> _Label:
    parent, _, leaf = path.rpartition(".")
    if parent and width_of(path) > _PATH_MAX:
        return _Label(parent, leaf, INDENT + 2)
    return _Label("", path, INDENT)


def _label_width(labels: Sequence[_Label]) -> int:
    return max((label.width for label in labels if label.width <= _LABEL_MAX), default=0)


def _heading(label: _Label, above: str, style: Style) -> Iterator[str]:
    if label.heading and label.heading != above:
        yield " " * INDENT + style.paint(f"{label.heading}:", Tone.FAINT)


def _padded(label: _Label, width: int) -> str:
    return f"{' ' * label.by}{label.text}:" + " " * max(width - label.width, 0)


def _row(label: _Label, value: str, width: int, style: Style) -> list[str]:
    head = f"{_padded(label, width)} "
    if width_of(head) + width_of(value) <= style.width:
        return [head + value]
    return [head, " " * (label.by + 2) + cut(value, style.width - label.by - 2, style)]


class _Difference(NamedTuple):
    """One field change, spelt and escaped."""

    label: _Label
    old: str
    new: str
    why: str
    seen_on: str

    @classmethod
    def of(cls, field: FieldChange, action: Action) -> _Difference:
        """As it is shown inside a change with this action."""
        has_drifted = field.basis is Basis.OBSERVED and field.cause not in (Cause.EDITED, Cause.RENAMED)
        seen_on = escape(field.resource_name) if has_drifted else ""
        why = f"({cause_words(field, action)})"
        return cls(_label(escape(field.field)), spell(field.old), spell(field.new), why, seen_on)

    def columns(self, width: int, style: Style) -> int:
        """What one line would take, its label padded to `width`."""
        texts = (_padded(self.label, width), self.old, style.arrow, self.new, self.why)
        return sum(map(width_of, texts)) + len(texts)

    def lines(self, width: int, style: Style) -> list[str]:
        """One line, aligned if it can be; else label, old and new below each other, cut to the room."""
        for padding in (width, 0):
            if self.columns(padding, style) <= style.width:
                return [self._line(padding, style)]
        by = self.label.by + 2
        hang = by + len(style.arrow) + 1
        room = style.width - hang
        return [
            *_with_aside(_padded(self.label, 0), self.why, style),
            " " * hang + _old(cut(self.old, room, style), style),
            f"{' ' * by}{style.arrow} {_new(cut(self.new, room, style), style)}",
        ]

    def _line(self, width: int, style: Style) -> str:
        values = f"{_old(self.old, style)} {style.arrow} {_new(self.new, style)}"
        return f"{_padded(self.label, width)} {values}  {style.paint(self.why, Tone.FAINT)}"


def _with_aside(head: str, aside: str, style: Style) -> list[str]:
    if width_of(head) + 2 + len(aside) <= style.width:
        return [f"{head}  {style.paint(aside, Tone.FAINT)}"]
    return [head, *indented(aside, style, Tone.FAINT, by=INDENT + 4)]


def _old(text: str, style: Style) -> str:
    return style.paint(text, Tone.FAINT if text == UNSET else Tone.REMOVED)


def _new(text: str, style: Style) -> str:
    return style.paint(text, Tone.FAINT if text == UNSET else Tone.ADDED)
