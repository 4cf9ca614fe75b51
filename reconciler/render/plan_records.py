"""The format of a plan as JSON: types that msgspec reads and writes, and that the schema is made from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from reconciler.core.change import Basis, Cause, Decided, ReasonCode
from reconciler.core.lock import Role, Submission
from reconciler.core.model import Lifecycle
from reconciler.render.records import (
    FORMAT_VERSION,
    ActionWord,
    AddressText,
    Amount,
    DiagnosticRecord,
    FormatVersion,
    PlaceRecord,
    ProgressRecord,
    Record,
    TargetRecord,
)


class ReasonRecord(Record, frozen=True, kw_only=True):
    """Why an action was chosen: a stable code, and a sentence for people."""

    code: ReasonCode
    text: str


class FieldRecord(Record, frozen=True, kw_only=True):
    """One field that differs; null is absent. Datasets are described, never shown."""

    field: Annotated[str, Meta(description="The API's camelCase path.")]
    old: Any
    new: Any
    on_change: Literal["replace", "in_place", "report", "record", "form"]
    cause: Annotated[
        Cause,
        Meta(description="Who moved: the spec (edited), the cloud (drifted), or both; or the name alone (renamed)."),
    ]
    basis: Annotated[Basis, Meta(description="What the old value is taken from.")]
    resource_name: Annotated[str, Meta(description="Where an observed value was seen.")] = ""


class CostRecord(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Of one training. Without `low` and `high` it is unknown, and `method` says why."""

    low: Amount | None = None
    high: Amount | None = None
    currency: str = "USD"
    method: str = ""
    as_of: Annotated[str, Meta(description="The date of the prices.")] = ""


_FINDS = "The smallest true loss that fails the gate in 80 % of cases, where 10 % of the answers differ."


class ForecastRecord(Record, frozen=True, kw_only=True, omit_defaults=True):
    """What judging the model asks once. Without `answers` nobody has counted the held-out items."""

    answers: int | None = None
    items: int | None = None
    models: Annotated[int, Meta(description="How many are asked the same items.")] = 1
    samples: Annotated[int, Meta(description="Answers to an item.")] = 1
    prompts: Annotated[int, Meta(description="Answers to prompts.")] = 0
    cost: CostRecord = CostRecord()
    finds: Annotated[float, Meta(description=_FINDS)] | None = None
    known: Annotated[int, Meta(description="Answers that are kept from before; `cost` is that of the rest.")] = 0


class RowCountsRecord(Record, frozen=True, kw_only=True):
    """Rows of what was trained on and of what is declared. A row counts as often as it stands there."""

    added: int
    removed: int
    relabelled: Annotated[int, Meta(description="The same question, another answer.")]
    unchanged: int


class BeforeAfterRecord(Record, frozen=True, kw_only=True):
    """A number as it was when the data was submitted, and as it is declared now; null where nobody knows."""

    before: int | None = None
    after: int | None = None


class DataChangeRecord(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A dataset that is another one than what was submitted, in numbers: no example is in any plan."""

    field: Annotated[str, Meta(description="The API's camelCase path.")]
    uri: Annotated[str, Meta(description="As the spec names it.")]
    was: Annotated[str, Meta(description="As the spec named it before, where that was another.")] = ""
    examples: BeforeAfterRecord = BeforeAfterRecord()
    tokens: Annotated[BeforeAfterRecord, Meta(description="Of one epoch: as billed before, else estimated.")] = (
        BeforeAfterRecord()
    )
    rows: RowCountsRecord | None = None
    why: Annotated[str, Meta(description="Why nobody compared the rows.")] = ""


class AdoptionRecord(Record, frozen=True, kw_only=True):
    """A live training to take into the lock."""

    resource_name: str
    attempt: str
    role: Role


class RebaseRecord(Record, frozen=True, kw_only=True):
    """The job of what serves, and whether the new model replaces that at its endpoint."""

    job: str
    same_endpoint: bool


class ChangeRecord(Record, frozen=True, kw_only=True, omit_defaults=True):
    """What happens to one address. `submission` and `lifecycle` are spelt as in the lock and the spec."""

    address: AddressText
    action: ActionWord
    deposed: Annotated[bool, Meta(description="About the model that was replaced, not the one that serves.")]
    reason: ReasonRecord
    fields: tuple[FieldRecord, ...]
    attempt: str = ""
    submission: Annotated[Submission, Meta(description="What will be sent.")] | None = None
    in_place: Annotated[dict[str, Any], Meta(description="Mutable fields as declared.")] | None = None
    patch: Annotated[dict[str, Any], Meta(description="Of these, what is patched; null clears.")] | None = None
    lifecycle: Lifecycle = Lifecycle()
    adopts: tuple[AdoptionRecord, ...] = ()
    cancels: Annotated[tuple[str, ...], Meta(description="Attempts to cancel.")] = ()
    disposes: Annotated[tuple[str, ...], Meta(description="Attempts to dispose of.")] = ()
    disposes_ready: Annotated[int, Meta(description="Models that answer today and would be gone.")] = 0
    resources: Annotated[tuple[str, ...], Meta(description="Resource names concerned.")] = ()
    surplus: Annotated[tuple[str, ...], Meta(description="Of deposed models beyond `keep`: deleted at its end.")] = ()
    removes_entry: bool = False
    commit: Annotated[str, Meta(description="Of a removal: at which commit its entry last changed.")] = ""
    rebase: Annotated[RebaseRecord, Meta(description="What of it the service trains again. Not read back.")] | None = (
        None
    )
    after: Annotated[tuple[AddressText, ...], Meta(description="Addresses that must be done first.")] = ()
    renamed_from: AddressText | None = None
    held: Annotated[Decided, Meta(description="Why it serves what the spec does not say: a person decided.")] | None = (
        None
    )
    checkpoint: Annotated[str, Meta(description="The checkpoint that is to serve: an id, `best METRIC`, `last`.")] = ""
    alias: Annotated[str, Meta(description="The alias that the version which serves is to have.")] = ""
    state: str = ""
    progress: ProgressRecord | None = None
    spent_tokens: int | None = None
    cost: CostRecord | None = None
    cost_before: (
        Annotated[CostRecord, Meta(description="What the training before it was billed, at this price.")] | None
    ) = None
    data: Annotated[tuple[DataChangeRecord, ...], Meta(description="What its edits of data are.")] = ()
    age_s: Annotated[float, Meta(description="Since the training that it is about was submitted.")] | None = None
    forecast: Annotated[ForecastRecord, Meta(description="What its gate will ask.")] | None = None
    notes: tuple[DiagnosticRecord, ...] = ()
    command: Annotated[str, Meta(description="Unblocks a blocked one.")] = ""
    where: Annotated[PlaceRecord, Meta(description="The spec. Not read back.")] | None = None


class CostTotalRecord(Record, frozen=True, kw_only=True):
    """All trainings of the plan in one currency; `unknown` counts those without an estimate."""

    low: Amount | None
    high: Amount | None
    currency: str
    trainings: int
    unknown: int


class MadeWithRecord(Record, frozen=True, kw_only=True, omit_defaults=True):
    """The options that decided what the plan is about; permissions are none: they are given where they are used."""

    files: Annotated[tuple[str, ...], Meta(description="`-f`, in the order given.")] = ()
    prune: Annotated[bool, Meta(description="`--prune`: whether the set given by `-f` is complete.")] = False
    targets: Annotated[tuple[str, ...], Meta(description="`--target`.")] = ()
    replace: Annotated[tuple[str, ...], Meta(description="`--replace`.")] = ()
    exclude: Annotated[tuple[str, ...], Meta(description="`--exclude`.")] = ()
    destroy: Annotated[bool, Meta(description="`--destroy`: whether it leaves nothing of what it is about.")] = False


class PlanDocument(Record, frozen=True, kw_only=True):
    """A plan of tuneform."""

    format_version: FormatVersion = FORMAT_VERSION
    target: TargetRecord
    workspace: str
    lineage: str
    checksum: Annotated[str, Meta(description="Of what will be done; `apply --checksum` demands it.")]
    pending: Annotated[bool, Meta(description="Whether `plan --detailed-exitcode` ends with 2.")]
    refused: Annotated[bool, Meta(description="Whether apply would stop before the first change.")]
    summary: Annotated[dict[str, int], Meta(description="Changes by action, zeros included.")]
    costs: tuple[CostTotalRecord, ...]
    undeclared: Annotated[int, Meta(description="Locked addresses that this run leaves alone.")]
    left_alone: Annotated[
        tuple[AddressText, ...], Meta(description="Locked addresses that no specs declared which were ever applied.")
    ] = ()
    ready: Annotated[int, Meta(description="Models that answered when the plan was made.")]
    emptied: Annotated[bool, Meta(description="Whether it removes, and no spec declares anything that is locked.")]
    skipped: Annotated[int, Meta(description="Documents that were read and are none of tuneform's.")] = 0
    doubts: Annotated[
        tuple[PlaceRecord, ...], Meta(description="What may be a spec and was not read: no plan removes beside it.")
    ] = ()
    origins: Annotated[
        tuple[str, ...],
        Meta(
            description="Sources that this run is the whole of, such as `specs/` or `-f`; what others declared stays."
        ),
    ] = ()
    changes: Annotated[tuple[ChangeRecord, ...], Meta(description="In address order.")]
    diagnostics: tuple[DiagnosticRecord, ...]
    made_with: MadeWithRecord = MadeWithRecord()
