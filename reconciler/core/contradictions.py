"""What no lock that runs have written can say: one job at two addresses, two models that serve one. Pure.

Whoever acted on such a lock would delete one address's model for the other's sake. It is refused whole, before the
cloud is read.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.codes_lock import CODES_LOCK
from reconciler.core.diagnostics import Diagnostic, Location, Severity
from reconciler.core.lock import Entry, Lock, Phase, Role, Training
from reconciler.core.model import Address
from reconciler.core.suggest import suggest

_MERGE = suggest("lock", "merge")
_BY_HAND = "Restore the lock from version control, or move it away: it is rebuilt from the markers."


def contradictions(lock: Lock, path: str) -> list[Diagnostic]:
    """Every one, in the order of addresses; empty for a lock that may be acted on."""
    found = [*_shared(lock, path)]
    for text, entry in sorted(lock.entries.items()):
        found += _twice(text, entry, path)
        found += _serving(text, entry, path)
        for attempt, training in entry.in_order:
            found += _torn(text, attempt, training, path)
    return sorted(found, key=lambda d: (d.address or "", d.code))


def _shared(lock: Lock, path: str) -> Iterator[Diagnostic]:
    """One job, or one model, at two addresses."""
    jobs: dict[str, str] = {}
    models: dict[str, str] = {}
    for text, entry in sorted(lock.entries.items()):
        for training in entry.trainings.values():
            other = jobs.setdefault(training.job, text) if training.job else text
            if other != text:
                yield _told("LOCK012", f"{training.job} is at {other} and at {text}.", text, path)
                continue
            other = models.setdefault(training.model, text) if training.model else text
            if other != text:
                yield _told("LOCK013", f"{training.model} is at {other} and at {text}.", text, path)


def _twice(text: str, entry: Entry, path: str) -> Iterator[Diagnostic]:
    first: dict[str, str] = {}
    for attempt, training in entry.in_order:
        other = first.setdefault(training.job, attempt) if training.job else attempt
        if other != attempt:
            detail = f"{training.job} is attempt {other} and attempt {attempt} of {text}."
            yield _told("LOCK014", detail, text, path)


def _serving(text: str, entry: Entry, path: str) -> Iterator[Diagnostic]:
    serving = entry.with_role(Role.SERVING)
    if len(serving) > 1:
        detail = f"Attempts {' and '.join(serving)} of {text} are both said to serve."
        yield _told("LOCK015", detail, text, path)


def _torn(text: str, attempt: str, training: Training, path: str) -> Iterator[Diagnostic]:
    """A training that says of itself what cannot be."""
    name = training.job or training.model
    is_gemini = Address.parse(text).backend == "gemini"
    words = ""
    if name and name.startswith("tunedModels/") is not is_gemini:
        words = f"names {name}, which is of another service"
    elif training.phase is Phase.INTENDED and training.role is not Role.CANDIDATE:
        words = f"is {training.role.value}, and its create is not answered yet"
    elif training.phase is not Phase.INTENDED and not name:
        words = f"is in phase {training.phase.value}, and no job is named"
    elif training.role is Role.SERVING and training.phase is not Phase.APPLIED:
        words = f"serves in phase {training.phase.value}"
    if words:
        yield _told("LOCK016", f"Attempt {attempt} of {text} {words}.", text, path, fix=_BY_HAND)


def _told(code: str, detail: str, text: str, path: str, *, fix: str = "") -> Diagnostic:
    command = "" if fix else _MERGE
    return Diagnostic(
        code, Severity.ERROR, CODES_LOCK[code].summary, detail,
        fix=fix, command=command, where=Location(path), address=text,
    )  # fmt: skip
