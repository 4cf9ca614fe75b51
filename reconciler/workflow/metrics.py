"""metrics: the curves of a training."""

from __future__ import annotations

from dataclasses import replace

from reconciler.backends.base import BackendError
from reconciler.core.curves import Curves
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.faults import Fault
from reconciler.core.model import Address
from reconciler.workflow.no_model import is_queued, no_model
from reconciler.workflow.world import World


def metrics(world: World, address: Address) -> Curves:
    """The curves of the newest training at an address, by name."""
    entry = world.trusted_lock().entry(address)
    newest = entry.newest if entry else None
    if newest is None or not newest[1].job or is_queued(entry, newest[0]):
        raise no_model(address, entry)
    try:
        return world.backends[address.backend].metrics(newest[1])
    except BackendError as exc:
        known = newest[1].judged.metrics if newest[1].judged and exc.fault is Fault.NOT_FOUND else {}
        last = ", ".join(f"{name} {value:.4g}" for name, value in sorted(known.items()))
        fix = f"The lock has the last values, as its gate read them: {last}." if last else exc.diagnostic.fix
        raise ReconcilerError(replace(exc.diagnostic, fix=fix, address=str(address))) from exc
