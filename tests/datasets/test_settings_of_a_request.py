"""Settings of a request that stand in training rows: their types, and what tuning makes of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler import datasets
from reconciler.datasets import Finding, RuleSet
from reconciler.files.catalog import shipped_catalog
from reconciler.workflow.data_limits import limits_of

TURNS = [{"role": "user", "parts": [{"text": "2+2"}]}, {"role": "model", "parts": [{"text": "4"}]}]


def found(config: Any, base: str = "", key: str = "generationConfig") -> list[Finding]:
    row = json.dumps({"contents": TURNS, key: config}).encode()
    rules = RuleSet.of("sft", base, {"DATA904": "off"}, limits_of(shipped_catalog(), base))
    return list(datasets.check(datasets.Source.stream([row], "train.jsonl"), rules, sha256=False).findings)


def rules_broken(config: Any, base: str = "") -> list[str]:
    return [finding.rule for finding in found(config, base)]


@pytest.mark.parametrize(
    ("config", "rule", "place"),
    [
        ({"thinkingConfig": "low"}, "DATA305", "generationConfig.thinkingConfig"),
        ({"thinkingConfig": {"thinkingLevel": "SOME"}}, "DATA323", "generationConfig.thinkingConfig.thinkingLevel"),
        ({"thinkingConfig": {"thinkingBudget": "many"}}, "DATA305", "generationConfig.thinkingConfig.thinkingBudget"),
        ({"thinkingConfig": {"thinkingBudget": 2**31}}, "DATA305", "generationConfig.thinkingConfig.thinkingBudget"),
        ({"thinkingConfig": {"includeThoughts": 1}}, "DATA305", "generationConfig.thinkingConfig.includeThoughts"),
        ({"thinkingConfig": {"budget": 1}}, "DATA306", "generationConfig.thinkingConfig.budget"),
        ({"responseSchema": "STRING"}, "DATA305", "generationConfig.responseSchema"),
        ({"responseSchema": {"type": "STR"}}, "DATA405", "generationConfig.responseSchema.type"),
        ({"responseSchema": {"type": "ARRAY", "items": {"const": 1}}}, "DATA406", "generationConfig.responseSchema."),
        ({"responseMimeType": 5}, "DATA305", "generationConfig.responseMimeType"),
        ({"responseFormat": {"text": {}}}, "DATA305", "generationConfig.responseFormat"),
        ({"temperature": "warm"}, "DATA305", "generationConfig.temperature"),
    ],
)
def test_a_setting_of_another_type_than_the_definitions_have_is_named_with_its_place(
    config: Any, rule: str, place: str
) -> None:
    named = [finding for finding in found(config) if finding.rule == rule]

    assert any(finding.json_path.lstrip("$.").startswith(place) for finding in named), found(config)


@pytest.mark.parametrize(
    "config",
    [
        {"responseSchema": {"type": "STRING"}},
        {"responseJsonSchema": {"type": "string", "const": "x"}},
        {"response_json_schema": {"type": "string"}},
        {"responseMimeType": "application/json"},
        {"responseFormat": [{"text": {"schema": {"type": "string"}}}]},
        {"responseSchema": {"type": "STRING"}, "responseMimeType": "application/json"},
    ],
)
def test_a_form_that_answers_would_be_forced_into_is_not_applied(config: Any) -> None:
    assert rules_broken(config) == ["DATA322"]


@pytest.mark.parametrize("config", [{}, {"responseMimeType": "text/plain"}, {"responseSchema": None}, {"topK": None}])
def test_a_config_that_asks_for_nothing_is_no_news(config: Any) -> None:
    assert rules_broken(config) == []


@pytest.mark.parametrize("key", ["generationConfig", "generation_config"])
def test_settings_that_tuning_has_no_use_for_are_a_note_with_their_names(key: str) -> None:
    config = {"thinking_config": {"thinking_level": "LOW"}, "temperature": 0, "mediaResolution": "MEDIA_RESOLUTION_LOW"}

    (note,) = found(config, key=key)

    assert (note.rule, note.severity.value) == ("DATA324", "note")
    assert {"thinkingConfig", "temperature"} <= set(note.detail.rstrip(".").replace(",", "").split())


@pytest.mark.parametrize(
    ("base", "thinking", "words"),
    [
        ("gemini-2.5-flash", {"thinkingLevel": "LOW"}, "It has a budget of tokens and no levels"),
        ("gemini-2.5-flash", {"thinkingBudget": 30_000}, "It is out of its range"),
        ("gemini-2.5-pro", {"thinkingBudget": "0"}, "Its thinking cannot be turned off"),
        ("gemini-3.5-flash", {"thinkingBudget": 128}, "A budget is taken for compatibility alone"),
        ("publishers/google/models/gemini-3.7-flash", {"thinkingLevel": "MINIMAL"}, "'minimal' is none of its levels"),
        ("gemini-2.0-flash-001", {"includeThoughts": True}, "This base model does not think"),
        ("", {"thinkingLevel": "LOW", "thinkingBudget": 128}, "It has a level and a budget"),
    ],
)
def test_a_thinking_that_the_base_model_does_not_have_is_warned_of(base: str, thinking: Any, words: str) -> None:
    (warning,) = [f for f in found({"thinkingConfig": thinking}, base) if f.rule != "DATA324"]

    assert (warning.rule, warning.severity.value) == ("DATA325", "warning")
    assert warning.detail.startswith(words)


@pytest.mark.parametrize(
    ("base", "thinking"),
    [
        ("gemini-2.5-flash", {"thinkingBudget": 0}),
        ("gemini-3.5-flash", {"thinkingLevel": "MINIMAL"}),
        ("gemini-3.5-flash", {"thinkingLevel": "THINKING_LEVEL_UNSPECIFIED"}),
        ("nobody-knows", {"thinkingLevel": "LOW"}),
        ("", {"thinkingBudget": 5}),
    ],
)
def test_a_thinking_that_it_has_or_that_nobody_knows_of_is_not(base: str, thinking: Any) -> None:
    assert rules_broken({"thinkingConfig": thinking}, base) == ["DATA324"]


def test_examples_with_such_settings_are_counted() -> None:
    configs: list[Any] = [
        {"temperature": 0},
        {"responseSchema": {"type": "STRING"}},
        {"mediaResolution": "MEDIA_RESOLUTION_LOW"},
        {},
    ]
    lines = "\n".join(json.dumps({"contents": TURNS, "generationConfig": config}) for config in configs)

    checked = datasets.check(datasets.Source.stream([lines.encode()], "train.jsonl"), RuleSet.of("sft"), sha256=False)

    assert checked.with_settings == 2
    assert [line.split() for line in datasets.stats(checked).splitlines() if "settings" in line] == [
        ["with", "unused", "settings", "2", "(50%)"]
    ]
