"""From the numbers of examples that the service names after a job to the lines of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.datasets.lines import lines_of

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
