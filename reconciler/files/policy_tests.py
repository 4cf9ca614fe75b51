"""Cases that rules are tried on, read and put together with what they leave out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Location
from reconciler.core.findings import Findings
from reconciler.core.model import Action
from reconciler.files.complaints import check_document
from reconciler.files.policies import PolicyTexts, unknown_rule
from reconciler.files.rule_names import names_of
from reconciler.files.schema.policy import CasePart, PolicyTestDocument
from reconciler.files.schema.vertex import VertexTuneform
from reconciler.files.yaml_tree import Document
from reconciler.policy.rules import About, Policies, PolicyRule
from reconciler.policy.samples import filled, sample_mistakes

_A_MONDAY: Final = "2026-01-05"
_ADDRESS: Final = "vertex/example"
_NEEDS: Final = {About.CHANGE: ("change", "plan", "planFile"), About.SPEC: ("spec",), About.PLAN: ("plan", "planFile")}


@dataclass(frozen=True, slots=True)
class PolicyCase:
    """One case. `names` are the variables but for those of a saved plan, which `plan_file` names."""

    rule: PolicyRule
    name: str
    expect: str
    names: Mapping[str, Any]
    where: Location
    plan_file: str = ""


def read_cases(texts: PolicyTexts, policies: Policies, findings: Findings) -> list[PolicyCase]:
    """Every case whose rule is known; what is wrong with any goes to `findings`."""
    cases: list[PolicyCase] = []
    for document in texts.tests:
        checked = check_document(PolicyTestDocument, document, findings)
        if checked is None:
            continue
        rule = policies.rule(checked.spec.rule)
        if rule is None:
            findings.add(unknown_rule(checked.spec.rule, policies, document.place(("spec", "rule"))))
            continue
        for index, part in enumerate(checked.spec.cases):
            cases += _CaseReader(document, index, rule, findings).case(part)
    return cases


@dataclass(slots=True)
class _CaseReader:
    document: Document
    index: int
    rule: PolicyRule
    findings: Findings

    def case(self, part: CasePart) -> Iterator[PolicyCase]:
        """None where there is something wrong with it."""
        before, given = self.findings.count, part.given()
        needed = _NEEDS[self.rule.about]
        if not any(name in given for name in needed):
            detail = f"The rule is about: {self.rule.about.value}, and the case has no {' and no '.join(needed)}."
            where = self.document.place(("spec", "cases", self.index))
            self.findings.add(spec_error("SPEC026", where, detail, f"Add {' or '.join(needed)}."))
        names = dict(self._documents(part))
        if self.findings.count == before:
            beside = Path(self.document.source.path).parent
            file = str(beside / part.plan_file) if part.plan_file else ""
            where = self.document.place(("spec", "cases", self.index))
            yield PolicyCase(self.rule, part.name, part.expect, names, where, file)

    def _documents(self, part: CasePart) -> Iterator[tuple[str, Any]]:
        day = date.fromisoformat(part.today or _A_MONDAY)
        yield "today", datetime(day.year, day.month, day.day, tzinfo=UTC)
        yield "workspace", part.workspace or "test"
        change = self._document("change", {"address": _ADDRESS, "action": "create", **(part.change or {})})
        if self.rule.about is About.SPEC:
            yield "spec", self._document("spec", _with_our_defaults(part.spec or {}))
        if part.plan_file is None:
            plan = self._document("plan", {"workspace": part.workspace or "test", **(part.plan or {})})
            if part.plan is None and part.change is not None:
                plan["changes"] = [change]
            plan["summary"] = _counted(plan) | (part.plan or {}).get("summary", {})
            yield "plan", plan
        if self.rule.about is About.SPEC or (self.rule.about is About.CHANGE and part.change is not None):
            yield "change", change

    def _document(self, name: str, value: dict[str, Any]) -> dict[str, Any]:
        shape = names_of(About.SPEC)[name]
        way = ("spec", "cases", self.index, name)
        before = self.findings.count
        for mistake in sample_mistakes(shape, value):
            where = self.document.place((*way, *mistake.path), of_key=mistake.is_key)
            code = "SPEC023" if mistake.is_key else "SPEC027"
            self.findings.add(spec_error(code, where, mistake.detail, mistake.fix or "See docs/reference/policies.md."))
        made: dict[str, Any] = filled(shape, value) if self.findings.count == before else dict(value)
        return made


def _with_our_defaults(spec: Mapping[str, Any]) -> dict[str, Any]:
    """As a spec that is read has them, two levels down."""
    ours = VertexTuneform().model_dump(by_alias=True, exclude_none=True)
    given = spec.get("tuneform") or {}
    if isinstance(given, Mapping):
        ours |= given
    return {"project": "acme-ml", "location": "us-central1", **spec, "tuneform": ours}


def _counted(plan: Mapping[str, Any]) -> dict[str, int]:
    actions = [change.get("action") for change in plan.get("changes", ()) if isinstance(change, Mapping)]
    return {action.word: actions.count(action.word) for action in Action}
