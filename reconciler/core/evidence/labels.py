"""Answers that are one of a few labels: accuracy, and precision, recall and F1 of each class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.core.evidence.metrics import normalised


@dataclass(frozen=True, slots=True)
class ClassScore:
    """One class. `items`: how many of the references are of it; `answered`: how many answers; `right`: both."""

    items: int = 0
    answered: int = 0
    right: int = 0

    @property
    def precision(self) -> float:
        """The share of the answers that are right; 0 where there are none."""
        return self.right / self.answered if self.answered else 0.0

    @property
    def recall(self) -> float:
        """The share of the items that were found."""
        return self.right / self.items if self.items else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of the two, in the form that is never divided by zero here: every class has items."""
        return 2 * self.right / (self.items + self.answered)


@dataclass(frozen=True, slots=True)
class LabelScore:
    """All of them. Classes are the labels of the references: an answer that is none of them is wrong, and no class."""

    classes: Mapping[str, ClassScore]

    @property
    def accuracy(self) -> float:
        """The share of items whose label is right; 0 of none."""
        items = sum(c.items for c in self.classes.values())
        return sum(c.right for c in self.classes.values()) / items if items else 0.0

    @property
    def macro_f1(self) -> float:
        """The mean of the classes' F1, each with the same weight however rare (as scikit-learn's average="macro")."""
        return sum(c.f1 for c in self.classes.values()) / len(self.classes) if self.classes else 0.0


def as_label(text: str) -> str:
    """`normalised`, and without regard to case (Unicode case folding)."""
    return normalised(text).casefold()


def is_label(answer: str, reference: str) -> bool:
    """Whether the answer is the label and nothing else."""
    return as_label(answer) == as_label(reference)


def score_labels(answers: Iterable[tuple[str, str]]) -> LabelScore:
    """Of answers, each with its reference."""
    pairs = [(as_label(answer), as_label(reference)) for answer, reference in answers]
    classes = {label: ClassScore() for label in sorted({reference for _, reference in pairs})}
    for answer, reference in pairs:
        of = classes[reference]
        classes[reference] = ClassScore(of.items + 1, of.answered, of.right + (answer == reference))
        if answer in classes:
            of = classes[answer]
            classes[answer] = ClassScore(of.items, of.answered + 1, of.right)
    return LabelScore(classes)
