"""Training curves as lists that numpy, pandas and matplotlib take as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

from reconciler.core.model import Address
from reconciler.core.plurals import counted
from reconciler.core.training_curves import ReadValue, TrainingCurves
from reconciler.library.errors import unknown_name, wrong_argument
from reconciler.library.results import PLAIN, Result


@dataclass(frozen=True, slots=True, repr=False)
class MetricSeries:
    """One metric of one training, point by point. `last` and `best` are None where there is no such value."""

    name: str
    steps: list[int]
    values: list[float]
    epochs: list[float | None]
    last: ReadValue | None
    best: ReadValue | None

    def to_dict(self) -> dict[str, list[Any]]:
        """A list for each column, as `pandas.DataFrame` takes it."""
        return {"step": list(self.steps), "epoch": list(self.epochs), "value": list(self.values)}

    def __len__(self) -> int:
        return len(self.steps)

    def __repr__(self) -> str:
        last = f", {self.last.value:.4g} at the end" if self.last else ""
        return f"<{self.name}: {counted(len(self), 'point')}{last}>"


@dataclass(frozen=True, slots=True, repr=False)
class TrainingMetrics(Mapping[str, MetricSeries]):
    """The metrics of one attempt at an address, by name: losses first, validation data before training data."""

    _known: TrainingCurves

    @property
    def address(self) -> Address:
        """Whose it is."""
        return self._known.address

    @property
    def attempt(self) -> str:
        """Its number in the lock."""
        return self._known.attempt

    @property
    def role(self) -> str:
        """Candidate, pending, serving, deposed or failed."""
        return self._known.role.value

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._known.is_over

    @property
    def advice(self) -> str:
        """What the curves suggest, in words; nobody applies it."""
        from reconciler.render.advice import advice_words

        return advice_words(self._known.advice) if self._known.advice else ""

    def __getitem__(self, name: str) -> MetricSeries:
        wanted = str(name).lstrip("/")
        if wanted not in self._known.names:
            raise unknown_name(name, self._known.names, what="metric")
        points = self._known.curves.get(wanted, ())
        return MetricSeries(
            wanted,
            [point.step for point in points],
            [point.value for point in points],
            [point.epoch for point in points],
            self._known.last(wanted),
            self._known.best(wanted),
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._known.names)

    def __len__(self) -> int:
        return len(self._known.names)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lstrip("/") in self._known.names

    def __repr__(self) -> str:
        return f"<{self.address} attempt {self.attempt}: {', '.join(self) or 'no metrics yet'}>"

    def _repr_html_(self) -> str:
        from reconciler.render.html.notebook import curves_piece

        return curves_piece([self._known])


@dataclass(frozen=True, slots=True, repr=False)
class Metrics(Result, Sequence[TrainingMetrics]):
    """Trainings with their curves. Of one training alone a metric may be taken by its name: `metrics["train_loss"]`."""

    _found: tuple[TrainingCurves, ...]

    @property
    def names(self) -> list[str]:
        """Of all metrics that any of them has."""
        return list(dict.fromkeys(name for training in self._found for name in training.names))

    def to_json(self) -> str:
        """The document of `tuneform metrics ADDRESS --format json`."""
        from reconciler.render.json_metrics import metrics_to_json

        return metrics_to_json(self._found)

    def to_csv(self) -> str:
        """A row for each point, as `tuneform metrics ADDRESS --format csv` writes it."""
        from reconciler.render.json_metrics import metrics_to_csv

        return metrics_to_csv(self._found)

    def to_dict(self) -> dict[str, list[Any]]:
        """A row for each point, by column, as `pandas.DataFrame` takes it."""
        columns: dict[str, list[Any]] = {n: [] for n in ("address", "attempt", "metric", "step", "epoch", "value")}
        for training in self:
            for name, series in training.items():
                for step, epoch, value in zip(series.steps, series.epochs, series.values, strict=True):
                    row = (str(training.address), training.attempt, name, step, epoch, value)
                    for column, cell in zip(columns.values(), row, strict=True):
                        column.append(cell)
        return columns

    @overload
    def __getitem__(self, index: int) -> TrainingMetrics: ...
    @overload
    def __getitem__(self, index: str) -> MetricSeries: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[TrainingMetrics, ...]: ...
    def __getitem__(self, index: int | str | slice) -> TrainingMetrics | MetricSeries | tuple[TrainingMetrics, ...]:
        if isinstance(index, str):
            return self._only()[index]
        if isinstance(index, slice):
            return tuple(map(TrainingMetrics, self._found[index]))
        return TrainingMetrics(self._found[index])

    def _only(self) -> TrainingMetrics:
        if len(self._found) != 1:
            detail = f"Here are {counted(len(self._found), 'training')}, each with metrics of its own."
            raise wrong_argument(detail, 'Take one first: metrics[0]["…"].')
        return TrainingMetrics(self._found[0])

    def __len__(self) -> int:
        return len(self._found)

    def __str__(self) -> str:
        from reconciler.render.terminal.metrics import render_metrics

        return render_metrics(self._found, PLAIN)

    def _in_short(self) -> str:
        return f"{counted(len(self._found), 'training')}: {', '.join(self.names) or 'no metrics yet'}"

    def _repr_html_(self) -> str:
        from reconciler.render.html.notebook import curves_piece

        return curves_piece(self._found)
