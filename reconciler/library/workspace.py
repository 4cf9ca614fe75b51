"""The workspace as a program has it: a method for each command."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Self
from weakref import WeakSet

from reconciler.library.arguments import Place
from reconciler.library.changing import Changes
from reconciler.library.errors import call
from reconciler.library.runs import WorkspaceRun
from reconciler.library.sessions import Opener, settings_from


class Workspace(Changes):
    """One workspace against one target: Google, or an emulator.

    `folder` is where the workspace lies; `emulator` is "embedded" or a URL, False is Google whatever a variable says.
    What is not given is taken from TUNEFORM_CHDIR, TUNEFORM_EMULATOR, TUNEFORM_WORKSPACE, TUNEFORM_LOCK and
    TUNEFORM_PARALLELISM, as on the command line. `files` are specs to read instead of those of the workspace, and all
    there are with `prune`. `timeout_s` is for each call. Every method raises ReconcilerError for what can go wrong.
    Nothing is open between two calls.
    """

    @call
    def __init__(
        self,
        folder: Place | None = None,
        *,
        emulator: str | Literal[False] | None = None,
        workspace: str | None = None,
        lock: Place | None = None,
        files: Place | Iterable[Place] = (),
        prune: bool = False,
        timeout_s: float | None = None,
        actor: str = "",
        run_url: str = "",
    ) -> None:
        self._opener = Opener(settings_from(folder, emulator, workspace, lock, files, prune, timeout_s, actor, run_url))
        self._runs: WeakSet[WorkspaceRun] = WeakSet()
        self._is_closed = False

    def close(self) -> None:
        """End runs that were left in the middle; what they had approved stays in the lock. Idle the second time."""
        self._is_closed = True
        for run in list(self._runs):
            run.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        chosen = self._opener.settings
        name = f", workspace {chosen.workspace}" if chosen.workspace else ""
        return f"<Workspace {chosen.folder}{name}, {f'emulator {chosen.emulator}' if chosen.emulator else 'Google'}>"
