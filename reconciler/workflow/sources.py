"""The models of other workspaces that specs ask for (`from`): which version it is, by their lock and the cloud."""

from __future__ import annotations

from dataclasses import replace

from reconciler.backends.base import BackendError, Scope
from reconciler.core.copying import SERVED
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.dialects import dialect_of, is_files
from reconciler.core.lock import Lock, Role, Training
from reconciler.core.model import CopySource, Declared, Desired
from reconciler.core.tuned_from import tuned_from
from reconciler.workflow.world import World


def with_sources(world: World, desired: Desired) -> Desired:
    """Every source with its model@version, or with why there is none: nothing is refused for it here.

    What a sweep copies, its trials say, when the plan is made.
    """
    found = {a: replace(d, source=_found(world, d)) for a, d in desired.models.items() if d.source and not d.sweep}
    return replace(desired, models={**desired.models, **found}) if found else desired


def _found(world: World, declared: Declared) -> CopySource:
    source = declared.source
    assert source is not None
    named = replace(source, model=source.version) if "/" in source.version else _by_lock(world, source)
    return _if_there(world, declared, named) if named.model else named


def _by_lock(world: World, source: CopySource) -> CopySource:
    """What the other workspace lets serve, or had as an attempt that its gate has passed."""
    try:
        lock = world.neighbour(source)
    except ReconcilerError as exc:
        why = exc.diagnostics[0].detail.rstrip(".") or exc.diagnostics[0].summary
        return replace(source, missing=f"the lock of workspace {source.workspace} is not to be had: {why}")
    return _in_lock(world, source, lock)


def _in_lock(world: World, source: CopySource, lock: Lock) -> CopySource:
    if lock.workspace and lock.workspace != source.workspace:
        return replace(source, missing=f"the lock is of workspace {lock.workspace}, not of {source.workspace}")
    if lock.target and lock.target != world.target:
        return replace(source, missing=f"the lock was written against {lock.target}; this run talks to {world.target}")
    entry = lock.entry(source.address)
    if entry is None:
        return replace(source, missing=f"workspace {source.workspace} has no {source.address}")
    is_served = source.version == SERVED
    attempt = (entry.serving or ("",))[0] if is_served else source.version
    training = entry.trainings.get(attempt)
    if training is None:
        what = f"serves no {source.address} yet" if is_served else f"has no attempt {attempt} of {source.address}"
        return replace(source, missing=f"workspace {source.workspace} {what}")
    why = _cannot_be_copied(training)
    if why:
        return replace(source, missing=f"attempt {attempt} of {source.address} of workspace {source.workspace} {why}")
    base = tuned_from(lock, source.address, training)
    return replace(source, model=training.model, attempt=attempt, endpoint=training.endpoint, base=base)


def _cannot_be_copied(training: Training) -> str:
    """Only what serves there, or has served: what a gate refused is no source."""
    if training.gate_refused:
        return f"did not pass its gate: {training.gate_refused}"
    if is_files(training.model):
        return "is files in a bucket, and no Model that could be copied"
    return "" if training.role in (Role.SERVING, Role.DEPOSED) and training.model else "has no model that served"


def _if_there(world: World, declared: Declared, source: CopySource) -> CopySource:
    """As answers spell its name. Where nobody may look, the service decides when it is copied."""
    try:
        seen = world.backends[declared.address.backend].observe(Scope(named=frozenset({source.model}))).trainings
    except BackendError:
        return source
    live = next(iter(seen.values()), None)
    if live is None or not live.model_exists:
        return replace(source, model="", missing=f"the model {source.model} is not in the cloud")
    parts, project = source.model.split("/"), live.model.split("/")[1]
    named = "/".join((parts[0], project, *parts[2:]))
    base = source.base or dialect_of(declared.address).base_of(live.training)
    return replace(source, model=named, endpoint=source.endpoint or live.endpoint, base=base)
