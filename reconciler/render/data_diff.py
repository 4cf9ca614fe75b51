"""What differs between two files of training data: as text and as JSON. Examples appear where they were asked for."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconciler.core.data_changes import RowCounts
from reconciler.core.plurals import counted
from reconciler.datasets.excerpt import harmless
from reconciler.datasets.patterns import pattern_problems
from reconciler.datasets.tokens import METHOD, estimate, short, tokens_of_bytes
from reconciler.render.style import Style, Tone
from reconciler.render.terminal.layout import closed
from reconciler.render.words import decimal_string, escape, money_range, width_of

if TYPE_CHECKING:
    from reconciler.core.settings import Price
    from reconciler.datasets.checked import Checked, Distribution
    from reconciler.datasets.differing import RowDifference
    from reconciler.datasets.excerpted import ExcerptedRow

FORMAT_VERSION = "1.0"
CLASSES_SHOWN = 12
_LABEL_MAX = 24
HIDDEN = "(not shown)"
_ROWS = (
    ("added", ""),
    ("removed", ""),
    ("relabelled", "the same question, another answer"),
    ("unchanged", ""),
)


@dataclass(frozen=True, slots=True)
class ShownRows:
    """Rows of both files by their numbers, as far as somebody asked to see them."""

    old: Mapping[int, ExcerptedRow] = field(default_factory=dict)
    new: Mapping[int, ExcerptedRow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DatasetDiff:
    """Two files, each as it was checked, and what became of the rows. Costs are of `epochs` at one price."""

    old: Checked
    new: Checked
    rows: RowDifference
    price: Price | None = None
    epochs: int = 1
    shown: ShownRows = ShownRows()

    @property
    def classes(self) -> list[tuple[str, int, int]]:
        """(class, examples before, after), the most frequent first; nothing where neither file looks like classes."""
        if not (self.old.has_classes or self.new.has_classes):
            return []
        before, after = _harmless(self.old.labels), _harmless(self.new.labels)
        found = [(name, before[name], after[name]) for name in {**before, **after}]
        return sorted(found, key=lambda row: (-max(row[1:]), row[0]))

    @property
    def measures(self) -> list[tuple[str, str, str, str]]:
        """(what, before, after, difference)."""
        old, new = self.old, self.new
        counts = [("examples", old.examples, new.examples), ("bytes", old.identity.size, new.identity.size)]
        rows = [(name, f"{a:,}", f"{b:,}", signed(b - a)) for name, a, b in counts]
        sizes = [("tokens", estimate(old).likely, estimate(new).likely), *self._lengths()]
        rows += [(name, short(a), short(b), signed(b - a)) for name, a, b in sizes]
        if self.price is not None:
            a, b = self.costs
            rows.append(("cost", money_range(*a, self.price.currency), money_range(*b, self.price.currency), ""))
        return rows

    @property
    def costs(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """(lowest, highest) before and after; only with a price."""
        assert self.price is not None
        factor = self.epochs * self.price.per_million / 1e6
        found = (estimate(side) for side in (self.old, self.new))
        before, after = ((round(e.low * factor, 6), round(e.high * factor, 6)) for e in found)
        return before, after

    def _lengths(self) -> Iterator[tuple[str, int, int]]:
        """Of one example, in tokens."""
        for side, before, after in (
            ("input", self.old.input_bytes, self.new.input_bytes),
            ("output", self.old.output_bytes, self.new.output_bytes),
        ):
            for name, share in (("median", 0.5), ("95 %", 0.95), ("most", 1.0)):
                yield f"{side}, {name}", _tokens_at(before, share), _tokens_at(after, share)


def _harmless(labels: Mapping[str, int] | None) -> Counter[str]:
    """What looks like a secret is the answer of an example, and no name that anybody gave a class."""
    found: Counter[str] = Counter()
    for name, count in (labels or {}).items():
        found[HIDDEN if any(True for _ in pattern_problems({"": name})) else name] += count
    return found


def _tokens_at(sizes: Distribution, share: float) -> int:
    return tokens_of_bytes(sizes.percentile(share))


def signed(difference: int) -> str:
    """`+60`; nothing for no difference."""
    return f"{difference:+,}" if difference else ""


def render_diff(found: DatasetDiff, style: Style) -> str:
    """For a terminal, at most 80 columns unless a name is longer."""
    return closed(_lines(found, style))


def _lines(found: DatasetDiff, style: Style) -> Iterator[str]:
    yield style.paint(f"{_plain(found.old.name)} {style.arrow} {_plain(found.new.name)}", Tone.STRONG)
    yield ""
    yield from _row_lines(found.rows)
    yield ""
    yield from _columns(("", "before", "after", ""), found.measures)
    yield f"  ({METHOD})"
    if found.price is not None:
        yield f"  (cost of {counted(found.epochs, 'epoch')} at {_price(found.price)})"
    if classes := found.classes:
        yield ""
        head = (counted(len(classes), "class", "classes"), "before", "after", "")
        yield from _columns(head, [_class_row(row) for row in classes[:CLASSES_SHOWN]])
        if len(classes) > CLASSES_SHOWN:
            yield f"  and {len(classes) - CLASSES_SHOWN:,} more"
    yield from _examples(found, style)


def _row_lines(rows: RowDifference) -> Iterator[str]:
    if rows.reordered:
        yield f"  {counted(rows.counts.unchanged, 'row')}, all of them the same, in another order"
        return
    width = max(len(f"{count:,}") for count in rows.counts)
    for (name, meaning), count in zip(_ROWS, rows.counts, strict=True):
        yield f"  {name:<12}{count:>{width},}" + (f"  {meaning}" if meaning and count else "")


def _columns(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The first column to the left, numbers to the right."""
    table = [heads, *rows]
    widths = [max(width_of(row[at]) for row in table) for at in range(len(heads))]
    for row in table:
        first = row[0] + " " * (widths[0] - width_of(row[0]))
        yield "  " + "  ".join(
            [first, *(" " * (w - width_of(c)) + c for c, w in zip(row[1:], widths[1:], strict=True))]
        )


def _class_row(row: tuple[str, int, int]) -> tuple[str, str, str, str]:
    name, before, after = row
    plain = _plain(name)
    return (
        plain if len(plain) <= _LABEL_MAX else f"{plain[: _LABEL_MAX - 1]}…",
        f"{before:,}",
        f"{after:,}",
        signed(after - before),
    )


def _price(price: Price) -> str:
    dated = f", as of {price.as_of}" if price.as_of else ""
    return f"{price.per_million:g} {escape(price.currency)} a million tokens{dated}"


def _examples(found: DatasetDiff, style: Style) -> Iterator[str]:
    first, shown = found.rows.first, found.shown
    for number in first.added if shown.new else ():
        yield from _example("added", "", f"{_place(found.new, shown.new[number].line)}", shown.new[number], style)
    for number in first.removed if shown.old else ():
        yield from _example("removed", f"{_place(found.old, shown.old[number].line)}", "", shown.old[number], style)
    for before, after in first.relabelled if shown.old and shown.new else ():
        old, new = shown.old[before], shown.new[after]
        yield ""
        yield f"relabelled  {_place(found.old, old.line)} {style.arrow} {_place(found.new, new.line)}"
        yield f"    {new.question}"
        yield style.paint(f"  - {old.answer}", Tone.REMOVED)
        yield style.paint(f"  + {new.answer}", Tone.ADDED)


def _example(word: str, old: str, new: str, row: ExcerptedRow, style: Style) -> Iterator[str]:
    sign, tone = ("+", Tone.ADDED) if word == "added" else ("-", Tone.REMOVED)
    yield ""
    yield f"{word}  {old or new}"
    yield style.paint(f"  {sign} {row.question}", tone)
    if row.answer:
        yield style.paint(f"  {sign} {row.answer}", tone)


def _place(checked: Checked, line: int) -> str:
    return f"{_plain(checked.name)}:{line}"


def _plain(words: str) -> str:
    return "".join(harmless(character) for character in words)


def diff_to_json(found: DatasetDiff) -> str:
    """One document, without any text of examples but the names of classes."""
    document = {
        "format_version": FORMAT_VERSION,
        "old": _side(found.old),
        "new": _side(found.new),
        "rows": {**_counts(found.rows.counts), "reordered": found.rows.reordered},
        "classes": [{"name": name, "old": before, "new": after} for name, before, after in found.classes],
        "cost": _cost(found),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _counts(counts: RowCounts) -> dict[str, int]:
    return dict(counts._asdict())


def _side(checked: Checked) -> dict[str, Any]:
    tokens = estimate(checked)
    return {
        "name": checked.name,
        "format": checked.format.value,
        "examples": checked.examples,
        "identity": {
            "sha256": checked.identity.sha256,
            "crc32c": checked.identity.crc32c,
            "size": checked.identity.size,
        },
        "tokens": {"low": tokens.low, "likely": tokens.likely, "high": tokens.high, "method": tokens.method},
        "input_tokens": _distribution(checked.input_bytes),
        "output_tokens": _distribution(checked.output_bytes),
    }


def _distribution(sizes: Distribution) -> dict[str, int]:
    return {name: _tokens_at(sizes, share) for name, share in (("median", 0.5), ("p95", 0.95), ("max", 1.0))}


def _cost(found: DatasetDiff) -> dict[str, Any] | None:
    if found.price is None:
        return None
    before, after = found.costs
    return {
        "old": {"low": decimal_string(before[0]), "high": decimal_string(before[1])},
        "new": {"low": decimal_string(after[0]), "high": decimal_string(after[1])},
        "currency": found.price.currency,
        "epochs": found.epochs,
        "as_of": found.price.as_of,
    }
