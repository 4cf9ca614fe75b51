"""`spec.tuneform.sweep` and `select`: trainings that differ in a few fields, and which of them is the best."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field

from reconciler.files.schema.base import OneOf, Part
from reconciler.files.schema.gate import GatePart

VALUES_MAX: Final = 32
"""Of one field, and trials of one sweep: each is a training."""

SweptFields: TypeAlias = Annotated[
    dict[str, Annotated[list[Any], Field(min_length=1, max_length=VALUES_MAX)]], Field(min_length=1, max_length=8)
]


class SelectPart(Part):
    """Which trial of a sweep is the best."""

    alternatives = (OneOf(("metric", "gate")),)

    metric: Annotated[str, Field(min_length=1)] | None = None
    """A training metric, such as `eval_total_loss`: the trial whose last value is the best."""
    gate: GatePart | None = None
    """A `heldout` set of the selection's own, and how answers to it are judged: the trial that answers best. Every
    trial answers every item. The set of `tuneform.gate` is not to be used: only the best trial meets that one."""
    rest: Literal["keep", "delete"] = "keep"
    """What becomes of the other trials once the best one serves: `keep` them, or `delete` them in the next plan."""
