"""The rules of a workspace and what their cases came to, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta

from reconciler.core.diagnostics import Location
from reconciler.core.policies import TriedCase
from reconciler.policy.rules import PolicyRule
from reconciler.render.records import FORMAT_VERSION, FormatVersion, PlaceRecord, Record, document

ExpectedWord = Annotated[Literal["pass", "refuse", "warn", "error"], Meta(description="As `expect` of a case.")]


class RuleRecord(Record, frozen=True, kw_only=True):
    """One rule of the workspace."""

    name: str
    policy: Annotated[str, Meta(description="The document that it stands in.")]
    about: Literal["change", "spec", "plan"]
    severity: Literal["refuse", "warn"]
    require: str
    when: str | None = None
    message: str = ""
    where: PlaceRecord


class TriedCaseRecord(Record, frozen=True, kw_only=True):
    """One case, and what its rule said."""

    rule: str
    name: str
    passed: Annotated[bool, Meta(description="Whether it said what was expected.")]
    expected: ExpectedWord
    got: ExpectedWord
    said: Annotated[str, Meta(description="Its message, or why it could not be evaluated.")] = ""
    where: PlaceRecord


class PoliciesDocument(Record, frozen=True, kw_only=True):
    """The rules of a workspace; of `policy test`, their cases."""

    format_version: FormatVersion = FORMAT_VERSION
    rules: tuple[RuleRecord, ...]
    cases: Annotated[tuple[TriedCaseRecord, ...], Meta(description="None where nothing was tried.")] = ()
    untested: Annotated[tuple[str, ...], Meta(description="Rules without a case.")] = ()


def policies_to_json(
    rules: Sequence[PolicyRule], cases: Sequence[TriedCase] = (), untested: Sequence[PolicyRule] = ()
) -> str:
    """In the order of the files."""
    return document(
        PoliciesDocument(
            rules=tuple(map(_rule, rules)),
            cases=tuple(map(_case, cases)),
            untested=tuple(rule.name for rule in untested),
        )
    )


def _rule(rule: PolicyRule) -> RuleRecord:
    return RuleRecord(
        name=rule.name,
        policy=rule.policy,
        about=rule.about.value,
        severity="refuse" if rule.refuses else "warn",
        require=rule.require.text,
        when=rule.when.text if rule.when else None,
        message=rule.message or (rule.message_expression.text if rule.message_expression else ""),
        where=_place(rule.where),
    )


def _case(case: TriedCase) -> TriedCaseRecord:
    return TriedCaseRecord(
        rule=case.rule,
        name=case.name,
        passed=case.is_right,
        expected=case.expect,  # type: ignore[arg-type]  # the schema of the file knows no other words
        got=case.got,  # type: ignore[arg-type]
        said=case.said,
        where=_place(case.where),
    )


def _place(where: Location) -> PlaceRecord:
    return PlaceRecord(path=where.path, line=where.line, column=where.column)
