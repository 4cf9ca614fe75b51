"""A plan as one JSON document, and back: what `plan --out` saves and `apply FILE` reads.

It has everything that is reviewed and executed, and never a training example: specs as loaded
(`Change.declared`) stay out, since apply loads them again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from reconciler.core.change import (
    Adoption,
    Basis,
    Cause,
    Change,
    Cost,
    FieldChange,
    Plan,
    Reason,
    ReasonCode,
)
from reconciler.core.codes_plan import tell
from reconciler.core.diagnostics import ReconcilerError, Severity
from reconciler.core.lock import Role, Submission
from reconciler.core.model import Address, Json, Lifecycle, OnChange
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
    action_of,
    document,
)
from reconciler.render.totals import CostTotal, cost_totals, counts
from reconciler.render.values import Banner
from reconciler.render.words import decimal_string


class ReasonRecord(Record, frozen=True, kw_only=True):
    """Why an action was chosen: a stable code, and a sentence for people."""

    code: ReasonCode
    text: str


class FieldRecord(Record, frozen=True, kw_only=True):
    """One field that differs; null is absent. Datasets are described, never shown."""

    field: Annotated[str, Meta(description="The API's camelCase path.")]
    old: Any
    new: Any
    on_change: Literal["replace", "in_place", "report", "record"]
    cause: Annotated[Cause, Meta(description="Who moved: the spec (edited), the cloud (drifted), or both.")]
    basis: Annotated[Basis, Meta(description="What the old value is taken from.")]
    resource_name: Annotated[str, Meta(description="Where an observed value was seen.")] = ""


class CostRecord(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Of one training. Without `low` and `high` it is unknown, and `method` says why."""

    low: Amount | None = None
    high: Amount | None = None
    currency: str = "USD"
    method: str = ""
    as_of: Annotated[str, Meta(description="The date of the prices.")] = ""


class AdoptionRecord(Record, frozen=True, kw_only=True):
    """A live training to take into the lock."""

    resource_name: str
    attempt: str
    role: Role


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
    removes_entry: bool = False
    after: Annotated[tuple[AddressText, ...], Meta(description="Addresses that must be done first.")] = ()
    renamed_from: AddressText | None = None
    state: str = ""
    progress: ProgressRecord | None = None
    spent_tokens: int | None = None
    cost: CostRecord | None = None
    notes: tuple[DiagnosticRecord, ...] = ()
    command: Annotated[str, Meta(description="Mends a blocked one.")] = ""
    where: Annotated[PlaceRecord, Meta(description="The spec. Not read back.")] | None = None


class CostTotalRecord(Record, frozen=True, kw_only=True):
    """All trainings of the plan in one currency; `unknown` counts those without an estimate."""

    low: Amount | None
    high: Amount | None
    currency: str
    trainings: int
    unknown: int


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
    ready: Annotated[int, Meta(description="Models that answered when the plan was made.")]
    emptied: Annotated[bool, Meta(description="Whether every spec is gone.")]
    changes: Annotated[tuple[ChangeRecord, ...], Meta(description="In address order.")]
    diagnostics: tuple[DiagnosticRecord, ...]


def plan_to_json(plan: Plan, banner: Banner) -> str:
    """The whole plan, noops included."""
    target = msgspec.structs.replace(TargetRecord.of(banner), id=plan.target or banner.target)
    return document(
        PlanDocument(
            target=target,
            workspace=plan.workspace,
            lineage=plan.lineage,
            checksum=plan.checksum,
            pending=not plan.is_empty,
            refused=any(d.is_error for d in plan.diagnostics),
            summary={action.word: number for action, number in counts(plan.changes).items()},
            costs=tuple(map(_total, cost_totals(plan))),
            undeclared=plan.undeclared,
            ready=plan.ready,
            emptied=plan.emptied,
            changes=tuple(map(_change, plan.changes)),
            diagnostics=tuple(map(DiagnosticRecord.of, plan.diagnostics)),
        )
    )


def _total(total: CostTotal) -> CostTotalRecord:
    return CostTotalRecord(
        low=decimal_string(total.low) if total.known else None,
        high=decimal_string(total.high) if total.known else None,
        currency=total.currency,
        trainings=total.known,
        unknown=total.unknown,
    )


def _change(change: Change) -> ChangeRecord:
    c = change
    return ChangeRecord(
        address=str(c.address),
        action=c.action.word,  # type: ignore[arg-type]  # the words are ActionWord's; a test compares them
        deposed=c.deposed,
        reason=ReasonRecord(code=c.reason.code, text=c.reason.text),
        fields=tuple(map(_field, c.fields)),
        attempt=c.attempt,
        submission=c.submission,
        in_place=_dict(c.in_place),
        patch=_dict(c.patch),
        lifecycle=c.lifecycle,
        adopts=tuple(AdoptionRecord(resource_name=a.resource_name, attempt=a.attempt, role=a.role) for a in c.adopts),
        cancels=c.cancels,
        disposes=c.disposes,
        disposes_ready=c.disposes_ready,
        resources=c.resources,
        removes_entry=c.removes_entry,
        after=tuple(map(str, c.after)),
        renamed_from=str(c.renamed_from) if c.renamed_from else None,
        state=c.state,
        progress=ProgressRecord.of(c.progress) if c.progress else None,
        spent_tokens=c.spent_tokens,
        cost=_cost(c.cost),
        notes=tuple(map(DiagnosticRecord.of, c.notes)),
        command=c.command,
        where=PlaceRecord(**c.declared.where._asdict()) if c.declared else None,
    )


def _dict(mapping: Mapping[str, Json] | None) -> dict[str, Any] | None:
    return None if mapping is None else dict(mapping)


def _field(field: FieldChange) -> FieldRecord:
    return FieldRecord(
        field=field.field,
        old=field.old,
        new=field.new,
        on_change=_ON_CHANGE_WORDS[field.on_change],
        cause=field.cause,
        basis=field.basis,
        resource_name=field.resource_name,
    )


_ON_CHANGE_WORDS: dict[OnChange, Literal["replace", "in_place", "report", "record"]] = {
    OnChange.REPLACE: "replace",
    OnChange.IN_PLACE: "in_place",
    OnChange.REPORT: "report",
    OnChange.RECORD: "record",
}


def _cost(cost: Cost | None) -> CostRecord | None:
    if cost is None:
        return None
    return CostRecord(
        low=decimal_string(cost.low),
        high=decimal_string(cost.high),
        currency=cost.currency,
        method=cost.method,
        as_of=cost.as_of,
    )


class _Version(Record, frozen=True, kw_only=True):
    format_version: str


def plan_from_json(text: str) -> Plan:
    """The saved plan, without `declared`. Raise ReconcilerError (PLAN112) where it is none of ours."""
    try:
        version = msgspec.json.decode(text, type=_Version).format_version
        if version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
            raise _unreadable(f"its format_version is {version}; this tuneform reads {FORMAT_VERSION}.")
        return _plan_of(msgspec.json.decode(text, type=PlanDocument))
    except (msgspec.DecodeError, UnicodeEncodeError) as exc:
        raise _unreadable(f"{exc}.") from exc


def _unreadable(detail: str) -> ReconcilerError:
    fix = "Make a new plan with: tuneform plan --out FILE"
    return ReconcilerError(tell("PLAN112", Severity.ERROR, detail, fix=fix))


def _plan_of(record: PlanDocument) -> Plan:
    return Plan(
        changes=tuple(map(_change_of, record.changes)),
        checksum=record.checksum,
        lineage=record.lineage,
        workspace=record.workspace,
        target=record.target.id,
        undeclared=record.undeclared,
        ready=record.ready,
        emptied=record.emptied,
        diagnostics=tuple(d.value() for d in record.diagnostics),
    )


def _change_of(record: ChangeRecord) -> Change:
    r = record
    return Change(
        address=Address.parse(r.address),
        action=action_of(r.action),
        reason=Reason(r.reason.code, r.reason.text),
        fields=tuple(map(_field_of, r.fields)),
        submission=r.submission,
        in_place=r.in_place,
        patch=r.patch,
        lifecycle=r.lifecycle,
        attempt=r.attempt,
        adopts=tuple(Adoption(a.resource_name, a.attempt, a.role) for a in r.adopts),
        cancels=r.cancels,
        disposes=r.disposes,
        resources=r.resources,
        removes_entry=r.removes_entry,
        deposed=r.deposed,
        after=tuple(map(Address.parse, r.after)),
        renamed_from=Address.parse(r.renamed_from) if r.renamed_from else None,
        progress=r.progress.value() if r.progress else None,
        state=r.state,
        spent_tokens=r.spent_tokens,
        cost=_cost_of(r.cost),
        notes=tuple(d.value() for d in r.notes),
        command=r.command,
        disposes_ready=r.disposes_ready,
    )


def _field_of(record: FieldRecord) -> FieldChange:
    return FieldChange(
        record.field,
        record.old,
        record.new,
        OnChange[record.on_change.upper()],
        record.cause,
        record.basis,
        record.resource_name,
    )


def _cost_of(record: CostRecord | None) -> Cost | None:
    if record is None:
        return None
    low, high = (None if amount is None else float(amount) for amount in (record.low, record.high))
    return Cost(low, high, record.currency, record.method, record.as_of)
