"""A training's curves: from its experiment through the backing tensorboard to the points.

Source: the chain that Google's own notebooks walk (metadata context, run context, time series, batchRead).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from reconciler.backends import resource_names
from reconciler.backends.base import BackendError
from reconciler.backends.calls import Call
from reconciler.backends.http import Http
from reconciler.backends.quoting import cleaned
from reconciler.backends.targets import Service
from reconciler.backends.vertex_reader import VertexReader, or_none
from reconciler.backends.vertex_types import WireJob
from reconciler.backends.vertex_wire import fields_of, status_of
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.cost import epochs_of
from reconciler.core.curves import Curves, MetricPoint
from reconciler.core.faults import Fault


class _Context(Struct, frozen=True, rename="camel"):
    name: str = ""
    metadata: dict[str, Any] = {}


class _Contexts(Struct, frozen=True, rename="camel"):
    contexts: tuple[_Context, ...] = ()
    next_page_token: str = ""


class _Series(Struct, frozen=True, rename="camel"):
    name: str
    display_name: str = ""
    value_type: str = ""


class _SeriesPage(Struct, frozen=True, rename="camel"):
    tensorboard_time_series: tuple[_Series, ...] = ()
    next_page_token: str = ""


class _Scalar(Struct, frozen=True):
    value: float = 0.0


class _Point(Struct, frozen=True, rename="camel"):
    wall_time: str = ""
    step: int = 0
    scalar: _Scalar | None = None


class _Data(Struct, frozen=True, rename="camel"):
    tensorboard_time_series_id: str = ""
    values: tuple[_Point, ...] = ()


class _Read(Struct, frozen=True, rename="camel"):
    time_series_data: tuple[_Data, ...] = ()


_CONTEXT = msgspec.json.Decoder(_Context, strict=False)
_CONTEXTS = msgspec.json.Decoder(_Contexts, strict=False)
_SERIES = msgspec.json.Decoder(_SeriesPage, strict=False)
_POINTS = msgspec.json.Decoder(_Read, strict=False)


def metrics(http: Http, reader: VertexReader, job: str) -> Curves:
    """By name without the leading slash; none where there are none yet. RUN024 where the experiment was deleted."""
    seen = reader.job(job)
    run = _run_of(http, reader, seen.experiment) if seen.experiment else ""
    if not run:
        # A job that runs may not have made it yet; one that has ended had it.
        if seen.experiment and status_of(seen).is_terminal:
            raise _gone(job, seen.experiment)
        return {}
    try:
        return _curves_of(http, run, steps_an_epoch(seen))
    except BackendError as error:
        if error.fault is Fault.NOT_FOUND:
            raise _gone(job, run) from error
        raise


def steps_an_epoch(job: WireJob) -> float | None:
    """By the job's own counts, or by its checkpoints; None while it has said neither."""
    epochs = epochs_of(fields_of(job))
    steps = job.tuning_data_stats.present.tuning_step_count if job.tuning_data_stats else None
    if steps and epochs:
        return steps / epochs
    made = job.tuned_model.checkpoints if job.tuned_model else ()
    return next((c.step / c.epoch for c in reversed(made) if c.step > 0 and c.epoch > 0), None)


def _curves_of(http: Http, run: str, steps_an_epoch: float | None) -> Curves:
    series = [s for s in _series_of(http, run) if s.value_type in ("", "SCALAR")]
    points = _points_of(http, run, [s.name for s in series], steps_an_epoch)
    return {s.display_name.lstrip("/"): points.get(s.name.rpartition("/")[2], ()) for s in series}


def _gone(job: str, what: str) -> BackendError:
    """Nothing brings it back: another look finds the same."""
    detail = f"{what} is gone: the metrics of {job} were deleted with it."
    return BackendError(Fault.NOT_FOUND, run_diagnostic("RUN024", detail))


def _run_of(http: Http, reader: VertexReader, experiment: str) -> str:
    """`{tensorboard}/experiments/{experiment}/runs/{run}`; "" where there is none."""
    context = or_none(lambda: reader.get("contexts.get", experiment, _CONTEXT))
    if context is None or context.metadata.get("experiment_deleted") is True:
        return ""
    tensorboard = context.metadata.get("backing_tensorboard_resource")
    if not isinstance(tensorboard, str) or not tensorboard:
        return ""
    experiment_id = experiment.rpartition("/")[2]
    query = {"filter": f'schema_title="system.ExperimentRun" AND parent_contexts:"{experiment}"'}
    store = experiment.rpartition("/contexts/")[0]
    for page in http.pages(_call("contexts.list", store, "/contexts", query), _CONTEXTS):
        for run in page.contexts:
            run_id = run.name.rpartition("/")[2].removeprefix(f"{experiment_id}-")
            return f"{tensorboard}/experiments/{experiment_id}/runs/{run_id}"
    return ""


def _series_of(http: Http, run: str) -> list[_Series]:
    call = _call("timeSeries.list", run, "/timeSeries", {"pageSize": "1000"})
    return [s for page in http.pages(call, _SERIES) for s in page.tensorboard_time_series]


def _points_of(
    http: Http, run: str, series: Sequence[str], steps_an_epoch: float | None
) -> dict[str, tuple[MetricPoint, ...]]:
    """By the id of the series. batchRead draws a sample where a series has more than 1000 points."""
    if not series:
        return {}
    tensorboard = run.partition("/experiments/")[0]
    answer = http.read(_call("tensorboards.batchRead", tensorboard, ":batchRead", {"timeSeries": series}), _POINTS)
    return {data.tensorboard_time_series_id: _curve(data, steps_an_epoch) for data in answer.time_series_data}


def _curve(data: _Data, steps_an_epoch: float | None) -> tuple[MetricPoint, ...]:
    return tuple(
        MetricPoint(
            p.step, p.scalar.value, p.step / steps_an_epoch if steps_an_epoch else None, cleaned(p.wall_time, limit=40)
        )
        for p in sorted(data.values, key=lambda point: point.step)
        if p.scalar is not None
    )


def _call(method: str, resource: str, suffix: str, query: Mapping[str, str | Sequence[str]]) -> Call:
    name = resource_names.parsed(resource)
    return Call(
        method,
        Service.VERTEX,
        "GET",
        f"/v1/{name}{suffix}",
        location=name.location,
        project=name.project,
        query=query,
    )
