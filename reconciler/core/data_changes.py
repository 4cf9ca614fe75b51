"""What an edit of training data is, in numbers: for those who review it and may not see the examples."""

from __future__ import annotations

from typing import NamedTuple


class RowCounts(NamedTuple):
    """How the rows of two files relate. A row that stands there several times counts as often.

    Relabelled are rows with a question that the old file had, and another answer: each takes one old row with it.
    """

    added: int = 0
    removed: int = 0
    relabelled: int = 0
    unchanged: int = 0

    @property
    def differs(self) -> bool:
        """Whether the files hold other rows at all; their order may differ still."""
        return bool(self.added or self.removed or self.relabelled)
