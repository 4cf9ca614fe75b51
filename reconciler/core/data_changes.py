"""What an edit of training data is, in numbers: for those who review it and may not see the examples."""

from __future__ import annotations

from dataclasses import dataclass
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


class BeforeAfter(NamedTuple):
    """A number of the data that was submitted, and of the data that is declared; None where nobody knows."""

    before: int | None = None
    after: int | None = None


NOBODY_KNOWS = BeforeAfter()


@dataclass(frozen=True, slots=True)
class DataChange:
    """A dataset that is another one than what was submitted. `was` is what the spec named then, "" for the same.

    `tokens` are those of one epoch, where it is learnt from: as the service billed them before, else estimated. Without
    `rows` nobody compared them, and `why` says why.
    """

    field: str
    uri: str
    was: str = ""
    examples: BeforeAfter = NOBODY_KNOWS
    tokens: BeforeAfter = NOBODY_KNOWS
    rows: RowCounts | None = None
    why: str = ""
