"""How a file is to be split, as a user says it."""

from __future__ import annotations

from dataclasses import dataclass

TRAIN, VALIDATION, TEST = range(3)
"""The sides, by number."""
_SPAN = 1 << 64


@dataclass(frozen=True, slots=True)
class Wish:
    """How a file is to be split: shares of 0 to 1 of validation and test, the rest is trained on.

    `by_question` keeps lines together that ask almost the same, whatever they answer. `stratify` keeps the share of
    each class: "auto" of the answers, where they are names of classes; "off"; or the field that has the class.
    """

    validation: float
    test: float = 0.0
    seed: str = ""
    by_question: bool = True
    stratify: str = "auto"

    def __post_init__(self) -> None:
        """Raises ValueError for shares that leave a side empty."""
        if not 0 < self.validation < 1 or not 0 <= self.test < 1 or self.validation + self.test >= 1:
            raise ValueError(
                f"The shares are {self.validation} and {self.test}; each must be between 0 and 1, and so their sum."
            )

    def side_of(self, position: int) -> int:
        """By the position alone, of 64 bits."""
        if position < int(self.validation * _SPAN):
            return VALIDATION
        return TEST if position < int((self.validation + self.test) * _SPAN) else TRAIN
