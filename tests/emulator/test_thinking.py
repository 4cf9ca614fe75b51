"""How much a model thinks: what base models take of it, and the services' words where they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.emulator.conftest import Client

VERTEX = "/v1/projects/acme/locations/us-central1/publishers/google/models"
LEARN = "Learn more: https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/gemini"


def asking(**config: object) -> dict[str, object]:
    return {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}], "generationConfig": config}


def thinking(level: str = "", budget: int | None = None) -> dict[str, object]:
    config: dict[str, object] = {"thinkingLevel": level} if level else {}
    return asking(thinkingConfig={**config, **({} if budget is None else {"thinkingBudget": budget})})


@pytest.mark.parametrize(
    ("base", "level", "budget"),
    [
        ("gemini-3.5-flash", "MINIMAL", None),
        ("gemini-3.8-flash", "LOW", None),
        ("gemini-3.8-flash", "", 0),
        ("gemini-2.5-flash", "", 0),
        ("gemini-2.5-flash", "", 24_576),
        ("gemini-2.5-pro", "", -1),
        ("gemini-2.5-pro", "", 128),
        ("gemini-99-flash", "MINIMAL", None),
    ],
)
def test_thinking_that_a_base_model_takes_is_taken(client: Client, base: str, level: str, budget: int | None) -> None:
    answer = client.post(f"{VERTEX}/{base}:generateContent", thinking(level, budget))

    assert answer["candidates"][0]["finishReason"] == "STOP"


@pytest.mark.parametrize(
    ("base", "level", "budget", "text"),
    [
        ("gemini-3.7-flash", "MINIMAL", None, "thinking_level MINIMAL is not supported by this model"),
        ("gemini-2.5-pro", "LOW", None, "thinking_level is not supported by this model"),
        (
            "gemini-2.5-flash",
            "",
            24_577,
            "thinking_budget is out of range; supported values are integers from 1 to 24576",
        ),
        (
            "gemini-2.5-pro",
            "",
            0,
            "Thinking can't be disabled for this model. Remove 'thinking_config.thinking_budget' from your request "
            "and try again.",
        ),
        ("gemini-2.0-flash-001", "LOW", None, "thinking is not supported by this model"),
        ("gemini-3.5-flash", "LOW", 5, "You can only set only one of thinking budget and thinking level"),
    ],
)
def test_thinking_that_it_does_not_take_is_refused_in_vertex_ais_words(
    client: Client, base: str, level: str, budget: int | None, text: str
) -> None:
    answer = client.call("POST", f"{VERTEX}/{base}:generateContent", thinking(level, budget))

    assert answer.status == 400
    assert answer.message == f"Unable to submit request because {text}. {LEARN}"


def test_a_tuned_model_takes_what_its_base_model_takes(client: Client, data: str) -> None:
    endpoint = client.trained(data, baseModel="gemini-3.5-flash-lite")["tunedModel"]["endpoint"]

    taken = client.post(f"/v1/{endpoint}:generateContent", thinking("MINIMAL"))
    both = client.call("POST", f"/v1/{endpoint}:generateContent", thinking("MINIMAL", 5))

    assert taken["candidates"][0]["finishReason"] == "STOP"
    assert both.status == 400


def test_the_gemini_api_has_levels_too(client: Client) -> None:
    target = "/v1beta/models/gemini-3.5-flash:generateContent"

    taken = client.post(target, thinking("LOW"))
    both = client.call("POST", target, thinking("LOW", 5))

    assert taken["usageMetadata"]["thoughtsTokenCount"] == 32
    assert both.message == "You can only set only one of thinking budget and thinking level."


@pytest.mark.parametrize(
    ("config", "thoughts"),
    [
        ({}, None),
        ({"thinkingLevel": "MINIMAL"}, None),
        ({"thinkingLevel": "HIGH"}, 512),
        ({"thinkingBudget": 5}, 5),
        ({"thinkingBudget": 0}, None),
        ({"thinkingBudget": -1}, 128),
    ],
)
def test_thoughts_are_counted_where_a_request_asks_for_some(
    client: Client, config: dict[str, Any], thoughts: int | None
) -> None:
    usage = client.post(f"{VERTEX}/gemini-3.5-flash:generateContent", asking(thinkingConfig=config))["usageMetadata"]

    assert usage.get("thoughtsTokenCount") == thoughts
    counts = (usage["promptTokenCount"], usage["candidatesTokenCount"], thoughts or 0)
    assert usage["totalTokenCount"] == sum(counts)


@pytest.mark.parametrize("method", ["generateContent", "streamGenerateContent"])
def test_thoughts_may_leave_nothing_for_the_answer(client: Client, method: str) -> None:
    body = asking(thinkingConfig={"thinkingLevel": "HIGH"}, maxOutputTokens=100)

    answer = client.post(f"{VERTEX}/gemini-3.5-flash:{method}", body)

    (answer,) = answer if isinstance(answer, list) else (answer,)
    assert answer["candidates"][0]["finishReason"] == "MAX_TOKENS"
    assert "parts" not in answer["candidates"][0]["content"]
    assert answer["usageMetadata"]["thoughtsTokenCount"] == 100


def test_what_is_left_after_thoughts_is_the_answers(client: Client) -> None:
    body = asking(thinkingConfig={"thinkingLevel": "LOW"}, maxOutputTokens=35)

    answer = client.post(f"{VERTEX}/gemini-3.5-flash:generateContent", body)

    assert answer["candidates"][0]["content"]["parts"][0]["text"] == "(simulated a"
    assert answer["usageMetadata"]["candidatesTokenCount"] == 3
