"""A plan as one JSON document, and back: what `plan --out` saves and `apply FILE` reads.

It has everything that is reviewed and executed, and never a training example: specs as loaded
(`Change.declared`) stay out, since apply loads them again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from reconciler.core.change import Adoption, Change, Cost, FieldChange, Forecast, Plan, Reason
from reconciler.core.codes_plan import plan_diagnostic
from reconciler.core.data_changes import BeforeAfter, DataChange, RowCounts
from reconciler.core.diagnostics import Location, ReconcilerError, Severity
from reconciler.core.model import Address, Json, OnChange
from reconciler.core.suggest import suggest
from reconciler.render.commands import shell_line
from reconciler.render.plan_records import (
    AdoptionRecord,
    BeforeAfterRecord,
    ChangeRecord,
    CostRecord,
    CostTotalRecord,
    DataChangeRecord,
    FieldRecord,
    ForecastRecord,
    MadeWithRecord,
    PlanDocument,
    ReasonRecord,
    RebaseRecord,
    RowCountsRecord,
)
from reconciler.render.records import (
    FORMAT_VERSION,
    DiagnosticRecord,
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


def plan_to_json(plan: Plan, banner: Banner, made_with: MadeWithRecord | None = None) -> str:
    """The whole plan, noops included. `made_with` are the options that `apply FILE` makes it again with."""
    return document(plan_record(plan, banner, made_with))


def plan_record(plan: Plan, banner: Banner, made_with: MadeWithRecord | None = None) -> PlanDocument:
    """The same as a value."""
    target = msgspec.structs.replace(TargetRecord.of(banner), id=plan.target or banner.target)
    return PlanDocument(
        target=target,
        workspace=plan.workspace,
        lineage=plan.lineage,
        checksum=plan.checksum,
        pending=not plan.is_empty,
        refused=any(d.is_error for d in plan.diagnostics),
        summary={action.word: number for action, number in counts(plan.changes).items()},
        costs=tuple(map(_total, cost_totals(plan))),
        undeclared=plan.undeclared,
        left_alone=tuple(map(str, plan.left_alone)),
        ready=plan.ready,
        emptied=plan.emptied,
        skipped=plan.skipped,
        origins=plan.origins,
        doubts=tuple(PlaceRecord(**place._asdict()) for place in plan.doubts),
        changes=tuple(map(_change, plan.changes)),
        diagnostics=tuple(map(DiagnosticRecord.of, plan.diagnostics)),
        made_with=made_with or MadeWithRecord(),
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
        surplus=c.surplus,
        commit=c.commit,
        removes_entry=c.removes_entry,
        rebase=RebaseRecord(job=c.rebases.rebases, same_endpoint=c.rebases.same_endpoint) if c.rebases else None,
        after=tuple(map(str, c.after)),
        renamed_from=str(c.renamed_from) if c.renamed_from else None,
        held=c.held,
        checkpoint=c.checkpoint,
        alias=c.alias,
        state=c.state,
        progress=ProgressRecord.of(c.progress) if c.progress else None,
        spent_tokens=c.spent_tokens,
        cost=_cost(c.cost) if c.cost else None,
        cost_before=_cost(c.cost_before) if c.cost_before else None,
        data=tuple(map(_data_change, c.data)),
        age_s=c.age_s,
        forecast=_forecast(c.forecast) if c.forecast else None,
        notes=tuple(map(DiagnosticRecord.of, c.notes)),
        command=shell_line(c.command),
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


_ON_CHANGE_WORDS: dict[OnChange, Literal["replace", "in_place", "report", "record", "form"]] = {
    OnChange.REPLACE: "replace",
    OnChange.IN_PLACE: "in_place",
    OnChange.REPORT: "report",
    OnChange.RECORD: "record",
    OnChange.FORM: "form",
}


def _data_change(found: DataChange) -> DataChangeRecord:
    f = found
    return DataChangeRecord(
        field=f.field,
        uri=f.uri,
        was=f.was,
        examples=BeforeAfterRecord(**f.examples._asdict()),
        tokens=BeforeAfterRecord(**f.tokens._asdict()),
        rows=RowCountsRecord(**f.rows._asdict()) if f.rows else None,
        why=f.why,
    )


def _forecast(forecast: Forecast) -> ForecastRecord:
    return ForecastRecord(
        answers=forecast.answers,
        items=forecast.items,
        models=forecast.models,
        samples=forecast.samples,
        prompts=forecast.prompts,
        cost=_cost(forecast.cost),
        finds=forecast.finds,
        known=forecast.known,
    )


def _cost(cost: Cost) -> CostRecord:
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
    return _plan_of(document_of(text))


def saved_plan(text: str) -> tuple[Plan, MadeWithRecord]:
    """The same, with the options that it was made with."""
    found = document_of(text)
    return _plan_of(found), found.made_with


def document_of(text: str) -> PlanDocument:
    """The saved plan as it stands there. Raise ReconcilerError (PLAN112) where it is none of ours."""
    try:
        version = msgspec.json.decode(text, type=_Version).format_version
        if version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
            raise _unreadable(f"its format_version is {version}; this tuneform reads {FORMAT_VERSION}.")
        return msgspec.json.decode(text, type=PlanDocument)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as exc:
        raise _unreadable(f"{exc}.") from exc


def _unreadable(detail: str) -> ReconcilerError:
    fix = f"Make a new plan with {suggest('plan', '--out', 'FILE').quoted}."
    return ReconcilerError(plan_diagnostic("PLAN112", Severity.ERROR, detail[:2_000], fix=fix))


def _plan_of(record: PlanDocument) -> Plan:
    return Plan(
        changes=tuple(map(_change_of, record.changes)),
        checksum=record.checksum,
        lineage=record.lineage,
        workspace=record.workspace,
        target=record.target.id,
        undeclared=record.undeclared,
        left_alone=tuple(map(Address.parse, record.left_alone)),
        ready=record.ready,
        emptied=record.emptied,
        skipped=record.skipped,
        origins=record.origins,
        doubts=tuple(Location(place.path, place.line, place.column) for place in record.doubts),
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
        surplus=r.surplus,
        commit=r.commit,
        removes_entry=r.removes_entry,
        deposed=r.deposed,
        after=tuple(map(Address.parse, r.after)),
        renamed_from=Address.parse(r.renamed_from) if r.renamed_from else None,
        progress=r.progress.value() if r.progress else None,
        held=r.held,
        checkpoint=r.checkpoint,
        alias=r.alias,
        state=r.state,
        spent_tokens=r.spent_tokens,
        cost=_cost_of(r.cost) if r.cost else None,
        cost_before=_cost_of(r.cost_before) if r.cost_before else None,
        data=tuple(map(_data_change_of, r.data)),
        age_s=r.age_s,
        forecast=_forecast_of(r.forecast) if r.forecast else None,
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


def _data_change_of(record: DataChangeRecord) -> DataChange:
    r = record
    rows = RowCounts(r.rows.added, r.rows.removed, r.rows.relabelled, r.rows.unchanged) if r.rows else None
    examples, tokens = (BeforeAfter(each.before, each.after) for each in (r.examples, r.tokens))
    return DataChange(r.field, r.uri, r.was, examples, tokens, rows, r.why)


def _forecast_of(record: ForecastRecord) -> Forecast:
    cost = _cost_of(record.cost)
    known = record.known
    return Forecast(record.items, record.models, record.samples, record.prompts, cost, record.finds, known)


def _cost_of(record: CostRecord) -> Cost:
    low, high = (None if amount is None else float(amount) for amount in (record.low, record.high))
    return Cost(low, high, record.currency, record.method, record.as_of)
