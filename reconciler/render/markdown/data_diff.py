"""What differs between two files of training data, for a pull request: counts and classes, and no example."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.plurals import counted
from reconciler.datasets.tokens import METHOD
from reconciler.render.data_diff import CLASSES_SHOWN, DatasetDiff
from reconciler.render.markdown.text import code, prose, table
from reconciler.render.words import shorten

_NAME_MAX = 40


def render_diff(found: DatasetDiff) -> str:
    """Two tables, three where the answers look like classes."""
    return "\n".join(_lines(found)).rstrip("\n") + "\n"


def _lines(found: DatasetDiff) -> Iterator[str]:
    counts = found.rows.counts
    yield f"### {code(found.old.name)} → {code(found.new.name)}"
    yield ""
    if found.rows.reordered:
        yield f"{counted(counts.unchanged, 'row')}, all of them the same, in another order."
    else:
        heads = ("Added", "Removed", "Relabelled", "Unchanged")
        yield from table(heads, [tuple(f"{count:,}" for count in counts)])
    yield ""
    yield from table(("", "Before", "After", "Difference"), [tuple(map(prose, row)) for row in found.measures])
    yield ""
    yield f"_Tokens: {prose(METHOD)}._"
    if classes := found.classes:
        yield ""
        rows = [
            (
                code(shorten(name, _NAME_MAX)),
                f"{before:,}",
                f"{after:,}",
                f"{after - before:+,}" if after != before else "",
            )
            for name, before, after in classes[:CLASSES_SHOWN]
        ]
        yield from table(("Class", "Before", "After", "Difference"), rows)
        if len(classes) > CLASSES_SHOWN:
            yield ""
            yield f"_Left out: {counted(len(classes) - CLASSES_SHOWN, 'more class', 'more classes')}._"
