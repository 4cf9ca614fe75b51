"""gc: what nobody needs any more, and its disposal through the same hold, lock and steps as any other change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from reconciler.apply import WaitOptions
from reconciler.backends.base import BackendError, StoredObject
from reconciler.core import events as ev
from reconciler.core.change import Plan
from reconciler.core.checks import Permissions
from reconciler.core.checksum import checksum_of
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.garbage import UPLOAD_KEPT_S, Item, Keeping, adopted, disposals, garbage, unreferenced
from reconciler.core.lock import Lock
from reconciler.core.model import Desired, Live
from reconciler.core.times import seconds_of
from reconciler.workflow.apply import apply_changes
from reconciler.workflow.contents import plan_by_content
from reconciler.workflow.importing import whole_project
from reconciler.workflow.planning import Planned, check_planned, look
from reconciler.workflow.sources import with_sources
from reconciler.workflow.world import World


@dataclass(frozen=True, slots=True)
class FoundGarbage:
    """What could go, and the plan that would make it go. Of `items`, those that are protected stay."""

    items: tuple[Item, ...]
    uploads: tuple[StoredObject, ...]
    planned: Planned

    @property
    def is_empty(self) -> bool:
        """Nothing to dispose of."""
        return not (self.disposable or self.uploads)

    @property
    def disposable(self) -> tuple[Item, ...]:
        """What is not protected, or is allowed to go all the same."""
        return tuple(item for item in self.items if not item.protected)


def propose(world: World, desired: Desired, keeping: Keeping, permissions: Permissions) -> FoundGarbage:
    """Look, and say what nobody needs. Writes nothing."""
    lock = world.sound_lock()
    desired = with_sources(world, desired)
    live = look(world, desired, lock, also=whole_project(world))
    looked = plan_by_content(world, desired, live, lock, world.options())
    items = garbage(desired, live, lock, world.workspace.name, keeping, _adoptable(looked.plan))
    items = [replace(i, protected=i.protected and not permissions.has("protected", i.address)) for i in items]
    changes = disposals([item for item in items if not item.protected], lock)
    after = adopted(lock, changes, live)
    plan = Plan(
        changes=tuple(changes),
        checksum=checksum_of(changes, after),
        lineage=lock.lineage,
        workspace=world.workspace.name,
        target=lock.target,
        emptied=bool(changes) and not desired.models,
    )
    planned = check_planned(world, Planned(plan, after, live, desired, read=lock), permissions)
    return FoundGarbage(tuple(items), tuple(_uploads(world, desired, live, lock, keeping)), planned)


def dispose(world: World, derive: Callable[[], FoundGarbage], wait: WaitOptions, checksum: str) -> Iterator[ev.Event]:
    """Dispose of what was proposed, and of nothing else; uploads are `delete_uploads`' business."""
    return apply_changes(world, lambda: derive().planned, wait, checksum=checksum)


def delete_uploads(world: World, derive: Callable[[], FoundGarbage], proposed: FoundGarbage) -> Iterator[str]:
    """The URIs of the uploads that are gone. All is looked at again: an apply may need one by now."""
    known = {stored.uri: stored.generation for stored in proposed.uploads}
    again = derive()
    for stored in again.uploads:
        if known.get(stored.uri) != stored.generation or _is_needed(world, stored, again.planned):
            continue
        try:
            with world.store.changing():
                is_gone = world.storage.delete(stored)
        except BackendError as exc:
            raise ReconcilerError(exc.diagnostic) from exc
        if is_gone:
            yield stored.uri


def _is_needed(world: World, stored: StoredObject, planned: Planned) -> bool:
    """By the lock as it is now."""
    return stored.uri not in unreferenced((stored.uri,), planned.desired, planned.live, world.store.read())


def _adoptable(plan: Plan) -> frozenset[str]:
    return frozenset(a.resource_name for c in plan.changes for a in c.adopts)


def _uploads(world: World, desired: Desired, live: Live, lock: Lock, keeping: Keeping) -> Iterator[StoredObject]:
    """In the folder of this workspace alone: what lies beside it, as versions up to 0.1.0 put it, may be anybody's."""
    if not (world.workspace.staging_uri and world.workspace.name):
        return
    try:
        staged = world.storage.listed(world.workspace.uploads_uri)
    except BackendError as exc:
        raise ReconcilerError(exc.diagnostic) from exc
    free = unreferenced((o.uri for o in staged), desired, live, lock)
    young_s = world.clock.now() - UPLOAD_KEPT_S
    yield from (
        o for o in staged if o.uri in free and seconds_of(o.created) < young_s and not keeping.spares(o.created)
    )
