"""policy test: every case of the workspace's rules, judged as a plan would be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic, Location, ReconcilerError, in_order
from reconciler.core.findings import Findings
from reconciler.core.policies import TriedCase
from reconciler.core.settings import Workspace
from reconciler.files.policies import read_policy_texts, rules_of
from reconciler.files.policy_tests import PolicyCase, read_cases
from reconciler.policy.judging import RuleJudge, RuleVerdict, Ruling
from reconciler.policy.rules import About, Policies, PolicyRule


@dataclass(frozen=True, slots=True)
class TriedPolicies:
    """The rules that were tried, all cases in the order of their files, and the rules without one."""

    rules: tuple[PolicyRule, ...]
    cases: tuple[TriedCase, ...]
    untested: tuple[PolicyRule, ...]

    @property
    def wrong(self) -> list[TriedCase]:
        """The cases whose rule said something else."""
        return [case for case in self.cases if not case.is_right]


def read_rules(workspace: Workspace) -> Policies:
    """The rules of a workspace. Raise ReconcilerError with every mistake of theirs."""
    return _read(workspace)[0]


def try_policies(workspace: Workspace, only: Sequence[str] = ()) -> TriedPolicies:
    """Judge every case; with `only`, those that stand in one of these files, or whose rule does.

    Raise ReconcilerError where rules, cases or saved plans cannot be read.
    """
    policies, cases = _read(workspace)
    own = {rule.name for rule in policies.rules if not only or rule.where.path in only}
    chosen = [c for c in cases if not only or c.where.path in only or c.rule.name in own]
    tested = {case.rule.name for case in cases}
    rules = tuple(rule for rule in policies.rules if rule.name in own | {c.rule.name for c in chosen})
    untested = tuple(rule for rule in rules if rule.name not in tested)
    return TriedPolicies(rules, tuple(map(_tried, chosen)), untested)


def case_mistakes(workspace: Workspace, policies: Policies) -> list[Diagnostic]:
    """What is wrong with the cases of rules that are right themselves."""
    findings = Findings()
    read_cases(read_policy_texts(workspace.policies, Findings()), policies, findings)
    return findings.all()


def _read(workspace: Workspace) -> tuple[Policies, list[PolicyCase]]:
    findings = Findings()
    texts = read_policy_texts(workspace.policies, findings)
    policies = rules_of(texts, workspace, findings)
    cases = read_cases(texts, policies, findings) if not _errors(findings) else []
    if _errors(findings):
        raise ReconcilerError(*in_order(findings.all()))
    return policies, cases


def _errors(findings: Findings) -> list[Diagnostic]:
    return [d for d in findings.all() if d.is_error]


def _tried(case: PolicyCase) -> TriedCase:
    judge = RuleJudge(case.rule)
    rulings = [judge.judge(names) for names in _things(case)]
    worst = max(rulings, key=lambda ruling: _RANK[ruling.verdict], default=Ruling(RuleVerdict.MET))
    return TriedCase(case.rule.name, case.name, case.expect, _word(worst, case.rule), worst.said, case.where)


_RANK = {
    v: n for n, v in enumerate((RuleVerdict.NOT_ABOUT, RuleVerdict.MET, RuleVerdict.NOT_MET, RuleVerdict.UNDECIDED))
}


def _word(ruling: Ruling, rule: PolicyRule) -> str:
    if ruling.verdict is RuleVerdict.UNDECIDED:
        return "error"
    if ruling.verdict is RuleVerdict.NOT_MET:
        return "refuse" if rule.refuses else "warn"
    return "pass"


def _things(case: PolicyCase) -> Iterable[Mapping[str, Any]]:
    """What the rule is judged on: the change of the case, or each of its plan."""
    names = dict(case.names)
    if case.plan_file:
        names["plan"] = _saved(case)
    if case.rule.about is not About.CHANGE or "change" in names:
        return [names]
    return _each(names)


def _each(names: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for change in names["plan"]["changes"]:
        yield {**names, "change": change}


def _saved(case: PolicyCase) -> dict[str, Any]:
    from reconciler.files.bounds import PLAN, TooLargeError, bytes_of
    from reconciler.render.json_plan import document_of
    from reconciler.render.whole_records import whole

    path = case.plan_file
    try:
        text = bytes_of(path, PLAN).decode()
    except TooLargeError as exc:
        raise ReconcilerError(spec_error("SPEC001", Location(path), f"{exc.strerror}.", exc.fix)) from exc
    except (OSError, UnicodeDecodeError) as exc:
        detail = f"{getattr(exc, 'strerror', None) or exc}."
        raise ReconcilerError(spec_error("SPEC001", Location(path), detail, "Correct planFile.")) from exc
    made: dict[str, Any] = whole(document_of(text))
    return made
