"""`kind: Policy` and `kind: PolicyTest`: rules of the user's own over a plan, and cases that they are tried on."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from reconciler.files.schema.base import OneOf, Part
from reconciler.files.schema.base_models import Day
from reconciler.files.schema.values import Formed

RULES_MAX = 200
"""Of one document."""

PolicyName: TypeAlias = Annotated[
    str,
    Formed(
        r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?",
        "a DNS label",
        "Use at most 63 lower-case letters, digits and hyphens; begin and end with a letter or digit.",
        "SPEC032",
    ),
]
Cel: TypeAlias = Annotated[str, Field(min_length=1)]
Said: TypeAlias = Annotated[str, Field(min_length=1, max_length=1_000)]


class PolicyMetadata(Part):
    """Name of the document."""

    name: PolicyName
    """Name of the document, for people."""
    namespace: str | None = None
    """Accepted for other tools, and ignored."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Accepted for other tools, and ignored."""
    annotations: dict[str, str] = Field(default_factory=dict)
    """Accepted for other tools, and ignored."""


class RulePart(Part):
    """One rule: what must hold, for what, and what is said where it does not."""

    name: PolicyName
    """Name of the rule, unique in the workspace: a line under `allow` names it."""
    about: Literal["change", "spec", "plan"] = "change"
    """What it is judged on, once for each: every `change` of the plan, every change of a declared `spec`, or the
    `plan` as a whole."""
    severity: Literal["refuse", "warn"] = "refuse"
    """What follows where it is not met: the plan is refused, with 3, or it warns."""
    when: Cel | None = None
    """An expression of CEL: the rule says something only where it is true. Unset: always."""
    require: Cel
    """An expression of CEL that must be true. Where it cannot be evaluated, it is not."""
    message: Said | None = None
    """What is said where it is not met. Unset: `require` itself."""
    message_expression: Cel | None = None
    """An expression of CEL that makes the message; `message` is said where it cannot be evaluated."""


class PolicySpec(Part):
    """The rules."""

    rules: Annotated[list[RulePart], Field(min_length=1, max_length=RULES_MAX)]
    """The rules, in any order: each is judged by itself."""


class PolicyDocument(Part):
    """Rules of your own over a plan, in CEL. Files of them stand under `policies` of the workspace."""

    api_version: Literal["tuneform.dev/v1"]
    """Version of this format."""
    kind: Literal["Policy"]
    """Kind of this document."""
    metadata: PolicyMetadata
    """Name of the document."""
    spec: PolicySpec
    """The rules."""


class CasePart(Part):
    """One case that a rule is tried on. What is left out of a document has its default."""

    alternatives = (OneOf(("change", "plan", "plan_file"), is_required=False),)

    name: Said
    """What the case is, as a sentence."""
    workspace: str | None = None
    """Name of the workspace; unset: `test`."""
    today: Day | None = None
    """The day; unset: a Monday, 2026-01-05."""
    change: dict[str, Any] | None = None
    """A change as `plan --format json` has it, as far as it matters."""
    spec: dict[str, Any] | None = None
    """With a rule about specs: `spec` of the document, as far as it matters."""
    plan: dict[str, Any] | None = None
    """A plan as `plan --format json` has it, as far as it matters."""
    plan_file: Annotated[str, Field(min_length=1)] | None = None
    """A plan that `plan --out` saved: a path relative to this file. A rule about changes is judged on each of them."""
    expect: Literal["pass", "refuse", "warn", "error"]
    """What the rule has to say: `pass` also where its `when` is false, `error` where it cannot be evaluated."""


class PolicyTestSpec(Part):
    """The rule, and its cases."""

    rule: PolicyName
    """The rule that is tried."""
    cases: Annotated[list[CasePart], Field(min_length=1, max_length=RULES_MAX)]
    """The cases."""


class PolicyTestDocument(Part):
    """Cases that a rule is tried on by `tuneform policy test`. They stand beside the policies."""

    api_version: Literal["tuneform.dev/v1"]
    """Version of this format."""
    kind: Literal["PolicyTest"]
    """Kind of this document."""
    metadata: PolicyMetadata
    """Name of the document."""
    spec: PolicyTestSpec
    """The rule, and its cases."""
