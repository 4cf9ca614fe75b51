"""What differs between two files of training data: as text and as JSON. Examples appear where they were asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from reconciler.core.dataset_difference import ClassCount, DatasetDifference, DatasetFacts, ExcerptedRow, SideLengths
from reconciler.core.plurals import counted
from reconciler.core.settings import Price
from reconciler.render.data_words import CLASSES_SHOWN, class_row, measures
from reconciler.render.style import Style, Tone
from reconciler.render.words import decimal_string, escape, width_of

FORMAT_VERSION = "1.0"
_ROWS = (
    ("added", ""),
    ("removed", ""),
    ("relabelled", "the same question, another answer"),
    ("unchanged", ""),
)


def render_diff(found: DatasetDifference, style: Style) -> str:
    """For a terminal, at most 80 columns unless a name is longer."""
    return "".join(f"{line.rstrip()}\n" for line in _lines(found, style))


def _lines(found: DatasetDifference, style: Style) -> Iterator[str]:
    yield style.paint(f"{escape(found.old.name)} {style.arrow} {escape(found.new.name)}", Tone.STRONG)
    yield ""
    yield from _row_lines(found)
    yield ""
    yield from _columns(("", "before", "after", ""), measures(found))
    yield f"  ({found.new.method})"
    if found.price is not None:
        yield f"  (cost of {counted(found.epochs, 'epoch')} at {_price(found.price)})"
    if found.classes:
        yield ""
        head = (counted(len(found.classes), "class", "classes"), "before", "after", "")
        yield from _columns(head, map(class_row, found.classes[:CLASSES_SHOWN]))
        if len(found.classes) > CLASSES_SHOWN:
            yield f"  and {len(found.classes) - CLASSES_SHOWN:,} more"
    for old, new in found.excerpts:
        yield ""
        yield from _excerpt(found, old, new, style)


def _row_lines(found: DatasetDifference) -> Iterator[str]:
    if found.reordered:
        yield f"  {counted(found.rows.unchanged, 'row')}, all of them the same, in another order"
        return
    width = max(len(f"{count:,}") for count in found.rows)
    for (name, meaning), count in zip(_ROWS, found.rows, strict=True):
        yield f"  {name:<12}{count:>{width},}" + (f"  {meaning}" if meaning and count else "")


def _columns(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The first column to the left, numbers to the right."""
    table = [heads, *rows]
    widths = [max(width_of(row[at]) for row in table) for at in range(len(heads))]
    for row in table:
        pads = [" " * (width - width_of(cell)) for cell, width in zip(row, widths, strict=True)]
        numbers = (f"{pad}{cell}" for cell, pad in zip(row[1:], pads[1:], strict=True))
        yield "  " + "  ".join([f"{row[0]}{pads[0]}", *numbers])


def _price(price: Price) -> str:
    dated = f", as of {price.as_of}" if price.as_of else ""
    return f"{price.per_million:g} {escape(price.currency)} a million tokens{dated}"


def _excerpt(
    found: DatasetDifference, old: ExcerptedRow | None, new: ExcerptedRow | None, style: Style
) -> Iterator[str]:
    before = f"{escape(found.old.name)}:{old.line}" if old else ""
    after = f"{escape(found.new.name)}:{new.line}" if new else ""
    if old and new:
        yield f"relabelled  {before} {style.arrow} {after}"
        yield f"    {new.question}"
        yield style.paint(f"  - {old.answer}", Tone.REMOVED)
        yield style.paint(f"  + {new.answer}", Tone.ADDED)
    elif new:
        yield f"added  {after}"
        yield from (style.paint(f"  + {text}", Tone.ADDED) for text in (new.question, new.answer) if text)
    elif old:
        yield f"removed  {before}"
        yield from (style.paint(f"  - {text}", Tone.REMOVED) for text in (old.question, old.answer) if text)


def diff_to_json(found: DatasetDifference) -> str:
    """One document, without any text of examples; names of classes where they were asked for."""
    document = {
        "format_version": FORMAT_VERSION,
        "old": _side(found.old),
        "new": _side(found.new),
        "rows": {**found.rows._asdict(), "reordered": found.reordered},
        "class_numbers": dict(zip(("old", "new"), found.class_numbers, strict=True)),
        "classes": list(map(_class, found.classes)),
        "cost": _cost(found),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _class(found: ClassCount) -> dict[str, Any]:
    return {"name": found.name, "old": found.before, "new": found.after}


def _side(facts: DatasetFacts) -> dict[str, Any]:
    low, likely, high = facts.tokens
    return {
        "name": facts.name,
        "format": facts.format,
        "examples": facts.examples,
        "identity": {"sha256": facts.sha256, "crc32c": facts.crc32c, "size": facts.size},
        "tokens": {"low": low, "likely": likely, "high": high, "method": facts.method},
        "input_tokens": _lengths(facts.inputs),
        "output_tokens": _lengths(facts.outputs),
    }


def _lengths(found: SideLengths) -> dict[str, int]:
    return {"median": found.median, "p95": found.p95, "max": found.most}


def _cost(found: DatasetDifference) -> dict[str, Any] | None:
    costs = found.costs
    if found.price is None or costs is None:
        return None
    before, after = ({"low": decimal_string(low), "high": decimal_string(high)} for low, high in costs)
    return {
        "old": before,
        "new": after,
        "currency": found.price.currency,
        "epochs": found.epochs,
        "as_of": found.price.as_of,
    }
