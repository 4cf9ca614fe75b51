"""What is said of settings before they are sent."""

from __future__ import annotations

from reconciler.core.diagnostics import Severity
from reconciler.core.generation import AnswerSettings, GenerationFacts, ThinkingBudget
from reconciler.core.heeded import heeded

LITE = GenerationFacts(ignores=("temperature", "topP", "topK"), levels=("low", "high"))


def test_what_is_refused_is_an_error_and_what_is_ignored_a_warning() -> None:
    settings = AnswerSettings(thinking="minimal", temperature=0.0, response_schema={"type": "OBJECT"})

    found = heeded(settings, "gemini-x", LITE, address="vertex/a")

    assert [(d.code, d.severity, d.address) for d in found] == [
        ("RUN070", Severity.ERROR, "vertex/a"),
        ("RUN071", Severity.WARNING, "vertex/a"),
        ("RUN072", Severity.WARNING, "vertex/a"),
    ]
    assert found[0].detail == "thinking is minimal for gemini-x: 'minimal' is none of its levels: low, high."
    assert found[0].fix == "Set it to low, the least that it can, or leave it out."
    assert found[1].detail == "temperature is 0 for gemini-x: it changes nothing for this base model, and is not sent."
    assert found[2].detail.startswith("responseSchema is given for gemini-x: ")


def test_a_budget_is_mended_with_the_least_one() -> None:
    facts = GenerationFacts(levels=(), budget=ThinkingBudget(128, 500))

    (found,) = heeded(AnswerSettings(thinking=5), "gemini-x", facts)

    assert found.fix == "Set it to 128, the least that it can, or leave it out."


def test_a_long_text_is_not_repeated() -> None:
    facts = GenerationFacts(refuses=("system",))

    (found,) = heeded(AnswerSettings(system="x" * 41), "gemini-x", facts)

    assert found.detail == "system is given for gemini-x: it is an error for this base model."


def test_nothing_is_said_of_a_base_model_that_nobody_knows() -> None:
    assert heeded(AnswerSettings(thinking="minimal", temperature=0.0), "gemini-x", GenerationFacts()) == []
