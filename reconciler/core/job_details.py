"""What a service tells of one training beyond what decides anything: times, places, statistics of its data.

Source of the names: TuningJob and TuningDataStats of the discovery documents aiplatform v1 and v1beta1, revision
20261106. Plans, gates and locks need none of it; it is asked for by who wants to see it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.core.model import Evaluation

INPUT, OUTPUT = "input tokens", "output tokens"
"""Of an example."""
MESSAGES, CONTENTS, SCORES, VARIANCE = "messages", "contents", "scores", "score variance"
"""Of an example; scores are those of preference data."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many values lie from `left` to `right`."""

    left: float
    right: float
    count: int


@dataclass(frozen=True, slots=True)
class Spread:
    """How one figure is spread over the examples; None where it was left out. `billable` is of its sum."""

    least: float | None = None
    most: float | None = None
    mean: float | None = None
    median: float | None = None
    p5: float | None = None
    p95: float | None = None
    total: float | None = None
    billable: int | None = None
    buckets: tuple[Bucket, ...] = ()


@dataclass(frozen=True, slots=True)
class DataStatistics:
    """What is known of the data that a training read, counted by the service or by us.

    `left_out` are examples that were not trained on. `tokens` and `characters` are billable; of one epoch.
    """

    examples: int | None = None
    steps: int | None = None
    tokens: int | None = None
    characters: int | None = None
    tuning_characters: int | None = None
    left_out: int | None = None
    spreads: Mapping[str, Spread] = field(default_factory=dict)
    """By INPUT, OUTPUT and their like, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class JobDetails:
    """One training as the service tells of it. Times are RFC 3339; "" for what it does not say."""

    resource_name: str
    state: str = ""
    display_name: str = ""
    description: str = ""
    created: str = ""
    started: str = ""
    updated: str = ""
    ended: str = ""
    experiment: str = ""
    pipeline: str = ""
    metrics_uri: str = ""
    """Where it writes its metrics in Cloud Storage."""
    output_uri: str = ""
    """Where it writes its weights, where it makes no Model."""
    statistics: DataStatistics | None = None
    evaluations: tuple[Evaluation, ...] = ()


@dataclass(frozen=True, slots=True)
class AttemptDetails:
    """The details of one attempt at an address, and what we count of the same bytes, where they are at hand.

    `missing` says why there are none.
    """

    attempt: str
    details: JobDetails | None = None
    ours: DataStatistics | None = None
    missing: str = ""


@dataclass(frozen=True, slots=True)
class FigureBeside:
    """One figure of the data, as the service has it and as we do; None where one of the two says nothing."""

    name: str
    theirs: float | None
    ours: float | None


def side_by_side(theirs: DataStatistics, ours: DataStatistics | None) -> Iterator[FigureBeside]:
    """Every figure that the service tells, with ours of the same bytes."""
    mine = ours or DataStatistics()
    pairs = (
        ("examples", theirs.examples, mine.examples),
        ("left out", theirs.left_out, mine.left_out),
        ("steps", theirs.steps, mine.steps),
        ("billable tokens", theirs.tokens, mine.tokens),
        ("billable characters", theirs.characters, mine.characters),
        ("tuning characters", theirs.tuning_characters, mine.tuning_characters),
    )
    for name, known, counted in pairs:
        if known is not None:
            yield FigureBeside(name, known, counted)
    for name, spread in theirs.spreads.items():
        yield from _spread(name, spread, mine.spreads.get(name, Spread()))


def _spread(name: str, theirs: Spread, ours: Spread) -> Iterator[FigureBeside]:
    for word, known, counted in (
        ("mean", theirs.mean, ours.mean),
        ("median", theirs.median, ours.median),
        ("95 % up to", theirs.p95, ours.p95),
        ("most", theirs.most, ours.most),
    ):
        if known is not None:
            yield FigureBeside(f"{name}, {word}", known, counted)
