"""One rule, judged on one thing after another within one purse. What cannot be evaluated is not met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from reconciler.policy.evaluating import RuleScope, Run, StepPurse, compiled
from reconciler.policy.rules import ExpressionOfRule, PolicyRule
from reconciler.policy.terms import ExpressionError

_LONGEST_MESSAGE = 1_000
"""Characters of a message that an expression makes."""


class RuleVerdict(Enum):
    """`NOT_ABOUT`: its `when` says that it has nothing to say here."""

    MET = "met"
    NOT_ABOUT = "not_about"
    NOT_MET = "not_met"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a rule says of one thing: its message where it is not met, the mistake and its fix where it is undecided."""

    verdict: RuleVerdict
    said: str = ""
    fix: str = ""


class RuleJudge:
    """A rule with its expressions compiled."""

    def __init__(self, rule: PolicyRule, purse: StepPurse | None = None) -> None:
        self.rule = rule
        self._purse = purse or StepPurse()
        self._require = compiled(rule.require.term)
        self._when = _run_of(rule.when)
        self._message = _run_of(rule.message_expression)

    def judge(self, names: Mapping[str, Any]) -> Ruling:
        """`names` are the variables. Nothing is raised for anything that a rule can say."""
        scope = RuleScope(names, self._purse)
        try:
            if self._when is not None and not _as_bool(self._when(scope), "when"):
                return Ruling(RuleVerdict.NOT_ABOUT)
            if _as_bool(self._require(scope), "require"):
                return Ruling(RuleVerdict.MET)
        except ExpressionError as mistake:
            return Ruling(RuleVerdict.UNDECIDED, mistake.detail, mistake.fix)
        except RecursionError:
            return Ruling(RuleVerdict.UNDECIDED, "What it compares is nested too deeply.")
        return Ruling(RuleVerdict.NOT_MET, self._said(scope))

    def _said(self, scope: RuleScope) -> str:
        fallback = self.rule.message or f"It requires {self.rule.require.text.strip()}"
        if self._message is None:
            return fallback
        try:
            said = self._message(scope)
        except (ExpressionError, RecursionError) as mistake:
            return f"{fallback} (Its messageExpression could not be evaluated: {mistake})"
        return said[:_LONGEST_MESSAGE] if isinstance(said, str) and said.strip() else fallback


def _run_of(expression: ExpressionOfRule | None) -> Run | None:
    return compiled(expression.term) if expression is not None else None


def _as_bool(value: Any, name: str) -> bool:
    if value is True or value is False:
        return bool(value)
    raise ExpressionError(f"{name} came to something that is neither true nor false.", 0, "Compare it with something.")
