"""What specs, lock and cloud do not agree on, each with the one command that mends it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from reconciler.core.change import Plan
from reconciler.core.checkpoints import is_answering
from reconciler.core.codes_doctor import finding
from reconciler.core.contradictions import at_two_addresses, without_shared_jobs
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.lock import Entry, Lock, Role, Training
from reconciler.core.model import Address, Desired, Live, LiveTraining, Status
from reconciler.core.notes import shared_model
from reconciler.core.ours import MarkedTraining, marked_trainings, unlocked
from reconciler.core.pins import explained
from reconciler.core.plurals import counted
from reconciler.core.shared import shared_models
from reconciler.core.situation import is_alive
from reconciler.core.suggest import SuggestedCommand, suggest

_GC = suggest("gc")
_WAIT = suggest("wait")
_APPLY = suggest("apply")
_PLAN = suggest("plan")


def diagnose(
    desired: Desired,
    live: Live,
    lock: Lock,
    workspace: str,
    *,
    adoptable: frozenset[str] = frozenset(),
    has_journal: bool = False,
    plan: Plan | None = None,
) -> list[Diagnostic]:
    """Every inconsistency, in the order of addresses; none is an error of the run.

    `adoptable` are the trainings that a plan of all specs takes into the lock. `plan` has its refusals.
    """
    known = {*desired.models, *(a for a, _ in lock.by_address)}
    free = unlocked(marked_trainings(live, workspace, known), lock)
    found = list(_left_by_runs(has_journal=has_journal))
    for marked in free:
        is_adoptable = marked.live.resource_name in adoptable
        found += _unlocked(marked, lock, is_adoptable=is_adoptable, is_declared=marked.address in desired.models)
    for address, entry in lock.by_address:
        found += _locked(address, entry, desired, live)
    found += _shared_jobs(lock)
    found += [
        shared_model(address, model, [other for other in holders if other != address])
        for model, holders in shared_models(lock).items()
        for address in holders
    ]
    found += [replace(d, severity=Severity.WARNING, where=None) for d in without_shared_jobs(lock, "")]
    found += _forgotten(live, lock)
    if plan is not None:
        found += _not_applied(plan, {d.address or "" for d in found if d.severity is not Severity.NOTE})
    return sorted(found, key=lambda d: (d.address or "", d.code))


def _left_by_runs(*, has_journal: bool) -> Iterator[Diagnostic]:
    if has_journal:
        yield finding("LOCK106", "Changes stand in the journal beside the lock.", command=_WAIT)


def _unlocked(marked: MarkedTraining, lock: Lock, *, is_adoptable: bool, is_declared: bool) -> Iterator[Diagnostic]:
    """One of ours that the lock does not name."""
    address, live = marked.address, marked.live
    at = {"address": str(address)}
    if is_adoptable:
        detail = f"{live.model or live.resource_name} ({live.state}) was trained from its spec."
        yield finding("LOCK110", detail, command=_APPLY, **at)
    elif live.status in (Status.FAILED, Status.CANCELLED):
        if live.model_exists:
            yield finding(
                "LOCK104", f"{live.resource_name} ended {live.state} and left {live.model}.", command=_GC, **at
            )
    elif live.status is Status.READY and not live.model_exists:
        yield from _endpoints_left(address, live)
    elif lock.entry(address) is not None:
        name = live.model or live.resource_name
        command = _GC if live.is_ready else _beside(address, live)
        yield finding("LOCK102", f"{name} ({live.state}) is not the one in the lock.", command=command, **at)
    else:
        what = "was trained from another spec than its own" if is_declared else "is in no spec and in no lock"
        command = _beside(address, live) if is_declared else suggest("import", address, live.resource_name)
        yield finding("LOCK101", f"{live.model or live.resource_name} ({live.state}) {what}.", command=command, **at)


def _beside(address: Address, live: LiveTraining) -> SuggestedCommand:
    """A training that runs beside the lock comes under an address of its own; there it can be cancelled."""
    return suggest("import", f"{address}-{live.resource_name.rpartition('/')[2][-4:]}", live.resource_name)


def _endpoints_left(address: Address, live: LiveTraining) -> Iterator[Diagnostic]:
    if live.endpoints_left:
        names = ", ".join(live.endpoints_left)
        detail = f"{names} of {live.resource_name}, whose model is gone."
        yield finding("LOCK103", detail, command=_GC, address=str(address))
    for name in live.endpoints_used:
        detail = f"{name} was made by {live.resource_name}, whose model is gone, and serves a model that is not ours."
        yield finding("LOCK113", detail, address=str(address))


def _locked(address: Address, entry: Entry, desired: Desired, live: Live) -> Iterator[Diagnostic]:
    at = {"address": str(address)}
    if entry.pinned is not None:
        yield finding("LOCK114", explained(entry.pinned), command=suggest("promote", address), **at)
    for approved in entry.approved:
        yield finding("LOCK107", f"{approved.action.word.capitalize()} of {address} was approved.", command=_WAIT, **at)
    if desired.is_complete and not _is_declared(address, desired):
        if entry.is_disposable:
            yield finding("LOCK108", f"No spec declares {address}.", command=_PLAN, **at)
        return
    for attempt, training in entry.in_order:
        yield from _training(address, attempt, training, live.trainings.get(training.job))


def _not_applied(plan: Plan, reported: set[str]) -> Iterator[Diagnostic]:
    """How many changes a plan shows of which nothing else was said, and whether it would be carried out at all."""
    pending = [c for c in plan.changes if c.action.is_pending and str(c.address) not in reported]
    refused = sorted({d.code for d in plan.refusals})
    counts = Counter(c.action.word for c in pending)
    words = []
    if pending:
        words.append(
            f"A plan shows {counted(len(pending), 'change')}: {', '.join(f'{n} {word}' for word, n in counts.items())}."
        )
    if refused:
        words.append(f"{'It' if pending else 'A plan'} is refused: {', '.join(refused)}.")
    if words:
        yield finding("LOCK111", " ".join(words), command=_PLAN)


def _forgotten(live: Live, lock: Lock) -> Iterator[Diagnostic]:
    locked = lock.jobs
    for text, grave in sorted(lock.tombstones.items()):
        names = set(grave.resource_names)
        for t in live.trainings.values():
            if t.resource_name not in locked and names & {t.resource_name, t.model} and is_alive(t):
                detail = f"{t.model or t.resource_name} ({t.state}) was forgotten at {grave.at}."
                yield finding("LOCK112", detail, address=text, command=suggest("import", text, t.resource_name))


def _is_declared(address: Address, desired: Desired) -> bool:
    return any(address in (d.address, *d.former_addresses) for d in desired.models.values())


def _training(address: Address, attempt: str, training: Training, live: LiveTraining | None) -> Iterator[Diagnostic]:
    """One locked training against the cloud."""
    at = {"address": str(address)}
    if training.role is Role.FAILED:
        if training.left_model and live is not None and live.model_exists:
            yield finding("LOCK104", f"{training.job} left {training.model}.", command=_GC, **at)
        return
    if not training.job or (training.role is Role.CANDIDATE and live is not None):
        return
    if live is None or not live.model_exists:
        what = f"Attempt {attempt} ({training.role.value}): {training.model or training.job} is gone."
        yield finding("LOCK105", what, command=_replaces(address, training), **at)
    elif training.role is Role.SERVING and not is_answering(training, live):
        what = f"Attempt {attempt} ({training.role.value}): {training.endpoint or 'its endpoint'} is gone."
        yield finding("LOCK105", what, command=_replaces(address, training), **at)


def _replaces(address: Address, training: Training) -> SuggestedCommand:
    """A model that served is trained anew only when a person says so; a deposed one leaves the lock."""
    return _APPLY if training.role is Role.DEPOSED else suggest("apply", "--replace", address)


def _shared_jobs(lock: Lock) -> Iterator[Diagnostic]:
    for text, training, other in at_two_addresses(lock):
        detail = f"{training.job} is at {other} and at {text}."
        yield finding("LOCK109", detail, command=suggest("lock", "merge"), address=text)
