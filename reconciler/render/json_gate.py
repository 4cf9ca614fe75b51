"""The gate's report as one JSON document."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from reconciler.core.gate_result import AddressGate, GateCheck, GateResult, Verdict
from reconciler.core.lock import Evidence
from reconciler.render.commands import shell_line
from reconciler.render.records import (
    FORMAT_VERSION,
    AddressText,
    DiagnosticRecord,
    FormatVersion,
    Record,
    TargetRecord,
    document,
)
from reconciler.render.values import Banner


class CheckRecord(Record, frozen=True, kw_only=True):
    """One thing that must hold."""

    name: str
    passed: bool
    wanted: Any
    got: Any
    why: Annotated[str, Meta(description="Set where it does not hold.")]
    is_open: Annotated[bool, Meta(description="It neither holds nor is refuted: nobody could tell.")] = False


class BreakdownRecord(Record, frozen=True, kw_only=True):
    """One class by its F1, or one field by the share that is right."""

    name: str
    items: int
    new: float
    old: float | None


class FlippedRecord(Record, frozen=True, kw_only=True):
    """Where it stands in the held-out set. No text of an example or of an answer."""

    line: int
    is_better: bool


class SpentRecord(Record, frozen=True, kw_only=True):
    """Of answers that were asked for the verdict, in whichever run; those that were known before cost nothing."""

    amount: Annotated[float | None, Meta(description="Null where not all of them have a price in one currency.")]
    currency: str
    took_s: Annotated[float, Meta(description="Seconds of asking.")]


class AddressRecord(Record, frozen=True, kw_only=True):
    """The verdict on one address."""

    address: AddressText
    verdict: Verdict
    model: str
    endpoint: str
    checks: tuple[CheckRecord, ...]
    command: Annotated[str, Meta(description="What to do about it, where there is something.")]
    warnings: Annotated[tuple[DiagnosticRecord, ...], Meta(description="What a person should know all the same.")] = ()
    evidence: Annotated[
        tuple[Evidence, ...], Meta(description="What held-out items proved, one for each demand; as the lock has it.")
    ] = ()
    breakdown: Annotated[tuple[BreakdownRecord, ...], Meta(description="By class of labels, or by field of JSON.")] = ()
    flipped: Annotated[
        tuple[FlippedRecord, ...], Meta(description="Items that only one of the two models has right, by line.")
    ] = ()
    looks: Annotated[int, Meta(description="How often this version was judged, by whichever gate.")] = 0
    answers: Annotated[int, Meta(description="How many answers were asked of models for this verdict.")] = 0
    spent: Annotated[
        SpentRecord | None, Meta(description="What judging it came to; absent where nobody was asked for it.")
    ] = None
    is_recorded: Annotated[bool, Meta(description="The verdict is that of the lock: nothing was asked.")] = False
    has_answers: Annotated[
        bool, Meta(description="What stands behind the verdict is here; else flipped items and classes are not known.")
    ] = True
    is_counted: Annotated[bool, Meta(description="It was found anew, and --record wrote it into the lock.")] = False


class GateDocument(Record, frozen=True, kw_only=True):
    """Whether a deployment may go on. A gate over nothing does not pass."""

    format_version: FormatVersion = FORMAT_VERSION
    target: TargetRecord
    verdict: Verdict
    exit_code: int
    addresses: tuple[AddressRecord, ...]


def gate_to_json(result: GateResult, banner: Banner) -> str:
    """The whole report."""
    return document(
        GateDocument(
            target=TargetRecord.of(banner),
            verdict=result.verdict,
            exit_code=result.exit_code,
            addresses=tuple(map(_address, result.addresses)),
        )
    )


def _address(gate: AddressGate) -> AddressRecord:
    return AddressRecord(
        address=str(gate.address),
        verdict=gate.verdict,
        model=gate.model,
        endpoint=gate.endpoint,
        checks=tuple(map(_check, gate.checks)),
        command=shell_line(gate.command),
        warnings=tuple(map(DiagnosticRecord.of, gate.warnings)),
        evidence=gate.evidence,
        breakdown=tuple(BreakdownRecord(name=b.name, items=b.items, new=b.new, old=b.old) for b in gate.breakdown),
        flipped=tuple(FlippedRecord(line=flip.line, is_better=flip.is_better) for flip in gate.flips),
        looks=gate.looks,
        answers=gate.answers,
        spent=SpentRecord(amount=gate.spent.amount, currency=gate.spent.currency, took_s=gate.spent.took_s)
        if gate.spent
        else None,
        is_recorded=gate.is_recorded,
        has_answers=gate.has_answers,
        is_counted=gate.is_counted,
    )


def _check(check: GateCheck) -> CheckRecord:
    return CheckRecord(
        name=check.name, passed=check.passed, wanted=check.wanted, got=check.got, why=check.why, is_open=check.is_open
    )
