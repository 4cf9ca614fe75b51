"""Open a session: nowhere else are target, clients, lock and workspace put together.

Nothing is read of any command line here, and no signal is heard.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.backends.base import Storage
from reconciler.backends.deadline import Deadline
from reconciler.core.catalog import Catalog
from reconciler.core.diagnostics import Diagnostic, ReconcilerError
from reconciler.core.model import Declared
from reconciler.core.notices import Sink
from reconciler.core.settings import Workspace
from reconciler.core.suggest import suggest
from reconciler.files.author import author_of
from reconciler.files.catalog import catalog_at_hand
from reconciler.files.commit import commit_of
from reconciler.files.data_contents import DataContents
from reconciler.files.data_differences import DataDifferences
from reconciler.files.specs import Loaded
from reconciler.files.token_counts import TokenCounts
from reconciler.render.values import Banner
from reconciler.session.clock import SystemClock
from reconciler.session.examples import examples_as_approved
from reconciler.session.late import naming_what_is_open
from reconciler.session.lock_place import lock_place, lock_store, must_be_there
from reconciler.session.neighbours import Neighbours
from reconciler.session.purpose import Purpose
from reconciler.session.sessions import DataSession, ExamplesSession, LockSession, SpecsSession
from reconciler.session.settings import Settings
from reconciler.session.specs import broken
from reconciler.session.targets import ConnectedTarget, opened_target
from reconciler.workflow.world import World

if TYPE_CHECKING:
    from reconciler.gate import Bench

COUNTS_CACHE = ".tuneform/cache/tokens"
CONTENTS_CACHE = ".tuneform/cache/contents"
DIFFERENCES_CACHE = ".tuneform/cache/differences"
_EMULATOR_POLL_S = 0.5
_GOOGLE_POLL_S = 10.0


@contextmanager
def open_lock(chosen: Settings, workspace: Workspace, clock: SystemClock, purpose: Purpose) -> Iterator[LockSession]:
    """With the lock alone: no spec is read."""
    with _opened(chosen, workspace, clock, purpose) as opened:
        yield opened


@contextmanager
def open_examples(chosen: Settings, loaded: Loaded, clock: SystemClock, purpose: Purpose) -> Iterator[ExamplesSession]:
    """With the lock, and the examples that only the specs have, whatever is wrong with the specs otherwise."""
    with _opened_beside(loaded, chosen, clock, purpose) as now:
        examples = examples_as_approved(loaded.readable.models.values(), now.world.store)
        yield ExamplesSession(now.world, now.banner, now.clock, now.deadline, examples)


@contextmanager
def open_specs(chosen: Settings, loaded: Loaded, clock: SystemClock, purpose: Purpose) -> Iterator[SpecsSession]:
    """With the specs as written."""
    with _opened_beside(loaded, chosen, clock, purpose) as now:
        yield SpecsSession(now.world, now.banner, now.clock, now.deadline, loaded, chosen.is_whole)


@contextmanager
def open_data(chosen: Settings, loaded: Loaded, clock: SystemClock, purpose: Purpose) -> Iterator[DataSession]:
    """With the specs and what their data holds."""
    with _opened_beside(loaded, chosen, clock, purpose) as now:
        yield DataSession(now.world, now.banner, now.clock, now.deadline, loaded, chosen.is_whole, chosen.folder)


@contextmanager
def _opened_beside(loaded: Loaded, chosen: Settings, clock: SystemClock, purpose: Purpose) -> Iterator[LockSession]:
    """Where specs were read: what is wrong with them stops it only where nobody can tell which workspace is meant."""
    if not loaded.is_settled:
        raise broken(loaded)
    mistakes = [d for d in loaded.diagnostics if d.is_error]
    specs = list(loaded.readable.models.values())
    with _opened(
        chosen, loaded.workspace, clock, purpose, specs=specs, mistakes=mistakes, known=loaded.catalog
    ) as opened:
        yield replace(opened, world=replace(opened.world, policies=loaded.policies))


@contextmanager
def _opened(
    chosen: Settings,
    workspace: Workspace,
    clock: SystemClock,
    purpose: Purpose,
    *,
    specs: Sequence[Declared] = (),
    mistakes: Sequence[Diagnostic] = (),
    known: Catalog | None = None,
) -> Iterator[LockSession]:
    catalog = known or catalog_at_hand(workspace)
    deadline = Deadline(clock, purpose.timeout_s if chosen.timeout_s is None else chosen.timeout_s)
    is_asked = not purpose.asks_nobody or (chosen.lock or workspace.lock).startswith("gs://")
    opening = opened_target(chosen, workspace, clock, deadline, is_asked=is_asked)
    with naming_what_is_open(None, purpose), opening as target:
        place = lock_place(chosen, workspace, is_embedded=target.is_embedded)
        workspace = replace(workspace, lock=place, name=_name_of(workspace, target, mistakes))
        commit = _commit(specs, Path(chosen.folder))
        author = author_of(os.environ, commit, actor=chosen.actor, run_url=chosen.run_url, by_hand=purpose.is_decision)
        banner = _banner(target, workspace)
        world = _world(target, workspace, clock, chosen, purpose, catalog)
        world = replace(world, commit=commit, by=author, banner=banner)
        if workspace.notify:
            world = replace(world, sinks=_sinks(workspace, target, clock, deadline))
        if chosen.lock and purpose.needs_lock:
            must_be_there(world.store, chosen.lock)
        with naming_what_is_open(world.store, purpose):
            yield LockSession(world, banner, clock, deadline)


def _commit(specs: Sequence[Declared], folder: Path) -> str:
    """Of the folder of the specs, which may lie in another repository than the workspace (-f)."""
    places = (Path(d.where.path).parent for d in specs)
    return commit_of(next((p for p in places if p.is_dir()), folder), os.environ)


def _world(
    target: ConnectedTarget,
    workspace: Workspace,
    clock: SystemClock,
    chosen: Settings,
    purpose: Purpose,
    catalog: Catalog,
) -> World:
    from reconciler.backends.gemini import Gemini
    from reconciler.backends.storage import CloudStorage
    from reconciler.backends.vertex import Vertex

    http = target.http
    storage = CloudStorage(http)
    folder, parallelism = Path(chosen.folder), 1 if target.is_embedded else chosen.parallelism
    return World(
        workspace=workspace,
        target=target.name,
        backends={backend.name: backend for backend in (Vertex(http), Gemini(http))},
        storage=storage,
        store=lock_store(workspace.lock, http, clock, purpose),
        clock=clock,
        catalog=catalog,
        parallelism=parallelism,
        poll_s=_GOOGLE_POLL_S if target.name == "google" else _EMULATOR_POLL_S,
        counts=TokenCounts(folder / _counts_folder(target)),
        contents=DataContents(folder / CONTENTS_CACHE),
        differences=DataDifferences(folder / DIFFERENCES_CACHE),
        bench=partial(_bench, storage, clock, folder, target.name, parallelism, catalog),
        neighbour=Neighbours(chosen, http, clock, purpose, target.is_embedded).lock_of,
    )


def _bench(
    storage: Storage, clock: SystemClock, folder: Path, target: str, parallelism: int, catalog: Catalog
) -> Bench:
    from reconciler.session.judging import bench_of

    return bench_of(storage, clock, folder, target=target, parallelism=parallelism, served_in=catalog.served_in)


def _sinks(workspace: Workspace, target: ConnectedTarget, clock: SystemClock, deadline: Deadline) -> tuple[Sink, ...]:
    from reconciler.session.notifying import sinks_of

    return sinks_of(workspace, clock, lambda: deadline.left_s, is_emulator=bool(target.emulator))


def _counts_folder(target: ConnectedTarget) -> str:
    """An emulator counts in its own way, which must not price a training at Google."""
    return COUNTS_CACHE if target.name == "google" else f"{COUNTS_CACHE}-emulator"


def _name_of(workspace: Workspace, target: ConnectedTarget, mistakes: Sequence[Diagnostic]) -> str:
    """Against Google a workspace must have a name: there is no default to share by accident."""
    if workspace.name or target.name != "google":
        return workspace.name or "local"
    from reconciler.core.codes_run import run_diagnostic

    unnamed = run_diagnostic(
        "RUN014",
        f"{workspace.path} has no metadata.name, or there is no such file.",
        fix=f"Write one with {suggest('init').quoted}, or add --emulator to try without an account.",
    )
    raise ReconcilerError(*(mistakes or [unnamed]))


def _banner(target: ConnectedTarget, workspace: Workspace) -> Banner:
    return Banner(
        emulator=target.emulator,
        project=next((home.project for home in workspace.homes.values() if home.project), ""),
        location=next((home.location for home in workspace.homes.values() if home.location), ""),
        identity=target.identity,
        workspace=workspace.name,
        lock=workspace.lock,
    )
