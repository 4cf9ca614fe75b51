"""What a gate asks, and what it takes for an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from reconciler.backends.asking import body_of
from reconciler.backends.base import Backend, BackendError
from reconciler.backends.gemini import Gemini
from reconciler.backends.retry import ATTEMPTS, without_long_pauses
from reconciler.backends.vertex import Vertex
from reconciler.core.faults import Fault
from reconciler.core.questions import ModelAnswer, Question
from tests.backends.fakes import (
    PLACE,
    PROJECT,
    Cloud,
    Wired,
    a_gemini_submission,
    a_training,
    a_vertex_submission,
    an_error,
    bodies,
    failed,
    wired,
)
from tests.backends.test_backends import Opened, opened

__all__ = ["opened"]

ENDPOINT = f"{PLACE}/endpoints/7"
VERTEX = a_training(a_vertex_submission(), endpoint=ENDPOINT)
GEMINI = a_training(a_gemini_submission(), job="tunedModels/router-1")
TURN = {"role": "user", "parts": [{"text": "the customer's own words"}]}
ASKED = Question((TURN,))


def said(*parts: dict[str, Any], **candidate: Any) -> httpx.Response:
    content = {"role": "model", "parts": list(parts)}
    return httpx.Response(200, json={"candidates": [{"content": content, "finishReason": "STOP", **candidate}]})


def answer(*responses: httpx.Response | Exception) -> ModelAnswer:
    return Vertex(wired(*responses).http).ask(VERTEX, ASKED)


def refused(w: Wired, ask: Callable[[Backend], object]) -> pytest.ExceptionInfo[BackendError]:
    with pytest.raises(BackendError) as error:
        ask(Vertex(w.http))
    return error


# What is sent


def test_a_question_without_settings_is_its_turns_alone() -> None:
    assert body_of(ASKED) == {"contents": [TURN]}


def test_settings_are_sent_as_the_api_has_them() -> None:
    settings = {
        "system": "Be brief.",
        "thinking": "low",
        "maxOutputTokens": 200,
        "temperature": 0.0,
        "topP": 0.9,
        "topK": 40,
        "seed": 7,
        "responseSchema": {"type": "OBJECT"},
    }

    body = body_of(Question((TURN,), tools=({"functionDeclarations": []},), settings=settings))

    assert body == {
        "contents": [TURN],
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "tools": [{"functionDeclarations": []}],
        "generationConfig": {
            "thinkingConfig": {"thinkingLevel": "LOW"},
            "maxOutputTokens": 200,
            "temperature": 0.0,
            "topP": 0.9,
            "topK": 40,
            "seed": 7,
            "responseMimeType": "application/json",
            "responseSchema": {"type": "OBJECT"},
        },
    }


@pytest.mark.parametrize("budget", [0, 128, -1])
def test_a_number_is_a_budget_for_thinking(budget: int) -> None:
    body = body_of(Question((TURN,), settings={"thinking": budget}))

    assert body["generationConfig"] == {"thinkingConfig": {"thinkingBudget": budget}}


@pytest.mark.parametrize(
    ("settings", "sent"),
    [({}, "the item's"), ({"system": "the gate's"}, "the gate's"), ({"system": ""}, None)],
)
def test_a_system_instruction_of_the_gate_takes_the_place_of_the_items(
    settings: dict[str, str], sent: str | None
) -> None:
    body = body_of(Question((TURN,), system="the item's", settings=settings))

    assert body.get("systemInstruction") == (sent and {"parts": [{"text": sent}]})


def test_vertex_is_asked_at_the_endpoint_and_at_its_host() -> None:
    w = wired(said({"text": "a"}))
    vertex = Vertex(w.http)

    vertex.ask(VERTEX, ASKED)
    vertex.ask(VERTEX, ASKED, endpoint="projects/12345/locations/us/endpoints/8")
    vertex.ask_base("gemini-3.5-flash", PROJECT, "global", ASKED)

    assert [f"{r.url.host}{r.url.path}" for r in w.script.requests] == [
        f"us-central1-aiplatform.googleapis.com/v1/{ENDPOINT}:generateContent",
        "aiplatform.us.rep.googleapis.com/v1/projects/12345/locations/us/endpoints/8:generateContent",
        f"aiplatform.googleapis.com/v1/projects/{PROJECT}/locations/global/publishers/google/models/"
        "gemini-3.5-flash:generateContent",
    ]
    assert bodies(w.script.requests) == [{"contents": [TURN]}] * 3


@pytest.mark.parametrize("name", ["gemini-3.5-flash", "models/gemini-3.5-flash"])
def test_the_gemini_api_is_asked_by_the_models_own_name(name: str) -> None:
    w = wired(said({"text": "a"}))
    gemini = Gemini(w.http)

    gemini.ask(GEMINI, ASKED)
    gemini.ask_base(name, PROJECT, "", ASKED)

    assert [r.url.path for r in w.script.requests] == [
        "/v1beta/tunedModels/router-1:generateContent",
        "/v1beta/models/gemini-3.5-flash:generateContent",
    ]
    assert {r.headers["x-goog-user-project"] for r in w.script.requests} == {PROJECT}


@pytest.mark.parametrize("name", ["", "../../x", "models/a/b", "a b", "publishers/other/models/a", "tunedModels/a"])
def test_what_names_no_base_model_is_not_asked(name: str) -> None:
    w = wired(said({"text": "a"}))

    error = refused(w, lambda backend: backend.ask_base(name, PROJECT, "us-central1", ASKED))

    assert failed(error) == ("API219", False)
    assert w.script.requests == []


def test_without_an_endpoint_nobody_is_asked() -> None:
    error = refused(wired(said()), lambda backend: backend.ask(a_training(a_vertex_submission()), ASKED))

    assert failed(error) == ("API341", False)


# What is an answer


def test_an_answer_is_the_text_of_the_first_candidate_without_its_thoughts() -> None:
    parts: list[dict[str, Any]] = [{"text": "hm", "thought": True}, {"text": "four"}, {"text": "teen"}]

    assert answer(said(*parts)).text == "fourteen"


def test_what_it_thought_is_paid_for_as_what_it_said() -> None:
    usage = {"promptTokenCount": 10, "candidatesTokenCount": 2, "thoughtsTokenCount": 30, "totalTokenCount": 42}
    body = {"candidates": [{"content": {"parts": [{"text": "4"}]}}], "usageMetadata": usage}

    found = answer(httpx.Response(200, json=body))

    assert (found.input_tokens, found.output_tokens, found.error) == (10, 32, "")


def test_tokens_that_nobody_counted_are_not_known() -> None:
    found = answer(said({"text": "4"}))

    assert (found.input_tokens, found.output_tokens) == (None, None)


@pytest.mark.parametrize(
    ("response", "text", "error"),
    [
        (said({"text": "The first half"}, finishReason="MAX_TOKENS"), "The first half", "the answer ended with MAX_"),
        (said(finishReason="SAFETY", finishMessage="\x1b[2J"), "", "the answer ended with SAFETY \\x1b[2J"),
        (said({"functionCall": {"name": "f", "args": {}}}), "", "the answer is a call of a function"),
        (said(), "", "the answer is empty"),
        (httpx.Response(200, json={}), "", "the answer is empty"),
        (
            httpx.Response(200, json={"promptFeedback": {"blockReason": "JAILBREAK"}, "usageMetadata": {}}),
            "",
            "the prompt was blocked: JAILBREAK",
        ),
    ],
)
def test_what_the_model_did_not_do_is_its_own(response: httpx.Response, text: str, error: str) -> None:
    found = answer(response)

    assert found.text == text
    assert found.error.startswith(error)


def test_the_time_of_an_answer_is_without_the_tries_before_it() -> None:
    w = wired(an_error(503, "UNAVAILABLE", "busy"), said({"text": "4"}))
    w.script.answers[1] = lambda _: (w.clock.sleep(1.5), said({"text": "4"}))[1]  # type: ignore[func-returns-value]

    found = Vertex(w.http).ask(VERTEX, ASKED)

    assert found == ModelAnswer("4", took_s=1.5)
    assert len(w.clock.slept) == 2


# What is none


@pytest.mark.parametrize("failure", [an_error(429, "X", "many"), an_error(500, "X", "oh"), httpx.ReadError("cut")])
def test_what_the_service_could_not_do_is_asked_again(failure: httpx.Response | Exception) -> None:
    assert answer(failure, failure, said({"text": "4"})).text == "4"


def test_tries_end() -> None:
    w = wired(an_error(503, "UNAVAILABLE", "busy"))

    refused(w, lambda backend: backend.ask(VERTEX, ASKED))

    assert len(w.script.requests) == ATTEMPTS


def test_a_question_that_was_not_answered_in_five_minutes_is_not_asked_again() -> None:
    w = wired(said())

    def silent(_: httpx.Request) -> httpx.Response:
        w.clock.time_s += 300
        raise httpx.ReadTimeout("silence")

    w.script.answers[:] = [silent]

    error = refused(w, lambda backend: backend.ask(VERTEX, ASKED))

    assert error.value.diagnostic.code == "API205"
    assert len(w.script.requests) == 1


def test_a_run_with_a_better_place_to_wait_gets_the_services_words_at_once() -> None:
    w = wired(an_error(429, "RESOURCE_EXHAUSTED", "many", retry_after="30"))

    with without_long_pauses():
        error = refused(w, lambda backend: backend.ask(VERTEX, ASKED))

    assert (error.value.retry_after_s, w.clock.slept) == (30.0, [])


def test_what_is_wrong_with_the_question_is_said_without_quoting_it() -> None:
    w = wired(an_error(400, "INVALID_ARGUMENT", "I do not like: the customer's own words"))

    error = refused(w, lambda backend: backend.ask(VERTEX, ASKED))

    assert "I do not like" in error.value.diagnostic.detail
    assert "the customer's own words" not in error.value.diagnostic.detail
    assert len(w.script.requests) == 1


def test_an_error_in_the_place_of_an_answer_is_no_answer() -> None:
    told = {"error": {"code": 503, "message": "overloaded by: the customer's own words"}}

    error = refused(wired(httpx.Response(200, json=told)), _ask)

    assert error.value.diagnostic.code == "API218"
    assert "overloaded" in error.value.diagnostic.detail
    assert "the customer's own words" not in error.value.diagnostic.detail


def test_an_answer_without_end_is_dropped() -> None:
    huge = httpx.Response(200, content=b'{"candidates": "' + b"x" * (16 * 1024 * 1024) + b'"}')

    assert refused(wired(huge), _ask).value.diagnostic.code == "API214"


def _ask(backend: Backend) -> ModelAnswer:
    return backend.ask(VERTEX, ASKED)


# At the emulator


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"maxOutputTokens": 9, "temperature": 0.1, "topP": 0.5, "topK": 3, "seed": 1},
        {"system": "Be brief."},
        {"responseSchema": {"type": "OBJECT", "properties": {"score": {"type": "NUMBER"}}}},
    ],
)
def test_both_services_answer_a_question(opened: Opened, settings: dict[str, Any]) -> None:
    side = opened()
    training = side.trained()
    text = "Ticket 3: the lamp blinks." if side.name == "vertex" else "3"
    question = Question(({"role": "user", "parts": [{"text": text}]},), settings=settings)

    found = side.backend.ask(training, question)

    assert (found.text, found.error) == ("hardware" if side.name == "vertex" else "4", "")
    assert found.input_tokens
    assert found.output_tokens


def at_a_base_model(**settings: Any) -> ModelAnswer:
    question = Question((TURN,), settings=settings)
    return Cloud.open(catalog="current").vertex.ask_base("gemini-3.5-flash", PROJECT, "us-central1", question)


def test_what_a_model_thinks_counts_and_is_not_its_answer() -> None:
    least, most = at_a_base_model(thinking="minimal"), at_a_base_model(thinking="high")

    assert least.text == most.text
    assert (least.output_tokens or 0) < (most.output_tokens or 0)


def test_thinking_may_leave_nothing_for_the_answer_which_is_the_models_own_failure() -> None:
    found = at_a_base_model(thinking="high", maxOutputTokens=2)

    assert (found.text, found.error) == ("", "the answer ended with MAX_TOKENS")


def test_thinking_that_a_base_model_does_not_have_is_refused_by_the_service() -> None:
    question = Question((TURN,), settings={"thinking": "low"})

    with pytest.raises(BackendError) as error:
        Cloud.open().vertex.ask_base("gemini-2.0-flash-001", PROJECT, "us-central1", question)

    assert error.value.fault is Fault.REJECTED
