"""Our record of what was last applied, as values; core/advance.py folds events into it.

The JSON of these types is the lock file (docs/reference/lock.md). Times are RFC 3339 UTC. Nothing
here counts over the whole file, so that two branches can be merged: each entry has its `revision`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum, StrEnum
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.core.evidence.conclusion import Conclusion
from reconciler.core.model import Action, Address, Checkpoint, Dropped, Identity, Lifecycle, Status
from reconciler.core.times import moment

TRIGGER = "tuneform.trigger"
"""The field of a spec that no service has, and that makes another training of the same fields and data."""
UNDECIDED = Conclusion.INCONCLUSIVE.value
LOCK_VERSION = 2
"""What an entry that this version writes raises the lock to: 1 knows no `content` of data and would lose it."""
_NAMES_KEPT = 16
"""Former names of an entry."""


class Role(Enum):
    """What a training is to its address."""

    CANDIDATE = "candidate"
    PENDING = "pending"
    """Trained and not refused: it serves when a person promotes it."""
    SERVING = "serving"
    DEPOSED = "deposed"
    FAILED = "failed"


class Phase(Enum):
    """How far a training got. INTENDED: the create may have been sent, and its answer is unknown."""

    INTENDED = "INTENDED"
    SUBMITTED = "SUBMITTED"
    APPLIED = "APPLIED"


class _Record(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Base of everything in the lock: camelCase in JSON, defaults left out.

    Some repeat a type of core/model.py: what is recorded has to be read for years, and what is observed follows the
    services, whose own shapes each adapter has.
    """


class DataRecord(_Record, frozen=True, kw_only=True):
    """A dataset as submitted: what the user wrote, what was sent, and which bytes those were.

    `content` is the digest of what is learnt of local data, whatever its form (datasets/content.py). Records of
    0.1.0 have none until it is asked for.
    """

    field: str
    uri: str = ""
    sent_uri: str = ""
    local: bool = False
    crc32c: str = ""
    size: int | None = None
    sha256: str = ""
    content: str = ""
    generation: str = ""
    examples: int | None = None

    @property
    def identity(self) -> Identity:
        """The bytes that were trained on."""
        return Identity(self.crc32c, self.size, self.sha256, self.generation)


class TrialRecord(_Record, frozen=True, kw_only=True):
    """One trial of a sweep. `score` is what it was selected by; None where it is not known, or nothing was trained.

    `digest` and `data_id` are the marker values of what it was trained from: they outlive a trial that was deleted.
    """

    address: str
    attempt: str = ""
    model: str = ""
    digest: str = ""
    data_id: str = ""
    score: float | None = None


class SweepRecord(_Record, frozen=True, kw_only=True):
    """Which trials there were, and what the best one was selected by: a training metric, or a way to judge answers."""

    metric: str
    by_answers: bool = False
    trials: tuple[TrialRecord, ...] = ()


class SourceRecord(_Record, frozen=True, kw_only=True):
    """Whose model a copy was made from, as it was then: the workspace, the address and the attempt there.

    `serves_in` is the location of the copy's endpoint. `base` is the base model that the source goes back to, "" where
    nobody knew: records without it were written before it was asked for.
    `serves_in` is the location of the copy's endpoint. Of the best trial of a `sweep` the workspace is this one, "".
    """

    workspace: str = ""
    address: str = ""
    attempt: str = ""
    serves_in: str = ""
    base: str = ""
    sweep: SweepRecord | None = None


class Submission(_Record, frozen=True, kw_only=True):
    """Everything that one training was asked for: enough to send it and to recognise it again.

    `training`, `in_place` and `reported` are the spec's fields as written (model.Declared). `digest`
    and `data_id` are the marker values of the training fields and of the bytes. `parent_model` is the
    parent's model@version, pinned when the create is sent. A copy has no data: `training` has the model@version that
    it is made from, under `from`, and `source` whose that was. `trigger` is the text that had it trained.
    `rebases` is the job of what served, where the service was asked to train that again on this base model, and
    `same_endpoint` says that its model is replaced at its endpoint. What is trained does not follow from either.
    """

    project: str
    location: str = ""
    training: dict[str, Any] = field(default_factory=dict)
    in_place: dict[str, Any] = field(default_factory=dict)
    reported: dict[str, Any] = field(default_factory=dict)
    data: tuple[DataRecord, ...] = ()
    parent: str = ""
    parent_model: str = ""
    digest: str = ""
    data_id: str = ""
    source: SourceRecord | None = None
    trigger: str = ""
    rebases: str = ""
    same_endpoint: bool = False

    @property
    def asked_for(self) -> dict[str, Any]:
        """What decides which training it is, as people are shown it: the training fields and the trigger."""
        return {**self.training, TRIGGER: self.trigger} if self.trigger else self.training


class CheckpointRecord(_Record, frozen=True, kw_only=True):
    """One intermediate checkpoint and the endpoint that serves it."""

    checkpoint_id: str
    epoch: int = 0
    step: int = 0
    endpoint: str = ""

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> CheckpointRecord:
        """As observed."""
        c = checkpoint
        return cls(checkpoint_id=c.checkpoint_id, epoch=c.epoch, step=c.step, endpoint=c.endpoint)


class ServedCheckpoint(_Record, frozen=True, kw_only=True):
    """Which checkpoint serves, where that is not the one of the job's end.

    `wanted` is what the spec asked for, an id or `best METRIC`, `value` the metric's value that decided then.
    """

    wanted: str
    checkpoint_id: str
    value: float | None = None


class DroppedRecord(_Record, frozen=True, kw_only=True):
    """Examples that the job left out: how many of `total`, and a sample by number from 1 with the reasons."""

    count: int
    total: int | None = None
    examples: tuple[int, ...] = ()
    reasons: tuple[str, ...] = ()

    @classmethod
    def of(cls, dropped: Dropped, examples: int | None) -> DroppedRecord:
        """As observed; `examples` is how many the data has, where it was counted before."""
        counted = None if dropped.trained is None else dropped.trained + dropped.count
        return cls(
            count=dropped.count,
            total=counted if examples is None else examples,
            examples=dropped.examples,
            reasons=dropped.reasons,
        )

    @property
    def percent(self) -> float | None:
        """Share of the data; None where its size is not known."""
        return 100.0 * self.count / self.total if self.total else None


class Evidence(_Record, frozen=True, kw_only=True):
    """What held-out items proved of one demand, with the counts that it rests on.

    `against` is the model that it was compared with, or `at_least` the number. `conclusion` is passed, failed or
    inconclusive (evidence.Conclusion). `both`, `better`, `worse` and `neither` count items by who was right, where
    answers are right or wrong; `new` and `old` are the shares that are right, or mean scores. `lower` and `upper`
    bound the difference, or `new` where there is a number, each one-sided at `confidence`. `judged` of `items` were
    asked, in the order of `seed`. `margin` None demanded that it is better. `same_for_all` is that of a judge who tells
    nothing apart (core/gating/indifference.py).
    """

    metric: str
    conclusion: str
    against: str = ""
    at_least: float | None = None
    margin: float | None = None
    confidence: float = 0.95
    items: int = 0
    judged: int = 0
    both: int = 0
    better: int = 0
    worse: int = 0
    neither: int = 0
    new: float = 0.0
    old: float = 0.0
    lower: float = 0.0
    upper: float = 0.0
    seed: int = 0
    same_for_all: bool = False


class JudgingCost(_Record, frozen=True, kw_only=True):
    """What a judging came to: `amount` of `currency`, None where answers had no price; `took_s` are seconds of asking.

    Of answers that were asked for it, in whichever run; those that were known before cost nothing.
    """

    amount: float | None = None
    currency: str = ""
    took_s: float = 0.0


class Judgement(_Record, frozen=True, kw_only=True):
    """What judged a training last, and what it read.

    `by` is the digest of the gate (core/judgement.py); "" where it could not tell. `metrics` are last values by name:
    they never change once a job has ended, and its experiment may be deleted. `conclusion` is passed, failed or
    inconclusive; records of 0.1.0 have none. `looks` counts how often it was judged by whichever gate: who looks
    often enough finds a gate that passes. `answers` were asked of models for it, and it `spent` that.
    """

    by: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    conclusion: str = ""
    evidence: tuple[Evidence, ...] = ()
    looks: int = 0
    answers: int = 0
    spent: JudgingCost | None = None


class Author(_Record, frozen=True, kw_only=True):
    """Who had something approved, at which commit of the specs, in which run of a pipeline; "" where nobody knows.

    For people alone: nothing is decided by it, and no digest, marker or checksum covers it.
    """

    actor: str = ""
    commit: str = ""
    run_url: str = ""


class PointRecord(_Record, frozen=True, kw_only=True):
    """One point of a curve (curves.MetricPoint), without its time."""

    step: int
    value: float
    epoch: float | None = None


class Measured(_Record, frozen=True, kw_only=True):
    """What was read of a training's curves when it ended: they never change again, and anybody may delete them.

    By metric: the last value, and the best one where there is a better and a worse. `checkpoints` has by checkpoint
    what each metric was there. Numbers alone: a value that is none is left out.
    """

    last: dict[str, PointRecord] = field(default_factory=dict)
    best: dict[str, PointRecord] = field(default_factory=dict)
    checkpoints: dict[str, dict[str, float]] = field(default_factory=dict)


class EvaluationRecord(_Record, frozen=True, kw_only=True):
    """What the service's own evaluation found of a checkpoint; of the model itself where that is "".

    `error` are its words where it failed.
    """

    checkpoint_id: str = ""
    scores: dict[str, float] = field(default_factory=dict)
    error: str = ""


class Milestone(StrEnum):
    """What we have seen of a training, or done with it, and when (`Training.times`)."""

    INTENDED = "intended"
    SUBMITTED = "submitted"
    ADOPTED = "adopted"
    CREATED = "created"
    """By the service; of one that was adopted, where its end is not known."""
    DATA_SEEN = "DATA_SEEN"
    """It was looked up whether the job read the bytes that were submitted."""
    ENDED = "ended"
    REFUSED = "refused"
    PENDING = "pending"
    """It was trained and passed, and waits to be promoted since."""
    SERVED = "served"
    DEPOSED = "deposed"


class Training(_Record, frozen=True, kw_only=True):
    """One attempt at an address: its job and what came of it.

    `name` and `workspace` are those in its markers, which a rename leaves behind. `in_place` is what was
    last applied of the mutable fields before it was deposed, where that is not what it was sent with.
    `notified` is who was told of what (core/notices.py): by notice and receiver, when that happened, or when they were.
    `artifacts` is the folder with what was tuned, where the job wrote files: `model` too, where it made no Model.
    `state` is the service's own word; `status` is what it means once the training has ended, None while it runs and
    in records of 0.1.0, which the word alone says (Dialect.status_of). `times` are our moments, `states` when each
    of the service's was first seen. `by` is who had it approved, or taken into the lock, and `reason` why, for people.
    """

    role: Role
    phase: Phase
    submission: Submission
    name: str = ""
    job: str = ""
    operation: str = ""
    state: str = ""
    status: Status | None = None
    model: str = ""
    artifacts: str = ""
    endpoint: str = ""
    checkpoints: tuple[CheckpointRecord, ...] = ()
    checkpoint: ServedCheckpoint | None = None
    error: str = ""
    error_code: int = 0
    gate_refused: str = ""
    judged: Judgement | None = None
    promoted: Promotion | None = None
    measured: Measured | None = None
    evaluations: tuple[EvaluationRecord, ...] = ()
    billable_tokens: int | None = None
    dropped: DroppedRecord | None = None
    data_unproven: str = ""
    cancel_requested: str = ""
    in_place: dict[str, Any] | None = None
    by: Author | None = None
    reason: str = ""
    notified: dict[str, str] = field(default_factory=dict)
    times: dict[Milestone, str] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)

    def at(self, *moments: Milestone) -> str:
        """When the first of these that is known was; "" for none."""
        return next((time for moment in moments if (time := self.times.get(moment))), "")

    @property
    def seen(self) -> dict[str, str]:
        """Everything that was seen of it with its time: our moments, and the service's states."""
        return {**self.states, **{str(moment): time for moment, time in self.times.items()}}

    @property
    def is_undecided(self) -> bool:
        """Whether its gate kept it from serving because it could not tell."""
        return bool(self.gate_refused) and self.judged is not None and self.judged.conclusion == UNDECIDED

    @property
    def is_open(self) -> bool:
        """Not known to have ended."""
        return self.role is Role.CANDIDATE

    @property
    def left_model(self) -> str:
        """The model that it left, where that is not the job itself, as it is at the Gemini API."""
        return self.model if self.model != self.job else ""

    @property
    def endpoints(self) -> tuple[str, ...]:
        """Every distinct endpoint that the job made."""
        names = [self.endpoint, *(c.endpoint for c in self.checkpoints)]
        return tuple(dict.fromkeys(name for name in names if name))


class Promotion(_Record, frozen=True, kw_only=True):
    """Who let an attempt serve that waited for it, why, and when (RFC 3339)."""

    by: Author | None = None
    reason: str = ""
    at: str = ""


class Pin(_Record, frozen=True, kw_only=True):
    """An attempt that `rollback` let serve again: it stays until the spec asks for something else, or a `promote`.

    `over` are the attempts that it was rolled back from, in that order: they stay as long as the pin does. The first
    of them is what the spec asked for; `digest` and `data_id` are its marker values, for when it is gone. `by` is who
    did it, `reason` what they said, `at` when (RFC 3339).
    """

    attempt: str
    over: tuple[str, ...] = ()
    digest: str = ""
    data_id: str = ""
    by: Author | None = None
    reason: str = ""
    at: str = ""


class Approved(_Record, frozen=True, kw_only=True):
    """An approved change that is not done: `wait` finishes exactly this and nothing else.

    `attempt` is the training to make, to wait for or to let serve; `cancels` and `disposes` are
    attempts to end and to remove, `foreign` that strangers' endpoints may lose what is removed.
    `beside` are the jobs of exactly this training that were known when it was approved: asked for all the same.
    `begun` is when a request went out that takes something away, until its answer is known: it is recorded where nobody
    can see what another machine has under way.
    `checksum` is the approved plan's, `at` when it was approved first (RFC 3339; 0.1.0 did not record it), `by` who had
    it approved first, `reason` why it is done, for people.
    A deposed training's own change is `deposed`, and stands beside the one of the address. `pin` is what a rollback
    leaves, `promotion` what lets it serve where models wait for one.
    `checkpoint` is which one is to serve, "" to leave that as it is; `alias` what its version is to be called.
    """

    action: Action
    deposed: bool = False
    attempt: str = ""
    submission: Submission | None = None
    cancels: tuple[str, ...] = ()
    disposes: tuple[str, ...] = ()
    removes_entry: bool = False
    foreign: bool = False
    beside: tuple[str, ...] = ()
    in_place: dict[str, Any] | None = None
    gate: dict[str, Any] | None = None
    begun: str = ""
    pin: Pin | None = None
    promotion: Promotion | None = None
    checkpoint: str = ""
    alias: str = ""
    checksum: str = ""
    at: str = ""
    by: Author | None = None
    reason: str = ""


class Entry(_Record, frozen=True, kw_only=True):
    """What the lock knows of one address; `trainings` are keyed by attempt, counted from "1": text, as JSON's keys are.

    `in_place` is what was last applied of the mutable fields; its label keys are ours to remove. `former` are the
    names that the entry had before, oldest first: only they say which of two locks has renamed it. `declared` says
    that specs which were applied have spoken of the address, `origin` which set of them did last (model.SPECS_FOLDER
    or model.NAMED), `commit` at which commit of theirs its entry last changed ("" where nobody knows). `pin` counts
    as long as its attempt serves. `alias` is what the version that serves was last given: ours to move.
    """

    revision: int = 0
    lifecycle: Lifecycle = Lifecycle()
    in_place: dict[str, Any] = field(default_factory=dict)
    trainings: dict[str, Training] = field(default_factory=dict)
    approved: tuple[Approved, ...] = ()
    former: tuple[str, ...] = ()
    declared: bool = False
    origin: str = ""
    commit: str = ""
    pin: Pin | None = None
    alias: str = ""

    def renamed(self, former: str) -> Entry:
        """The entry as it is to stand under another name than this one."""
        return replace(self, former=(*self.former, former)[-_NAMES_KEPT:])

    @property
    def in_order(self) -> list[tuple[str, Training]]:
        """The trainings with their attempts, oldest first."""
        return sorted(self.trainings.items(), key=lambda item: int(item[0]))

    def with_role(self, role: Role) -> dict[str, Training]:
        """The trainings in a role, oldest first."""
        return {a: t for a, t in self.in_order if t.role is role}

    @property
    def is_disposable(self) -> bool:
        """Whether a plan may remove it for want of a spec: what was imported and never applied is nobody's to delete.

        0.1.0 did not record it. What it was about to submit, a spec had asked for.
        """
        asked_for = any({Milestone.INTENDED, Milestone.SUBMITTED} & t.times.keys() for t in self.trainings.values())
        return self.declared or asked_for or not self.trainings

    @property
    def deposed(self) -> list[tuple[str, Training]]:
        """The deposed trainings, from the one that stopped serving first to the one that did last."""
        return sorted(
            self.with_role(Role.DEPOSED).items(), key=lambda item: (moment(idle_since(item[1])), int(item[0]))
        )

    @property
    def serving(self) -> tuple[str, Training] | None:
        """The training that serves, with its attempt."""
        return next(iter(self.with_role(Role.SERVING).items()), None)

    @property
    def pinned(self) -> Pin | None:
        """The pin of what serves."""
        serving = self.serving
        return self.pin if self.pin and serving and serving[0] == self.pin.attempt else None

    @property
    def spared(self) -> frozenset[str]:
        """Attempts that nobody disposes of, however old: what was rolled back from can be promoted again."""
        return frozenset(self.pinned.over if self.pinned else ())

    @property
    def candidate(self) -> tuple[str, Training] | None:
        """The training under way; one that is being cancelled only where there is no other."""
        candidates = self.with_role(Role.CANDIDATE)
        kept = {a: t for a, t in candidates.items() if not t.cancel_requested}
        return next(reversed((kept or candidates).items()), None)

    @property
    def newest(self) -> tuple[str, Training] | None:
        """The last attempt, whatever came of it."""
        return next(reversed(self.in_order), None)


def idle_since(training: Training) -> str:
    """When it stopped serving; of one that nobody saw serve, when it ended."""
    return training.at(Milestone.DEPOSED, Milestone.ENDED, Milestone.CREATED, Milestone.SERVED, Milestone.ADOPTED)


class Tombstone(_Record, frozen=True, kw_only=True):
    """What an address had and has no more.

    `resource_names` were dropped by `forget`: they are not adopted again. `intents` are creates whose answer was not
    known when they were forgotten, each as the training, data and attempt of its markers. `disposed` are trainings
    of which nothing is left by our own doing, with the last time that the lock had of each: another lock that still
    has them is behind. `at` is when something was forgotten last, `by` who had it forgotten, and `reason` why.
    """

    resource_names: tuple[str, ...] = ()
    at: str = ""
    intents: tuple[str, ...] = ()
    disposed: dict[str, str] = field(default_factory=dict)
    by: Author | None = None
    reason: str = ""


class Mending(_Record, frozen=True, kw_only=True):
    """A change of the lock that a person made by hand (core/mending.py): `mv` or `push`, of which addresses.

    For people alone: nothing is decided by it.
    """

    what: str
    addresses: tuple[str, ...] = ()
    by: Author | None = None
    reason: str = ""
    at: str = ""


class Lock(_Record, frozen=True, kw_only=True):
    """The whole lock. `target` says whose it is: `google`, or `emulator:ID`. `mended`: what was done by hand last."""

    version: int = LOCK_VERSION
    lineage: str = ""
    workspace: str = ""
    target: str = ""
    projects: dict[str, str] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    tombstones: dict[str, Tombstone] = field(default_factory=dict)
    mended: tuple[Mending, ...] = ()

    @property
    def jobs(self) -> frozenset[str]:
        """Every job that some entry knows by name."""
        return frozenset(t.job for entry in self.entries.values() for t in entry.trainings.values() if t.job)

    @property
    def by_address(self) -> Iterator[tuple[Address, Entry]]:
        """Every entry with its address, in their order: the keys of `entries` are their text."""
        return ((Address.parse(text), entry) for text, entry in sorted(self.entries.items()))

    def entry(self, address: Address) -> Entry | None:
        """None where the address is not locked."""
        return self.entries.get(str(address))

    def learnt(self, *, lineage: str, workspace: str, target: str, projects: Mapping[str, str]) -> Lock:
        """With what a run came to know of whose lock it is; `lineage` counts for one that has none yet."""
        return replace(
            self,
            lineage=self.lineage or lineage,
            workspace=workspace or self.workspace,
            target=target or self.target,
            projects={**self.projects, **projects},
        )

    def with_entry(self, address: Address, entry: Entry | None) -> Lock:
        """A lock in which this address has this entry, or none."""
        entries = {a: e for a, e in self.entries.items() if a != str(address)}
        if entry is not None:
            entries[str(address)] = entry
        return replace(self, entries=entries)

    @property
    def buried(self) -> frozenset[str]:
        """Resource names that must not be adopted."""
        return frozenset(name for t in self.tombstones.values() for name in t.resource_names)
