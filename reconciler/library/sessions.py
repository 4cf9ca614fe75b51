"""Whom a workspace talks to, and the session that each call opens for itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypeVar

from reconciler.core.codes_run import run_diagnostic
from reconciler.library.arguments import Place, number_of, path_of, paths_of, text_of
from reconciler.library.errors import CallError
from reconciler.session.clock import SystemClock
from reconciler.session.purpose import CHANGING_S, LOOKING_S, Purpose
from reconciler.session.settings import Settings

if TYPE_CHECKING:
    from reconciler.core.checks import Permissions
    from reconciler.core.settings import Workspace as WorkspaceSettings
    from reconciler.files.specs import Loaded
    from reconciler.session.sessions import DataSession, ExamplesSession, LockSession, SpecsSession

_MOST_AT_ONCE: Final = 64
S = TypeVar("S")
Opened: TypeAlias = Callable[[SystemClock], AbstractContextManager[S]]
"""Opens a session with this clock, for as long as its block lasts."""

PURPOSES: Final = {
    purpose.name: purpose
    for purpose in (
        Purpose("plan", plans=True),
        Purpose("apply", timeout_s=None, changes=True, plans=True),
        Purpose("wait", timeout_s=None, changes=True, needs_lock=True),
        *(
            Purpose(name, needs_lock=True)
            for name in ("status", "show", "history", "gate", "prompt", "output", "metrics")
        ),
        *(Purpose(name, CHANGING_S, changes=True, needs_lock=True) for name in ("cancel", "gc")),
        Purpose("forget", CHANGING_S, changes=True, needs_lock=True, is_decision=True, asks_nobody=True),
        *(Purpose(n, CHANGING_S, changes=True, needs_lock=True, is_decision=True) for n in ("rollback", "promote")),
        Purpose("gate --record", LOOKING_S, changes=True, needs_lock=True),
        Purpose("destroy", CHANGING_S, changes=True, needs_lock=True, plans=True),
        Purpose("import", CHANGING_S, changes=True, plans=True),
        Purpose("doctor", needs_lock=True),
        Purpose("report", plans=True),
        Purpose("reward"),
        Purpose("notify", changes=True, needs_lock=True),
        Purpose("dataset"),
    )
}
"""By the command that does the same: a test compares them with the command line's."""


def settings_from(
    folder: Place | None,
    emulator: str | Literal[False] | None,
    workspace: str | None,
    lock: Place | None,
    files: Place | Iterable[Place],
    prune: bool,
    timeout_s: float | None,
    actor: str,
    run_url: str,
) -> Settings:
    """What is not given is taken from the variables of the command line; with `emulator=False` that one is not."""
    where = _given("folder", folder, "CHDIR") or "."
    return Settings(
        folder=where,
        emulator=None if emulator is False else _given("emulator", emulator, "EMULATOR"),
        workspace=_given("workspace", workspace, "WORKSPACE"),
        lock=_given("lock", lock, "LOCK") if lock is not None else _lock_of_variable(where),
        files=paths_of("files", files),
        prune=prune is True,
        parallelism=_parallelism(),
        timeout_s=number_of("timeout_s", timeout_s, 0),
        actor=text_of("actor", actor),
        run_url=text_of("run_url", run_url),
    )


def _given(name: str, value: Place | None, variable: str) -> str | None:
    """The argument, or else its variable. An empty variable counts as unset, an empty argument is a mistake."""
    return os.environ.get(f"TUNEFORM_{variable}") or None if value is None else path_of(name, value)


def _lock_of_variable(folder: str) -> str | None:
    """As the command line has it: a path there is relative to the folder of -C."""
    place = os.environ.get("TUNEFORM_LOCK") or None
    return place if place is None or "://" in place else os.path.join(folder, place)  # noqa: PTH118 - an absolute one wins


def _parallelism() -> int:
    text = os.environ.get("TUNEFORM_PARALLELISM") or str(Settings().parallelism)
    if not (text.isdecimal() and 1 <= int(text) <= _MOST_AT_ONCE):
        fix = f"Write a number from 1 to {_MOST_AT_ONCE}."
        raise CallError(run_diagnostic("RUN028", f"TUNEFORM_PARALLELISM is {text!r}.", fix=fix))
    return int(text)


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens a session for each need, as the command line does; specs are read anew each time."""

    settings: Settings

    def within(self, timeout_s: float | None) -> Opener:
        """The same, with another time for the call."""
        if timeout_s is None:
            return self
        return Opener(replace(self.settings, timeout_s=number_of("timeout_s", timeout_s, 0)))

    def loaded(self, *, with_policies: bool = False) -> Loaded:
        """Specs and workspace; its own rules are read where somebody is judged by them."""
        from reconciler.files.specs import load
        from reconciler.session.workspace import catalog_of

        chosen = self.settings
        return load(
            chosen.folder,
            workspace=chosen.workspace,
            files=chosen.files,
            with_policies=with_policies,
            catalog_of=catalog_of,
        )

    def workspace(self) -> WorkspaceSettings:
        """The workspace alone; raises ReconcilerError with its mistakes."""
        from reconciler.session.workspace import read_workspace

        return read_workspace(self.settings)

    def lock(self, name: str) -> Opened[LockSession]:
        """For what the lock and the cloud alone know of."""

        @contextmanager
        def opened(clock: SystemClock) -> Iterator[LockSession]:
            from reconciler.session.opening import open_lock
            from reconciler.session.workspace import find_workspace

            with open_lock(self.settings, find_workspace(self.settings), clock, PURPOSES[name]) as now:
                yield now

        return opened

    def examples(self, name: str) -> Opened[ExamplesSession]:
        """For what is approved already."""

        @contextmanager
        def opened(clock: SystemClock) -> Iterator[ExamplesSession]:
            from reconciler.session.opening import open_examples

            with open_examples(self.settings, self.loaded(), clock, PURPOSES[name]) as now:
                yield now

        return opened

    def specs(self, name: str) -> Opened[SpecsSession]:
        """For what looks at the specs as they are written."""

        @contextmanager
        def opened(clock: SystemClock) -> Iterator[SpecsSession]:
            from reconciler.session.opening import open_specs

            with open_specs(
                self.settings, self.loaded(with_policies=PURPOSES[name].plans), clock, PURPOSES[name]
            ) as now:
                yield now

        return opened

    def data(self, name: str) -> Opened[DataSession]:
        """For what compares the specs with the cloud."""

        @contextmanager
        def opened(clock: SystemClock) -> Iterator[DataSession]:
            from reconciler.session.opening import open_data

            with open_data(
                self.settings, self.loaded(with_policies=PURPOSES[name].plans), clock, PURPOSES[name]
            ) as now:
                yield now

        return opened


def permissions_in(now: LockSession, allowed: frozenset[str]) -> Permissions:
    """These, and the dated lines of the workspace."""
    from reconciler.core.checks import Permissions

    return Permissions.of(allowed, now.world.workspace, now.world.today)
