"""`spec.tuneform.sweep` and `select`: trainings that differ in a few fields, and which of them is the best."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field

from reconciler.files.schema.base import OneOf, Part
from reconciler.files.schema.gate import Amount, Samples, Seconds, SettingsPart, Words
from reconciler.files.schema.gate_values import SchemaOrPath

VALUES_MAX: Final = 32
"""Of one field, and trials of one sweep: each is a training."""

SweptFields: TypeAlias = Annotated[
    dict[str, Annotated[list[Any], Field(min_length=1, max_length=VALUES_MAX)]], Field(min_length=1, max_length=8)
]


class SelectGatePart(Part):
    """Answers by which the best trial is selected. Every trial answers every item."""

    heldout: Words
    """Items of the selection's own: a file beside the spec, or `gs://…`. The set of `tuneform.gate` is none: only the
    best trial meets that one."""
    metric: Literal["exact", "contains", "json", "label", "rouge-l", "command", "judge"] = "exact"
    """How an answer is judged, as in a gate."""
    json_schema: Annotated[Any, SchemaOrPath()] | None = None
    """With `metric: json`: a JSON Schema that answers must follow, or the path of a file that holds it."""
    command: Annotated[list[Words], Field(min_length=1)] | None = None
    """With `metric: command`: a program and its arguments."""
    timeout: Seconds | None = None
    """With `metric: command`: how long the program may take for one item; unset: 60s."""
    judge: Words | None = None
    """With `metric: judge`: the base model that judges."""
    rubric: Words | None = None
    """With `metric: judge`: what it is to look at."""
    samples: Samples = 1
    """Answers an item; more where the model cannot be made deterministic."""
    settings: SettingsPart | None = None
    """Settings of the questions, sent as the API has them."""
    max_cost: Amount | None = None
    """What judging one trial may cost, such as `3 USD`. Needs `prices`."""


class SelectPart(Part):
    """Which trial of a sweep is the best."""

    alternatives = (OneOf(("metric", "gate")),)

    metric: Annotated[str, Field(min_length=1)] | None = None
    """A training metric, such as `eval_total_loss`: the trial whose last value is the best."""
    gate: SelectGatePart | None = None
    """A set of held-out items, and how answers to it are judged: the trial that answers best."""
    rest: Literal["keep", "delete"] = "keep"
    """What becomes of the other trials once the best one serves: `keep` them, or `delete` them in the next plan."""
