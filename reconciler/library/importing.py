"""import for a program: what could be imported, and the run that takes one of it into the lock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from reconciler.core.model import Address, LiveTraining
from reconciler.files.destinations import Destination, destination
from reconciler.files.imported import imported_spec
from reconciler.files.settings_file import home_of_new_specs
from reconciler.library.errors import wrong_argument
from reconciler.library.plans import WorkspacePlan
from reconciler.library.runs import Work
from reconciler.library.sessions import permissions_in
from reconciler.session.imported import declared_alone
from reconciler.workflow import importing
from reconciler.workflow.apply import apply_changes
from reconciler.workflow.finding import find
from reconciler.workflow.planning import Planned, refuse

if TYPE_CHECKING:
    from reconciler.core.events import Event
    from reconciler.library.sessions import Opener
    from reconciler.session.sessions import SpecsSession


class ImportableModel(NamedTuple):
    """What could be imported, under which address, and why it is not managed yet."""

    address: Address
    resource: str
    why: str
    is_forgotten: bool


def importable(now: SpecsSession) -> tuple[ImportableModel, ...]:
    """Everything alive in the places of the workspace that is unmarked, or ours, and in no lock."""
    found = importing.candidates(now.world, now.declared, now.world.trusted_lock())
    return tuple(ImportableModel(c.address, c.live.resource_name, c.why, c.is_forgotten) for c in found)


@dataclass(frozen=True, slots=True)
class Import:
    """One model, the address that it is to have, and the file that its spec goes into ("" where specs are)."""

    opener: Opener
    address: Address
    resource: str
    out: str
    allowed: frozenset[str]

    @property
    def work(self) -> Work:
        """The run."""
        return Work("import", self.opener.specs("import"), self._events, self._preview)

    def _events(self, now: SpecsSession) -> Iterator[Event]:
        """The file is written before anything is recorded, and taken back where nothing was."""
        live = self._found(now)
        place = self._place()
        place.write(imported_spec(live, self.address.name, now.world.workspace))
        try:
            planned = self._planned(now, place.name)
            refuse(planned)
            yield from apply_changes(
                now.world,
                lambda: self._planned(now, place.name),
                now.wait(no_wait=True),
                checksum=planned.plan.checksum,
                declares=False,
            )
        finally:
            if now.world.store.read().entry(self.address) is None:
                place.remove()

    def _preview(self, now: SpecsSession) -> WorkspacePlan:
        text = imported_spec(self._found(now), self.address.name, now.world.workspace)
        return WorkspacePlan(self._planned(now, "-", text).plan, now.banner)

    def _found(self, now: SpecsSession) -> LiveTraining:
        importing.refuse_known(self.address, now.declared, now.world.trusted_lock())
        live = find(now.world, self.address, self.resource)
        importing.refuse_undeclarable(self.address, live)
        return live

    def _planned(self, now: SpecsSession, path: str, text: str | None = None) -> Planned:
        declared = declared_alone(self.opener.settings, path, self.address, text)
        return importing.plan_import(now.world, declared, permissions_in(now, self.allowed))

    def _place(self) -> Destination:
        chosen = self.opener.settings
        home = home_of_new_specs(Path(chosen.folder), chosen.workspace)
        path = self.out or (str(home / f"{self.address.name}.yaml") if home else None)
        if path is None:
            raise wrong_argument(
                "This workspace is not made of a folder of specs.", "Name the file to write with `out`."
            )
        return destination(path, fix="Name another file with `out`.")
