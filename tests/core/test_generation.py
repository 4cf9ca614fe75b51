"""AnswerSettings of a question: what is sent, and what a base model makes of it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from reconciler.core.generation import (
    SAMPLING,
    AnswerSettings,
    GenerationFacts,
    SettingEffect,
    ThinkingBudget,
    asked_with,
    doubtful_for,
    heard,
    ignored_by,
    lowest_thinking,
    refused_by,
    remarks_on,
    why_not_tuned_with,
)

LITE = GenerationFacts(ignores=SAMPLING, levels=("minimal", "low", "medium", "high"), default_level="minimal")
FLASH = GenerationFacts(ignores=(), levels=("low", "medium", "high"), default_level="medium")
PRO_25 = GenerationFacts(ignores=(), levels=(), budget=ThinkingBudget(128, 32_768))
FLASH_25 = GenerationFacts(ignores=(), levels=(), budget=ThinkingBudget(1, 24_576, can_be_off=True))
FLASH_15 = GenerationFacts(ignores=(), levels=())
UNKNOWN = GenerationFacts()
EVERYTHING = {
    "system": "Be brief.",
    "thinking": "low",
    "includeThoughts": True,
    "maxOutputTokens": 20,
    "temperature": 0.0,
    "topP": 0.9,
    "topK": 40,
    "seed": 7,
    "responseSchema": {"type": "OBJECT"},
    "responseMimeType": "text/x.enum",
}


def test_settings_are_read_and_written_by_their_names_in_the_api() -> None:
    settings = AnswerSettings.of(EVERYTHING)

    assert settings.given == EVERYTHING
    assert len(EVERYTHING) == len(fields(AnswerSettings))
    assert AnswerSettings.of({}) == AnswerSettings()


def test_a_setting_of_another_name_is_none() -> None:
    with pytest.raises(KeyError, match="maxTokens"):
        AnswerSettings.of({"maxTokens": 5})


def test_the_config_has_everything_but_the_system_instruction() -> None:
    config = AnswerSettings.of(EVERYTHING).config

    assert config.pop("thinkingConfig") == {"thinkingLevel": "LOW", "includeThoughts": True}
    assert config == {k: v for k, v in EVERYTHING.items() if k not in ("system", "thinking", "includeThoughts")}


def test_a_schema_makes_the_answer_json_and_a_number_is_a_budget() -> None:
    settings = AnswerSettings(thinking=0, response_schema={"type": "STRING"})

    assert settings.config == {
        "thinkingConfig": {"thinkingBudget": 0},
        "responseSchema": {"type": "STRING"},
        "responseMimeType": "application/json",
    }


@pytest.mark.parametrize(
    ("facts", "least"),
    [(LITE, "minimal"), (FLASH, "low"), (PRO_25, 128), (FLASH_25, 0), (FLASH_15, None), (UNKNOWN, None)],
)
def test_the_lowest_thinking_is_the_first_level_or_the_least_budget(
    facts: GenerationFacts, least: str | int | None
) -> None:
    assert lowest_thinking(facts) == least
    assert remarks_on(AnswerSettings(thinking=least), facts) == ()


@pytest.mark.parametrize(
    ("facts", "settings"),
    [
        (LITE, {"thinking": "minimal"}),
        (FLASH, {"thinking": "low", "temperature": 0.0}),
        (FLASH_25, {"thinking": 0, "temperature": 0.0}),
        (FLASH_15, {"temperature": 0.0}),
        (UNKNOWN, {"temperature": 0.0}),
    ],
)
def test_a_gate_asks_with_the_least_thinking_and_no_temperature(
    facts: GenerationFacts, settings: dict[str, Any]
) -> None:
    assert asked_with({}, facts) == settings


def test_what_a_gate_says_of_its_settings_counts() -> None:
    given = {"thinking": "high", "temperature": 1.0, "system": "Be brief."}

    assert asked_with(given, FLASH) == given


def test_a_thinking_of_another_model_is_the_least_for_one_that_lacks_it() -> None:
    assert asked_with({"thinking": "high"}, FLASH_25)["thinking"] == 0
    assert asked_with({"thinking": "minimal"}, FLASH)["thinking"] == "low"
    assert "thinking" not in asked_with({"thinking": "high"}, FLASH_15)


def test_sampling_parameters_are_ignored_where_the_facts_say_so() -> None:
    settings = AnswerSettings(temperature=0.0, top_p=0.5, top_k=1, max_output_tokens=5)

    assert [remark.setting for remark in ignored_by(settings, LITE)] == ["temperature", "topP", "topK"]
    assert ignored_by(settings, FLASH) == ()


def test_what_is_ignored_is_not_sent() -> None:
    settings = AnswerSettings(temperature=0.0, top_p=0.5, top_k=1, max_output_tokens=5, thinking="low")

    assert heard(settings, LITE).config == {"maxOutputTokens": 5, "thinkingConfig": {"thinkingLevel": "LOW"}}
    assert heard(settings, FLASH) == settings
    assert heard(settings, UNKNOWN) == settings


def test_a_gate_sends_no_setting_that_is_ignored_or_an_error() -> None:
    given = {"temperature": 0.5, "topK": 1, "seed": 7, "system": "Be brief."}
    facts = GenerationFacts(ignores=SAMPLING, refuses=("seed",), levels=("low", "high"))

    assert asked_with(given, facts) == {"thinking": "low", "system": "Be brief."}
    assert asked_with(given, FLASH) == {"thinking": "low", **given}


def test_thoughts_are_an_error_for_a_model_that_has_none() -> None:
    (remark,) = refused_by(AnswerSettings(include_thoughts=True), FLASH_15)

    assert (remark.setting, remark.why) == ("includeThoughts", "this base model does not think")
    assert refused_by(AnswerSettings(include_thoughts=True), FLASH) == ()
    assert refused_by(AnswerSettings(include_thoughts=False), FLASH_15) == ()


def test_settings_are_refused_where_the_facts_say_so() -> None:
    facts = GenerationFacts(refuses=("system",), ignores=("system", "temperature"))

    remarks = remarks_on(AnswerSettings(system="Be brief.", temperature=1.0), facts)

    assert [(remark.setting, remark.effect) for remark in remarks] == [
        ("system", SettingEffect.REFUSED),
        ("temperature", SettingEffect.IGNORED),
    ]


@pytest.mark.parametrize(
    ("facts", "thinking", "why"),
    [
        (FLASH, "minimal", "'minimal' is none of its levels: low, medium, high"),
        (PRO_25, "low", "it has a budget of tokens and no levels: from 128 to 32,768 tokens"),
        (PRO_25, 0, "its thinking cannot be turned off"),
        (PRO_25, 127, "it is out of its range: from 128 to 32,768 tokens, or -1 for as many as it likes"),
        (FLASH_25, 24_577, "it is out of its range: from 1 to 24,576 tokens, or 0 for none"),
        (FLASH_15, "low", "this base model does not think"),
        (FLASH_15, 5, "this base model does not think"),
    ],
)
def test_thinking_that_the_base_model_does_not_have_is_refused(
    facts: GenerationFacts, thinking: str | int, why: str
) -> None:
    (remark,) = refused_by(AnswerSettings(thinking=thinking), facts)

    assert remark.setting == "thinking"
    assert remark.why.startswith(why)


@pytest.mark.parametrize(
    ("facts", "thinking"),
    [(LITE, "minimal"), (FLASH, "high"), (PRO_25, -1), (PRO_25, 128), (FLASH_25, 0), (FLASH_25, 24_576)],
)
def test_thinking_that_it_has_is_taken_without_a_word(facts: GenerationFacts, thinking: str | int) -> None:
    assert remarks_on(AnswerSettings(thinking=thinking), facts) == ()


def test_a_budget_for_a_model_with_levels_and_a_schema_are_taken_against_advice() -> None:
    remarks = doubtful_for(AnswerSettings(thinking=512, response_schema={"type": "STRING"}), FLASH)

    assert [remark.setting for remark in remarks] == ["thinking", "responseSchema"]
    assert refused_by(AnswerSettings(thinking=512), FLASH) == ()


@pytest.mark.parametrize("given", [{"thinking": "minimal"}, {"thinking": 0}, {"temperature": 0.0}, {"topK": 1}])
def test_nothing_is_said_where_nothing_is_known(given: dict[str, Any]) -> None:
    assert remarks_on(AnswerSettings.of(given), UNKNOWN) == ()
    assert not UNKNOWN.is_known


@pytest.mark.parametrize("facts", [LITE, FLASH], ids=["lite", "flash"])
def test_a_question_may_have_a_budget_where_there_are_levels_and_a_training_may_not(facts: GenerationFacts) -> None:
    assert refused_by(AnswerSettings(thinking=128), facts) == ()
    assert "no budget" in why_not_tuned_with(128, facts)


@pytest.mark.parametrize("thinking", ["minimal", "high", -1, 0, 128])
def test_nothing_is_refused_of_a_base_model_whose_thinking_nobody_knows(thinking: str | int) -> None:
    assert why_not_tuned_with(thinking, UNKNOWN) == ""
    assert why_not_tuned_with(thinking, FLASH_15) == "this base model does not think"
