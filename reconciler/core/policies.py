"""What a workspace's own rules say of a plan: refusals, warnings, and what a dated line allows all the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from reconciler.core.codes_plan import plan_diagnostic
from reconciler.core.diagnostics import Diagnostic, Location, Severity
from reconciler.core.model import Address
from reconciler.core.settings import Allow

POLICY: Final = "policy"
"""The kind of a line under `allow:` that names a rule. There is no flag: a rule that any run may lift is none."""


@dataclass(frozen=True, slots=True)
class UnmetRule:
    """One rule that one change, or the plan (`address` None), does not meet.

    `said` is its message, or with `is_undecided` why it could not be evaluated. `rule_at` is where the rule stands, and
    `where` the spec that it is about.
    """

    rule: str
    rule_at: Location
    said: str
    address: Address | None = None
    refuses: bool = True
    is_undecided: bool = False
    fix: str = ""
    where: Location | None = None


@dataclass(frozen=True, slots=True)
class TriedCase:
    """One case and what its rule said: `got` is a word of `expect`, `said` its message, or why it could not say."""

    rule: str
    name: str
    expect: str
    got: str
    said: str
    where: Location

    @property
    def is_right(self) -> bool:
        """Whether the rule said what was expected."""
        return self.got == self.expect


def breach_diagnostics(breaches: Iterable[UnmetRule], allow: Sequence[Allow], today: date) -> Iterator[Diagnostic]:
    """Each as a refusal or a warning; as a note where a line that is not over allows it."""
    for breach in breaches:
        lines = [line for line in allow if _is_about(line, breach)]
        in_force = next((line for line in lines if today <= line.until), None)
        if in_force is not None:
            yield _allowed(breach, in_force)
        else:
            yield _not_met(breach, max(lines, key=lambda line: line.until, default=None))


def _is_about(line: Allow, breach: UnmetRule) -> bool:
    addresses = {"*", str(breach.address)} if breach.address else {"*"}
    return line.kind == POLICY and line.rule == breach.rule and line.address in addresses


def _allowed(breach: UnmetRule, line: Allow) -> Diagnostic:
    detail = f"{_said(breach)}\nAllowed until {line.until}, {line.where}: {line.reason}"
    return _diagnostic("PLAN138", Severity.NOTE, breach, detail)


def _not_met(breach: UnmetRule, over: Allow | None) -> Diagnostic:
    severity = Severity.ERROR if breach.refuses else Severity.WARNING
    code = "PLAN139" if breach.is_undecided else "PLAN136" if breach.refuses else "PLAN137"
    detail = _said(breach)
    if over is not None:
        detail += f"\nThe line at {over.where} that allowed it ended on {over.until}."
    return _diagnostic(code, severity, breach, detail, _fix(breach))


def _said(breach: UnmetRule) -> str:
    return f"{breach.said}\nRule {breach.rule}, {breach.rule_at}."


def _fix(breach: UnmetRule) -> str:
    line = f"{{policy: {breach.rule}, " + (f"address: {breach.address}, …}}" if breach.address else "…}")
    allowed = f"add a dated line under allow: {line}."
    if breach.is_undecided:
        return f"{breach.fix or 'Correct the rule.'} Or {allowed}"
    return f"Change what it speaks of, or {allowed}" if breach.refuses else ""


def _diagnostic(code: str, severity: Severity, breach: UnmetRule, detail: str, fix: str = "") -> Diagnostic:
    address = str(breach.address) if breach.address else None
    return plan_diagnostic(code, severity, detail, fix=fix, where=breach.where or breach.rule_at, address=address)
