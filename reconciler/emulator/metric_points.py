"""The metrics of one tuning job as points: which there are, at which steps, with which values (simulated)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.emulator import reward_metrics, training
from reconciler.emulator.clock import timestamp
from reconciler.emulator.open_catalog import base_of
from reconciler.emulator.vertex_job_view import recipe_of, steps_done

if TYPE_CHECKING:
    from reconciler.emulator.call import Simulation
    from reconciler.emulator.store import Resource

Json = dict[str, Any]

EVALUATIONS = 20
_TRAIN = ("/train_total_loss", "/train_fraction_of_correct_next_step_preds", "/train_num_predictions")
_EVAL = ("/eval_total_loss", "/eval_fraction_of_correct_next_step_preds", "/eval_num_predictions")
_PREFERENCE = "/preference_optimization_train_loss"
# Recorded by a report: a validation file is looked at, but no loss of it is logged.
_OPEN = ("train/loss", "train/learning_rate")
_OPEN_EVAL = ("eval/samples_per_second",)


def metrics_of(job: Resource) -> tuple[str, ...]:
    """Names of a job's series; nothing before it trains."""
    if "plan" not in job.data:
        return ()
    if job.data["method"] == "reinforcement":
        return reward_metrics.names_of(_spec(job))
    if base_of(job.data["base"]).is_open:
        return _OPEN + (_OPEN_EVAL if job.data.get("validation") else ())
    more = (_PREFERENCE,) if job.data["method"] == "preference" else ()
    return _TRAIN + (_EVAL if job.data.get("validation") else ()) + more


def steps_of(sim: Simulation, job: Resource, metric: str) -> range:
    """The steps at which a metric has points by now."""
    done, total = steps_done(sim, job), int(job.data["steps"])
    if not _is_eval(metric):
        return range(1, done + 1)
    interval = int(_spec(job).get("hyperParameters", {}).get("evaluateInterval", 0))
    # Documented for reinforcement tuning: in steps, or once an epoch.
    least = 1 if job.data["method"] == "reinforcement" else EVALUATIONS
    every = interval or max(1, -(-total // max(least, recipe_of(job).epochs)))
    return range(every, done + 1, every)


def _spec(job: Resource) -> Json:
    found: Json = job.data["doc"][job.data["spec"]]
    return found


def _is_eval(metric: str) -> bool:
    return metric.rpartition("/")[2].startswith("eval") or metric.startswith("eval/")


def _value(job: Resource, metric: str, step: int) -> float:
    recipe = recipe_of(job)
    is_eval = _is_eval(metric)
    if job.data["method"] == "reinforcement":
        return reward_metrics.value(recipe, metric, step)
    if metric == "train/learning_rate":
        rate = float(_spec(job)["hyperParameters"]["learningRate"])
        return rate * (1 - (step - 1) / recipe.steps)
    if metric in _OPEN_EVAL:
        return 12.5
    loss = training.eval_loss(recipe, step) if is_eval else training.train_loss(recipe, step)
    if metric.endswith(("_loss", "/loss")):
        return round(loss, 6)
    if metric.endswith("_preds"):
        return training.accuracy(loss)
    examples = job.data.get("validation", 0) if is_eval else recipe.batch
    return float(max(1, round(examples * recipe.mean_output_tokens)))


def wall_time(sim: Simulation, job: Resource, step: int) -> str:
    """When a step was completed, by the time of day."""
    data = job.data
    start, end = data["tune_shown"], data.get("tuned_shown")
    if end is None:
        return timestamp(sim.moment.shown_at(data["tune_t"] + step * data["step_s"]))
    return timestamp(start + (end - start) * step / data["steps"])


def points_of(sim: Simulation, job: Resource, metric: str, most: int) -> list[Json]:
    """The points by now; an even sample of them when there are more than `most` (0: all)."""
    steps = steps_of(sim, job, metric)
    chosen = list(steps)
    if 0 < most < len(steps):
        chosen = [steps[n * len(steps) // most] for n in range(most)]
    return [
        {"wallTime": wall_time(sim, job, step), "step": str(step), "scalar": _scalar(_value(job, metric, step))}
        for step in chosen
    ]


def _scalar(value: float) -> Json:
    """Zero is the default of a proto3 double, and left out."""
    return {"value": value} if value else {}
