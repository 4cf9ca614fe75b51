"""gc for a program: what is proposed, and the run that disposes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from reconciler.core.checks import Permissions
from reconciler.core.garbage import Item, Keeping
from reconciler.core.plurals import counted
from reconciler.library.happened import DeletedUpload
from reconciler.library.plans import WorkspacePlan
from reconciler.library.results import PLAIN, Result
from reconciler.library.runs import Work
from reconciler.render.values import Banner
from reconciler.session.clock import SystemClock
from reconciler.workflow import garbage

if TYPE_CHECKING:
    from reconciler.core.events import Event
    from reconciler.library.sessions import Opened
    from reconciler.session.sessions import DataSession


@dataclass(frozen=True, slots=True, repr=False)
class Garbage(Result):
    """What nobody needs any more. `Workspace.dispose` makes it go; what is protected stays."""

    _found: garbage.FoundGarbage
    _banner: Banner
    _now_s: float
    _work: Work

    @property
    def is_empty(self) -> bool:
        """Nothing to dispose of."""
        return self._found.is_empty

    @property
    def items(self) -> tuple[Item, ...]:
        """Trainings, each with its `address`, `why` and `resources`."""
        return self._found.items

    @property
    def uploads(self) -> tuple[str, ...]:
        """URIs of training files that nothing names."""
        return tuple(stored.uri for stored in self._found.uploads)

    @property
    def plan(self) -> WorkspacePlan:
        """The same as a plan, without uploads."""
        return WorkspacePlan(self._found.planned.plan, self._banner)

    def to_json(self) -> str:
        """The document of `tuneform gc --format json`."""
        from reconciler.render.json_garbage import garbage_to_json

        found = self._found
        return garbage_to_json(found.items, found.uploads, self._banner, found.planned.plan.diagnostics)

    def __str__(self) -> str:
        from reconciler.render.terminal.garbage import render_garbage

        found, diagnostics = self._found, self._found.planned.plan.diagnostics
        return render_garbage(
            found.items, found.uploads, diagnostics, self._banner, PLAIN, now_s=self._now_s, is_proposal=True
        )

    def _in_short(self) -> str:
        return f"{counted(len(self.items), 'training')}, {counted(len(self.uploads), 'upload')}"

    def _repr_html_(self) -> str:
        from reconciler.render.html.notebook import text_piece

        return text_piece(f"{self}")


def proposed_garbage(
    opened: Opened[DataSession], older_than_days: float | None, keep_last: int | None, allowed: frozenset[str]
) -> Garbage:
    """Look, and say what nobody needs. Writes nothing."""

    def propose(now: DataSession) -> garbage.FoundGarbage:
        permissions = Permissions.of(allowed, now.world.workspace, now.world.today)
        return garbage.propose(now.world, now.desired, keeping, permissions)

    def events(now: DataSession) -> Iterator[Event | DeletedUpload]:
        if found.disposable:
            checksum = found.planned.plan.checksum
            yield from garbage.dispose(now.world, lambda: propose(now), now.wait(no_wait=False), checksum)
        for uri in garbage.delete_uploads(now.world, lambda: propose(now), found) if found.uploads else ():
            yield DeletedUpload(uri)

    with opened(SystemClock()) as now:
        keeping = Keeping(_before(now.clock.now(), older_than_days), keep_last)
        found, banner = propose(now), now.banner
        work = Work("gc", opened, events, lambda _: WorkspacePlan(found.planned.plan, banner))
        return Garbage(found, banner, now.clock.now(), work)


def _before(now_s: float, older_than_days: float | None) -> str:
    if older_than_days is None:
        return ""
    return (datetime.fromtimestamp(now_s, UTC) - timedelta(days=older_than_days)).isoformat(timespec="milliseconds")
