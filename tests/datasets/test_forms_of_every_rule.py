"""Every rule in every form for machines: what a reader of that form needs is there, and nothing of the data."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from reconciler.datasets import Checked, RuleSet, all_rules, report
from reconciler.datasets.rules import Rule
from tests.datasets.rows import checked, example, lines
from tests.datasets.test_rules import rules_for

RULES = list(all_rules().values())
GITHUB = re.compile(r"::(error|warning|notice) file=([^,:]+),title=([^,:]+)(,line=\d+,col=\d+)?::(.+)")
WORDS = {"error": "error", "warning": "warning", "note": "notice"}

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


def broken(rule: Rule) -> Checked:
    """A file that breaks the rule: its own bad example where it has one, else a finding of it beside a good line."""
    if rule.bad:
        return checked(rule.bad.removeprefix("\n").encode(), rules_for(rule), "data/train.jsonl")
    wanted = rule.severity if rule.severity != "off" else "warning"
    finding = RuleSet(severities={rule.id: wanted}).finding(rule.id, "7 of 9.", line=3, column=5)
    assert finding is not None
    good = checked(lines(example()), name="data/train.jsonl")
    return replace(good, findings=(finding,), counts={rule.id: 1})


@every_rule
def test_json_has_severity_place_and_words(rule: Rule) -> None:
    (file,) = json.loads(report.json_text([broken(rule)]))["files"]

    found = next(f for f in file["findings"] if f["rule"] == rule.id)
    assert found["severity"] in WORDS
    assert (found["title"], found["fix"]) == (rule.title, rule.fix)
    assert file["counts"][rule.id] >= 1
    assert found["line"] >= 0
    assert found["column"] >= 0


@every_rule
def test_sarif_names_the_rule_its_help_and_a_region_that_viewers_take(rule: Rule) -> None:
    (run,) = json.loads(report.sarif([broken(rule)], "1.0"))["runs"]

    result = next(r for r in run["results"] if r["ruleId"] == rule.id)
    described = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    place = result["locations"][0]["physicalLocation"]
    assert described["id"] == rule.id
    assert described["help"]["text"]
    assert result["level"] in WORDS
    assert place["artifactLocation"]["uri"] == "data/train.jsonl"
    assert min(place.get("region", {"startLine": 1, "startColumn": 1}).values()) >= 1


@every_rule
def test_an_annotation_is_one_line_that_github_reads(rule: Rule) -> None:
    result = broken(rule)

    shown = report.github([result]).splitlines()

    of_rule = [line for line in shown if f"title={rule.id} " in line]
    severities = {WORDS[f.severity.value] for f in result.findings if f.rule == rule.id}
    assert len(shown) == len(result.findings)
    assert of_rule
    for line in of_rule:
        found = GITHUB.fullmatch(line)
        assert found is not None, line
        assert found[1] in severities


@every_rule
def test_a_finding_that_is_no_note_says_what_mends_it(rule: Rule) -> None:
    assert rule.fix or rule.severity == "note"
