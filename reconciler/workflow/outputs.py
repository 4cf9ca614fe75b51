"""What serves where, for other programs: from the lock alone, once or whenever it changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.backends.deadline import Deadline
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.lock import Lock
from reconciler.core.model import Address
from reconciler.core.suggest import suggest
from reconciler.core.sweeps import trials_of
from reconciler.render.values import Output
from reconciler.workflow.world import World


def outputs_of(lock: Lock, addresses: Sequence[Address]) -> list[Output]:
    """Of the addresses asked for, in their order, or of all but trials of sweeps, which nobody is to depend on.

    Raises ReconcilerError where one serves nothing.
    """
    known, trials = {output.address: output for output in _all(lock)}, trials_of(lock)
    missing = [str(a) for a in addresses if a not in known]
    if missing:
        detail = f"{', '.join(missing)}: no model serves."
        raise ReconcilerError(run_diagnostic("RUN013", detail, fix=f"See {suggest('status').quoted}."))
    return [known[a] for a in addresses] if addresses else [o for a, o in known.items() if a not in trials]


def outputs_over_time(world: World, deadline: Deadline, addresses: Sequence[Address]) -> Iterator[list[Output]]:
    """What serves now, and all of it again whenever that changes, until the deadline; nothing is asked of any model."""
    before: list[Output] | None = None
    while True:
        lock = world.trusted_lock()
        left_out = trials_of(lock).keys() - set(addresses)
        found = [o for o in _all(lock) if o.address not in left_out and (not addresses or o.address in addresses)]
        if found != before:
            yield found
        before = found
        if deadline.left_s <= 0:
            return
        world.clock.sleep(min(world.poll_s, deadline.left_s))


def _all(lock: Lock) -> Iterator[Output]:
    for address, entry in lock.by_address:
        if entry.serving is not None:
            attempt, training = entry.serving
            yield Output(address, attempt, training.endpoint, training.model, training.artifacts)
