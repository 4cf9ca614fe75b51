"""How the answers to one item are judged: from 0 to 1, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reconciler.core.evidence.fields import compare_json, is_readable, read_json
from reconciler.core.evidence.labels import is_label
from reconciler.core.evidence.metrics import contains, is_exact, rouge_l
from reconciler.core.evidence.scores import item_mean
from reconciler.core.gate_spec import Metric, Scorer
from reconciler.core.json_schemas import checker
from reconciler.core.questions import HeldoutItem, ModelAnswer, Score


@dataclass(frozen=True, slots=True)
class Mark:
    """What both models are worth on one item, from 0 to 1; None where that is not known, or nobody is asked."""

    line: int
    new: float | None = None
    old: float | None = None


_OF_TEXTS: Final[Mapping[Metric, Callable[[str, str], float]]] = {
    Metric.EXACT: lambda answer, reference: float(is_exact(answer, reference)),
    Metric.CONTAINS: lambda answer, reference: float(contains(answer, reference)),
    Metric.LABEL: lambda answer, reference: float(is_label(answer, reference)),
    Metric.ROUGE_L: lambda answer, reference: rouge_l(answer, reference).f1,
}


def scored_by(scorer: Scorer) -> Callable[[ModelAnswer, str], Score]:
    """What says how good an answer is beside its reference, by a metric that two texts decide.

    What the model would not or could not say is worth nothing: its own fault. So is what does not follow the schema.
    """
    of_text = _json_score(scorer) if scorer.metric is Metric.JSON else _plain_score(scorer.metric)

    def score(answer: ModelAnswer, reference: str) -> Score:
        return Score(0.0, answer.error) if answer.error else of_text(answer.text, reference)

    return score


def _plain_score(metric: Metric) -> Callable[[str, str], Score]:
    value = _OF_TEXTS[metric]
    return lambda answer, reference: Score(value(answer, reference))


def _json_score(scorer: Scorer) -> Callable[[str, str], Score]:
    complaint = complaint_by(scorer)

    def score(answer: str, reference: str) -> Score:
        why = complaint(answer)
        return Score(0.0, why) if why else Score(float(compare_json(answer, reference).passed))

    return score


def complaint_by(scorer: Scorer) -> Callable[[str], str]:
    """What says of a text why it is not what `metric: json` can compare, or does not follow the schema; or ""."""
    follows = checker(scorer.schema) if scorer.schema is not None else _nothing

    def complaint(text: str) -> str:
        if not is_readable(text):
            return "it is no JSON"
        why = follows(read_json(text))
        return f"it does not follow jsonSchema: {why}" if why else ""

    return complaint


def _nothing(_value: Any) -> str:
    """Everything follows where there is no schema."""
    return ""


def unusable_references(scorer: Scorer, items: Iterable[HeldoutItem]) -> Iterator[tuple[int, str]]:
    """The lines whose reference no answer could be right by, and why: a mistake of the set."""
    if scorer.metric is Metric.JSON:
        complaint = complaint_by(scorer)
        yield from ((item.line, why) for item in items if (why := complaint(item.reference)))


def item_value(metric: Metric, scores: Sequence[Score | None], samples: int) -> float | None:
    """One item is one unit, however often it is asked; None until every sample has its score.

    Of what is right or wrong the majority of the samples decides, and a tie is wrong: shares of samples would be no
    pass or fail any more, for which the exact tests are made. Of scores the mean counts.
    """
    values = [score.value for score in scores if score is not None and score.value is not None]
    if len(values) < samples:
        return None
    return item_mean(values) if metric.is_score else float(2 * sum(values) > len(values))
