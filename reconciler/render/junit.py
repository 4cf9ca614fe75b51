"""Gate and plan as JUnit XML, which every CI system can show: one test case per check, or per address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from reconciler.core.change import Change, Plan
from reconciler.core.diagnostics import Diagnostic, in_order
from reconciler.core.gate_result import AddressGate, GateCheck, GateResult, Verdict
from reconciler.core.model import Action
from reconciler.core.policies import TriedCase
from reconciler.render.commands import sentence, shell_line
from reconciler.render.values import Banner
from reconciler.render.verdicts import spent_words, state_of
from reconciler.render.words import escape, spell


def gate_report(result: GateResult, *, banner: Banner | None = None) -> str:
    """A check that does not hold is a failure; one that waits for a training is skipped."""
    suite = ET.Element("testsuite", name="tuneform gate")
    for gate in result.addresses:
        for check in gate.checks or (GateCheck("gate", passed=gate.verdict is Verdict.PASSED),):
            _check(suite, gate, check)
    if not result.addresses:
        case = ET.SubElement(suite, "testcase", classname="gate", name="something is checked")
        ET.SubElement(case, "failure", message="A gate over nothing does not pass.")
    return _document(suite, banner, {f"cost of {g.address}": spent_words(g.spent) for g in result.addresses if g.spent})


def _check(suite: ET.Element, gate: AddressGate, check: GateCheck) -> None:
    case = ET.SubElement(suite, "testcase", classname=escape(str(gate.address)), name=escape(check.name))
    if check.passed:
        return
    compared = [f"{word} {spell(v)}" for word, v in (("wanted", check.wanted), ("got", check.got)) if v is not None]
    kind = "skipped" if state_of(check, gate) is Verdict.IN_PROGRESS else "failure"
    outcome = ET.SubElement(case, kind, message=", ".join(compared) or "does not hold")
    outcome.text = _lines([check.why, shell_line(gate.command)])


def plan_report(plan: Plan, *, banner: Banner | None = None) -> str:
    """A blocked change and a refusal are failures; every other change is a case that passes."""
    suite = ET.Element("testsuite", name="tuneform plan")
    for change in plan.changes:
        _change(suite, change)
    for found in in_order(plan.diagnostics):
        if found.is_error:
            _refusal(suite, found)
    return _document(suite, banner)


def _change(suite: ET.Element, change: Change) -> None:
    name = f"{change.address} (deposed)" if change.deposed else str(change.address)
    case = ET.SubElement(suite, "testcase", classname="plan", name=escape(name))
    reason = escape(change.reason.text)
    if change.action is Action.BLOCKED:
        ET.SubElement(case, "failure", message=reason).text = _lines([shell_line(change.command)])
    else:
        ET.SubElement(case, "system-out").text = f"{change.action.word}: {reason}"


def _refusal(suite: ET.Element, found: Diagnostic) -> None:
    name = f"{found.code} {found.address or found.where or ''}".rstrip()
    case = ET.SubElement(suite, "testcase", classname="refusals", name=escape(name))
    failure = ET.SubElement(case, "failure", message=escape(found.summary), type=escape(found.code))
    failure.text = _lines([found.detail, found.fix and f"fix: {sentence(found.fix)}", shell_line(found.command)])


def policies_report(cases: Sequence[TriedCase]) -> str:
    """A case of a rule is a case here; one whose rule said something else than expected is a failure."""
    suite = ET.Element("testsuite", name="tuneform policy test")
    for tried in cases:
        case = ET.SubElement(suite, "testcase", classname=escape(tried.rule), name=escape(tried.name))
        if not tried.is_right:
            failure = ET.SubElement(case, "failure", message=f"expected {tried.expect}, got {tried.got}")
            failure.text = _lines([str(tried.where), tried.said])
    return _document(suite, None)


def _lines(texts: Sequence[str]) -> str:
    """XML 1.0 has no way to write most control characters: they are spelt out."""
    return "\n".join(escape(line) for text in texts if text for line in text.split("\n"))


def _document(suite: ET.Element, banner: Banner | None, facts: Mapping[str, str] | None = None) -> str:
    for attribute, tag in (("tests", "testcase"), ("failures", "failure"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(1 for _ in suite.iter(tag))))
    suite.set("errors", "0")
    known = {**({"target": ", ".join(banner.parts)} if banner else {}), **(facts or {})}
    if known:
        properties = ET.Element("properties")
        for name, value in known.items():
            ET.SubElement(properties, "property", name=escape(name), value=value)
        suite.insert(0, properties)
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'
