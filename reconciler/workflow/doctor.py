"""doctor: look at specs, lock and cloud, and say what they do not agree on. Writes nothing."""

from __future__ import annotations

from pathlib import Path

from reconciler.core.checks import Permissions
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.doctor import diagnose
from reconciler.core.model import Desired
from reconciler.files.lockfile import journal_beside, real_place
from reconciler.workflow.contents import plan_by_content
from reconciler.workflow.importing import whole_workspace
from reconciler.workflow.planning import Planned, check_planned, look
from reconciler.workflow.sources import with_sources
from reconciler.workflow.world import World


def examine(world: World, desired: Desired, *, has_journal: bool) -> list[Diagnostic]:
    """Every inconsistency of the workspace; a cloud that cannot be read is an error, not a finding."""
    lock = world.trusted_lock()
    desired = with_sources(world, desired)
    live = look(world, desired, lock, also=whole_workspace(world))
    looked = plan_by_content(world, desired, live, lock, world.options())
    adoptable = frozenset(a.resource_name for c in looked.plan.changes for a in c.adopts)
    name = world.workspace.name
    allowed = Permissions.of(frozenset(), world.workspace, world.today)
    plan = check_planned(world, Planned(looked.plan, looked.lock, looked.live, looked.desired), allowed).plan
    return diagnose(desired, live, lock, name, adoptable=adoptable, has_journal=has_journal, plan=plan)


def has_journal(lock: str) -> bool:
    """Whether one lies beside it. A lock in Cloud Storage has none: every record is written at once."""
    return not lock.startswith("gs://") and journal_beside(real_place(Path(lock))).exists()
