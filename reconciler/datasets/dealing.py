"""Which side each line of a file falls to, where that is decided by question and by class: one pass over it before.

Memory grows with the number of lines, by some eighty bytes each, and not with their length.
"""

from __future__ import annotations

from array import array
from collections import Counter
from itertools import groupby
from math import ceil, floor
from typing import TYPE_CHECKING, NamedTuple

import google_crc32c

from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError
from reconciler.datasets.asked import AskedExample, asked_by, decoded_row, likeness
from reconciler.datasets.conversion.mapped import LOOKED_AT, MISSING, nearest, some_of, value_at
from reconciler.datasets.lexical import shorten
from reconciler.datasets.tally import DISTINCT_LABELS, LONG_ANSWERS, are_classes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from reconciler.datasets.shares import Wish

_NO_CLASS = -1


class Dealt(NamedTuple):
    """The side of each line, in their order; and what each class has on each side, where classes were kept together."""

    sides: bytes
    classes: Mapping[str, tuple[int, ...]]
    crc32c: int
    """Of the lines as they were read, so that a second reading can be told from the first."""


def deal(lines: Iterable[bytes], wish: Wish, position: Callable[[bytes], int]) -> Dealt:
    """Look at every line. Raises ReconcilerError (RUN091) where no line has the field to divide by."""
    looked = _Look(wish, position)
    crc = 0
    for line in lines:
        crc = google_crc32c.extend(crc, line)
        looked.at(line)
    names = looked.classes()
    sides = _decided(looked, wish, names)
    return Dealt(sides, _counted(names, looked, sides) if names else {}, crc)


class _Look:
    """Where each line stands among all that there could be, and the class that it has."""

    def __init__(self, wish: Wish, position: Callable[[bytes], int]) -> None:
        self.positions = array("Q")
        self.kinds = array("i")
        self._wish = wish
        self._position = position
        self._ids: dict[str, int] = {}
        self._counts: Counter[str] = Counter()
        self._long = 0
        self._fields: dict[str, None] = {}
        self._may_have_classes = wish.stratify != "off"

    def at(self, line: bytes) -> None:
        """The next line."""
        needs_row = self._wish.by_question or self._may_have_classes
        row = decoded_row(line) if needs_row else None
        asked = asked_by(row) if row is not None else None
        key = line if asked is None or not self._wish.by_question else likeness(asked.question).encode(errors="replace")
        self.positions.append(self._position(key))
        self.kinds.append(self._kind(row, asked) if self._may_have_classes and row is not None else _NO_CLASS)

    def _kind(self, row: Mapping[str, object], asked: AskedExample | None) -> int:
        label = self._label(row, asked)
        if label is None:
            return _NO_CLASS
        if not label:
            self._long += 1
        else:
            self._counts[label] += 1
        if len(self._counts) > DISTINCT_LABELS or (self._wish.stratify == "auto" and self._long > LONG_ANSWERS):
            self._give_up()
            return _NO_CLASS
        return self._ids.setdefault(label, len(self._ids)) if label else _NO_CLASS

    def _label(self, row: Mapping[str, object], asked: AskedExample | None) -> str | None:
        """None for a line that says nothing of classes, "" for an answer that is too long for one."""
        if self._wish.stratify == "auto":
            return asked.label if asked is not None else None
        if len(self._fields) < LOOKED_AT:
            self._fields.update(dict.fromkeys(row))
        value = value_at(row, self._wish.stratify)
        return None if value is MISSING or value in (None, "") else str(value)

    def _give_up(self) -> None:
        if self._wish.stratify != "auto":
            detail = f"{_shown(self._wish.stratify)} has more than {DISTINCT_LABELS} different values."
            raise _refused(detail, "Name a field of classes, or leave --stratify out.")
        self._may_have_classes = False
        self._counts.clear()

    def classes(self) -> list[str]:
        """Their names, by number; none where there are no classes to keep together."""
        if self._wish.stratify not in ("auto", "off") and self.positions and not self._counts:
            near = nearest(self._wish.stratify, self._fields)
            detail = f"No line has a field {_shown(self._wish.stratify)}; there are: {some_of(self._fields)}."
            raise _refused(detail, f"Did you mean {_shown(near)}?" if near else "Name a field of the lines.")
        is_given = self._wish.stratify != "auto" or are_classes(self._counts, self._long)
        return list(self._ids) if is_given and len(self._counts) > 1 else []


class _Order:
    """The lines in the order of their positions, which is that of no file: it depends on what they say alone."""

    def __init__(self, looked: _Look, names: list[str]) -> None:
        self._positions = looked.positions
        self._names = names
        self._kinds = looked.kinds
        self.lines = array("Q", sorted(range(len(looked.positions)), key=looked.positions.__getitem__))
        self.sides = bytearray(len(self.lines))

    def groups(self) -> Iterator[range]:
        """Lines that stay together, equal ones and those that ask almost the same: where they stand in the order."""
        start = 0
        for _, run in groupby(self.lines, key=self._positions.__getitem__):
            stop = start + sum(1 for _ in run)
            yield range(start, stop)
            start = stop

    def position(self, group: range) -> int:
        """Of all of its lines."""
        return self._positions[self.lines[group.start]]

    def kind(self, group: range) -> int:
        """The class that most of its lines have; of several the first by name, whatever their order in the file."""
        kinds = Counter(self._kinds[self.lines[at]] for at in group)
        kinds.pop(_NO_CLASS, None)
        return min(kinds, key=lambda kind: (-kinds[kind], self._names[kind]), default=_NO_CLASS)

    def give(self, group: range, side: int) -> None:
        """All of its lines to one side."""
        for at in group:
            self.sides[self.lines[at]] = side

    def side(self, group: range) -> int:
        """That they have so far."""
        return self.sides[self.lines[group.start]]


def _decided(looked: _Look, wish: Wish, names: list[str]) -> bytes:
    """The side of each line, in the order of the file."""
    order = _Order(looked, names)
    by_kind: dict[int, array[int]] = {}
    for group in order.groups():
        kind = order.kind(group) if names else _NO_CLASS
        if kind == _NO_CLASS:
            order.give(group, wish.side_of(order.position(group)))
        else:
            by_kind.setdefault(kind, array("Q")).extend((group.start, group.stop))
    for bounds in by_kind.values():
        _divide(order, _Groups(bounds), wish)
    return bytes(order.sides)


class _Groups:
    """Those of one class, as they stand in the order: two numbers each."""

    def __init__(self, bounds: array[int]) -> None:
        self._bounds = bounds
        self.lines = sum(bounds[1::2]) - sum(bounds[::2])

    def __iter__(self) -> Iterator[range]:
        return map(range, self._bounds[::2], self._bounds[1::2])

    @property
    def last(self) -> range:
        """What is always trained on."""
        return range(self._bounds[-2], self._bounds[-1])


def _divide(order: _Order, groups: _Groups, wish: Wish) -> None:
    """One class, so that each side has its share of it to one line, where no group is in the way.

    What falls to a side by its position alone stays there, but for as many as the share is off: a file that grows keeps
    nearly all of its split. Of a class something is always trained on.
    """
    natural: Counter[int] = Counter()
    for group in groups:
        natural[wish.side_of(order.position(group))] += len(group)
    left = groups.lines - len(groups.last)
    for side, share in ((1, wish.validation), (2, wish.test)):
        wanted = min(_within(natural[side], share * groups.lines), left)
        left -= _fill(order, groups, side, wanted)


def _within(natural: int, exact: float) -> int:
    return max(min(natural, floor(exact + 1)), ceil(exact - 1), 0)


def _fill(order: _Order, groups: _Groups, side: int, wanted: int) -> int:
    """Give so many lines to a side, those first that stand first; how many it was."""
    taken = 0
    for group in groups:
        if taken >= wanted:
            break
        if group != groups.last and not order.side(group) and taken + len(group) <= wanted:
            order.give(group, side)
            taken += len(group)
    return taken


def _counted(names: list[str], looked: _Look, sides: bytes) -> dict[str, tuple[int, ...]]:
    counts = Counter(zip(looked.kinds, sides, strict=True))
    made = {name: tuple(counts[kind, side] for side in range(3)) for kind, name in enumerate(names)}
    return dict(sorted(made.items(), key=lambda entry: (-sum(entry[1]), entry[0])))


def _shown(name: str) -> str:
    return f'"{shorten(name)}"'


def _refused(detail: str, fix: str) -> ReconcilerError:
    return ReconcilerError(run_diagnostic("RUN091", detail, fix=fix))
