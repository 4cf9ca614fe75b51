"""The life of a tuning job: its stages, what each adds to the job, and what a job looks like at one moment.

WAITING (no place under the quota) → QUEUED → PROCESSING → TUNING → POST → ENDED, with CANCELLING before the end of a
cancelled one. Stages change when their time has come and somebody looks; no thread of the emulator runs by itself.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from reconciler.emulator import faults
from reconciler.emulator.clock import NEVER, timestamp
from reconciler.emulator.dataset import DatasetError
from reconciler.emulator.errors import RPC_NUMBERS, ApiError
from reconciler.emulator.lessons import forget_lessons, keep_lessons
from reconciler.emulator.statistics import data_stats
from reconciler.emulator.tuning_methods import METHODS
from reconciler.emulator.vertex_data import training_data
from reconciler.emulator.vertex_evaluation import evaluation_runs
from reconciler.emulator.vertex_job_view import dress, place_of, steps_done
from reconciler.emulator.vertex_metadata import begin_experiment
from reconciler.emulator.vertex_outputs import metrics_uri
from reconciler.emulator.vertex_recipes import resolve
from reconciler.emulator.vertex_results import make_results

if TYPE_CHECKING:
    from reconciler.emulator.call import Simulation
    from reconciler.emulator.store import Resource

Json = dict[str, Any]

KIND = "tuningJob"
RUN_METHOD = "vertex.tuningJobs.run"
TERMINAL = (
    "JOB_STATE_SUCCEEDED",
    "JOB_STATE_FAILED",
    "JOB_STATE_CANCELLED",
    "JOB_STATE_EXPIRED",
    "JOB_STATE_PARTIALLY_SUCCEEDED",
)


def settle_job(sim: Simulation, row: Resource, at: float) -> None:
    """Carry out the event that is due at that training time."""
    match row.data["stage"]:
        case "QUEUED":
            _start(sim, row, at)
        case "PROCESSING":
            _process(sim, row, at)
        case "TUNING":
            _enter(sim, row, "POST", at, sim.settings.post_processing_s)
        case "CANCELLING":
            _end(sim, row, at, "JOB_STATE_CANCELLED", error=(1, "The tuning job was cancelled."))
        case _:
            _succeed(sim, row, at)


def fill_places(sim: Simulation, project: str, at: float) -> None:
    """Let waiting jobs of a project start while the quota has room."""
    places = sim.settings.concurrent_jobs
    # Asked in this order: who waits is one look-up, how many run is a count.
    while (row := sim.store.waiting(KIND, project)) and sim.store.running(KIND, project) < places:
        admit(sim, row, at)


def admit(sim: Simulation, row: Resource, at: float) -> None:
    """Give a waiting job its place."""
    row.waiting = False
    _enter(sim, row, "QUEUED", max(at, row.data["created_t"]), sim.settings.queue_s)


def fail(sim: Simulation, row: Resource, at: float, error: tuple[int, str]) -> None:
    """End a job as failed, with (code, message)."""
    _end(sim, row, at, "JOB_STATE_FAILED", error=error)


def save(sim: Simulation, row: Resource) -> None:
    """Write a job back with both of its answers."""
    dress(row)
    sim.store.update(row)


def _enter(sim: Simulation, row: Resource, stage: str, at: float, lasts_s: float) -> None:
    if stage == "POST":
        row.data.update(steps_done=row.data["steps"], tuned_shown=sim.moment.shown_at(at))
    row.data["stage"] = stage
    row.due = at + lasts_s
    save(sim, row)


def _change(sim: Simulation, row: Resource, at: float, **changes: Any) -> None:
    doc = row.data["doc"]
    doc.update(changes)
    doc["updateTime"] = timestamp(max(row.created, sim.moment.shown_at(at)))


def _start(sim: Simulation, row: Resource, at: float) -> None:
    started = max(row.created, sim.moment.shown_at(at))
    _change(
        sim,
        row,
        at,
        state="JOB_STATE_RUNNING",
        startTime=timestamp(started),
        experiment=_experiment(sim, row, started),
        **_beside(sim, row),
    )
    row.data["fault"] = _run_fault(sim)
    begin_experiment(sim, row)
    _enter(sim, row, "PROCESSING", at, sim.settings.processing_s)
    if row.data["fault"] and row.data["fault"]["word"] == "stuck":
        row.due = NEVER
        save(sim, row)


def _beside(sim: Simulation, row: Resource) -> Json:
    """What a job that v1beta1 alone can ask for has besides. Source: schema; when each is there is assumed."""
    uri = metrics_uri(row)
    found: Json = {"gcsMetricsUri": uri} if uri else {}
    if uri:
        # Recorded: the names of the files are those of a pipeline's steps.
        found["pipelineJob"] = f"{place_of(row)}/pipelineJobs/{sim.new_id('pipelineJob', row.name)}"
    if row.data.get("is_beta"):
        found |= {"satisfiesPzs": True, "satisfiesPzi": True}
    return found


def _run_fault(sim: Simulation) -> Json | None:
    if not faults.any_queued(sim.store):
        return None
    met = faults.take(sim.store, RUN_METHOD, faults.RUN_FAULTS)
    return {"word": met[0].word, "number": met[0].number, **met[0].options} if met else None


def _experiment(sim: Simulation, row: Resource, started: float) -> str:
    """A name of its own. Recorded: the stamp is local time at the US Pacific coast, with microseconds."""
    moment = datetime.fromtimestamp(started, UTC).astimezone(timezone(timedelta(hours=-8)))
    first = int(row.name.rpartition("/")[2]) % 1_000_000
    for micro in range(first, first + 1_000_000):
        stamp = moment.strftime("%Y%m%d%H%M%S") + f"{micro % 1_000_000:06d}"
        name = f"{place_of(row)}/metadataStores/default/contexts/tuning-experiment-{stamp}"
        if sim.store.get(name) is None:
            return name
    raise ApiError(503, "A million experiments cannot start in one second.")


def _process(sim: Simulation, row: Resource, at: float) -> None:
    """Dataset processing is over: the job fails on its content, or trains with what was resolved from it."""
    try:
        data = training_data(sim, row)
    except DatasetError as exc:
        _end(sim, row, at, "JOB_STATE_FAILED", error=(RPC_NUMBERS["INVALID_ARGUMENT"], str(exc)))
        return
    source = row.data["source"]
    parent = f"{source['name']}@{source['version']}" if source else ""
    keep_lessons(sim.store, row.name, (lesson for e in data.examples for lesson in e.lessons), parent=parent)
    recipe = resolve(sim, row, data)
    key = METHODS[row.data["spec"]].stats
    stats = {"tuningDataStats": {key: data_stats(row.data["method"], data, recipe.steps)}} if key else {}
    _change(sim, row, at, **stats)
    step_s = sim.settings.step_s
    row.data.update(steps=recipe.steps, tune_t=at, tune_shown=sim.moment.shown_at(at), step_s=step_s)
    _enter(sim, row, "TUNING", at, recipe.steps * step_s)


def _succeed(sim: Simulation, row: Resource, at: float) -> None:
    fault = row.data.get("fault") or {}
    match fault.get("word"):
        case "fail":
            code, text = int(fault["number"]) or 13, fault.get("message", "Internal error occurred.")
            _end(sim, row, at, "JOB_STATE_FAILED", error=(code, text))
        case "expire":
            _end(sim, row, at, "JOB_STATE_EXPIRED")
        case "no-endpoint":
            text = "Failed to create endpoint. Tuned model is uploaded and can be accessed through Model Registry."
            _end(
                sim,
                row,
                at,
                "JOB_STATE_FAILED",
                error=(13, text),
                results=make_results(sim, row, at, has_endpoint=False),
            )
        case "partial":
            _end(sim, row, at, "JOB_STATE_PARTIALLY_SUCCEEDED", results=make_results(sim, row, at))
        case _:
            _end(sim, row, at, "JOB_STATE_SUCCEEDED", results=make_results(sim, row, at))


def _end(
    sim: Simulation,
    row: Resource,
    at: float,
    state: str,
    *,
    error: tuple[int, str] | None = None,
    results: Json | None = None,
) -> None:
    if results:
        row.data["doc"]["tunedModel"] = results
        runs = evaluation_runs(sim, row, results.get("checkpoints", []))
        row.data["doc"].update({"evaluateDatasetRuns": runs} if runs else {})
    if error:
        row.data["doc"]["error"] = {"code": error[0], "message": error[1]}
    _change(sim, row, at, state=state)
    row.data["doc"]["endTime"] = row.data["doc"]["updateTime"]
    row.data["stage"] = "ENDED"
    row.due, row.waiting = None, False
    save(sim, row)
    forget_lessons(sim.store, row.name)
    fill_places(sim, row.project, at)


def cancel(sim: Simulation, row: Resource) -> None:
    """Begin to cancel a job that has not ended. One that ends first is not cancelled: the race is the service's too."""
    now = sim.moment.trained
    fault = row.data.get("fault") or {}
    ends_first = (
        row.data["stage"] == "POST" and (row.due or 0.0) <= now + sim.settings.cancel_s and not sim.moment.is_instant
    )
    row.data["steps_done"] = done = steps_done(sim, row)
    if row.data["stage"] == "TUNING" and done:
        per_step = (sim.moment.shown - row.data["tune_shown"]) / done
        row.data["tuned_shown"] = row.data["tune_shown"] + per_step * row.data["steps"]
    _change(sim, row, now, state="JOB_STATE_CANCELLING")
    if not ends_first and fault.get("word") != "finish-while-cancelling":
        row.data["stage"] = "CANCELLING"
        row.due = now + sim.settings.cancel_s
    row.waiting = False
    save(sim, row)
