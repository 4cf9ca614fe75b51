"""The gate's report as one JSON document."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from reconciler.core.gate_result import AddressGate, GateCheck, GateResult, Verdict
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


class AddressRecord(Record, frozen=True, kw_only=True):
    """The verdict on one address."""

    address: AddressText
    verdict: Verdict
    model: str
    endpoint: str
    checks: tuple[CheckRecord, ...]
    command: Annotated[str, Meta(description="What to do about it, where there is something.")]
    warnings: Annotated[tuple[DiagnosticRecord, ...], Meta(description="What a person should know all the same.")] = ()


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
    )


def _check(check: GateCheck) -> CheckRecord:
    return CheckRecord(name=check.name, passed=check.passed, wanted=check.wanted, got=check.got, why=check.why)
