"""gate: what is declared against what is live."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from reconciler.core import events as ev
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.gate_result import AddressGate, FreshVerdict, GateResult
from reconciler.core.lock import Lock, Training
from reconciler.core.model import Address
from reconciler.gate import judge
from reconciler.workflow.planning import Planned
from reconciler.workflow.runs import record_time
from reconciler.workflow.saved_lock import saved
from reconciler.workflow.world import World


@dataclass(frozen=True, slots=True)
class RecordedGate:
    """The verdicts, and what the lock could not be told of them."""

    result: GateResult
    warnings: tuple[Diagnostic, ...] = ()


def gate(world: World, planned: Planned) -> GateResult:
    """Every declared model against the lock, the cloud and its own gate. Writes nothing but answers."""
    return judge(world.judging, planned.plan, planned.lock, world.backends)


def gate_and_record(world: World, make_plan: Callable[[], Planned]) -> RecordedGate:
    """The same, and every verdict that is found anew stands in the lock, with one look more.

    Whoever cannot have the lock ends before anybody is asked.
    """
    with saved(world):
        planned = make_plan()
        result = gate(world, planned)
        with world.store.hold():
            addresses = [_record(world, planned.read, found) for found in result.addresses]
    unrecorded = tuple(_moved(found.address) for found in addresses if found.fresh and not found.is_counted)
    return RecordedGate(replace(result, addresses=tuple(addresses)), unrecorded)


def _record(world: World, as_read: Lock, found: AddressGate) -> AddressGate:
    """With the look counted, where the lock still has just the training that was judged."""
    fresh = found.fresh
    if fresh is None:
        return found
    before, now = (_training(lock, fresh) for lock in (as_read, world.store.lock))
    if before is None or now != before:
        return found
    if fresh.refused:
        at = record_time(world)
        world.store.record(ev.GateRefused(fresh.home, fresh.attempt, fresh.refused, at, fresh.judged))
    else:
        world.store.record(ev.GateLooked(fresh.home, fresh.attempt, fresh.judged))
    return replace(found, looks=fresh.judged.looks, is_counted=True)


def _training(lock: Lock, fresh: FreshVerdict) -> Training | None:
    entry = lock.entry(fresh.home)
    return entry.trainings.get(fresh.attempt) if entry else None


def _moved(address: Address) -> Diagnostic:
    detail = f"The lock has another record of {address} than the one that was judged."
    return run_diagnostic("RUN064", detail, severity=Severity.WARNING, address=str(address))
