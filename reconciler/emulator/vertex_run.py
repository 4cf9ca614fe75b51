"""The life of a tuning job: its stages, what each adds to the job, and what a job looks like at one moment.

WAITING (no place under the quota) → QUEUED → PROCESSING → TUNING → POST → ENDED, with CANCELLING before the end of a
cancelled one. Stages change when their time has come and somebody looks; no thread of the emulator runs by itself.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from reconciler.emulator import catalog, faults, objects, training
from reconciler.emulator.clock import NEVER, timestamp
from reconciler.emulator.dataset import DatasetError, read_dataset
from reconciler.emulator.errors import RPC_NUMBERS, ApiError
from reconciler.emulator.lessons import forget_lessons, keep_lessons
from reconciler.emulator.statistics import preference_stats, supervised_stats
from reconciler.emulator.vertex_evaluation import evaluation_runs
from reconciler.emulator.vertex_job_view import dress, steps_done
from reconciler.emulator.vertex_metadata import begin_experiment
from reconciler.emulator.vertex_names import split_gcs_uri
from reconciler.emulator.vertex_results import make_results

if TYPE_CHECKING:
    from reconciler.emulator.call import Simulation
    from reconciler.emulator.dataset import Dataset
    from reconciler.emulator.store import Resource

Json = dict[str, Any]

KIND = "tuningJob"
RUN_METHOD = "vertex.tuningJobs.run"
_SMALL_BYTES, _KEPT_FILES = 1 << 20, 8
_PARSED: dict[tuple[str, ...], Dataset] = {}
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
    )
    row.data["fault"] = _run_fault(sim)
    begin_experiment(sim, row)
    _enter(sim, row, "PROCESSING", at, sim.settings.processing_s)
    if row.data["fault"] and row.data["fault"]["word"] == "stuck":
        row.due = NEVER
        save(sim, row)


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
        name = f"{row.parent}/metadataStores/default/contexts/tuning-experiment-{stamp}"
        if sim.store.get(name) is None:
            return name
    raise ApiError(503, "A million experiments cannot start in one second.")


def _process(sim: Simulation, row: Resource, at: float) -> None:
    """Dataset processing is over: the job fails on its content, or trains with what was resolved from it."""
    try:
        data = _training_data(sim, row)
        _check_validation(sim, row, len(data.examples))
    except DatasetError as exc:
        _end(sim, row, at, "JOB_STATE_FAILED", error=(RPC_NUMBERS["INVALID_ARGUMENT"], str(exc)))
        return
    source = row.data["source"]
    parent = f"{source['name']}@{source['version']}" if source else ""
    keep_lessons(sim.store, row.name, (lesson for e in data.examples for lesson in e.lessons), parent=parent)
    recipe = _resolve(sim, row, data)
    stats = supervised_stats if row.data["method"] == "supervised" else preference_stats
    key = f"{'supervisedTuning' if row.data['method'] == 'supervised' else 'preferenceOptimization'}DataStats"
    _change(sim, row, at, tuningDataStats={key: stats(data, recipe.steps)})
    step_s = sim.settings.step_s
    row.data.update(steps=recipe.steps, tune_t=at, tune_shown=sim.moment.shown_at(at), step_s=step_s)
    _enter(sim, row, "TUNING", at, recipe.steps * step_s)


def _training_data(sim: Simulation, row: Resource) -> Dataset:
    return _dataset(sim, row, row.data["doc"][row.data["spec"]]["trainingDatasetUri"])


def _dataset(sim: Simulation, row: Resource, uri: str) -> Dataset:
    """The examples of a file. The last few small files are kept: a test suite trains the same one again and again."""
    parts = split_gcs_uri(uri)
    doc = objects.find_object(sim, *parts) if parts else None
    if doc is None:
        raise DatasetError(f"The dataset {uri} cannot be read.")
    key = (doc["crc32c"], doc.get("md5Hash", ""), doc["size"], row.data["base"], row.data["method"])
    found = _PARSED.get(key)
    if found is None:
        base = catalog.VERTEX_MODELS[row.data["base"]]
        found = read_dataset(objects.read_object(sim, doc), base, row.data["method"])
        if int(doc["size"]) <= _SMALL_BYTES:
            if len(_PARSED) >= _KEPT_FILES:
                _PARSED.clear()
            _PARSED[key] = found
    return found


def _check_validation(sim: Simulation, row: Resource, examples: int) -> None:
    spec = row.data["doc"][row.data["spec"]]
    uri = spec.get("validationDatasetUri")
    if not uri:
        return
    base = catalog.VERTEX_MODELS[row.data["base"]]
    found = len(_dataset(sim, row, uri).examples)
    limit = min(base.max_validation_examples, max(1_000, examples * 3 // 10))
    if found > limit:
        raise DatasetError(f"The validation dataset has too many examples: {found}; at most {limit} are allowed.")
    row.data["validation"] = found


def _resolve(sim: Simulation, row: Resource, data: Dataset) -> training.Recipe:
    """Fill in what the request left to the service. Source: recorded (it appears after the create answer)."""
    doc, base = row.data["doc"], catalog.VERTEX_MODELS[row.data["base"]]
    given = doc[row.data["spec"]].get("hyperParameters", {})
    resolved = {
        "epochCount": str(training.default_epochs(len(data.examples))),
        "learningRateMultiplier": 1.0,
        "adapterSize": f"ADAPTER_SIZE_{base.default_adapter}",
        **({"beta": 0.1} if row.data["method"] == "preference" else {}),
        **given,
    }
    doc[row.data["spec"]] = {**doc[row.data["spec"]], "hyperParameters": resolved}
    outputs = sum(e.output_tokens for e in data.examples) / len(data.examples)
    recipe = {
        "examples": len(data.examples),
        "epochs": int(resolved["epochCount"]),
        "rate": float(resolved["learningRateMultiplier"]),
        "adapter": resolved["adapterSize"].removeprefix("ADAPTER_SIZE_"),
        "seed": f"{sim.settings.seed}:{row.name}",
        "mean_output_tokens": outputs,
    }
    row.data["plan"] = recipe
    return training.Recipe(**recipe)


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
