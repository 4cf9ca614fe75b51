"""From the numbers of examples, as the service names them after a job, to lines of the file and to the examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.datasets.asked import decoded_row
from reconciler.datasets.lines import lines_of
from reconciler.datasets.spelling import in_camel

if TYPE_CHECKING:
    from collections.abc import Collection

    from reconciler.datasets.source import Source


def example_lines(source: Source, numbers: Collection[int]) -> dict[int, int]:
    """Number of an example, from 1 as in `truncatedExampleIndices` → its line, from 1.

    Blank lines are no examples. Numbers beyond the end of the file are left out. Raises UnreadableError
    for what is no regular file.
    """
    wanted = set(numbers)
    found: dict[int, int] = {}
    example = 0
    for line in lines_of(source.read()):
        if len(found) == len(wanted):
            break
        if line.text or not line.is_kept:
            example += 1
            if example in wanted:
                found[example] = line.number
    return found


def rows_at(source: Source, numbers: Collection[int]) -> dict[int, dict[str, Any]]:
    """Number of an example, from 1 → the example, in camelCase. What is no object, and what is not there, is left out.

    Reads no further than the last of them. Raises UnreadableError for what is no regular file.
    """
    wanted = set(numbers)
    found: dict[int, dict[str, Any]] = {}
    example = 0
    for line in lines_of(source.read()):
        if not wanted:
            break
        if line.text or not line.is_kept:
            example += 1
        if example in wanted:
            wanted.discard(example)
            row = decoded_row(line.text) if line.text else None
            if row is not None:
                found[example] = in_camel(row)
    return found
