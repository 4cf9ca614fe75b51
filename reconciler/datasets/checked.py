"""The result of a check: what a file holds, what is wrong with it, and which bytes it was."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import TYPE_CHECKING

from reconciler.core.diagnostics import Severity
from reconciler.datasets.formats import Format
from reconciler.datasets.tally import are_classes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.diagnostics import Diagnostic
    from reconciler.datasets.columns import Columns
    from reconciler.datasets.findings import Finding
    from reconciler.datasets.identity import FileIdentity
    from reconciler.datasets.limits import DataLimits

UNREADABLE = "DATA101"
"""The rule that is broken where not a byte could be read."""


@dataclass(frozen=True)
class Distribution:
    """Sizes of text an example, in bytes of UTF-8, each with how many examples have it, ascending."""

    counts: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, counts: Mapping[int, int]) -> Distribution:
        """From size → count."""
        return cls(tuple(sorted(counts.items())))

    @property
    def total(self) -> int:
        """The sum of all sizes."""
        return sum(size * count for size, count in self.counts)

    @property
    def examples(self) -> int:
        """How many sizes there are."""
        return sum(count for _, count in self.counts)

    @property
    def mean(self) -> float:
        """The average, 0 for no examples."""
        return self.total / self.examples if self.counts else 0.0

    def percentile(self, share: float) -> int:
        """The smallest size that at least this share (0 to 1) of the examples do not exceed."""
        wanted = share * self.examples
        reached = accumulate(count for _, count in self.counts)
        pairs = zip(self.counts, reached, strict=True)
        return next((size for (size, _), seen in pairs if seen >= wanted), 0)


@dataclass(frozen=True)
class Checked:
    """One file after one pass. Holds no text of examples but the names of classes, where there are any."""

    name: str
    format: Format
    identity: FileIdentity
    findings: tuple[Finding, ...]
    """In the order of the file; at most KEPT_PER_RULE of each rule."""
    counts: Mapping[str, int]
    """Rule → how often it was broken in all."""
    limits: DataLimits
    examples: int = 0
    lines: int = 0
    input_total: int = 0
    """Bytes of UTF-8 text of all examples."""
    output_total: int = 0
    input_bytes: Distribution = field(default_factory=lambda: Distribution(()))
    output_bytes: Distribution = field(default_factory=lambda: Distribution(()))
    longest: tuple[tuple[int, int], ...] = ()
    """(line, bytes of text), the longest first."""
    turns: int = 0
    multi_turn: int = 0
    with_system: int = 0
    with_tools: int = 0
    with_settings: int = 0
    """Examples with settings of a request that tuning has no documented use for."""
    with_media: int = 0
    media: Mapping[str, int] = field(default_factory=dict)
    resolutions: Mapping[str, int] = field(default_factory=dict)
    labels: Mapping[str, int] | None = None
    """Answer → examples, where the answers look like classes; else None."""
    long_answers: int = 0
    duplicates: int = 0
    """Examples that stand in the file already."""
    columns: Columns | None = field(default=None, repr=False, compare=False)
    """Hashes of the lines, for `compare` within this process."""

    @property
    def ok(self) -> bool:
        """Whether no finding is an error."""
        return not any(finding.severity is Severity.ERROR for finding in self.findings)

    @property
    def was_read(self) -> bool:
        """Whether there are bytes that anything can be said of."""
        return UNREADABLE not in self.counts

    @property
    def has_classes(self) -> bool:
        """Whether the answers look like names of classes: short, and each given twice on average."""
        return are_classes(self.labels, self.long_answers)

    @property
    def text_bytes(self) -> int:
        """Bytes of text that become tokens, of all examples."""
        return self.input_total + self.output_total

    @property
    def left_out(self) -> dict[str, int]:
        """By rule, how many findings were counted and not kept."""
        kept = Counter(finding.rule for finding in self.findings)
        return {rule: count - kept[rule] for rule, count in self.counts.items() if count > kept[rule]}

    def diagnostics(self) -> list[Diagnostic]:
        """The findings as messages like every other of ours; the last of each rule counts what is not kept."""
        last = {finding.rule: index for index, finding in enumerate(self.findings)}
        found = [finding.diagnostic(self.name) for finding in self.findings]
        for rule, more in self.left_out.items():
            if rule in last:
                found[last[rule]] = replace(found[last[rule]], more=more)
        return found
