"""The metrics that the training of a spec has, as far as that is known before it is paid for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.core.copying import FROM
from reconciler.core.dialect import Dialect, TuningMethod
from reconciler.core.dialects import is_open_model
from reconciler.core.likeness import nearest
from reconciler.core.metric_names import EVAL_PREFIX, EVALUATION, evaluated
from reconciler.files.raw import raw_at, raw_text
from reconciler.files.yaml_tree import Document


@dataclass(frozen=True, slots=True)
class KnownMetrics:
    """Those of one spec. An open model may have others than the published ones, and some methods publish none."""

    names: tuple[str, ...]
    has_validation: bool
    is_open: bool
    trainings: str
    method: str
    elsewhere: Mapping[str, str]
    """Metrics of other methods, and the method of each."""
    evaluation: str = ""
    """The field that asks the service for an evaluation; "" where it has none."""
    evaluated: tuple[str, ...] | None = None
    """Names of the metrics that it asks for; None where it is not asked for, and "" is one that the service names."""

    @classmethod
    def of(cls, dialect: Dialect, document: Document) -> KnownMetrics:
        """By the method that the spec has, and by its validation data."""
        spec = raw_at(document.value, "spec")
        method = method_of(dialect, spec)
        parts = (spec, raw_at(spec, "tuneform", "extra"))
        paths = [m.validation_data.split(".") for m in dialect.methods if m.validation_data]
        return cls(
            method.metrics or (),
            # A copy has the curves of what it was made from, and that may have had validation data.
            has_validation=raw_at(spec, FROM) is not None
            or any(raw_at(part, *path) is not None for part in parts for path in paths),
            is_open=method.metrics is None or is_open_model(raw_text(spec, dialect.base_model) or ""),
            trainings=f"Trainings with {method.field}" if dialect.methods[1:] else f"Trainings of {dialect.title}",
            method=method.field,
            elsewhere={name: m.field for m in dialect.methods for name in m.metrics or () if m is not method},
            evaluation=method.evaluation,
            evaluated=_asked_for(spec, method.evaluation),
        )

    def missing(self, name: str, useful: Sequence[str]) -> tuple[str, str] | None:
        """What is wrong with a name that no training of the spec has, and which of the `useful` ones to write."""
        if score := evaluated(name):
            return self._not_evaluated(score)
        near = nearest(name.lower().replace("-", "_"), self.names, cutoff=0.7)
        if name in self.names or (self.is_open and not near):
            return None
        detail = f"{self.trainings} have no metric {name!r}."
        if name in self.elsewhere:
            detail = f"{name} is a metric of {self.elsewhere[name]} alone."
        return detail, f'Did you mean "{near}"?' if near else f"Known here: {', '.join(useful)}."

    def _not_evaluated(self, score: str) -> tuple[str, str] | None:
        """Names are those of the metrics that are asked for, with a statistic behind them where one is."""
        if not self.evaluation:
            return f"{self.trainings} are not evaluated by the service.", "Limit a metric of the training."
        if self.evaluated is None:
            return f"The spec asks for no evaluation, and {EVALUATION}{score} is of one.", f"Add {self.evaluation}."
        named = [name for name in self.evaluated if name]
        if len(named) < len(self.evaluated) or any(score == n or score.startswith(f"{n}_") for n in named):
            return None
        near = nearest(score, named, cutoff=0.7)
        known = ", ".join(f"{EVALUATION}{name}" for name in named)
        return (
            f"The evaluation has no metric {score!r}.",
            f'Did you mean "{EVALUATION}{near}"?' if near else f"Known here: {known}.",
        )

    def lacks_validation(self, name: str) -> bool:
        """Whether it is measured on data that the spec does not have."""
        return name.startswith((EVAL_PREFIX, EVALUATION)) and not self.has_validation


def method_of(dialect: Dialect, spec: Any) -> TuningMethod:
    """The method of a spec as it is written; the usual one where it does not say."""
    return next((m for m in reversed(dialect.methods) if raw_at(spec, m.field) is not None), dialect.methods[0])


def _asked_for(spec: Any, path: str) -> tuple[str, ...] | None:
    """The title of each metric of an evaluation, or the name of a predefined one; as answers are named by."""
    metrics = raw_at(spec, *path.split("."), "metrics") if path else None
    if not isinstance(metrics, list):
        return None
    ways = (("metadata", "title"), ("predefinedMetricSpec", "metricSpecName"))
    return tuple(next((name for way in ways if (name := raw_text(metric, *way))), "") for metric in metrics)
