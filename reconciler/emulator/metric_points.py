"""The metrics of one tuning job as points: which there are, at which steps, with which values (simulated)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.emulator import training
from reconciler.emulator.clock import timestamp
from reconciler.emulator.vertex_job_view import recipe_of, steps_done

if TYPE_CHECKING:
    from reconciler.emulator.call import Simulation
    from reconciler.emulator.store import Resource

Json = dict[str, Any]

EVALUATIONS = 20
_TRAIN = ("/train_total_loss", "/train_fraction_of_correct_next_step_preds", "/train_num_predictions")
_EVAL = ("/eval_total_loss", "/eval_fraction_of_correct_next_step_preds", "/eval_num_predictions")
_PREFERENCE = "/preference_optimization_train_loss"


def metrics_of(job: Resource) -> tuple[str, ...]:
    """Names of a job's series; nothing before it trains."""
    if "plan" not in job.data:
        return ()
    more = (_PREFERENCE,) if job.data["method"] == "preference" else ()
    return _TRAIN + (_EVAL if job.data.get("validation") else ()) + more


def steps_of(sim: Simulation, job: Resource, metric: str) -> range:
    """The steps at which a metric has points by now."""
    done, total = steps_done(sim, job), int(job.data["steps"])
    if not metric.startswith("/eval"):
        return range(1, done + 1)
    every = max(1, -(-total // max(EVALUATIONS, recipe_of(job).epochs)))
    return range(every, done + 1, every)


def _value(job: Resource, metric: str, step: int) -> float:
    recipe = recipe_of(job)
    is_eval = metric.startswith("/eval")
    loss = training.eval_loss(recipe, step) if is_eval else training.train_loss(recipe, step)
    if metric.endswith("_loss"):
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
        {"wallTime": wall_time(sim, job, step), "step": str(step), "scalar": {"value": _value(job, metric, step)}}
        for step in chosen
    ]
