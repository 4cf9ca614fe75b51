"""What is wrong with a training as it stands, for somebody to look at: nothing is done about it by itself. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum

from reconciler.core.bills import base_in_lock
from reconciler.core.checkpoints import is_answering
from reconciler.core.durations import duration_s
from reconciler.core.evidence.conclusion import Conclusion
from reconciler.core.lock import Entry, Lock, Role, Submission, Training
from reconciler.core.model import Address, Lifecycle, LiveTraining, Status
from reconciler.core.settings import Limits
from reconciler.core.tuned_from import base_named

NO_STEP_S = 3 * 3600.0
"""A training that has done no step for so long is stuck. Ours: the longest silence of a recorded job, between two
evaluations, was minutes."""


class ConcernKind(Enum):
    """What is wrong, by its word in every form of output."""

    FAILED = "failed"
    REFUSED = "refused"
    UNDECIDED = "undecided"
    STUCK = "stuck"
    BLOCKED = "blocked"
    GONE = "gone"
    RETIRING = "retiring"


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing that is wrong, and a sentence about it. `since_s` is how long a stuck one has been so, in seconds."""

    kind: ConcernKind
    text: str
    since_s: float | None = None


def of_result(entry: Entry, attempt: str, training: Training, live: LiveTraining | None) -> Iterator[Concern]:
    """How the last training of an address ended, where that was not well. Older ones are history."""
    newest = entry.newest
    if newest is None or newest[0] != attempt or training.role in (Role.SERVING, Role.DEPOSED):
        return
    status = training.status or (live.status if live else None)
    has_ended = training.role is Role.FAILED or (
        status is not None and status is not Status.READY and status.is_terminal
    )
    if training.gate_refused:
        kind = ConcernKind.UNDECIDED if training.is_undecided else ConcernKind.REFUSED
        yield Concern(kind, training.gate_refused)
    elif has_ended and status is Status.CANCELLED:
        if not training.cancel_requested:
            yield Concern(ConcernKind.FAILED, "somebody cancelled it")
    elif has_ended:
        yield Concern(
            ConcernKind.FAILED, training.error or (live.error if live else "") or "the service does not say why"
        )


def of_what_serves(training: Training, live: LiveTraining | None) -> Iterator[Concern]:
    """What answers for an address and is not there any more."""
    if training.role is not Role.SERVING:
        return
    if live is None or not live.model_exists:
        yield Concern(ConcernKind.GONE, f"{training.model or training.job} is not in the cloud any more")
    elif training.endpoint and not is_answering(training, live):
        yield Concern(ConcernKind.GONE, f"{training.endpoint} is not in the cloud any more")


@dataclass(frozen=True, slots=True)
class Longest:
    """How long a training may take, in seconds, and what says so; None is no limit."""

    seconds: float | None
    said_by: str

    @classmethod
    def of(cls, lifecycle: Lifecycle, limits: Limits) -> Longest:
        """The spec's beats the workspace's."""
        own = duration_s(lifecycle.max_duration)
        return cls(limits.max_duration_s, "limits.maxDuration") if own is None else cls(own, "lifecycle.maxDuration")


def of_time(age_s: float | None, silent_s: float | None, longest: Longest) -> Iterator[Concern]:
    """A training that takes longer than it may, or has done no step for long; None is not known."""
    if age_s is not None and longest.seconds is not None and age_s > longest.seconds:
        yield Concern(ConcernKind.STUCK, f"it takes longer than {longest.said_by}", age_s)
    if silent_s is not None and silent_s >= NO_STEP_S:
        yield Concern(ConcernKind.STUCK, "no step", silent_s)


def of_waiting(lock: Lock, submission: Submission) -> Iterator[Concern]:
    """An approved training whose parent has no model, and will have none by itself."""
    parent = lock.entries.get(submission.parent) if submission.parent else None
    if parent is None or parent.serving is not None or parent.newest is None:
        return
    if parent.newest[1].role is Role.FAILED and not parent.approved:
        yield Concern(ConcernKind.BLOCKED, f"{submission.parent}, which it is tuned from, has no model")


def of_base(base: str, retires: date | None, today: date, within_days: int) -> Iterator[Concern]:
    """A base model that ends soon, and with it what was tuned from it."""
    if retires is None or (retires - today).days > within_days:
        return
    words = f"retired on {retires}" if retires <= today else f"retires on {retires} at the earliest"
    yield Concern(ConcernKind.RETIRING, f"{base} {words}; what was tuned from it stops answering with it")


def base_of(address: Address, submission: Submission, lock: Lock) -> str:
    """The base model of a training, through the parents that the lock knows; "" where nobody knows."""
    own = base_named(address, submission)
    return own or (base_in_lock(Address.parse(submission.parent), lock) if submission.parent else "")


def gate_word(training: Training) -> str:
    """As far as the lock has it: `passed`, `refused`, `inconclusive`, or "" where no gate has judged it."""
    judged = training.judged
    if judged and judged.conclusion == Conclusion.INCONCLUSIVE.value:
        return "inconclusive"
    if training.gate_refused:
        return "refused"
    return "passed" if judged and judged.by not in ("", "none") and training.role is not Role.FAILED else ""
