"""The locks of other workspaces, to be read: where a spec's `from` says, or the settings of that name beside ours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.core.codes_lock import lock_error
from reconciler.core.lock import Lock
from reconciler.core.model import CopySource
from reconciler.core.settings import Workspace
from reconciler.files.settings_file import load_workspace
from reconciler.session.lock_place import emulator_lock, lock_store
from reconciler.session.purpose import Purpose
from reconciler.session.settings import Settings
from reconciler.version import __version__

if TYPE_CHECKING:
    from reconciler.backends.http import Http
    from reconciler.core.clock import Clock


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Whoever opened the session, and what reads a lock. The embedded emulator keeps the locks of a folder itself."""

    chosen: Settings
    http: Http
    clock: Clock
    purpose: Purpose
    is_embedded: bool = False

    def lock_of(self, source: CopySource) -> Lock:
        """Raise ReconcilerError where nothing says where it is, or where it is not there or cannot be read."""
        place = self._place(source)
        if not place:
            detail = f"No settings of workspace {source.workspace} lie in {self.chosen.folder}."
            fix = "Set `from.lock` to a path, or to gs://BUCKET/NAME."
            raise lock_error("LOCK024", detail, path=self.chosen.folder, fix=fix)
        lock = lock_store(place, self.http, self.clock, self.purpose).read()
        if lock == Lock():
            raise lock_error("LOCK024", f"There is nothing at {place}.", path=place, fix="Correct `from`.")
        return lock

    def _place(self, source: CopySource) -> str:
        beside = next(self._beside(source.workspace), None)
        if beside is not None and (self.is_embedded or not source.lock):
            name, workspace = beside
            return emulator_lock(replace(self.chosen, workspace=name)) if self.is_embedded else workspace.lock
        return source.lock

    def _beside(self, wanted: str) -> Iterator[tuple[str | None, Workspace]]:
        """Settings of this name, and how their file is called: `tuneform.NAME.yaml`, or None for `tuneform.yaml`."""
        folder = Path(self.chosen.folder)
        for file in sorted(folder.glob("tuneform*.yaml")):
            name = file.name.removeprefix("tuneform").removesuffix(".yaml").removeprefix(".") or None
            workspace, mistakes = load_workspace(folder, name, __version__)
            if workspace.name == wanted and not any(d.is_error for d in mistakes):
                yield name, workspace
