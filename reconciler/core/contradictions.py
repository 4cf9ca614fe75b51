"""What no lock that runs have written can say: one job at two addresses, two models that serve one. Pure.

Whoever acted on such a lock would delete one address's model for the other's sake. It is refused whole, before the
cloud is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.core.codes_lock import CODES_LOCK
from reconciler.core.diagnostics import Diagnostic, Location, Severity
from reconciler.core.dialects import dialect_of
from reconciler.core.lock import Entry, Lock, Phase, Role, Training
from reconciler.core.model import Address
from reconciler.core.suggest import suggest

_MERGE = suggest("lock", "merge")
_BY_HAND = "Restore the lock from version control, or move it away: it is rebuilt from the markers."


def contradictions(lock: Lock, path: str) -> list[Diagnostic]:
    """Every one, in the order of addresses; empty for a lock that may be acted on."""
    return _in_order([*_shared_jobs(lock, path), *_others(lock, path)])


def without_shared_jobs(lock: Lock, path: str) -> list[Diagnostic]:
    """The same for a caller that finds a job at two addresses by itself."""
    return _in_order(_others(lock, path))


def _in_order(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    return sorted(found, key=lambda d: (d.address or "", d.code))


def _others(lock: Lock, path: str) -> Iterator[Diagnostic]:
    yield from _shared_models(lock, path)
    for text, entry in sorted(lock.entries.items()):
        yield from _twice(text, entry, path)
        yield from _serving(text, entry, path)
        for attempt, training in entry.in_order:
            yield from _torn(text, attempt, training, path)


def _shared_jobs(lock: Lock, path: str) -> Iterator[Diagnostic]:
    for text, training, other in at_two_addresses(lock):
        yield _contradiction("LOCK012", f"{training.job} is at {other} and at {text}.", text, path)


def at_two_addresses(lock: Lock) -> Iterator[tuple[str, Training, str]]:
    """An address with a training whose job another address has, and that one."""
    first: dict[str, str] = {}
    for text, entry in sorted(lock.entries.items()):
        for training in entry.trainings.values():
            other = first.setdefault(training.job, text) if training.job else text
            if other != text:
                yield text, training, other


def _shared_models(lock: Lock, path: str) -> Iterator[Diagnostic]:
    """One model at two addresses, by two jobs: of one job it goes without saying."""
    jobs = {(text, id(training)) for text, training, _ in at_two_addresses(lock)}
    first: dict[str, str] = {}
    for text, entry in sorted(lock.entries.items()):
        for training in entry.trainings.values():
            if (text, id(training)) in jobs or not training.model:
                continue
            other = first.setdefault(training.model, text)
            if other != text:
                yield _contradiction("LOCK013", f"{training.model} is at {other} and at {text}.", text, path)


def _twice(text: str, entry: Entry, path: str) -> Iterator[Diagnostic]:
    first: dict[str, str] = {}
    for attempt, training in entry.in_order:
        other = first.setdefault(training.job, attempt) if training.job else attempt
        if other != attempt:
            detail = f"{training.job} is attempt {other} and attempt {attempt} of {text}."
            yield _contradiction("LOCK014", detail, text, path)


def _serving(text: str, entry: Entry, path: str) -> Iterator[Diagnostic]:
    serving = entry.with_role(Role.SERVING)
    if len(serving) > 1:
        detail = f"Attempts {' and '.join(serving)} of {text} are both said to serve."
        yield _contradiction("LOCK015", detail, text, path)


def _torn(text: str, attempt: str, training: Training, path: str) -> Iterator[Diagnostic]:
    """A training that says of itself what cannot be."""
    name = training.job or training.model
    words = ""
    if name and not name.startswith(dialect_of(Address.parse(text)).resources):
        words = f"names {name}, which is of another service"
    elif training.phase is Phase.INTENDED and training.role is not Role.CANDIDATE:
        words = f"is {training.role.value}, and its create is not answered yet"
    elif training.phase is not Phase.INTENDED and not name:
        words = f"is in phase {training.phase.value}, and no job is named"
    elif training.role is Role.SERVING and training.phase is not Phase.APPLIED:
        words = f"serves in phase {training.phase.value}"
    if words:
        yield _contradiction("LOCK016", f"Attempt {attempt} of {text} {words}.", text, path, fix=_BY_HAND)


def _contradiction(code: str, detail: str, text: str, path: str, *, fix: str = "") -> Diagnostic:
    command = "" if fix else _MERGE
    return Diagnostic(
        code, Severity.ERROR, CODES_LOCK[code].summary, detail,
        fix=fix, command=command, where=Location(path), address=text,
    )  # fmt: skip
