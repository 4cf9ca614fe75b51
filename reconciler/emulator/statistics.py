"""tuningDataStats, computed from the examples in the recorded form, each method's in its own message.

Source: recorded (bucket rule, string and float forms, three examples cut at four hundred characters).
"""

from __future__ import annotations

import statistics
from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.emulator.dataset import Dataset

Json = dict[str, Any]

BUCKETS = 6
SHOWN_EXAMPLES = 3
SHOWN_CHARACTERS = 400


def supervised_stats(data: Dataset, steps: int) -> Json:
    """SupervisedTuningDataStats."""
    inputs = [e.input_tokens for e in data.examples]
    outputs = [e.output_tokens for e in data.examples]
    stats: Json = {
        "tuningDatasetExampleCount": str(len(data.examples)),
        "userInputTokenDistribution": _distribution(inputs),
        "userOutputTokenDistribution": _distribution(outputs),
        "userMessagePerExampleDistribution": _distribution([e.messages for e in data.examples]),
        "userDatasetExamples": [_cut(c) for e in data.examples[:SHOWN_EXAMPLES] for c in e.shown],
        "totalBillableTokenCount": str(sum(inputs) + sum(outputs)),
        "totalTuningCharacterCount": str(sum(e.characters for e in data.examples)),
        "tuningStepCount": str(steps),
    }
    if data.dropped:
        stats["totalTruncatedExampleCount"] = str(len(data.dropped))
        stats["truncatedExampleIndices"] = [str(n) for n, _ in data.dropped]
        stats["droppedExampleReasons"] = [reason for _, reason in data.dropped]
    return _present_counts(stats)


def preference_stats(data: Dataset, steps: int) -> Json:
    """PreferenceOptimizationDataStats: another message, in which sums are numbers and counts strings."""
    inputs = [e.input_tokens for e in data.examples]
    outputs = [e.output_tokens for e in data.examples]
    spread = [statistics.pvariance(e.scores) for e in data.examples]
    stats: Json = {
        "tuningDatasetExampleCount": str(len(data.examples)),
        "tuningStepCount": str(steps),
        "totalBillableTokenCount": str(sum(inputs) + sum(outputs)),
        "userInputTokenDistribution": _other_form(_distribution(inputs)),
        "userOutputTokenDistribution": _other_form(_distribution(outputs)),
        "scoresDistribution": _other_form(_distribution([s for e in data.examples for s in e.scores])),
        "scoreVariancePerExampleDistribution": _other_form(_distribution(spread)),
        "userDatasetExamples": [_cut(c) for e in data.examples[:SHOWN_EXAMPLES] for c in e.shown],
    }
    if data.dropped:
        stats["droppedExampleIndices"] = [str(n) for n, _ in data.dropped]
        stats["droppedExampleReasons"] = [reason for _, reason in data.dropped]
    return stats


def data_stats(method: str, data: Dataset, steps: int) -> Json:
    """The message of a method's statistics. Source: schema."""
    if method == "preference":
        return preference_stats(data, steps)
    if method in {"supervised", "full"}:
        return supervised_stats(data, steps)
    found = dataset_stats(data, steps)
    if method == "distillation":
        shown = [_cut(c) for e in data.examples[:SHOWN_EXAMPLES] for c in e.shown]
        return {"trainingDatasetStats": {**found, "userDatasetExamples": shown}}
    examples = [_cut(c) for e in data.examples[:SHOWN_EXAMPLES] for c in e.shown]
    return {**found, "reinforcementTuningUserDatasetExamples": {"userDatasetExamples": examples}}


def dataset_stats(data: Dataset, steps: int) -> Json:
    """DatasetStats, of prompts without answers: what a teacher or the model says is in none of its numbers."""
    inputs = [e.input_tokens for e in data.examples]
    outputs = [e.output_tokens for e in data.examples]
    characters = str(sum(e.characters for e in data.examples))
    stats: Json = {
        "tuningDatasetExampleCount": str(len(data.examples)),
        "tuningStepCount": str(steps),
        "totalBillableTokenCount": str(sum(inputs) + sum(outputs)),
        "totalTuningCharacterCount": characters,
        "totalBillableCharacterCount": characters,
        "userInputTokenDistribution": _other_form(_distribution(inputs)),
        "userOutputTokenDistribution": _other_form(_distribution(outputs)),
        "userMessagePerExampleDistribution": _other_form(_distribution([e.messages for e in data.examples])),
        "contentsPerExampleDistribution": _other_form(_distribution([e.contents for e in data.examples])),
    }
    if data.dropped:
        stats["droppedExampleIndices"] = [str(n) for n, _ in data.dropped]
        stats["droppedExampleReasons"] = [reason for _, reason in data.dropped]
    return _present_counts(stats)


def _present_counts(stats: Json) -> Json:
    return {k: v for k, v in stats.items() if v != "0"}


def _other_form(found: Json) -> Json:
    buckets = [{**b, "count": str(int(b["count"]))} for b in found["buckets"]]
    return _present({**found, "sum": float(found.get("sum", 0)), "buckets": buckets})


def _present(message: Json) -> Json:
    """A proto3 message as it is answered: scalars without presence are absent when they are zero."""
    return {k: v for k, v in message.items() if isinstance(v, list) or float(v) != 0}


def _distribution(values: Sequence[float]) -> Json:
    ordered = sorted(values)
    found = {
        "sum": str(round(sum(ordered))),
        "min": float(ordered[0]),
        "max": float(ordered[-1]),
        "mean": float(statistics.fmean(ordered)),
        "median": float(_percentile(ordered, 50)),
        "p5": float(_percentile(ordered, 5)),
        "p95": float(_percentile(ordered, 95)),
    }
    return _present({**found, "buckets": [_present(bucket) for bucket in _buckets(ordered)]})


def _percentile(ordered: Sequence[float], percent: int) -> float:
    """Nearest rank: every recorded percentile is a value of the data."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def _buckets(ordered: Sequence[float]) -> list[Json]:
    """Six buckets of whole numbers, empty ones left out; one when all values are equal.

    Six equal parts of [min, max + 1), each beginning at the next whole number: this gives every recorded bucket.
    """
    low, high = ordered[0], ordered[-1]
    if low == high:
        return [{"count": float(len(ordered)), "left": float(low), "right": float(high)}]
    first, span = int(low), int(high) + 1 - int(low)
    lefts = [first - (-n * span // BUCKETS) for n in range(BUCKETS + 1)]
    found = []
    for left, following in pairwise(lefts):
        count = bisect_left(ordered, following) - bisect_left(ordered, left)
        if count:
            found.append({"count": float(count), "left": float(left), "right": float(following - 1)})
    return found


def _cut(value: Any) -> Any:
    """Texts cut at four hundred characters."""
    if isinstance(value, dict):
        return {k: _cut(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_cut(v) for v in value]
    if isinstance(value, str) and len(value) > SHOWN_CHARACTERS:
        return value[: SHOWN_CHARACTERS - 3] + "..."
    return value
