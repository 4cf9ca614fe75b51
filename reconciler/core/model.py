"""The nouns: addresses, statuses, what was declared and what is live.

`Declared` and `LiveTraining` are plain values of JSON parts. Whatever checked the user's YAML and
whatever decoded an answer is gone by the time a plan is made; so planning a thousand models costs
a thousand comparisons and no validation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple, TypeAlias

from msgspec import Struct

from reconciler.core.curves import Curves
from reconciler.core.diagnostics import Diagnostic, Location
from reconciler.core.gate_spec import GateSpec, HeldoutSize

Json: TypeAlias = Any
"""None, bool, int, float, str, or lists and string-keyed dicts of these."""

Fields: TypeAlias = Mapping[str, Json]
"""API fields by their camelCase name, nested as the API nests them."""


class Address(NamedTuple):
    """Our name of a tuned model, `vertex/support-router`: it survives every retraining."""

    backend: str
    name: str

    def __str__(self) -> str:
        return f"{self.backend}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> Address:
        """Raise ValueError where `text` is not `backend/name`."""
        backend, slash, name = text.partition("/")
        if not (backend and slash and name) or "/" in name:
            raise ValueError(f"{text!r} is not of the form backend/name")
        return cls(backend, name)


class Action(Enum):
    """What a change does; the value is its word in machine-readable output and in the lock."""

    NOOP = "noop"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    RESTORE = "restore"
    DELETE = "delete"
    CANCEL = "cancel"
    AWAIT = "await"
    ADOPT = "adopt"
    FORGET = "forget"
    BLOCKED = "blocked"

    @property
    def word(self) -> str:
        """`replace`."""
        return self.value

    @property
    def glyph(self) -> str:
        """What plans show it as."""
        return _GLYPHS[self]

    @property
    def trains(self) -> bool:
        """Whether a new training is paid for."""
        return self in (Action.CREATE, Action.REPLACE)

    @property
    def is_pending(self) -> bool:
        """Whether `--detailed-exitcode` counts it: awaits and noops alone do not."""
        return self not in (Action.NOOP, Action.AWAIT)


_GLYPHS = {
    Action.NOOP: "=",
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.REPLACE: "±",
    Action.RESTORE: "↶",
    Action.DELETE: "-",
    Action.CANCEL: "x",
    Action.AWAIT: "…",
    Action.ADOPT: "<",
    Action.FORGET: ".",
    Action.BLOCKED: "!",
}


class OnChange(Enum):
    """What an edit of a field means. It stands on the field itself (files/schema.py)."""

    REPLACE = "replace"
    """The weights would differ: a new training."""
    IN_PLACE = "in place"
    """Patched on the Model and the Endpoint, or on the tuned model."""
    REPORT = "report"
    """Does not change the weights: shown, and trained only with --replace."""
    RECORD = "record"
    """Says the same in another way, or leaves it to the service: written into the lock, nothing else.

    No field is marked so; it is what the comparison of a training field may come to."""
    FORM = "form"
    """Local data that is written in another way and teaches the same: said, and nothing is done."""


class Status(Enum):
    """A training's state in the five words that decisions need."""

    IN_PROGRESS = "in progress"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    """A word this version does not know: keep watching."""

    @property
    def is_terminal(self) -> bool:
        """Whether polling may stop."""
        return self in (Status.READY, Status.FAILED, Status.CANCELLED)


class OnRemove(Enum):
    """What the removal of a spec means for the model."""

    DELETE = "delete"
    RETAIN = "retain"


class OnDrift(Enum):
    """What changed bytes behind the same URI, or a newer parent, mean."""

    REPORT = "report"
    RETUNE = "retune"


class OnFailure(Enum):
    """What a failed training means for the next plan."""

    MANUAL = "manual"
    RETRY = "retry"


class Promote(Enum):
    """Whether a successor that passed its gate serves at once, or when a person says so."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


class Rebase(Enum):
    """Where what is trained again on another base model answers: `spec.tuneform.rebase`, by its words."""

    NEW_ENDPOINT = "newEndpoint"
    SAME_ENDPOINT = "sameEndpoint"
    """The service undeploys the present model there, and nobody judges the new one before."""


class Lifecycle(Struct, frozen=True, kw_only=True, rename="camel"):
    """`spec.tuneform.lifecycle`; the lock keeps it as last applied, so that it survives the file.

    Written out in full there: a default that changes in a later version must not change a model.
    """

    protect: bool = False
    on_remove: OnRemove = OnRemove.DELETE
    keep: int = 1
    on_data_change: OnDrift = OnDrift.REPORT
    on_parent_change: OnDrift = OnDrift.REPORT
    on_failure: OnFailure = OnFailure.MANUAL
    max_attempts: int = 2
    promote: Promote = Promote.AUTOMATIC
    max_duration: str = ""
    """As it is written (core/durations.py); "" for as long as the workspace's limits say, and in locks of before."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What identifies the bytes of training data.

    `crc32c` is base64 as Cloud Storage writes it; `size` in bytes. `generation` is kept for people
    and never decides: re-uploading the same bytes makes a new one.
    """

    crc32c: str = ""
    size: int | None = None
    sha256: str = ""
    generation: str = ""

    def same_bytes(self, other: Identity) -> bool | None:
        """None where the two have nothing in common to compare by."""
        if self.sha256 and other.sha256:
            return self.sha256 == other.sha256
        if self.crc32c and other.crc32c and self.size is not None and other.size is not None:
            return (self.crc32c, self.size) == (other.crc32c, other.size)
        return None

    @property
    def is_known(self) -> bool:
        """Whether there is anything to compare by."""
        return bool(self.sha256 or (self.crc32c and self.size is not None))


class Warned(NamedTuple):
    """What one rule warns of in one file: how often, and where first."""

    code: str
    title: str
    times: int
    where: Location | None


@dataclass(frozen=True, slots=True)
class Data:
    """One dataset of a spec: where it is, and which bytes it had when it was looked at.

    `field` is the API's dotted path (`supervisedTuningSpec.trainingDatasetUri`, or
    `tuningTask.trainingData` for inline examples), `named_in` the field of the spec that names the file, where
    that is another one. `uri` is what the user wrote; `path` is set for a
    local file, relative to the current folder. `examples` and `tokens` (low, likely, high of one epoch)
    are None where nobody has counted; `counted_by` says how they were, and `warnings` how many findings
    the rules over it had that are no errors, `warned` the same by rule. `form` are errors that are about its form
    alone: nothing is trained from it, and what was trained from the same examples stays. `content` is the digest of
    what is learnt, whatever its form: "" for `gs://` data, which is known by its bytes, and where nobody had to ask.
    """

    field: str
    uri: str
    path: str | None = None
    identity: Identity = Identity()
    examples: int | None = None
    tokens: tuple[int, int, int] | None = None
    counted_by: str = ""
    warnings: int = 0
    warned: tuple[Warned, ...] = ()
    form: tuple[Diagnostic, ...] = ()
    content: str = ""
    named_in: str = ""

    @property
    def is_local(self) -> bool:
        """Local files and inline examples are part of the spec: changed bytes are an edit."""
        return self.path is not None or not self.uri


@dataclass(frozen=True, slots=True)
class CopySource:
    """`spec.from`: another workspace's model to copy; or the best trial of a sweep, whose `workspace` is "".

    `version` is "served", an attempt, or the resource name of a Model. `lock` is where the other workspace's lock lies,
    "" where its settings beside ours say so. The rest is found when a plan is made: the model@version, the attempt
    that it was ("" where nobody knows), the endpoint at which it answers, the base model that it goes back to ("" where
    nobody knows); or `missing`, why there is none.
    """

    workspace: str
    address: Address
    version: str = "served"
    lock: str = ""
    model: str = ""
    attempt: str = ""
    endpoint: str = ""
    base: str = ""
    missing: str = ""


class Rest(Enum):
    """What becomes of the trials of a sweep that are not the best."""

    KEEP = "keep"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Sweep:
    """`spec.tuneform.sweep` and `select`: trainings that differ in a few fields, of which the best one is copied.

    `trials` are addresses of their own. `metric` is a training metric, or, `by_answers`, the word for how answers to
    items of their own set are judged.
    """

    trials: tuple[Address, ...]
    metric: str
    by_answers: bool = False
    rest: Rest = Rest.KEEP


@dataclass(frozen=True, slots=True)
class RewardSample:
    """An answer on which the rewards are tried before anything is paid. `example` is of the training data, from 1.

    `least` and `most` are what the whole reward has to be; None asks for nothing.
    """

    answer: str
    example: int = 1
    least: float | None = None
    most: float | None = None


SPECS_FOLDER = "specs/"
NAMED = "-f"
"""Which source a spec is of: the folder, what is named with -f or piped in; or one that the workspace names."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One spec as loaded. `origin` is the source that it is of: SPECS_FOLDER, NAMED, or the name of another.

    `training`, `in_place` and `reported` split the API's fields by what an edit of them means
    (OnChange). Datasets and the parent are apart, because they are compared by what they hold and
    not by how they are written. Fields that the user left unset are absent. `heldout` is None where nobody looked.
    """

    address: Address
    where: Location
    project: str
    location: str
    training: Fields
    in_place: Fields
    reported: Fields
    data: tuple[Data, ...]
    parent: Address | None = None
    lifecycle: Lifecycle = Lifecycle()
    gate: GateSpec | None = None
    heldout: HeldoutSize | None = None
    task: str = ""
    checkpoint: str = ""
    """Which checkpoint serves: its id, or `best METRIC`; "" for that of the job's end."""
    alias: str = ""
    """The alias that the version of the Model has which serves; "" where nobody asks for one."""
    trigger: str = ""
    """A text whose change trains anew; "" asks for nothing."""
    rebase: Rebase | None = None
    """How a changed base model trains; None: as any other edit does."""
    origin: str = ""
    existing: str = ""
    former_names: tuple[str, ...] = ()
    source: CopySource | None = None
    sweep: Sweep | None = None
    reward_samples: tuple[RewardSample, ...] = ()
    examples: tuple[tuple[str, str], ...] = ()
    """Inline (textInput, output) pairs of the Gemini API: sent, and never shown or saved."""
    written: Fields | None = field(default=None, compare=False, repr=False)
    """`spec` of the document with defaults, where rules ask for it."""
    locate: Callable[[Sequence[str | int]], Location] | None = field(default=None, compare=False, repr=False)
    """Where a field stands, by its path in the document. It reads the text once more: for what has a message."""

    def at(self, name: str) -> Location:
        """Where a field of `spec` stands (`baseModel`), or the place of the spec."""
        return self.locate(("spec", *name.split("."))) if self.locate else self.where

    def at_item(self, name: str, index: int) -> Location:
        """Where an item of a list of `spec` stands, counted from 0."""
        return self.locate(("spec", *name.split("."), index)) if self.locate else self.where

    def at_data(self, data: Data) -> Location:
        """Where a dataset is named."""
        return self.at(data.named_in or data.field)

    @property
    def training_data(self) -> Data:
        """The dataset whose change makes a new training; a copy has none."""
        return self.data[0]

    @property
    def former_addresses(self) -> tuple[Address, ...]:
        """Addresses under which the lock may still have this model."""
        return tuple(Address(self.address.backend, name) for name in self.former_names)


@dataclass(frozen=True, slots=True)
class Removal:
    """What a document says of a spec that is not there any more, whatever the lock says of it."""

    address: Address
    on_remove: OnRemove
    reason: str
    where: Location


@dataclass(frozen=True, slots=True)
class Desired:
    """All specs together; exists only when every one of them loaded.

    `is_complete` says that this is the whole of the workspace: only then is what it lacks removed. `doubts` are
    places of what may be a spec and was not read; `skipped` counts documents that are none of ours. `origins` are the
    sets that were read whole, none where nobody asked. `removals` are removals that somebody wrote down.
    """

    models: Mapping[Address, Declared]
    is_complete: bool = True
    doubts: tuple[Location, ...] = ()
    skipped: int = 0
    origins: tuple[str, ...] = ()
    removals: Mapping[Address, Removal] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        models: Iterable[Declared],
        *,
        is_complete: bool = True,
        doubts: tuple[Location, ...] = (),
        skipped: int = 0,
        origins: tuple[str, ...] = (),
    ) -> Desired:
        """In address order."""
        by_address = {d.address: d for d in models}
        return cls({a: by_address[a] for a in sorted(by_address)}, is_complete, doubts, skipped, origins)


@dataclass(frozen=True, slots=True)
class Markers:
    """What we put on a resource to recognise it (core/markers.py writes and reads them).

    Where a service cannot carry one, it is empty: the Gemini API's ids only prove `owner`, the
    digest of (project, workspace, name), and `fingerprint`, that of (training, data, attempt).
    """

    workspace: str = ""
    name: str = ""
    training: str = ""
    data: str = ""
    attempt: str = ""
    owner: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a training is. Percent from 0 to 100; `detail` is the service's finer word."""

    percent: float | None = None
    steps_done: int | None = None
    steps_total: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One intermediate checkpoint, with the endpoint that serves it (or "")."""

    checkpoint_id: str
    epoch: int = 0
    step: int = 0
    endpoint: str = ""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Examples that a job left out. `examples` are numbers from 1, a sample; `reasons` stand in the same order.

    `trained` is how many were left, where the service says so.
    """

    count: int
    examples: tuple[int, ...] = ()
    reasons: tuple[str, ...] = ()
    trained: int | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the service's own evaluation found of a checkpoint, or of the model itself (""): scores by metric.

    `error` are its words where it failed, `resource_name` is the service's name of the run.
    """

    checkpoint_id: str = ""
    scores: Mapping[str, float] = field(default_factory=dict)
    error: str = ""
    resource_name: str = ""


@dataclass(frozen=True, slots=True)
class Carrier:
    """A resource that carries display name, description and labels: a Model, an Endpoint.

    `fields` are named as the spec names them; `labels` are all of the resource's, the service's own
    and strangers' included.
    """

    resource_name: str
    fields: Fields


@dataclass(frozen=True, slots=True)
class LiveData:
    """What was found of an object that a job was trained on: which bytes, and the digest of their content.

    An empty `content` says that nobody can tell any more: the object is gone, or has other bytes by now.
    """

    identity: Identity = Identity()
    content: str = ""


@dataclass(frozen=True, slots=True)
class LiveTraining:
    """One training as a service shows it: the job, and what came of it.

    For Vertex AI `resource_name` is the job's and `model` is `…/models/ID@VERSION`; for the Gemini
    API both are the tuned model's. A job is not a model: SUCCEEDED is history once `model_exists`
    is false. `training` holds the training fields as answered, resolved defaults included: compare
    only what the user set. Times are RFC 3339.
    """

    backend: str
    resource_name: str
    status: Status
    state: str
    project: str = ""
    location: str = ""
    markers: Markers = Markers()
    training: Fields = field(default_factory=dict)
    data_uri: str = ""
    data: LiveData | None = None
    """What its training data was, where that had to be looked up: None where nobody did."""
    created: str = ""
    ended: str = ""
    model: str = ""
    model_exists: bool = False
    endpoint: str = ""
    endpoint_exists: bool = False
    artifacts: str = ""
    """The folder with what was tuned, where the job wrote files; `model` is the same where it made no Model."""
    endpoints_gone: tuple[str, ...] = ()
    """Endpoints of its checkpoints that are not there, as far as somebody looked."""
    endpoints_left: tuple[str, ...] = ()
    """Endpoints that its job made and that are there although its model is not."""
    endpoints_used: tuple[str, ...] = ()
    """Endpoints that its job made and on which somebody serves another model: they are theirs to end."""
    aliases: tuple[str, ...] = ()
    """Aliases of its version of the Model, but for `default`, which the service moves."""
    checkpoints: tuple[Checkpoint, ...] = ()
    carriers: tuple[Carrier, ...] = ()
    sent: Fields = field(default_factory=dict)
    """Display name, description and labels that the job was sent with, markers included, where it shows them."""
    progress: Progress = Progress()
    operation: str = ""
    error: str = ""
    error_code: int = 0
    billable_tokens: int | None = None
    has_read_data: bool = False
    """Whether a job in progress is past reading its data, where the service says so."""
    dropped: Dropped | None = None
    evaluations: tuple[Evaluation, ...] = ()
    curves: Curves | None = None
    """What was measured while it trained, where that had to be read: None where nobody did, or could."""

    @property
    def shown(self) -> Fields:
        """The mutable fields as its first carrier has them: the Model's, or the tuned model's; none without one."""
        return self.carriers[0].fields if self.carriers else {}

    @property
    def is_undeployed(self) -> bool:
        """Whether it has no endpoint because the service makes none for what is files."""
        return bool(self.artifacts) and not self.endpoint

    @property
    def is_ready(self) -> bool:
        """Trained, and still there."""
        return self.status is Status.READY and self.model_exists


@dataclass(frozen=True, slots=True)
class Live:
    """What was read of the cloud, and only what was read: a failed read never becomes an absence.

    `identities` has every `gs://` object of a spec (an empty Identity: it does not exist);
    `project_numbers` maps project ids to the numbers that answers carry; `unfinished` counts the
    jobs in progress per project, strangers' included, since they share one quota.
    """

    trainings: Mapping[str, LiveTraining] = field(default_factory=dict)
    identities: Mapping[str, Identity] = field(default_factory=dict)
    project_numbers: Mapping[str, str] = field(default_factory=dict)
    unfinished: Mapping[str, int] = field(default_factory=dict)
