"""Tensorboards: the metrics of a tuning job, step by step, live while it trains.

Nothing of it is stored: a run belongs to a job, and its points are computed from the job's recipe when they are read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.emulator import filters, vertex_operations
from reconciler.emulator.call import MethodCall, Reply, Simulation, with_number
from reconciler.emulator.clock import timestamp
from reconciler.emulator.errors import field_errors, invalid, not_found
from reconciler.emulator.metric_points import metrics_of, points_of, steps_of, wall_time
from reconciler.emulator.paging import listed, make_token, page_size, read_token
from reconciler.emulator.vertex_metadata import KIND as CONTEXT_KIND
from reconciler.emulator.vertex_metadata import tensorboard_id

if TYPE_CHECKING:
    from reconciler.emulator.call import Handler
    from reconciler.emulator.store import Resource

Json = dict[str, Any]

BATCH_POINTS, READ_POINTS, MOST_POINTS = 1_000, 1_000, 10_000
DEFAULT_PAGE, LARGEST_PAGE = 50, 1_000


def _tensorboard(call: MethodCall) -> str:
    name = f"{call.location}/tensorboards/{call.params['tensorboard']}"
    if call.params["tensorboard"] != tensorboard_id(call.sim, call.location):
        if not call.params["tensorboard"].isdigit():
            raise field_errors([("name", "Invalid Tensorboard resource name.")])
        raise not_found(f"Tensorboard {name} is not found.")
    return name


def _describe(call: MethodCall, name: str) -> Json:
    born = timestamp(0.0)
    count = len(_experiments(call))
    return {
        "name": name,
        "displayName": "Default Tensorboard",
        **({"runCount": count} if count else {}),
        "createTime": born,
        "updateTime": born,
        "etag": call.sim.digest("tensorboard", name).hex()[:16],
        "isDefault": True,
    }


def get(call: MethodCall) -> Reply:
    """The location's tensorboard."""
    return _describe(call, _tensorboard(call))


def list_tensorboards(call: MethodCall) -> Reply:
    """The location's one tensorboard."""
    keep = filters.parse(call.argument("filter"), id_field="tensorboard")
    doc = _describe(call, f"{call.location}/tensorboards/{tensorboard_id(call.sim, call.location)}")
    return {"tensorboards": [doc]} if keep(doc) else {}


def _experiments(call: MethodCall) -> list[Resource]:
    """The experiment contexts of the location, newest first."""
    store = f"{call.location}/metadataStores/default"
    found = call.store.page(CONTEXT_KIND, store, after=None, limit=20_000, until=call.until)
    return [row for row in found if row.name.endswith(f"/{row.data['experiment']}")]


def _experiment(call: MethodCall) -> Resource:
    tensorboard, wanted = _tensorboard(call), call.params["experiment"]
    row = call.store.get(f"{call.location}/metadataStores/default/contexts/{wanted}")
    if row is None or row.data.get("experiment") != wanted:
        raise not_found(f"TensorboardExperiment {tensorboard}/experiments/{wanted} is not found.")
    return row


def _experiment_doc(row: Resource) -> Json:
    doc = row.doc
    return {
        "name": f"{row.data['tensorboard']}/experiments/{row.data['experiment']}",
        "displayName": row.data["experiment"],
        "createTime": doc["createTime"],
        "updateTime": doc["updateTime"],
        "etag": doc["etag"],
        "labels": {"vertex_tensorboard_experiment_source": "vertex_experiment"},
    }


def get_experiment(call: MethodCall) -> Reply:
    """The experiment of one job."""
    return _experiment_doc(_experiment(call))


def delete_experiment(call: MethodCall) -> Reply:
    """Delete an experiment; its metadata context goes with it (assumed)."""
    call.store.delete(_experiment(call).name)
    return vertex_operations.finished(call, call.location, "DeleteOperationMetadata")


def _page(call: MethodCall, key: str, docs: list[Json]) -> Json:
    keep = filters.parse(call.argument("filter"), id_field="name")
    kept = filters.ordered(
        [d for d in docs if keep(d)], call.argument("orderBy"), ("displayName", "createTime", "updateTime")
    )
    size, start = page_size(call, DEFAULT_PAGE, LARGEST_PAGE), read_token(call) or 0
    token = make_token(call, start + size) if len(kept) > start + size else ""
    return listed(key, kept[start : start + size], token)


def list_experiments(call: MethodCall) -> Reply:
    """The experiments of all jobs that ran."""
    _tensorboard(call)
    return _page(call, "tensorboardExperiments", [_experiment_doc(row) for row in _experiments(call)])


def _run(call: MethodCall) -> tuple[str, Resource]:
    """(name of the run, its job)."""
    row = _experiment(call)
    name = f"{row.data['tensorboard']}/experiments/{row.data['experiment']}/runs/{call.params['run']}"
    job = call.store.get(row.data["job"])
    if call.params["run"] != row.data["run"] or job is None:
        raise not_found(f"TensorboardRun {name} is not found.")
    return name, job


def _run_doc(experiment: Resource) -> Json:
    base = _experiment_doc(experiment)
    run = experiment.data["run"]
    return {
        **{k: v for k, v in base.items() if k != "labels"},
        "name": f"{base['name']}/runs/{run}",
        "displayName": run,
    }


def get_run(call: MethodCall) -> Reply:
    """The one run of an experiment."""
    _run(call)
    return _run_doc(_experiment(call))


def list_runs(call: MethodCall) -> Reply:
    """The one run of an experiment."""
    return _page(call, "tensorboardRuns", [_run_doc(_experiment(call))])


def _series_id(sim: Simulation, job: Resource, metric: str) -> str:
    number = int.from_bytes(sim.digest("series", job.name, metric)[:8], "big")
    return str(10**18 + number % (8 * 10**18))


def _series(call: MethodCall, job: Resource) -> dict[str, str]:
    """Metric by the id of its series."""
    return {_series_id(call.sim, job, metric): metric for metric in metrics_of(job)}


def _series_doc(call: MethodCall, run: str, job: Resource, series: str, metric: str) -> Json:
    points = steps_of(call.sim, job, metric)
    last: Json = {}
    if points:
        last = {"maxStep": str(points[-1]), "maxWallTime": wall_time(call.sim, job, points[-1])}
    doc = job.data["doc"]
    return {
        "name": f"{run}/timeSeries/{series}",
        "displayName": metric,
        "valueType": "SCALAR",
        "createTime": doc["startTime"],
        "updateTime": last.get("maxWallTime", doc["updateTime"]),
        "etag": f"{len(points)}",
        "pluginName": "scalars",
        "metadata": last,
    }


def list_series(call: MethodCall) -> Reply:
    """All series of a run."""
    run, job = _run(call)
    docs = [_series_doc(call, run, job, series, metric) for series, metric in _series(call, job).items()]
    return _page(call, "tensorboardTimeSeries", docs)


def _one_series(call: MethodCall) -> tuple[str, Resource, str, str]:
    run, job = _run(call)
    series = call.params["timeSerie"]
    metric = _series(call, job).get(series)
    if metric is None:
        raise not_found(f"TensorboardTimeSeries {run}/timeSeries/{series} is not found.")
    return run, job, series, metric


def get_series(call: MethodCall) -> Reply:
    """One series, without its points."""
    return _series_doc(call, *_one_series(call))


def _data(call: MethodCall, job: Resource, series: str, metric: str, most: int) -> Json:
    points = points_of(call.sim, job, metric, most)
    return {"tensorboardTimeSeriesId": series, "valueType": "SCALAR", **({"values": points} if points else {})}


def read_series(call: MethodCall) -> Reply:
    """The points of one series, a sample when there are more than asked for; -1 asks for all."""
    _, job, series, metric = _one_series(call)
    most = call.number("maxDataPoints", READ_POINTS)
    if most < -1:
        raise invalid("max_data_points must be -1 or more.")
    limit = MOST_POINTS if most == -1 else min(most or READ_POINTS, MOST_POINTS)
    return {"timeSeriesData": _data(call, job, series, metric, limit)}


def export_series(call: MethodCall) -> Reply:
    """Points in pages, in the order of steps."""
    _, job, _, metric = _one_series(call)
    points = points_of(call.sim, job, metric, 0)
    size = min(int(call.body.get("pageSize", READ_POINTS)) or READ_POINTS, MOST_POINTS)
    if size < 0:
        raise invalid("page_size must not be negative.")
    text = call.body.get("pageToken", "0")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise invalid("Request contains an invalid argument.")
    start = int(text)
    token = str(start + size) if len(points) > start + size else ""
    return listed("timeSeriesDataPoints", points[start : start + size], token)


def batch_read(call: MethodCall) -> Reply:
    """Several series at once, each named in full."""
    tensorboard = _tensorboard(call)
    found = [_named_data(call, tensorboard, with_number(name)) for name in call.query.get("timeSeries", [])]
    if not found:
        raise field_errors([("time_series", "Required field is not set.")])
    return {"timeSeriesData": found}


def _named_data(call: MethodCall, tensorboard: str, name: str) -> Json:
    parts = name.removeprefix(f"{tensorboard}/").split("/")
    if len(parts) != 6 or parts[::2] != ["experiments", "runs", "timeSeries"]:
        raise field_errors([("time_series", "Invalid TensorboardTimeSeries resource name.")])
    call.params.update(experiment=parts[1], run=parts[3], timeSerie=parts[5])
    _, job, series, metric = _one_series(call)
    return _data(call, job, series, metric, BATCH_POINTS)


HANDLERS: dict[str, Handler] = {
    "vertex.tensorboards.get": get,
    "vertex.tensorboards.list": list_tensorboards,
    "vertex.tensorboards.batchRead": batch_read,
    "vertex.tensorboards.experiments.get": get_experiment,
    "vertex.tensorboards.experiments.list": list_experiments,
    "vertex.tensorboards.experiments.delete": delete_experiment,
    "vertex.tensorboards.experiments.runs.get": get_run,
    "vertex.tensorboards.experiments.runs.list": list_runs,
    "vertex.tensorboards.experiments.runs.timeSeries.get": get_series,
    "vertex.tensorboards.experiments.runs.timeSeries.list": list_series,
    "vertex.tensorboards.experiments.runs.timeSeries.read": read_series,
    "vertex.tensorboards.experiments.runs.timeSeries.exportTensorboardTimeSeries": export_series,
}
