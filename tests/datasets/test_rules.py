from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.core.diagnostics import ReconcilerError, Severity
from reconciler.datasets import Method, RuleSet, all_rules
from reconciler.datasets.rules import MAY_BE_ERRORS, Rule
from reconciler.datasets.rules_page import rules_page
from tests.datasets.rows import checked, example, examples, lines, rules_broken

DEMONSTRATED = [rule for rule in all_rules().values() if rule.bad]


def rules_for(rule: Rule) -> RuleSet:
    """SFT where the rule has it, as most rules do; else the first of its methods."""
    method = Method.SFT if Method.SFT in rule.methods else min(rule.methods, key=lambda m: m.value)
    return RuleSet.of(method)


@pytest.mark.parametrize("rule", DEMONSTRATED, ids=lambda rule: rule.id)
def test_the_bad_example_of_a_rule_breaks_it(rule: Rule) -> None:
    data = rule.bad.removeprefix("\n").encode()

    result = checked(data, rules_for(rule))

    assert rule.id in result.counts


@pytest.mark.parametrize("rule", [rule for rule in DEMONSTRATED if rule.good], ids=lambda rule: rule.id)
def test_the_good_example_of_a_rule_breaks_no_rule(rule: Rule) -> None:
    data = rule.good.removeprefix("\n").encode()

    result = checked(data, rules_for(rule))

    assert rules_broken(result) == set()


@pytest.mark.parametrize("rule", all_rules().values(), ids=lambda rule: rule.id)
def test_a_rule_without_a_source_is_never_an_error(rule: Rule) -> None:
    is_sourced = rule.basis in MAY_BE_ERRORS

    assert is_sourced or rule.severity != "error"
    assert rule.bad or rule.bad_note
    assert rule.good or rule.good_note


def test_the_page_of_the_rules_is_up_to_date() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "data-rules.md"

    assert page.read_text(encoding="utf-8") == rules_page()


def test_a_severity_can_be_changed_or_switched_off() -> None:
    data = examples(100) + lines(example(id=7), example("same", "same"), example("same", "same"))

    result = checked(data, RuleSet.of(severities={"DATA306": "error", "DATA906": "off"}))

    assert [(f.rule, f.severity) for f in result.findings] == [("DATA306", Severity.ERROR)]
    assert not result.ok


def test_a_severity_for_an_unknown_rule_is_refused() -> None:
    with pytest.raises(ReconcilerError) as refused:
        RuleSet.of(severities={"DATA000": "error", "DATA306": "fatal"})

    assert [d.code for d in refused.value.diagnostics] == ["SPEC090", "SPEC091"]


@pytest.mark.parametrize(
    ("base_model", "severity"),
    [("gemini-2.0-flash-001", Severity.ERROR), ("", Severity.WARNING), ("gemini-3.5-flash", None)],
)
def test_a_rule_for_some_base_models_warns_while_ours_is_not_known(base_model: str, severity: Severity | None) -> None:
    rules = RuleSet.of("sft", base_model)

    assert rules.severity("DATA507") is severity
