"""Two files of training data side by side, as values: what `dataset diff` shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from reconciler.core.data_changes import RowCounts
from reconciler.core.settings import Price

_MILLION = 1_000_000


class SideLengths(NamedTuple):
    """Tokens of one side of an example, about."""

    median: int
    p95: int
    most: int


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """One file. `tokens` are low, likely and high of one epoch, by `method`."""

    name: str
    format: str
    examples: int
    size: int
    sha256: str
    crc32c: str
    tokens: tuple[int, int, int]
    method: str
    inputs: SideLengths
    outputs: SideLengths


class ClassCount(NamedTuple):
    """How often an answer is given, where answers look like classes."""

    name: str
    before: int
    after: int


class ExcerptedRow(NamedTuple):
    """A row as a person reads it: short, harmless, without what looks like a secret. `answer` "": it has none."""

    line: int
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class DatasetDifference:
    """Two files and what became of the rows. The excerpts are those that somebody asked for, as (old, new)."""

    old: DatasetFacts
    new: DatasetFacts
    rows: RowCounts
    reordered: bool = False
    classes: tuple[ClassCount, ...] = ()
    class_numbers: tuple[int, int] = (0, 0)
    """Before and after. `classes` is empty where their names, which are answers, are not to be shown."""
    price: Price | None = None
    epochs: int = 1
    excerpts: tuple[tuple[ExcerptedRow | None, ExcerptedRow | None], ...] = ()

    @property
    def costs(self) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """(lowest, highest) before and after; None without a price."""
        if self.price is None:
            return None
        factor = self.epochs * self.price.per_million / _MILLION
        before, after = (
            (round(low * factor, 6), round(high * factor, 6)) for low, _, high in (self.old.tokens, self.new.tokens)
        )
        return before, after
