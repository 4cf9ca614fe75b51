"""Put the parts together: target, clients, lock, workspace. Nowhere else are the real ones made."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.backends.deadline import Deadline
from reconciler.cli import exits
from reconciler.cli.clock import SystemClock
from reconciler.cli.late import timeout_of, told_when_late
from reconciler.cli.options import Settings, settings
from reconciler.cli.targets import Target, emulator_lock, opened_target
from reconciler.core.catalog import Catalog
from reconciler.core.diagnostics import Diagnostic, Location, ReconcilerError, in_order
from reconciler.core.lock import Lock
from reconciler.core.model import Desired
from reconciler.core.settings import Workspace
from reconciler.core.suggest import suggest
from reconciler.files.catalog import shipped_catalog
from reconciler.files.commit import commit_of
from reconciler.files.data_cache import DataCache
from reconciler.files.data_contents import DataContents
from reconciler.files.specs import Loaded, load
from reconciler.files.token_counts import TokenCounts
from reconciler.render.values import Banner
from reconciler.version import __version__
from reconciler.workflow.data import Known, Rules, know_data
from reconciler.workflow.world import World

if TYPE_CHECKING:
    from reconciler.apply import Wait
    from reconciler.backends.http import Http
    from reconciler.core.store import LockStore

DATA_CACHE = ".tuneform/cache/data"
COUNTS_CACHE = ".tuneform/cache/tokens"
CONTENTS_CACHE = ".tuneform/cache/contents"
_OF_A_LOCK = frozenset(
    {"wait", "output", "status", "gate", "show", "cancel", "forget", "metrics", "prompt", "destroy", "gc", "doctor"}
)
"""What is about things that a lock records, and has nothing to say without one."""
_OTHER_SCHEME = re.compile(r"[A-Za-z][\w+.-]*:/")
"""`s3://…` is a path too, of a folder that nobody meant."""
_EMULATOR_POLL_S = 0.5
_GOOGLE_POLL_S = 10.0


@dataclass(frozen=True, slots=True)
class Session:
    """One command's world, with what the first line of its output says."""

    world: World
    loaded: Loaded
    banner: Banner
    clock: SystemClock
    deadline: Deadline
    is_whole: bool = True
    folder: str = "."

    @property
    def desired(self) -> Desired:
        """The specs, with the identity of all local data; raises ReconcilerError with every mistake."""
        return known_data(self.loaded, complete=self.is_whole, folder=self.folder).desired

    def wait(self, *, no_wait: bool) -> Wait:
        """How long there is to wait for what was started."""
        from reconciler.apply import Wait

        timeout_s = self.deadline.timeout_s
        spent_s = 0.0 if timeout_s is None else max(0.0, timeout_s - self.deadline.left_s)
        return Wait(no_wait=no_wait, timeout_s=timeout_s, poll_s=self.world.poll_s, spent_s=spent_s)

    @property
    def declared(self) -> Desired:
        """The specs as written."""
        return declared(self.loaded, complete=self.is_whole)


def declared(loaded: Loaded, *, complete: bool) -> Desired:
    """One mistake anywhere ends the run before anything is observed."""
    errors = [d for d in loaded.diagnostics if d.is_error]
    if loaded.desired is None or errors:
        raise _broken(loaded)
    return replace(loaded.desired, is_complete=complete)


def _broken(loaded: Loaded) -> ReconcilerError:
    return ReconcilerError(*in_order(loaded.diagnostics), exit_code=exit_code_of(loaded.diagnostics))


def exit_code_of(found: Sequence[Diagnostic]) -> int:
    """How loading ends: nothing to read at all is wrong usage, a mistake in what was read is not."""
    codes = {d.code for d in found if d.is_error}
    if not codes:
        return exits.OK
    return exits.USAGE if codes == {"SPEC014"} else exits.FAILED


def known_data(loaded: Loaded, *, complete: bool, folder: str = ".") -> Known:
    """The specs with what their local data holds; unchanged files are not read again (see DataCache)."""
    workspace = loaded.workspace
    cache = DataCache(Path(folder) / DATA_CACHE, SystemClock().now)
    specs = declared(loaded, complete=complete)
    return know_data(specs, workspace.staging_uri, rules_of(workspace), cache)


def rules_of(workspace: Workspace) -> Rules:
    """How the workspace wants training data to be checked."""
    return Rules(workspace.data_rules, workspace.path, catalog_of(workspace))


def catalog_of(workspace: Workspace) -> Catalog:
    """The shipped catalogue with the workspace's corrections."""
    return shipped_catalog().overridden(workspace.models)


def read_workspace(chosen: Settings) -> Workspace:
    """The workspace alone, for what needs no specs; raises ReconcilerError with its mistakes."""
    from reconciler.files.settings_file import load_workspace

    enter_folder(chosen)
    workspace, mistakes = load_workspace(Path(), chosen.workspace, __version__)
    if any(d.is_error for d in mistakes):
        raise ReconcilerError(*in_order(mistakes))
    return workspace


def enter_folder(chosen: Settings) -> None:
    """The folder of -C, once."""
    if chosen.folder != ".":
        _enter(chosen.folder)
        chosen.folder = "."


def read_specs(chosen: Settings) -> Loaded:
    """Specs and workspace, from where the command line says."""
    enter_folder(chosen)
    stdin = _piped_in() if "-" in chosen.files else None
    return load(".", workspace=chosen.workspace, files=chosen.files, stdin=stdin)


def _piped_in() -> bytes:
    from reconciler.files.sources import UnreadableFileError, piped_source

    try:
        return piped_source().data
    except UnreadableFileError as exc:
        raise ReconcilerError(exc.diagnostic) from exc


@contextmanager
def session(purpose: str) -> Iterator[Session]:
    """Everything a command needs to talk to its target; closed at the end."""
    chosen = settings()
    loaded = read_specs(chosen)
    clock = SystemClock()
    with clock.listening(), open_session(chosen, loaded, clock, purpose) as opened:
        yield opened


@contextmanager
def open_session(chosen: Settings, loaded: Loaded, clock: SystemClock, purpose: str) -> Iterator[Session]:
    """The same for a caller who is no command line: nothing is read of click, and no signal is heard."""
    if not loaded.is_settled:
        raise _broken(loaded)
    workspace = loaded.workspace
    deadline = Deadline(clock, timeout_of(purpose) if chosen.timeout_s is None else chosen.timeout_s)
    chosen.on_answer = deadline.extend
    with told_when_late(None, purpose), opened_target(chosen, workspace, clock, deadline) as target:
        own = str(Path(chosen.folder) / emulator_lock(chosen.workspace)) if target.is_embedded else workspace.lock
        workspace = replace(workspace, lock=chosen.lock or own, name=_named(workspace, loaded, target))
        world = replace(_world(target, workspace, clock, chosen, purpose), commit=_commit(loaded, Path(chosen.folder)))
        if chosen.lock and purpose in _OF_A_LOCK:
            _must_be_there(world.store, chosen.lock)
        with told_when_late(world.store, purpose):
            yield Session(
                world,
                loaded,
                _banner(target, workspace),
                clock,
                deadline,
                is_whole=chosen.prune or not chosen.files,
                folder=chosen.folder,
            )


def _must_be_there(store: LockStore, path: str) -> None:
    """A misspelt lock is no empty one. What was written once has a lineage, or entries in its journal."""
    if store.read() == Lock():
        from reconciler.core.codes_lock import lock_error

        fix = "Correct the path: --lock goes before TUNEFORM_LOCK."
        raise lock_error("LOCK023", f"There is nothing at {path}.", path=path, fix=fix)


def _commit(loaded: Loaded, folder: Path) -> str:
    """Of the folder of the specs, which may lie in another repository than the workspace (-f)."""
    models = loaded.desired.models.values() if loaded.desired else ()
    places = (Path(d.where.path).parent for d in models)
    return commit_of(next((p for p in places if p.is_dir()), folder), os.environ)


def _world(target: Target, workspace: Workspace, clock: SystemClock, chosen: Settings, purpose: str) -> World:
    from reconciler.backends.gemini import Gemini
    from reconciler.backends.storage import CloudStorage
    from reconciler.backends.vertex import Vertex

    http = target.http
    return World(
        workspace=workspace,
        target=target.name,
        backends={"vertex": Vertex(http), "gemini": Gemini(http)},
        storage=CloudStorage(http),
        store=lock_store(workspace.lock, http, clock, purpose),
        clock=clock,
        catalog=catalog_of(workspace),
        parallelism=1 if target.is_embedded else chosen.parallelism,
        poll_s=_GOOGLE_POLL_S if target.name == "google" else _EMULATOR_POLL_S,
        counts=TokenCounts(Path(chosen.folder) / _counts_folder(target)),
        contents=DataContents(Path(chosen.folder) / CONTENTS_CACHE),
    )


def _counts_folder(target: Target) -> str:
    """An emulator counts in its own way, which must not price a training at Google."""
    return COUNTS_CACHE if target.name == "google" else f"{COUNTS_CACHE}-emulator"


def lock_store(place: str, http: Http, clock: SystemClock, purpose: str) -> LockStore:
    """A file beside the workspace, or an object that several machines share."""
    if place.startswith("gs://"):
        from reconciler.backends.objects import Objects
        from reconciler.files.bucket_lock import BucketLock

        return BucketLock(place, Objects(http), clock, purpose=purpose)
    if _OTHER_SCHEME.match(place):
        from reconciler.core.codes_lock import lock_error

        fix = "Write a path, or gs://BUCKET/NAME for a lock that several machines share."
        raise lock_error("LOCK001", "It is neither a path nor an object in Cloud Storage.", path=place, fix=fix)
    from reconciler.files.lockfile import LockFile

    return LockFile(place, clock, purpose=purpose)


def _named(workspace: Workspace, loaded: Loaded, target: Target) -> str:
    """Against Google a workspace must have a name: there is no default to share by accident."""
    if workspace.name or target.name != "google":
        return workspace.name or "local"
    from reconciler.core.codes_run import run_diagnostic

    unnamed = run_diagnostic(
        "RUN014",
        f"{workspace.path} has no metadata.name, or there is no such file.",
        fix=f"Write one with {suggest('init').quoted}, or add --emulator to try without an account.",
    )
    raise ReconcilerError(*([d for d in loaded.diagnostics if d.is_error] or [unnamed]))


def _banner(target: Target, workspace: Workspace) -> Banner:
    return Banner(
        emulator=target.emulator,
        project=workspace.vertex_project or workspace.gemini_project,
        location=workspace.vertex_location,
        identity=target.identity,
        workspace=workspace.name,
        lock=workspace.lock,
    )


def _enter(folder: str) -> None:
    try:
        os.chdir(folder)
    except OSError as exc:
        from reconciler.core.codes_spec import spec_error

        detail = f"{folder} cannot be entered: {exc.strerror}."
        raise ReconcilerError(
            spec_error("SPEC060", Location(folder), detail, "Name the folder of the workspace with -C.")
        ) from exc


def warnings_of(loaded: Loaded) -> list[Diagnostic]:
    """What loading says without being an error."""
    return [d for d in in_order(loaded.diagnostics) if not d.is_error]
