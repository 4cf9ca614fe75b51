"""The rules of a workspace, and what their cases came to, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.core.plurals import counted
from reconciler.core.policies import TriedCase
from reconciler.policy.rules import PolicyRule
from reconciler.render.style import Style, Tone
from reconciler.render.terminal.layout import closed
from reconciler.render.words import escape


def render_rules(rules: Sequence[PolicyRule], style: Style) -> str:
    """A rule a block: its name, what it is about, what it requires, and where it stands."""
    lines = [line for rule in rules for line in _rule(rule, style)]
    return closed([*lines, f"{counted(len(rules), 'rule')}."])


def _rule(rule: PolicyRule, style: Style) -> Iterator[str]:
    facts = (f"about {rule.about.value}", "refuses" if rule.refuses else "warns", str(rule.where))
    yield f"{escape(rule.name)}  {style.palette.paint(style.dot.join(map(escape, facts)), Tone.FAINT)}"
    for name, expression in (("when", rule.when), ("require", rule.require)):
        if expression is not None:
            text = " ".join(expression.text.split())
            yield f"  {name:8} {escape(text)}"
    if rule.message:
        yield f"  {'message':8} {escape(rule.message)}"
    yield ""


def render_cases(cases: Sequence[TriedCase], untested: Sequence[PolicyRule], style: Style) -> str:
    """A case a line; of one that went wrong, what was expected and what was said."""
    width = max((len(case.rule) for case in cases), default=0)
    lines = [line for case in cases for line in _case(case, width, style)]
    lines += [""] if lines else []
    if untested:
        names = ", ".join(escape(rule.name) for rule in untested)
        lines.append(f"Without a case: {names}.")
    wrong = sum(not case.is_right for case in cases)
    rules = counted(len({case.rule for case in cases}), "rule")
    outcome = f"{wrong} went wrong" if wrong else "all as expected"
    lines.append(f"{counted(len(cases), 'case')} of {rules}: {outcome}." if cases else "No case was tried.")
    return closed(lines)


def _case(case: TriedCase, width: int, style: Style) -> Iterator[str]:
    word = style.palette.paint("pass", Tone.ADDED) if case.is_right else style.palette.paint("FAIL", Tone.REMOVED)
    yield f"{word}  {escape(case.rule):{width}}  {escape(case.name)}"
    if not case.is_right:
        yield f"      {escape(str(case.where))}: expected {case.expect}, got {case.got}"
        if case.said:
            yield f"      {escape(case.said)}"
