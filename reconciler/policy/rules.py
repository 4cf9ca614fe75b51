"""The rules of a workspace as values, once every expression of theirs was found right."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from reconciler.core.diagnostics import Location

if TYPE_CHECKING:
    from reconciler.policy.terms import Term


class About(Enum):
    """What a rule is judged on, once for each: every change, every change of a declared spec, or the plan."""

    CHANGE = "change"
    SPEC = "spec"
    PLAN = "plan"


@dataclass(frozen=True, slots=True)
class ExpressionOfRule:
    """An expression, and the text that it was written as."""

    text: str
    term: Term


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """`refuses` is false for a rule that only warns. `where` is its place in the file of its policy."""

    name: str
    policy: str
    about: About
    require: ExpressionOfRule
    where: Location
    when: ExpressionOfRule | None = None
    message: str = ""
    message_expression: ExpressionOfRule | None = None
    refuses: bool = True


@dataclass(frozen=True, slots=True)
class Policies:
    """All rules of a workspace, in the order of their files. Names are unique."""

    rules: tuple[PolicyRule, ...] = ()

    def rule(self, name: str) -> PolicyRule | None:
        """By name."""
        return next((rule for rule in self.rules if rule.name == name), None)


NO_POLICIES = Policies()
"""A workspace that has none."""
