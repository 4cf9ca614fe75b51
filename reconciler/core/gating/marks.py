"""How the answers to one item are judged: from 0 to 1, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.core.evidence.fields import compare_json
from reconciler.core.evidence.labels import is_label
from reconciler.core.evidence.metrics import contains, is_exact, rouge_l
from reconciler.core.evidence.scores import item_mean
from reconciler.core.gate_spec import Metric
from reconciler.core.questions import ModelAnswer, Score


@dataclass(frozen=True, slots=True)
class Mark:
    """What both models are worth on one item, from 0 to 1; None where that is not known, or nobody is asked."""

    line: int
    new: float | None = None
    old: float | None = None


def _is_json(answer: str, reference: str) -> float:
    return float(compare_json(answer, reference).passed)


_OF_TEXTS: Final[Mapping[Metric, Callable[[str, str], float]]] = {
    Metric.EXACT: lambda answer, reference: float(is_exact(answer, reference)),
    Metric.CONTAINS: lambda answer, reference: float(contains(answer, reference)),
    Metric.LABEL: lambda answer, reference: float(is_label(answer, reference)),
    Metric.JSON: _is_json,
    Metric.ROUGE_L: lambda answer, reference: rouge_l(answer, reference).f1,
}


def score_of(metric: Metric, answer: ModelAnswer, reference: str) -> Score:
    """Of a metric that two texts decide. What the model would not or could not say is worth nothing: its own fault."""
    if answer.error:
        return Score(0.0, answer.error)
    return Score(_OF_TEXTS[metric](answer.text, reference))


def item_value(metric: Metric, scores: Sequence[Score | None], samples: int) -> float | None:
    """One item is one unit, however often it is asked; None until every sample has its score.

    Of what is right or wrong the majority of the samples decides, and a tie is wrong: shares of samples would be no
    pass or fail any more, for which the exact tests are made. Of scores the mean counts.
    """
    values = [score.value for score in scores if score is not None and score.value is not None]
    if len(values) < samples:
        return None
    return item_mean(values) if metric.is_score else float(2 * sum(values) > len(values))
