"""A plan as values: what will happen to each address, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from reconciler.core.copying import Copied, copied_by
from reconciler.core.data_changes import DataChange
from reconciler.core.diagnostics import Diagnostic, Location
from reconciler.core.lock import Pin, Promotion, Role, Submission
from reconciler.core.model import Action, Address, Declared, Json, Lifecycle, OnChange, Progress
from reconciler.core.suggest import SuggestedCommand

PLAN_FORMAT_VERSION = "1.0"


class Basis(Enum):
    """What the old value of a field is taken from."""

    OBSERVED = "observed"
    LOCKED = "locked"


class Cause(Enum):
    """Who moved: the spec (edited), the cloud (drifted), or both; or the name alone (renamed)."""

    EDITED = "edited"
    DRIFTED = "drifted"
    BOTH = "both"
    RENAMED = "renamed"
    """The resource has the name of before: nobody moved it."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs. `field` is the API's camelCase path; a value that is absent is None.

    Training data never stands here: `old` and `new` of a dataset are its description (uri, digest,
    count). `resource_name` is where an observed value was seen.
    """

    field: str
    old: Json
    new: Json
    on_change: OnChange
    cause: Cause = Cause.EDITED
    basis: Basis = Basis.LOCKED
    resource_name: str = ""


class ReasonCode(Enum):
    """Why an action was chosen, for people and for who reads a plan as JSON. Nothing is decided by it."""

    UNCHANGED = "unchanged"
    NOT_FOUND = "not_found"
    INTERRUPTED = "interrupted"
    RETRY = "retry"
    REQUESTED = "requested"
    EDITED = "edited"
    DRIFTED = "drifted"
    DATA_CHANGED = "data_changed"
    PARENT_CHANGED = "parent_changed"
    SOURCE_CHANGED = "source_changed"
    TRIGGERED = "triggered"
    REBASED = "rebased"
    SWEPT = "swept"
    RENAMED = "renamed"
    RECORDED = "recorded"
    REPORTED = "reported"
    FORM = "form"
    DATA_UNKNOWN = "data_unknown"
    SETTINGS = "settings"
    TRAINED = "trained"
    JUDGED_AGAIN = "judged_again"
    MATCHES_DEPOSED = "matches_deposed"
    PINNED = "pinned"
    UNPINNED = "unpinned"
    WAITS = "waits"
    PROMOTED = "promoted"
    OUTDATED = "outdated"
    REVERTED = "reverted"
    REMOVED = "removed"
    RETAINED = "retained"
    NOTHING_LEFT = "nothing_left"
    SUPERSEDED = "superseded"
    GARBAGE = "garbage"
    DUPLICATE = "duplicate"
    IN_PROGRESS = "in_progress"
    MARKED_OURS = "marked_ours"
    NAMED_EXISTING = "named_existing"
    FAILED = "failed"
    CANCELLED = "cancelled"
    GATE_REFUSED = "gate_refused"
    MODEL_GONE = "model_gone"
    ENDPOINT_GONE = "endpoint_gone"
    UNREADABLE = "unreadable"
    SOURCE_UNKNOWN = "source_unknown"


@dataclass(frozen=True, slots=True)
class Reason:
    """For people only: a stable code and a sentence."""

    code: ReasonCode
    text: str


class Decided(Enum):
    """Why what serves is not what the spec says, and nothing is done about it: a person decided so."""

    PINNED = "pinned"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one training, in `currency`; None means unknown, and `method` says why or how.

    `needs` is what would make an unknown one known. It is said where one is refused, and saved nowhere.
    """

    low: float | None = None
    high: float | None = None
    currency: str = "USD"
    method: str = ""
    as_of: str = ""
    needs: str = ""

    @property
    def is_known(self) -> bool:
        """Whether there is a range at all."""
        return self.low is not None and self.high is not None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What judging once asks, costs and can find. `items` None: nobody has counted them.

    Every item is put `samples` times to each of so many `models`; `prompts` are the questions beside them. `finds` is
    the smallest true loss of right answers that fails the gate as often as core/gate_power.py assumes; None where
    nothing is compared. Of the answers so many are `known` from before, and `cost` is that of the rest.
    """

    items: int | None
    models: int
    samples: int
    prompts: int
    cost: Cost
    finds: float | None = None
    known: int = 0

    @property
    def answers(self) -> int | None:
        """All that it rests on, known or not."""
        return None if self.items is None else self.items * self.models * self.samples + self.prompts


@dataclass(frozen=True, slots=True)
class Adoption:
    """A live training to take into the lock, under which attempt and in which role.

    `submission` is what it was trained from; None is the change's own.
    """

    resource_name: str
    attempt: str
    role: Role
    submission: Submission | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Change:
    """One address and what happens to it; a deposed training has a change of its own (`deposed`).

    `attempt` is the training that the change makes, waits for or lets serve; `cancels` and `disposes`
    are attempts. What is disposed of beside a model that serves is the last step, and `surplus` what goes then.
    `submission` is what will be sent; `in_place` are all mutable fields as declared, and
    `patch` is what of them must be patched (nested; None clears a field or removes a label). `after` are addresses
    that must be done first. `command` mends a blocked one.
    """

    address: Address
    action: Action
    reason: Reason
    fields: tuple[FieldChange, ...] = ()
    declared: Declared | None = None
    submission: Submission | None = None
    in_place: Mapping[str, Json] | None = None
    patch: Mapping[str, Json] | None = None
    lifecycle: Lifecycle = Lifecycle()
    attempt: str = ""
    adopts: tuple[Adoption, ...] = ()
    cancels: tuple[str, ...] = ()
    disposes: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    surplus: tuple[str, ...] = ()
    removes_entry: bool = False
    stated: bool = False
    """Whether somebody wrote down that its spec is removed: nobody has to guess it from what is not there."""
    deposed: bool = False
    after: tuple[Address, ...] = ()
    renamed_from: Address | None = None
    progress: Progress | None = None
    state: str = ""
    spent_tokens: int | None = None
    cost: Cost | None = None
    cost_before: Cost | None = None
    """What the training before it was billed, at the present price."""
    forecast: Forecast | None = None
    """What its gate will ask."""
    data: tuple[DataChange, ...] = ()
    """What its edits of training and validation data are, in numbers."""
    age_s: float | None = None
    """Since the training was submitted that it is about, when the plan was made."""
    notes: tuple[Diagnostic, ...] = ()
    command: SuggestedCommand | str = ""
    judge: str = ""
    """The digest of what judges the attempt, where a refused one is judged again (core/judgement.py)."""
    disposes_ready: int = 0
    """How many models that answer today this change takes away."""
    commit: str = ""
    """Where it is removed: the commit at which its entry last changed."""
    foreign: bool = False
    """Whether a person allowed to undeploy what it disposes of from endpoints of others."""
    completes: bool = False
    """Whether it only lets serve what was approved and has been trained by now: nothing is decided any more."""
    undecided: bool = False
    """Whether it is blocked because a gate could not tell if its model is good enough."""
    is_housekeeping: bool = False
    """Whether what it takes away is one too many that nobody wants kept: beyond `keep`, or a second training of the
    same thing. No protection is for that: it would stop every plan for good."""

    held: Decided | None = None
    pin: Pin | None = None
    """Of a rollback: what stands in the lock once it serves."""
    promotion: Promotion | None = None
    """Of a promotion by hand: who and why."""
    unpins: bool = False
    """Whether the spec says what serves by now, so that a pin is over."""
    checkpoint: str = ""
    """Which checkpoint is to answer for what serves; "" leaves that as it is."""
    alias: str = ""
    """The alias that the version which serves is to have, and no other one of this address; "" for none."""
    withdraws: tuple[str, ...] = ()
    """Attempts that waited to be promoted, and are not what the spec says any more."""
    promotes: str = ""
    """Why what it lets serve needs nobody to promote it, where models wait for that."""

    @property
    def copies(self) -> Copied | None:
        """What it makes a copy of, where it trains nothing."""
        return copied_by(self.submission) if self.action.trains else None

    @property
    def rebases(self) -> Submission | None:
        """The submission, where the service is asked to train again, on another base model, what a job trained."""
        return self.submission if self.submission and self.submission.rebases and self.action.trains else None

    @property
    def trains(self) -> bool:
        """Whether a new training is paid for: a copy is not."""
        return self.action.trains and self.copies is None

    @property
    def is_judged_again(self) -> bool:
        """Whether a gate refused what it may let serve, and another one stands there now."""
        return bool(self.judge)

    @property
    def does_something(self) -> bool:
        """Whether apply has work here."""
        return self.action not in (Action.NOOP, Action.BLOCKED)


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes in address order. `checksum` covers what will be done, not what moves by itself.

    `undeclared` counts locked addresses that a partial run leaves alone; `left_alone` are those that a whole one does,
    since no specs that were applied have spoken of them yet; `left_out` are those that somebody excluded, and what
    depends on them. `destroys`: it leaves nothing of what it is about, whatever specs say. `ready` are the models that
    answered when the plan was made. `emptied` says that it removes, and that no spec declares anything that is locked;
    `declared` how many specs there are. `doubts`, `skipped` and `origins` are as in Desired. `diagnostics` are refusals
    and warnings of check_plan.
    """

    changes: tuple[Change, ...] = ()
    checksum: str = ""
    lineage: str = ""
    workspace: str = ""
    target: str = ""
    undeclared: int = 0
    left_alone: tuple[Address, ...] = ()
    left_out: tuple[Address, ...] = ()
    destroys: bool = False
    ready: int = 0
    emptied: bool = False
    declared: int = 0
    doubts: tuple[Location, ...] = ()
    skipped: int = 0
    origins: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing pending: noops and awaits alone."""
        return not any(c.action.is_pending for c in self.changes)

    @property
    def refusals(self) -> list[Diagnostic]:
        """Why plan and apply end with 3: the errors among the diagnostics."""
        return [d for d in self.diagnostics if d.is_error]

    def by_action(self, *actions: Action) -> Sequence[Change]:
        """The changes with one of these actions."""
        return [c for c in self.changes if c.action in actions]
