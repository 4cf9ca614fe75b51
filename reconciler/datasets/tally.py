"""What a pass over examples adds up: counts, distributions, findings. Bounded, whatever the file."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from operator import add
from typing import TYPE_CHECKING, TypeVar

from reconciler.datasets import sizes
from reconciler.datasets.findings import KEPT_PER_RULE, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconciler.datasets.rows.measure import Measure
    from reconciler.datasets.vouched import Vouched

_Key = TypeVar("_Key")

LONGEST = 5
"""Longest examples that are remembered by line."""

DISTINCT_LABELS = 500
"""More different short answers than these are no classes."""

LONG_ANSWERS = 500
"""After so many long answers they are no classes."""


def are_classes(labels: Mapping[str, int] | None, long_answers: int) -> bool:
    """Whether short answers look like names of classes: no long one beside them, and each given twice on average."""
    return bool(labels) and not long_answers and 2 * len(labels or ()) <= sum((labels or {}).values())


@dataclass(slots=True)
class Tally:
    """Sums over a range of lines. Two of them add up to the tally of both ranges.

    Forked workers hand it back through a pipe.
    """

    lines: int = 0
    examples: int = 0
    input_bytes: int = 0
    output_bytes: int = 0
    input_sizes: dict[int, int] = field(default_factory=dict)
    """Bytes of input, as sizes.py rounds them → examples."""
    output_sizes: dict[int, int] = field(default_factory=dict)
    longest: list[tuple[int, int]] = field(default_factory=list)
    """(bytes of text, line), the longest first."""
    turns: int = 0
    multi_turn: int = 0
    with_system: int = 0
    with_tools: int = 0
    with_settings: int = 0
    with_media: int = 0
    media: dict[str, int] = field(default_factory=dict)
    resolutions: dict[str, int] = field(default_factory=dict)
    """Media resolution → first line that has it; "" for none."""
    labels: dict[str, int] | None = field(default_factory=dict)
    """Short answer → count; None once there were too many to be classes."""
    long_answers: int = 0
    findings: list[Finding] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    """Rule → how often it was broken, kept findings or not."""
    windows_line_end: int = 0
    """The first line that ends in CR LF."""
    dropped: int = 0
    """Examples that the service would leave out."""

    def count(self, rule: str) -> bool:
        """Count a broken rule; whether there is room to keep what is found."""
        count = self.counts.get(rule, 0)
        self.counts[rule] = count + 1
        return count < KEPT_PER_RULE

    def say(self, finding: Finding) -> None:
        """Count a finding; keep it while its rule has room."""
        if self.count(finding.rule):
            self.findings.append(finding)

    def add(self, measure: Measure, line: int) -> None:
        """Count one example that the slow way read."""
        self.examples += 1
        self.input_bytes += measure.input_bytes
        self.output_bytes += measure.output_bytes
        sizes.count(self.input_sizes, [measure.input_bytes])
        sizes.count(self.output_sizes, [measure.output_bytes])
        self.add_longest([measure.input_bytes], [measure.output_bytes], [line])
        self.turns += measure.turns
        self.multi_turn += measure.turns > 2
        self.with_system += measure.has_system
        self.with_tools += measure.has_tools
        self.with_settings += measure.has_settings
        self.with_media += bool(measure.media)
        for kind in measure.media:
            self.media[kind] = self.media.get(kind, 0) + 1
        self.resolutions.setdefault(measure.resolution, line)
        self.add_labels([measure.label])

    def add_vouched(self, block: Vouched, first_line: int) -> None:
        """Count examples about which there is nothing to say; their reader counts sizes."""
        self.examples += block.examples
        self.input_bytes += block.input_bytes
        self.output_bytes += block.output_bytes
        if block.largest > self.longest_from:
            self.add_longest(block.inputs, block.outputs, range(first_line, first_line + block.examples))
        self.turns += block.turns
        self.multi_turn += block.multi_turn
        self.with_system += block.with_system
        self.resolutions.setdefault("", first_line)
        self.add_labels(block.labels)

    def add_sizes(self, inputs: Mapping[int, int], outputs: Mapping[int, int]) -> None:
        """Count sizes of examples that were added without."""
        _merge_counts(self.input_sizes, inputs)
        _merge_counts(self.output_sizes, outputs)

    @property
    def longest_from(self) -> int:
        """Examples of more bytes of text than these are among the longest so far."""
        return self.longest[-1][0] if len(self.longest) == LONGEST else -1

    def add_longest(self, inputs: Iterable[int], outputs: Iterable[int], lines: Sequence[int]) -> None:
        """Remember those that are among the longest."""
        totals = list(map(add, inputs, outputs))
        if max(totals, default=0) > self.longest_from:
            self._keep_longest(zip(totals, lines, strict=True))

    def _keep_longest(self, candidates: Iterable[tuple[int, int]]) -> None:
        merged = heapq.merge(self.longest, sorted(candidates, key=_by_size), key=_by_size)
        self.longest = list(merged)[:LONGEST]

    def add_labels(self, labels: list[str]) -> None:
        """Count short answers; "" is one that is too long for a class."""
        if self.labels is None:
            return
        counted = Counter(labels)
        self.long_answers += counted.pop("", 0)
        _merge_counts(self.labels, counted)
        self._forget_labels()

    def _forget_labels(self) -> None:
        if self.labels is None or len(self.labels) > DISTINCT_LABELS or self.long_answers > LONG_ANSWERS:
            # Not relied on: what was counted so far depends on where the blocks ended.
            self.labels, self.long_answers = None, 0

    def absorb(self, later: Tally, *, bytes_before: int) -> None:
        """Add the tally of the range that follows; its lines move behind ours."""
        kept = Counter(known.rule for known in self.findings)
        for finding in later.findings:
            if kept[finding.rule] < KEPT_PER_RULE:
                kept[finding.rule] += 1
                self.findings.append(finding.moved(lines=self.lines, bytes_=bytes_before))
        _merge_counts(self.counts, later.counts)
        self._keep_longest((size, line + self.lines) for size, line in later.longest)
        for value, line in later.resolutions.items():
            self.resolutions.setdefault(value, line + self.lines)
        if later.windows_line_end and not self.windows_line_end:
            self.windows_line_end = later.windows_line_end + self.lines
        self._absorb_labels(later)
        self.add_sizes(later.input_sizes, later.output_sizes)
        _merge_counts(self.media, later.media)
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(later, name))

    def _absorb_labels(self, later: Tally) -> None:
        self.long_answers += later.long_answers
        if self.labels is not None and later.labels is not None:
            _merge_counts(self.labels, later.labels)
        else:
            self.labels = None
        self._forget_labels()


_SUMS = (
    "lines",
    "examples",
    "input_bytes",
    "output_bytes",
    "turns",
    "multi_turn",
    "with_system",
    "with_tools",
    "with_settings",
    "with_media",
    "dropped",
)


def _by_size(entry: tuple[int, int]) -> tuple[int, int]:
    return -entry[0], entry[1]


def _merge_counts(counts: dict[_Key, int], more: Mapping[_Key, int]) -> None:
    for key, count in more.items():
        counts[key] = counts.get(key, 0) + count
