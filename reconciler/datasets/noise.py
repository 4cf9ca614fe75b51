"""Classes that may be wrong: almost the same question with another one, and classes that are given once.

A second reading of files whose answers are classes, in memory that grows with the number of their examples.
"""

from __future__ import annotations

import heapq
from array import array
from collections import Counter
from dataclasses import dataclass
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from reconciler.core.plurals import counted
from reconciler.datasets.asked import asked_by, decoded_row, likeness
from reconciler.datasets.container import Container, container_of, start_of
from reconciler.datasets.examples import examples_of
from reconciler.datasets.findings import KEPT_PER_RULE
from reconciler.datasets.lexical import shorten
from reconciler.datasets.lines import lines_of
from reconciler.datasets.rules import RuleSet
from reconciler.datasets.source import Source

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from reconciler.datasets.checked import Checked
    from reconciler.datasets.findings import Finding

ANOTHER_CLASS: Final = "DATA933"
SINGLE: Final = "DATA934"
CHECKED_EXAMPLES: Final = 100_000
"""More than these are not read a second time by a check, which is to be fast: `dataset stats` looks at all."""
_EXCERPT = 80


class Doubt(NamedTuple):
    """A line whose class may be wrong."""

    line: int
    label: str
    other: str
    """The class that most examples have that ask almost the same; of several the first of another name."""
    agreeing: int
    """How many of those have it."""
    first: int
    """The first line of those."""


@dataclass(frozen=True, slots=True)
class Noise:
    """What there is to look at, the likeliest mistake first."""

    doubts: tuple[Doubt, ...] = ()
    """At most KEPT_PER_RULE of them."""
    count: int = 0
    """Of all doubts."""
    singles: tuple[tuple[str, int], ...] = ()
    """Classes that are given once, and where."""

    def findings(self, rules: RuleSet | None = None) -> tuple[list[Finding], dict[str, int]]:
        """Findings in the order of the file, and how many there are of each rule in all."""
        chosen = rules or RuleSet()
        said = sorted(
            [
                *((doubt.line, ANOTHER_CLASS, _words(doubt)) for doubt in self.doubts),
                *((line, SINGLE, "") for _, line in self.singles[:KEPT_PER_RULE]),
            ]
        )
        found = [f for line, rule, words in said if (f := chosen.finding(rule, words, line=line)) is not None]
        totals = {ANOTHER_CLASS: self.count, SINGLE: len(self.singles)}
        return found, {rule: count for rule, count in totals.items() if count and chosen.severity(rule) is not None}


def label_noise(source: Source, checked: Checked) -> Noise:
    """Nothing of a file whose answers are no classes, without reading it. Raises UnreadableError as any reading."""
    if not checked.has_classes or not checked.labels or len(checked.labels) < 2:
        return Noise()
    read = _Read()
    for line, row in _rows(source):
        asked = asked_by(row)
        if asked is not None and asked.label:
            read.add(line, asked.question, asked.label)
    doubts = list(read.doubts())
    ranked = heapq.nsmallest(KEPT_PER_RULE, doubts, key=lambda entry: (-entry[0], entry[1].line))
    return Noise(tuple(doubt for _, doubt in ranked), len(doubts), read.singles(checked.labels))


def questions_at(source: Source, lines: Collection[int]) -> dict[int, str]:
    """The beginnings of the questions of some lines, for a person who asks to see them."""
    left = set(lines)
    found: dict[int, str] = {}
    for line, decoded, _ in examples_of(source):
        if not left:
            break
        if line in left and decoded.row is not None and (asked := asked_by(decoded.row)) is not None:
            found[line] = shorten(" ".join(asked.question.split()), _EXCERPT)
            left.discard(line)
    return found


def _rows(source: Source) -> Iterator[tuple[int, dict[str, Any]]]:
    """Lines without a look at how they are written, which the check has had."""
    blocks = source.read()
    first = start_of(blocks)
    whole = chain([first], blocks)
    if container_of(first, is_table=source.is_table) is Container.LINES:
        for line in lines_of(whole):
            row = decoded_row(line.text) if line.text else None
            if row is not None:
                yield line.number, row
        return
    for at, decoded, _ in examples_of(Source.stream(whole, source.name, source.format)):
        if decoded.row is not None:
            yield at, decoded.row


class _Read:
    """Of each example its line, a hash of its question, and its class."""

    def __init__(self) -> None:
        self._lines = array("Q")
        self._keys = array("q")
        self._kinds = array("i")
        self._ids: dict[str, int] = {}

    def add(self, line: int, question: str, label: str) -> None:
        self._lines.append(line)
        self._keys.append(hash(likeness(question)))
        self._kinds.append(self._ids.setdefault(label, len(self._ids)))

    def doubts(self) -> Iterator[tuple[int, Doubt]]:
        """(by how many it is outvoted, the doubt); where as many say the one as the other, all of them at 0."""
        names = list(self._ids)
        order = sorted(range(len(self._keys)), key=self._keys.__getitem__)
        for _, run in groupby(order, key=self._keys.__getitem__):
            alike = list(run)
            counts = Counter(self._kinds[at] for at in alike)
            if len(counts) > 1:
                yield from self._of_group(alike, counts, names)

    def _of_group(self, alike: list[int], counts: Counter[int], names: list[str]) -> Iterator[tuple[int, Doubt]]:
        ranked = sorted(counts, key=lambda kind: (-counts[kind], names[kind]))
        firsts: dict[int, int] = {}
        for at in alike:
            firsts.setdefault(self._kinds[at], self._lines[at])
        most, second = ranked[:2]
        for at in alike:
            kind = self._kinds[at]
            other = second if kind == most else most
            if kind != most or counts[second] == counts[most]:
                doubt = Doubt(self._lines[at], names[kind], names[other], counts[other], firsts[other])
                yield counts[other] - counts[kind], doubt

    def singles(self, labels: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
        """In the order of the file."""
        wanted = {self._ids[label]: label for label, count in labels.items() if count == 1 and label in self._ids}
        return tuple((wanted[k], line) for k, line in zip(self._kinds, self._lines, strict=True) if k in wanted)


def _words(doubt: Doubt) -> str:
    """No answer that is given once: it may be no name of a class, and these words stand in logs of CI as well."""
    if doubt.agreeing == 1:
        return f"Line {doubt.first} asks almost the same and has another one."
    others = counted(doubt.agreeing, "example")
    return f'{others} that ask almost the same have "{shorten(doubt.other)}" (line {doubt.first}).'
