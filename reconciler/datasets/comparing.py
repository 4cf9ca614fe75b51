"""Two files of training data compared: each checked for what it holds, then row by row."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from reconciler.core.dataset_difference import ClassCount, DatasetDifference, DatasetFacts, SideLengths
from reconciler.datasets.differing import difference
from reconciler.datasets.excerpted import excerpted
from reconciler.datasets.patterns import pattern_problems
from reconciler.datasets.tokens import estimate, tokens_of_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.core.dataset_difference import ExcerptedRow
    from reconciler.core.settings import Price
    from reconciler.datasets.checked import Checked, Distribution
    from reconciler.datasets.differing import RowPairs
    from reconciler.datasets.source import Source

_NOT_SHOWN = "(not shown)"


def side_by_side(
    files: tuple[Source, Source],
    checked: tuple[Checked, Checked],
    price: Price | None = None,
    epochs: int = 1,
    keep: int = 0,
) -> DatasetDifference:
    """What differs between two files, each as it was checked; `keep` rows of each kind are shown.

    Reads either file at least once more. Raises UnreadableError.
    """
    old, new = files
    before, after = checked
    classes = tuple(_classes(before, after))
    found = difference(old, new, rows=max(before.lines, after.lines), keep=keep)
    return DatasetDifference(
        _facts(before),
        _facts(after),
        found.counts,
        found.reordered,
        classes,
        (sum(c.before > 0 for c in classes), sum(c.after > 0 for c in classes)),
        price,
        epochs,
        tuple(_excerpts(old, new, found.first)),
    )


def _facts(checked: Checked) -> DatasetFacts:
    tokens, bytes_of = estimate(checked), checked.identity
    return DatasetFacts(
        checked.name,
        checked.format.value,
        checked.examples,
        bytes_of.size,
        bytes_of.sha256,
        bytes_of.crc32c,
        (tokens.low, tokens.likely, tokens.high),
        tokens.method,
        _lengths(checked.input_bytes),
        _lengths(checked.output_bytes),
    )


def _lengths(sizes: Distribution) -> SideLengths:
    return SideLengths(*(tokens_of_bytes(sizes.percentile(share)) for share in (0.5, 0.95, 1.0)))


def _classes(old: Checked, new: Checked) -> list[ClassCount]:
    """The most frequent first; nothing where neither file looks like classes."""
    if not (old.has_classes or new.has_classes):
        return []
    before, after = _harmless(old.labels), _harmless(new.labels)
    found = [ClassCount(name, before[name], after[name]) for name in {**before, **after}]
    return sorted(found, key=lambda count: (-max(count.before, count.after), count.name))


def _harmless(labels: Mapping[str, int] | None) -> Counter[str]:
    """What looks like a secret is the answer of an example, and no name that anybody gave a class."""
    found: Counter[str] = Counter()
    for name, count in (labels or {}).items():
        found[_NOT_SHOWN if any(True for _ in pattern_problems({"": name})) else name] += count
    return found


def _excerpts(old: Source, new: Source, first: RowPairs) -> Iterator[tuple[ExcerptedRow | None, ExcerptedRow | None]]:
    before = excerpted(old, [*first.removed, *(number for number, _ in first.relabelled)])
    after = excerpted(new, [*first.added, *(number for _, number in first.relabelled)])
    yield from ((None, after[number]) for number in first.added)
    yield from ((before[number], None) for number in first.removed)
    yield from ((before[was], after[now]) for was, now in first.relabelled)
