"""What follows from a rule that is not met: a refusal, a warning, or a note where a line that is not over allows it."""

from __future__ import annotations

from datetime import date

import pytest

from reconciler.core.diagnostics import Diagnostic, Location, Severity
from reconciler.core.model import Address
from reconciler.core.policies import UnmetRule, breach_diagnostics
from reconciler.core.settings import Allow

TODAY = date(2026, 12, 1)
RULE_AT = Location("policies/a.yaml", 6, 13)
SPEC_AT = Location("specs/a.yaml", 1, 1)
BREACH = UnmetRule("team-label", RULE_AT, "No team.", Address("vertex", "a"), where=SPEC_AT)


def a_line(rule: str = "team-label", address: str = "*", until: date = TODAY, kind: str = "policy") -> Allow:
    return Allow(kind, address, until, "soon", Location("tuneform.yaml", 9, 7), rule)


def said(breach: UnmetRule, *lines: Allow) -> Diagnostic:
    (found,) = breach_diagnostics([breach], lines, TODAY)
    return found


def test_a_rule_that_is_not_met_refuses_where_the_spec_stands() -> None:
    found = said(BREACH)

    assert (found.code, found.severity, found.where, found.address) == ("PLAN136", Severity.ERROR, SPEC_AT, "vertex/a")
    assert found.detail == "No team.\nRule team-label, policies/a.yaml:6:13."
    assert "{policy: team-label, address: vertex/a, …}" in found.fix


def test_a_rule_about_the_plan_stands_where_the_rule_does() -> None:
    found = said(UnmetRule("few", RULE_AT, "Too many."))

    assert (found.where, found.address) == (RULE_AT, None)
    assert "{policy: few, …}" in found.fix


@pytest.mark.parametrize(
    ("is_undecided", "refuses", "code", "severity"),
    [
        (False, True, "PLAN136", Severity.ERROR),
        (False, False, "PLAN137", Severity.WARNING),
        (True, True, "PLAN139", Severity.ERROR),
        (True, False, "PLAN139", Severity.WARNING),
    ],
)
def test_what_nobody_could_judge_is_as_bad_as_what_is_not_met(
    is_undecided: bool, refuses: bool, code: str, severity: Severity
) -> None:
    breach = UnmetRule("cheap", RULE_AT, "cost is not there.", None, refuses, is_undecided, "Ask first: has(cost).")

    found = said(breach)

    assert (found.code, found.severity) == (code, severity)
    assert found.fix.startswith("Ask first: has(cost).") is is_undecided


@pytest.mark.parametrize("address", ["*", "vertex/a"])
def test_a_line_counts_up_to_and_including_its_last_day(address: str) -> None:
    found = said(BREACH, a_line(address=address))

    assert (found.code, found.severity) == ("PLAN138", Severity.NOTE)
    assert found.detail.endswith("Allowed until 2026-12-01, tuneform.yaml:9:7: soon")


def test_a_line_that_is_over_does_not_count_and_is_named() -> None:
    found = said(BREACH, a_line(until=date(2026, 11, 29)), a_line(until=date(2026, 11, 30)))

    assert (found.code, found.severity) == ("PLAN136", Severity.ERROR)
    assert found.detail.endswith("The line at tuneform.yaml:9:7 that allowed it ended on 2026-11-30.")


@pytest.mark.parametrize(
    "line",
    [a_line(rule="another"), a_line(address="vertex/b"), a_line(kind="cost", rule="", address="*")],
    ids=["another rule", "another address", "another kind"],
)
def test_a_line_about_something_else_allows_nothing(line: Allow) -> None:
    assert said(BREACH, line).code == "PLAN136"


def test_a_line_for_one_address_allows_no_rule_about_the_plan() -> None:
    assert said(UnmetRule("team-label", RULE_AT, "No."), a_line(address="vertex/a")).code == "PLAN136"
