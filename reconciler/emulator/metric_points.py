"""The metrics of one tuning job as points: which there are, at which steps, with which values (simulated)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.emulator import training
from reconciler.emulator.clock import timestamp
from reconciler.emulator.vertex_job_view import plan_of, steps_done

if TYPE_CHECKING:
    from reconciler.emulator.call import World
    from reconciler.emulator.store import Row

Json = dict[str, Any]

EVALUATIONS = 20
_TRAIN = ("/train_total_loss", "/train_fraction_of_correct_next_step_preds", "/train_num_predictions")
_EVAL = ("/eval_total_loss", "/eval_fraction_of_correct_next_step_preds", "/eval_num_predictions")
_PREFERENCE = "/preference_optimization_train_loss"


def metrics_of(job: Row) -> tuple[str, ...]:
    """Names of a job's series; nothing before it trains."""
    if "plan" not in job.data:
        return ()
    more = (_PREFERENCE,) if job.data["method"] == "preference" else ()
    return _TRAIN + (_EVAL if job.data.get("validation") else ()) + more


def steps_of(world: World, job: Row, metric: str) -> range:
    """The steps at which a metric has points by now."""
    done, total = steps_done(world, job), int(job.data["steps"])
    if not metric.startswith("/eval"):
        return range(1, done + 1)
    every = max(1, -(-total // max(EVALUATIONS, plan_of(job).epochs)))
    return range(every, done + 1, every)


def _value(job: Row, metric: str, step: int) -> float:
    plan = plan_of(job)
    is_eval = metric.startswith("/eval")
    loss = training.eval_loss(plan, step) if is_eval else training.train_loss(plan, step)
    if metric.endswith("_loss"):
        return round(loss, 6)
    if metric.endswith("_preds"):
        return training.accuracy(loss)
    examples = job.data.get("validation", 0) if is_eval else plan.batch
    return float(max(1, round(examples * plan.mean_output_tokens)))


def wall_time(world: World, job: Row, step: int) -> str:
    """When a step was completed, by the time of day."""
    data = job.data
    start, end = data["tune_shown"], data.get("tuned_shown")
    if end is None:
        return timestamp(world.moment.shown_at(data["tune_t"] + step * data["step_s"]))
    return timestamp(start + (end - start) * step / data["steps"])


def points_of(world: World, job: Row, metric: str, most: int) -> list[Json]:
    """The points by now; an even sample of them when there are more than `most` (0: all)."""
    steps = steps_of(world, job, metric)
    chosen = list(steps)
    if 0 < most < len(steps):
        chosen = [steps[n * len(steps) // most] for n in range(most)]
    return [
        {"wallTime": wall_time(world, job, step), "step": str(step), "scalar": {"value": _value(job, metric, step)}}
        for step in chosen
    ]
