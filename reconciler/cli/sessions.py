"""The session of a command: its command line as settings, its folder entered, signals heard while it is open."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.cli.command_line import CommandLine, command_line
from reconciler.core.diagnostics import Location, ReconcilerError
from reconciler.core.settings import Workspace
from reconciler.files.specs import Loaded, load
from reconciler.session import workspace
from reconciler.session.clock import SystemClock
from reconciler.session.opening import open_data, open_examples, open_lock, open_specs
from reconciler.session.purpose import CHANGING_S, Purpose
from reconciler.session.sessions import DataSession, ExamplesSession, LockSession, SpecsSession
from reconciler.session.settings import Settings

PURPOSES = {
    purpose.name: purpose
    for purpose in (
        Purpose("plan", plans=True),
        Purpose("apply", timeout_s=None, changes=True, plans=True),
        Purpose("wait", timeout_s=None, changes=True, needs_lock=True),
        Purpose("status", needs_lock=True),
        Purpose("status --watch", timeout_s=None, needs_lock=True),
        Purpose("show", needs_lock=True),
        Purpose("history", needs_lock=True),
        Purpose("notify", changes=True, needs_lock=True),
        Purpose("query"),
        Purpose("cancel", timeout_s=CHANGING_S, changes=True, needs_lock=True),
        Purpose("destroy", timeout_s=CHANGING_S, changes=True, needs_lock=True, plans=True),
        Purpose("import", timeout_s=CHANGING_S, changes=True, plans=True),
        Purpose("forget", timeout_s=CHANGING_S, changes=True, needs_lock=True, is_decision=True, asks_nobody=True),
        Purpose("rollback", timeout_s=CHANGING_S, changes=True, needs_lock=True, is_decision=True),
        Purpose("promote", timeout_s=CHANGING_S, changes=True, needs_lock=True, is_decision=True),
        Purpose("gate", needs_lock=True),
        Purpose("gate --record", changes=True, needs_lock=True),
        Purpose("prompt", needs_lock=True),
        Purpose("reward"),
        Purpose("output", needs_lock=True),
        Purpose("output --watch", timeout_s=None, needs_lock=True),
        Purpose("metrics", needs_lock=True),
        Purpose("metrics --watch", timeout_s=None, needs_lock=True),
        Purpose("report", plans=True),
        Purpose("state list", needs_lock=True, asks_nobody=True),
        Purpose("state show", needs_lock=True, asks_nobody=True),
        Purpose("state pull", needs_lock=True, asks_nobody=True),
        Purpose("state mv", changes=True, needs_lock=True, is_decision=True, asks_nobody=True),
        Purpose("state push", changes=True, is_decision=True, asks_nobody=True),
        Purpose("lock merge"),
        Purpose("lock unlock"),
        Purpose("gc", timeout_s=CHANGING_S, changes=True, needs_lock=True),
        Purpose("doctor", needs_lock=True),
        Purpose("dataset"),
    )
}
"""By command. A training takes as long as it takes: apply and wait end with it."""


@contextmanager
def lock_session(command: str) -> Iterator[LockSession]:
    """For what the lock and the cloud alone know of."""
    chosen, clock = settings_here(), SystemClock()
    settled = workspace.find_workspace(chosen)
    with clock.listening(), open_lock(chosen, settled, clock, PURPOSES[command]) as now:
        yield now


@contextmanager
def looking_session(command: str) -> Iterator[LockSession]:
    """The same for what may be asked outside of any workspace, about a project that is named."""
    chosen, clock = settings_here(), SystemClock()
    settled = workspace.find_workspace(chosen) if workspace.is_here(chosen) else workspace.NO_WORKSPACE
    with clock.listening(), open_lock(chosen, settled, clock, PURPOSES[command]) as now:
        yield now


@contextmanager
def examples_session(command: str) -> Iterator[ExamplesSession]:
    """For what is approved already."""
    chosen, clock = settings_here(), SystemClock()
    loaded = read_specs()
    with clock.listening(), open_examples(chosen, loaded, clock, PURPOSES[command]) as now:
        yield now


@contextmanager
def specs_session(command: str) -> Iterator[SpecsSession]:
    """For what looks at the specs as they are written."""
    chosen, clock = settings_here(), SystemClock()
    loaded = read_specs(with_policies=PURPOSES[command].plans)
    with clock.listening(), open_specs(chosen, loaded, clock, PURPOSES[command]) as now:
        yield now


@contextmanager
def data_session(command: str) -> Iterator[DataSession]:
    """For what compares the specs with the cloud."""
    chosen, clock = settings_here(), SystemClock()
    loaded = read_specs(with_policies=PURPOSES[command].plans)
    with clock.listening(), open_data(chosen, loaded, clock, PURPOSES[command]) as now:
        yield now


def read_specs(*, with_policies: bool = False) -> Loaded:
    """Specs and workspace, from where the command line says; with its rules for what is judged by them."""
    chosen = settings_here()
    stdin = _piped_in() if "-" in chosen.files or (not chosen.files and _is_piped_in(chosen)) else None
    return load(
        chosen.folder,
        workspace=chosen.workspace,
        files=chosen.files,
        stdin=stdin,
        with_policies=with_policies,
        catalog_of=workspace.catalog_of,
    )


def read_workspace() -> Workspace:
    """The workspace alone; raises ReconcilerError with its mistakes."""
    return workspace.read_workspace(settings_here())


def settings_here() -> Settings:
    """Those of the running command, in the folder of -C."""
    line = command_line()
    enter_folder(line)
    return line.settings()


def enter_folder(line: CommandLine) -> None:
    """The folder of -C, once."""
    if line.folder == ".":
        return
    try:
        os.chdir(line.folder)
    except OSError as exc:
        from reconciler.core.codes_spec import spec_error

        detail = f"{line.folder} cannot be entered: {exc.strerror}."
        raise ReconcilerError(
            spec_error("SPEC060", Location(line.folder), detail, "Name the folder of the workspace with -C.")
        ) from exc
    line.folder = "."


def _is_piped_in(chosen: Settings) -> bool:
    """Whether the workspace says so. A terminal has nothing in it that anybody meant."""
    from reconciler.files.settings_file import specs_from

    source = specs_from(Path(chosen.folder), chosen.workspace)
    return source is not None and source.stdin and not sys.stdin.isatty()


def _piped_in() -> bytes:
    from reconciler.files.sources import UnreadableFileError, piped_source

    try:
        return piped_source().data
    except UnreadableFileError as exc:
        raise ReconcilerError(exc.diagnostic) from exc
