"""Rewards of reinforcement tuning, tried by the service on sample answers before anything is paid."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial

from reconciler import datasets
from reconciler.backends.base import BackendError
from reconciler.backends.threads import gather
from reconciler.core.change import Change, Plan
from reconciler.core.codes_plan import plan_diagnostic
from reconciler.core.diagnostics import Diagnostic, ReconcilerError, Severity
from reconciler.core.faults import Fault
from reconciler.core.model import Data, Declared, Fields, RewardSample
from reconciler.core.rewards import TriedReward, finding_of, rewards_of
from reconciler.workflow.world import World

Tried = tuple[RewardSample, TriedReward]


def reward_findings(world: World, plan: Plan) -> list[Diagnostic]:
    """What every sample of every change that trains came to: one request for each."""
    return [found for change in plan.changes for found in _of_change(world, change)]


def _of_change(world: World, change: Change) -> Iterable[Diagnostic]:
    declared = change.declared
    if declared is None or not change.trains or not declared.reward_samples:
        return
    samples = declared.reward_samples
    rows = rows_of(world, declared, {sample.example for sample in samples})
    there = [(number, sample) for number, sample in enumerate(samples) if sample.example in rows]
    tried = try_each(world, declared, [sample for _, sample in there], rows)
    for (number, sample), (_, found) in zip(there, tried, strict=True):
        yield finding_of(change, number, sample, found)
    for number, sample in enumerate(samples):
        if sample.example not in rows:
            yield _no_example(change, declared, number, sample)


def try_each(
    world: World, declared: Declared, samples: Sequence[RewardSample], rows: Mapping[int, Fields]
) -> list[Tried]:
    """The samples with what they came to, several at a time. A request that the service refuses says why."""
    return list(
        zip(
            samples,
            gather([partial(_tried, world, declared, rows, s) for s in samples], world.parallelism),
            strict=True,
        )
    )


def _tried(world: World, declared: Declared, rows: Mapping[int, Fields], sample: RewardSample) -> TriedReward:
    backend = world.backends[declared.address.backend]
    place, rewards = (declared.project, declared.location), rewards_of(declared)
    try:
        return backend.try_reward(*place, rewards, rows[sample.example], sample.answer)
    except BackendError as exc:
        if exc.fault is Fault.REJECTED:
            return TriedReward(error=exc.diagnostic.detail)
        raise ReconcilerError(exc.diagnostic) from exc


def rows_of(world: World, declared: Declared, numbers: Collection[int]) -> dict[int, Fields]:
    """Examples of the training data by their numbers from 1; those that are not there are left out."""
    return dict(datasets.rows_at(_source(world, declared.training_data), numbers))


def _source(world: World, data: Data) -> datasets.Source:
    if data.path is not None:
        return datasets.Source.file(data.path)
    return datasets.Source.stream(world.storage.chunks(data.uri), data.uri)


def _no_example(change: Change, declared: Declared, number: int, sample: RewardSample) -> Diagnostic:
    where = declared.at_item("tuneform.rewardSamples", number)
    detail = f"The training data has no example {sample.example}."
    fix = "Name an example that is there, counted from 1."
    return plan_diagnostic("PLAN135", Severity.ERROR, detail, fix=fix, address=str(change.address), where=where)
