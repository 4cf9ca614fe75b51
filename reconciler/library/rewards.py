"""What answers are rewarded with, for a program that writes a reward."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, overload

from reconciler.core.model import Address, RewardSample
from reconciler.core.plurals import counted
from reconciler.core.rewards import RewardedAnswer
from reconciler.files.reward_answers import answer_of, refuse_too_many
from reconciler.library.errors import wrong_argument
from reconciler.library.results import PLAIN, Result
from reconciler.render.values import Banner
from reconciler.workflow.rewards import PlacedSample

Answers: TypeAlias = str | Mapping[str, Any] | Iterable[str | Mapping[str, Any]]
"""One or several; a mapping has `answer` and, as rewardSamples of a spec, `example`, `least` and `most`."""


@dataclass(frozen=True, slots=True, repr=False)
class TriedRewards(Result, Sequence[RewardedAnswer]):
    """What answers are rewarded with, in the order in which they were given."""

    address: Address
    answers: tuple[RewardedAnswer, ...]
    _banner: Banner

    @property
    def ok(self) -> bool:
        """Whether all were rewarded, and within their bounds."""
        return all(rewarded.is_as_expected for rewarded in self.answers)

    def to_json(self) -> str:
        """The document of `tuneform reward ADDRESS --format json`."""
        from reconciler.render.json_rewards import rewards_to_json

        return rewards_to_json(self.address, self.answers, self._banner)

    def to_dict(self) -> dict[str, list[Any]]:
        """A list for each column, as `pandas.DataFrame` takes it."""
        return {
            "answer": [rewarded.sample.answer for rewarded in self.answers],
            "example": [rewarded.sample.example for rewarded in self.answers],
            "reward": [rewarded.reward for rewarded in self.answers],
            "as_expected": [rewarded.is_as_expected for rewarded in self.answers],
        }

    @overload
    def __getitem__(self, index: int) -> RewardedAnswer: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[RewardedAnswer, ...]: ...
    def __getitem__(self, index: int | slice) -> RewardedAnswer | tuple[RewardedAnswer, ...]:
        return self.answers[index]

    def __len__(self) -> int:
        return len(self.answers)

    def __str__(self) -> str:
        from reconciler.render.terminal.rewards import render_rewards

        return render_rewards(self.address, self.answers, self._banner, PLAIN)

    def _in_short(self) -> str:
        return f"{self.address}, {counted(len(self.answers), 'answer')}"

    def _repr_html_(self) -> str:
        from reconciler.render.html.notebook import text_piece

        return text_piece(f"{self}")


def answers_of(given: Answers, example: int) -> list[PlacedSample]:
    """Raises CallError (RUN028) for what is none."""
    if not isinstance(given, Iterable):
        raise wrong_argument(f"answers is {given!r}.", "Give a text, or several.")
    found = [_answer_of(each, example) for each in ([given] if isinstance(given, str | Mapping) else given)]
    refuse_too_many(len(found))
    return [PlacedSample(sample) for sample in found]


def _answer_of(given: object, example: int) -> RewardSample:
    try:
        return answer_of(given, example)
    except ValueError as exc:
        fix = 'Give a text, or {"answer": "It is 4.", "example": 2, "least": 1}.'
        raise wrong_argument(f"An answer is {str(given)[:40]!r}. {exc}", fix) from exc
