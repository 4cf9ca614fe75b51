"""A document that has to fit where it goes: what does not is left out by whole pieces, and counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.render.markdown.text import size_of


@dataclass(frozen=True, slots=True)
class Room:
    """A place for markdown, and how much of it one document may fill."""

    name: str
    limit: int
    measure: Callable[[str], int] = size_of


def _bytes_of(text: str) -> int:
    return len(text.encode(errors="replace"))


ROOMS: Mapping[str, Room] = {
    "comment": Room("a comment", 65_000),
    "summary": Room("a job summary", 1 << 20, _bytes_of),
    "note": Room("a note", 1_000_000),
}
"""A comment of GitHub, which takes 65,536 characters: the rest is for a line of the pipeline's own. The summary of a
step there, which is counted in bytes. A note of GitLab.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands (job summaries),
https://docs.gitlab.com/administration/instance_limits (size of comments), read 2026-11-30. A longer comment GitHub
answers with 422: "body is too long (maximum is 65536 characters)".
"""
COMMENT = ROOMS["comment"]


class Sheet:
    """Counts what is added, so that it never reaches the limit."""

    def __init__(self, room: Room) -> None:
        self._measure = room.measure
        self._left = room.limit - 1

    def need(self, lines: Sequence[str]) -> None:
        """Set apart room for what must be there."""
        self._left -= self._size(lines)

    def take(self, parts: Iterable[list[str]], share: float = 1.0) -> list[list[str]]:
        """As many whole parts, from the first on, as fit into this share of what is left."""
        room = int(self._left * share)
        taken: list[list[str]] = []
        for part in parts:
            cost = self._size(part)
            if cost > room:
                break
            taken.append(part)
            room -= cost
            self._left -= cost
        return taken

    def _size(self, lines: Sequence[str]) -> int:
        return sum(self._measure(line) + 1 for line in lines)


def joined(parts: Iterable[Sequence[str]]) -> list[str]:
    """The lines of all parts."""
    return [line for part in parts for line in part]
