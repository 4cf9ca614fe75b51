"""The rules over training data, read from rules.toml, and the choice of them for one run."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from reconciler.core.diagnostics import Diagnostic, ReconcilerError, Severity
from reconciler.datasets.findings import Finding
from reconciler.datasets.formats import ACCEPTED, Format, Method
from reconciler.datasets.limits import DataLimits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

OFF = "off"
MAY_BE_ERRORS = frozenset({"schema", "documented", "measured", "standard", "tool"})
"""A rule of another basis may warn, never refuse."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table, as its head says. `since` is the version of tuneform that has it first."""

    id: str
    title: str
    severity: str
    basis: str
    methods: frozenset[Method]
    explanation: str
    cites: str = ""
    fix: str = ""
    bad: str = ""
    good: str = ""
    bad_note: str = ""
    good_note: str = ""
    models: tuple[str, ...] = ()
    since: str = "0.1"
    of_form: bool = False
    may_pass: bool = False
    drops: bool = False

    def applies_to(self, method: Method | None, base_model: str) -> bool:
        """A rule for some base models also applies while the base model is not known."""
        if method is not None and method not in self.methods:
            return False
        return not (self.models and base_model) or base_model.startswith(self.models)


@cache
def all_rules() -> Mapping[str, Rule]:
    """Every rule by its id, in the order of the table."""
    text = resources.files(__package__).joinpath("rules.toml").read_text(encoding="utf-8")
    return {id_: _rule(id_, row) for id_, row in tomllib.loads(text).items()}


def rule_of(found: Diagnostic) -> Rule | None:
    """The rule that it is a finding of; None for a diagnostic of another family."""
    return all_rules().get(found.code)


def _rule(id_: str, row: dict[str, Any]) -> Rule:
    methods = frozenset(Method(name) for name in row.pop("methods"))
    models = tuple(row.pop("models", ()))
    return Rule(id=id_, methods=methods, models=models, **row)


@dataclass(frozen=True)
class RuleSet:
    """The rules of one run: for a method and a base model, with severities as the workspace sets them.

    Without a method every format that some method takes is accepted, and the file's own format chooses
    the rules. `severities` maps a rule's id to error, warning, note or off.
    """

    method: Method | None = None
    base_model: str = ""
    severities: Mapping[str, str] = field(default_factory=dict)
    limits: DataLimits = field(default_factory=DataLimits)

    @classmethod
    def of(
        cls,
        method: Method | str | None = None,
        base_model: str = "",
        severities: Mapping[str, str] | None = None,
        limits: DataLimits | None = None,
    ) -> RuleSet:
        """A checked set; raises ReconcilerError when `severities` names what does not exist."""
        overrides = dict(severities or {})
        mistakes = tuple(_override_mistakes(overrides))
        if mistakes:
            raise ReconcilerError(*mistakes)
        chosen = Method(method) if isinstance(method, str) else method
        return cls(chosen, base_model, overrides, limits or DataLimits.for_model(base_model))

    def severity(self, rule: str) -> Severity | None:
        """How much this rule matters in this run; None where it is off or does not apply."""
        row = all_rules()[rule]
        chosen = self.severities.get(rule, row.severity)
        if chosen == OFF or not row.applies_to(self.method, self.base_model):
            return None
        # Where the rule is for some base models and ours is not known, it may not apply at all.
        if row.models and not self.base_model and rule not in self.severities:
            chosen = Severity.WARNING.value
        return Severity(chosen)

    @property
    def accepted(self) -> tuple[Format, ...]:
        """The formats that this run takes without a finding."""
        if self.method is not None:
            return ACCEPTED[self.method]
        return (Format.VERTEX_SFT, Format.PREFERENCE, Format.PAIRS, Format.JUDGED_PROMPTS)

    def finding(self, rule: str, detail: str = "", *, line: int = 0, column: int = 0) -> Finding | None:
        """A finding of that rule, or None where the rule is off."""
        severity = self.severity(rule)
        if severity is None:
            return None
        row = all_rules()[rule]
        return Finding(rule, severity, row.title, detail, row.fix, line, column)


def _override_mistakes(overrides: Mapping[str, str]) -> Iterable[Diagnostic]:
    known = {s.value for s in Severity} | {OFF}
    for rule, severity in overrides.items():
        if rule not in all_rules():
            yield Diagnostic(
                "SPEC090",
                Severity.ERROR,
                "Unknown data rule",
                f"{rule} is not a rule over training data.",
                "Choose one of docs/reference/data-rules.md.",
            )
        elif severity not in known:
            yield Diagnostic(
                "SPEC091",
                Severity.ERROR,
                "Unknown severity",
                f"{rule}: {severity}",
                f"Use one of {', '.join(sorted(known))}.",
            )
