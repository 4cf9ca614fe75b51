"""What happened during apply. An event reaches anybody only after the lock that records it is safe.

Those that change the lock say everything that `advance` needs. Times are RFC 3339 UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from reconciler.core.diagnostics import Diagnostic
from reconciler.core.lock import Approved, Author, Judgement, Pin, Promotion, Role, ServedCheckpoint, Submission
from reconciler.core.model import Action, Address, Lifecycle, LiveTraining, Progress


@dataclass(frozen=True, slots=True)
class ChangeApproved:
    """The change is in the lock, to be finished by this run or by `wait`.

    `declared` says that a spec which is applied asks for it, `origin` of which set that is, `commit` at which commit
    the specs are. `unpins`: the spec says what serves by now, so that the pin is over. `withdraws` are attempts that
    waited to be promoted, and wait no longer.
    """

    address: Address
    action: Action
    approved: Approved
    lifecycle: Lifecycle
    renamed_from: Address | None = None
    declared: bool = False
    commit: str = ""
    origin: str = ""
    unpins: bool = False
    withdraws: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SpecApplied:
    """Specs that are applied, or those of this set, speak of the address for the first time; nothing else is new."""

    address: Address
    commit: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class ChangeStarted:
    """Work on the change begins."""

    address: Address
    action: Action
    deposed: bool = False


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A local training file is in Cloud Storage; `existed` says that nothing had to be sent."""

    address: Address
    path: str
    uri: str
    size_bytes: int
    existed: bool


@dataclass(frozen=True, slots=True)
class Intended:
    """A create is about to be sent."""

    address: Address
    attempt: str
    submission: Submission
    at: str


@dataclass(frozen=True, slots=True)
class IntentWithdrawn:
    """The service refused the create: nothing was made, and the intent is out of the lock again."""

    address: Address
    attempt: str


@dataclass(frozen=True, slots=True)
class Submitted:
    """The service has the job. `found` says that it was looked up after an unknown answer."""

    address: Address
    attempt: str
    resource_name: str
    operation: str
    state: str
    at: str
    found: bool = False


@dataclass(frozen=True, slots=True)
class Queued:
    """Not sent yet: a parent is not ready, or every place is taken. `waiting_for` is for people."""

    address: Address
    waiting_for: str
    elapsed_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A training, or the removal of a resource, is under way. Not in the lock unless `state` is new."""

    address: Address
    attempt: str
    state: str
    progress: Progress
    elapsed_s: float
    state_changed_at: str = ""


@dataclass(frozen=True, slots=True)
class DataSeen:
    """The job has read its data, and the object was looked up again. `unproven` says what differs, if anything."""

    address: Address
    attempt: str
    unproven: str
    at: str


@dataclass(frozen=True, slots=True)
class CancelRequested:
    """The service was asked to cancel; the training ends as it will."""

    address: Address
    attempt: str
    resource_name: str
    at: str


@dataclass(frozen=True, slots=True)
class TrainingEnded:
    """A training reached a terminal state. `deposed` keeps one that succeeded while being cancelled."""

    address: Address
    attempt: str
    live: LiveTraining
    at: str
    deposed: bool = False


@dataclass(frozen=True, slots=True)
class GateRefused:
    """The successor trained and did not pass its gate: the old one goes on serving."""

    address: Address
    attempt: str
    words: str
    at: str
    judged: Judgement | None = None


@dataclass(frozen=True, slots=True)
class GateLooked:
    """Somebody had a trained model judged, and what was found counts: its role stays as it is.

    `judged` is recorded in place of what the lock had of it.
    """

    address: Address
    attempt: str
    judged: Judgement


@dataclass(frozen=True, slots=True)
class Notified:
    """Somebody has taken a notice of the training: `notified` is when that happened, by notice and receiver."""

    address: Address
    attempt: str
    notified: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Served:
    """The successor serves from now on; the one that served is deposed. Without a `pin`, one that there was is over."""

    address: Address
    attempt: str
    model: str
    endpoint: str
    in_place: Mapping[str, Any]
    at: str
    deposed: str = ""
    judged: Judgement | None = None
    pin: Pin | None = None
    promotion: Promotion | None = None


@dataclass(frozen=True, slots=True)
class CheckpointChosen:
    """Another checkpoint answers for the training, by its endpoint; without a `chosen` one that of the job's end."""

    address: Address
    attempt: str
    chosen: ServedCheckpoint | None
    endpoint: str


@dataclass(frozen=True, slots=True)
class AliasMoved:
    """The version that serves has the `alias`, and no other one of the address; without one, it was taken from all.

    `resources` are the versions that were changed, `@VERSION` included; none where they were so already.
    """

    address: Address
    attempt: str
    alias: str
    resources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AwaitsPromotion:
    """It is trained and passed its gate, and waits for somebody to promote it; it is to have the `alias` then."""

    address: Address
    attempt: str
    model: str
    endpoint: str
    at: str
    judged: Judgement | None = None
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Adopted:
    """A live training came into the lock."""

    address: Address
    attempt: str
    role: Role
    submission: Submission
    live: LiveTraining
    at: str


@dataclass(frozen=True, slots=True)
class ChangeBegun:
    """A request that takes something away is about to be sent, or, with an empty time, no longer under way."""

    address: Address
    at: str
    deposed: bool = False


@dataclass(frozen=True, slots=True)
class Updated:
    """The mutable fields are as declared. `resources` were patched; none: the lock alone changed."""

    address: Address
    in_place: Mapping[str, Any]
    lifecycle: Lifecycle
    resources: tuple[str, ...]
    submission: Submission | None = None


@dataclass(frozen=True, slots=True)
class ResourceGone:
    """One resource of a training is deleted, undeployed, or was absent already."""

    address: Address
    attempt: str
    resource_name: str
    what: str


@dataclass(frozen=True, slots=True)
class Disposed:
    """Nothing of this training is left; where the service keeps a record of the job for ever, `job` names it.

    `artifacts` are files of it that nobody deleted: it is forgotten `at` that time, and not taken back by itself.
    """

    address: Address
    attempt: str
    job: str
    artifacts: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The address is out of the lock, the cloud is untouched. `intents`, `by`, `reason` are those of its Tombstone."""

    address: Address
    resource_names: tuple[str, ...]
    at: str
    intents: tuple[str, ...] = ()
    by: Author | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChangeDone:
    """The approved change is finished."""

    address: Address
    action: Action
    elapsed_s: float
    outcome: str = ""
    deposed: bool = False


@dataclass(frozen=True, slots=True)
class ChangeFailed:
    """The change ended badly; independent changes go on. `undecided`: nobody could tell whether its model is good."""

    address: Address
    action: Action
    diagnostic: Diagnostic
    deposed: bool = False
    undecided: bool = False


@dataclass(frozen=True, slots=True)
class ChangeLeft:
    """The run ends before the change does: still training, or still queued. `wait` resumes it."""

    address: Address
    action: Action
    why: str
    deposed: bool = False


@dataclass(frozen=True, slots=True)
class Noted:
    """Something people should know that changes nothing."""

    diagnostic: Diagnostic


Event: TypeAlias = (
    ChangeApproved
    | SpecApplied
    | ChangeStarted
    | Uploaded
    | Intended
    | IntentWithdrawn
    | Submitted
    | Queued
    | Waiting
    | DataSeen
    | CancelRequested
    | TrainingEnded
    | GateRefused
    | Served
    | AwaitsPromotion
    | CheckpointChosen
    | AliasMoved
    | Adopted
    | Updated
    | ResourceGone
    | Disposed
    | Forgotten
    | ChangeDone
    | ChangeFailed
    | ChangeLeft
    | Noted
)

Fact: TypeAlias = Event | ChangeBegun | GateLooked | Notified
"""What can be recorded: events, and what nobody has to hear of."""
