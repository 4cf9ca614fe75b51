"""What differs between two files of training data, for a pull request: counts and classes, and no example."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.dataset_difference import DatasetDifference
from reconciler.core.plurals import counted
from reconciler.render.data_words import CLASSES_SHOWN, class_row, measures
from reconciler.render.markdown.text import code, prose, table


def render_diff(found: DatasetDifference) -> str:
    """Two tables, three where the answers look like classes."""
    return "\n".join(_lines(found)).rstrip("\n") + "\n"


def _lines(found: DatasetDifference) -> Iterator[str]:
    yield f"### {code(found.old.name)} → {code(found.new.name)}"
    yield ""
    if found.reordered:
        yield f"{counted(found.rows.unchanged, 'row')}, all of them the same, in another order."
    else:
        heads = ("Added", "Removed", "Relabelled", "Unchanged")
        yield from table(heads, [tuple(f"{count:,}" for count in found.rows)])
    yield ""
    yield from table(("", "Before", "After", "Difference"), [tuple(map(prose, row)) for row in measures(found)])
    yield ""
    yield f"_Tokens: {prose(found.new.method)}._"
    if found.classes:
        yield ""
        rows = (class_row(count) for count in found.classes[:CLASSES_SHOWN])
        yield from table(("Class", "Before", "After", "Difference"), [(code(name), *rest) for name, *rest in rows])
        if more := len(found.classes) - CLASSES_SHOWN:
            yield ""
            yield f"_Left out: {counted(more, 'more class', 'more classes')}._" if more > 0 else ""
