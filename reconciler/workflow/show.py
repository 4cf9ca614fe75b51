"""show: what the lock has of an address; --request: what was sent, or would be."""

from __future__ import annotations

from dataclasses import replace

from reconciler.core import notes
from reconciler.core.attempts import markers_for
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError, Severity
from reconciler.core.lock import Entry
from reconciler.core.model import Address, Declared, Desired, Json
from reconciler.core.submission import submission_of
from reconciler.core.suggest import suggest
from reconciler.workflow.no_model import no_model
from reconciler.workflow.planning import look
from reconciler.workflow.sources import with_sources
from reconciler.workflow.world import World


def locked_entry(world: World, address: Address) -> Entry:
    """Raises ReconcilerError (RUN013) where there is none."""
    entry = world.trusted_lock().entry(address)
    if entry is None:
        detail = f"{address} is not in the lock."
        fix = f"See {suggest('status').quoted}; {suggest('plan').quoted} shows what is declared and not applied."
        raise ReconcilerError(run_diagnostic("RUN013", detail, fix=fix, address=str(address)))
    return entry


def request_body(world: World, desired: Desired, address: Address) -> dict[str, Json]:
    """The body that was sent, where there is a training; else the one that would be."""
    lock = world.trusted_lock()
    live = look(world, desired, lock)
    entry = lock.entry(address)
    declared = desired.models.get(address)
    newest = entry.newest if entry else None
    examples = declared.examples if declared else ()
    backend = world.backends[address.backend]
    if newest is not None:
        attempt, training = newest
        name = training.name or address.name
        markers = markers_for(training.submission, world.workspace.name, name, attempt)
        return backend.request_body(training.submission, markers, examples)
    if declared is None:
        raise no_model(address, entry)
    declared = _with_source(world, declared)
    submission = submission_of(declared, live.identities, world.workspace.uploads_uri)
    return backend.request_body(submission, markers_for(submission, world.workspace.name, address.name, "1"), examples)


def _with_source(world: World, declared: Declared) -> Declared:
    """What is to be copied, as it is now; without it there is nothing to show."""
    found = with_sources(world, Desired.of([declared])).models[declared.address]
    if found.source is not None and not found.source.model:
        raise ReconcilerError(replace(notes.source_unknown(found, found.source.missing), severity=Severity.ERROR))
    return found
