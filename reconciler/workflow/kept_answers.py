"""What is known already of what a plan's gates will ask: answers that are kept on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.change import Change, Plan
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.gate_forecast import KeptAnswers, asks_items
from reconciler.core.lock import Lock, Phase, Role, Training
from reconciler.core.model import Address
from reconciler.workflow.world import World

if TYPE_CHECKING:
    from reconciler.gate import Bench


def kept_answers(world: World, plan: Plan, lock: Lock) -> dict[Address, KeptAnswers]:
    """Of every change after which held-out items are asked that somebody has counted."""
    asking = [change for change in plan.changes if asks_items(change) and _counted_items(change)]
    if not asking:
        return {}
    bench = world.judging
    return {change.address: _kept(world, bench, change, lock) for change in asking}


def _counted_items(change: Change) -> bool:
    """A large object is not read for a plan."""
    trial = change.declared.gate.trial if change.declared and change.declared.gate else None
    return trial is not None and trial.heldout.items is not None


def _kept(world: World, bench: Bench, change: Change, lock: Lock) -> KeptAnswers:
    from reconciler.gate.kept import kept_of
    from reconciler.gate.sides import Contest

    entry = lock.entry(change.renamed_from or change.address) or lock.entry(change.address)
    judged = entry.trainings.get(change.attempt) if entry and change.is_judged_again else None
    training = judged or _to_be_made(change)
    if training is None or change.declared is None or change.declared.gate is None:
        return KeptAnswers()
    backend = world.backends[change.address.backend]
    contest = Contest(backend, change.address, training, entry.serving[1] if entry and entry.serving else None)
    try:
        return kept_of(bench, contest, change.declared.gate)
    except ReconcilerError:  # its items cannot be read any more: who judges says so
        return KeptAnswers()


def _to_be_made(change: Change) -> Training | None:
    """What will be judged, as far as its gate's questions depend on it."""
    if change.submission is None:
        return None
    return Training(role=Role.CANDIDATE, phase=Phase.INTENDED, submission=change.submission)
