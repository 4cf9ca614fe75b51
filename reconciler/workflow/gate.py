"""gate: what is declared against what is live."""

from __future__ import annotations

from reconciler.core.gate_result import GateResult
from reconciler.gate import judge
from reconciler.workflow.planning import Planned
from reconciler.workflow.world import World


def gate(world: World, planned: Planned) -> GateResult:
    """Every declared model against the lock, the cloud and its own gate."""
    return judge(world.judging, planned.plan, planned.lock, world.backends)
