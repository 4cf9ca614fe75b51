"""Rewards of reinforcement tuning, tried by the service on answers before anything is paid."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from reconciler import datasets
from reconciler.backends.base import BackendError
from reconciler.backends.threads import gather
from reconciler.core.change import Change, Plan
from reconciler.core.codes_plan import plan_diagnostic
from reconciler.core.codes_prompt import prompt_diagnostic
from reconciler.core.diagnostics import Diagnostic, Location, ReconcilerError, Severity
from reconciler.core.faults import Fault
from reconciler.core.likeness import nearest
from reconciler.core.model import Address, Data, Declared, Desired, Fields, RewardSample
from reconciler.core.rewards import RewardedAnswer, TriedReward, finding_of, rewards_of
from reconciler.workflow.world import World

_SAMPLES = "tuneform.rewardSamples"


class PlacedSample(NamedTuple):
    """An answer, and where it stands."""

    sample: RewardSample
    where: Location | None = None


def reward_findings(world: World, plan: Plan) -> list[Diagnostic]:
    """What every sample of every change that trains came to: one request for each."""
    return [found for change in plan.changes for found in _of_change(world, change)]


def _of_change(world: World, change: Change) -> Iterable[Diagnostic]:
    declared = change.declared
    if declared is None or not change.trains or not declared.reward_samples:
        return
    samples = samples_of(declared)
    rows = rows_of(world, declared, {placed.sample.example for placed in samples})
    for rewarded in _try_each(world, declared, [p for p in samples if p.sample.example in rows], rows):
        yield finding_of(change, rewarded)
    for sample, where in samples:
        if sample.example not in rows:
            detail, fix = f"The training data has no example {sample.example}.", _COUNTED
            yield plan_diagnostic("PLAN135", Severity.ERROR, detail, fix=fix, address=str(change.address), where=where)


_COUNTED = "Name an example that is there, counted from 1."


def rewarding_spec(specs: Desired, mistakes: Sequence[Diagnostic], address: Address) -> Declared:
    """The spec of an address, which says how answers are rewarded.

    Raises ReconcilerError (RUN052) where it does not. `mistakes` are those of specs that could not be read: an address
    that is missing may be among them.
    """
    declared = specs.models.get(address)
    if declared is None and mistakes:
        raise ReconcilerError(*mistakes)
    if declared is None:
        near = nearest(str(address), [str(known) for known in specs.models])
        fix = f'Did you mean "{near}"?' if near else "Name the address of a spec."
        raise _no_reward(address, None, f"{address} is not declared here.", fix)
    if not rewards_of(declared):
        fix = "Name a spec with reinforcementTuningSpec: others have no rewards."
        raise _no_reward(address, declared.where, f"There is no reward in the spec of {address}.", fix)
    return declared


def samples_of(declared: Declared) -> list[PlacedSample]:
    """Those of a spec, with their places."""
    return [PlacedSample(s, declared.at_item(_SAMPLES, n)) for n, s in enumerate(declared.reward_samples)]


def try_answers(world: World, declared: Declared, answers: Sequence[PlacedSample]) -> list[RewardedAnswer]:
    """What each answer is rewarded with by the spec as it is now; without answers the spec's own samples are tried.

    Nothing is trained, and nothing written. Raises ReconcilerError: RUN053 where there is nothing to try, RUN054 for
    examples that the training data does not have.
    """
    tried = list(answers) or samples_of(declared)
    if not tried:
        detail = f"The spec of {declared.address} has no rewardSamples, and no answer was given."
        fix = "Give an answer, or write samples under tuneform.rewardSamples of the spec."
        found = prompt_diagnostic("RUN053", detail, fix=fix, address=str(declared.address), where=declared.where)
        raise ReconcilerError(found)
    rows = rows_of(world, declared, {placed.sample.example for placed in tried})
    missing = [placed for placed in tried if placed.sample.example not in rows]
    if missing:
        raise ReconcilerError(*(_no_example(declared, placed) for placed in missing))
    return _try_each(world, declared, tried, rows)


def _try_each(
    world: World, declared: Declared, samples: Sequence[PlacedSample], rows: Mapping[int, Fields]
) -> list[RewardedAnswer]:
    """The samples with what they came to, several at a time. A request that the service refuses says why."""
    tried = gather([partial(_tried, world, declared, rows, placed.sample) for placed in samples], world.parallelism)
    return [RewardedAnswer(placed.sample, found, placed.where) for placed, found in zip(samples, tried, strict=True)]


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
    try:
        return dict(datasets.rows_at(_source(world, declared.training_data), numbers))
    except BackendError as exc:
        raise ReconcilerError(exc.diagnostic) from exc


def _source(world: World, data: Data) -> datasets.Source:
    if data.path is not None:
        return datasets.Source.file(data.path)
    return datasets.Source.stream(world.storage.chunks(data.uri), data.uri)


def _no_example(declared: Declared, placed: PlacedSample) -> Diagnostic:
    data = declared.training_data
    detail = f"{data.path or data.uri} has no example {placed.sample.example}."
    where = placed.where or declared.at_data(data)
    return prompt_diagnostic("RUN054", detail, fix=_COUNTED, address=str(declared.address), where=where)


def _no_reward(address: Address, where: Location | None, detail: str, fix: str) -> ReconcilerError:
    return ReconcilerError(prompt_diagnostic("RUN052", detail, fix=fix, address=str(address), where=where))
