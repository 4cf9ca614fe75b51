"""doctor: look at specs, lock and cloud, and say what they do not agree on. Writes nothing."""

from __future__ import annotations

from reconciler.core.diagnostics import Diagnostic
from reconciler.core.doctor import diagnose
from reconciler.core.model import Desired
from reconciler.workflow.contents import plan_by_content
from reconciler.workflow.importing import whole_workspace
from reconciler.workflow.planning import look
from reconciler.workflow.world import World


def examine(world: World, desired: Desired, *, has_journal: bool) -> list[Diagnostic]:
    """Every inconsistency of the workspace; a cloud that cannot be read is an error, not a finding."""
    lock = world.trusted_lock()
    live = look(world, desired, lock, also=whole_workspace(world))
    changes = plan_by_content(world, desired, live, lock, world.options()).plan.changes
    adoptable = frozenset(a.resource_name for c in changes for a in c.adopts)
    name = world.workspace.name
    return diagnose(desired, live, lock, name, adoptable=adoptable, has_journal=has_journal)
