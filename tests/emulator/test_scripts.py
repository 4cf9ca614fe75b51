"""Scripted answers and the journal of calls, as a program under test meets them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.emulator import ConnectionCut, Emulator, Request
from tests.emulator.conftest import Client
from tests.emulator.strictness import answer_problems

if TYPE_CHECKING:
    from tests.emulator.conftest import Answer

Json = dict[str, Any]

PROJECT = "/v1/projects/acme/locations/us-central1"
VERTEX = f"{PROJECT}/publishers/google/models/gemini-3.5-flash"
GEMINI = "/v1beta/models/gemini-3.5-flash"
SCRIPTS, CALLS = "/_emulator/scripts", "/_emulator/calls"
RATING = {"category": "HARM_CATEGORY_HARASSMENT", "probability": "HIGH", "blocked": True}


def asking(text: str = "What is the weather?", **config: object) -> Json:
    return {"contents": [{"role": "user", "parts": [{"text": text}]}], "generationConfig": config}


def said(answer: Answer) -> str:
    return str(answer.json["candidates"][0]["content"]["parts"][0]["text"])


def ask(client: Client, text: str = "What is the weather?", model: str = VERTEX) -> Answer:
    return client.call("POST", f"{model}:generateContent", asking(text))


def parts_of(answer: Answer) -> list[Json]:
    return [json.loads(part.removeprefix(b"data: ")) for part in answer.body.split(b"\r\n\r\n") if part]


@pytest.mark.parametrize("model", [VERTEX, VERTEX.replace("v1", "v1beta1", 1), GEMINI, "/v1/models/gemini-3.5-flash"])
def test_the_next_prompt_gets_what_was_scripted_and_the_one_after_does_not(client: Client, model: str) -> None:
    client.post(SCRIPTS, {"text": "Sunny."})

    first, second = ask(client, model=model), ask(client, model=model)

    assert said(first) == "Sunny."
    assert first.json["candidates"][0]["finishReason"] == "STOP"
    assert first.json["usageMetadata"]["totalTokenCount"] == 5 + 2
    assert said(second) == "(simulated answer of gemini-3.5-flash to: What is the weather?)"


@pytest.mark.parametrize(
    "model",
    [
        f"{PROJECT}/endpoints/4711",
        f"{PROJECT}/publishers/google/models/gemini-99",
        "/v1beta1/publishers/google/models/gemini-99",
        "/v1beta/models/gemini-99",
        "/v1beta/tunedModels/mine-4711",
    ],
)
def test_a_model_need_not_exist_to_be_scripted(client: Client, model: str) -> None:
    client.post(SCRIPTS, {"text": "Sunny."})

    assert said(ask(client, model=model)) == "Sunny."


@pytest.mark.parametrize(
    ("pattern", "is_met"),
    [
        ("gemini-3.5-flash", True),
        ("gemini-3.*", True),
        ("publishers/google/models/gemini-3.5-flash", True),
        ("projects/acme/locations/*/publishers/google/models/*", True),
        ("models/gemini-3.5-flash", False),
        ("gemini-3.5", False),
        ("projects/other/*", False),
    ],
)
def test_a_script_is_for_the_models_of_its_pattern(client: Client, pattern: str, *, is_met: bool) -> None:
    client.post(SCRIPTS, {"text": "Sunny.", "model": pattern})

    assert (said(ask(client)) == "Sunny.") is is_met


@pytest.mark.parametrize(
    ("field", "value", "is_met"),
    [
        ("contains", "weather", True),
        ("contains", "Weather", False),
        ("matches", r"(?i)WEATHER\?$", True),
        ("matches", "^weather", False),
        ("method", "*generateContent", True),
        ("method", "streamGenerateContent", False),
    ],
)
def test_a_script_is_for_the_prompts_that_it_names(client: Client, field: str, value: str, *, is_met: bool) -> None:
    client.post(SCRIPTS, {"text": "Sunny.", field: value})

    assert (said(ask(client)) == "Sunny.") is is_met


def test_a_pattern_that_would_take_others_for_ever_takes_no_time(client: Client) -> None:
    client.post(SCRIPTS, {"text": "Sunny.", "matches": "^(a+)+$"})

    assert said(ask(client, "a" * 5000 + "!")).startswith("(simulated")


def test_the_prompt_is_the_last_turn_and_what_functions_answered(client: Client) -> None:
    client.post(SCRIPTS, {"text": "Hot.", "contains": '"degrees": 25'})
    call = {"name": "get_weather", "args": {}}
    body = {
        "contents": [
            {"role": "user", "parts": [{"text": "How is it?"}]},
            {"role": "model", "parts": [{"functionCall": call}]},
            {
                "role": "user",
                "parts": [{"functionResponse": {"name": "get_weather", "response": {"degrees": 25}}}],
            },
        ]
    }

    assert said(client.call("POST", f"{VERTEX}:generateContent", body)) == "Hot."


def test_what_is_scripted_for_some_calls_goes_in_order_and_before_what_is_for_all(client: Client) -> None:
    client.post(
        SCRIPTS,
        {
            "scripts": [
                {"text": "always", "times": None},
                {"text": "one"},
                {"text": "two", "times": 2},
                {"text": "last always", "times": None},
            ]
        },
    )

    assert [said(ask(client)) for _ in range(5)] == ["one", "two", "two", "last always", "last always"]


def test_the_nth_call_that_fits_is_counted_whoever_answers_the_others(client: Client) -> None:
    client.post(SCRIPTS, {"error": {"status": 503}, "nth": 3, "contains": "weather"})
    client.post(SCRIPTS, {"text": "ok", "times": None})

    statuses = [ask(client).status for _ in range(2)] + [ask(client, "other").status]

    assert [*statuses, ask(client).status, ask(client).status] == [200, 200, 200, 503, 200]


def test_the_account_says_what_is_still_to_come(client: Client) -> None:
    client.post(SCRIPTS, {"text": "one", "times": 2})
    client.post(SCRIPTS, {"text": "other", "contains": "something else"})
    ask(client)

    found = client.get(SCRIPTS)["scripts"]

    assert [(s["id"], s["seen"], s["used"], s["left"]) for s in found] == [(1, 1, 1, 1), (2, 0, 0, 1)]


def test_scripts_are_taken_back_one_by_one_or_all(client: Client) -> None:
    for text in ("one", "two", "three"):
        client.post(SCRIPTS, {"text": text})

    one_less = client.call("DELETE", f"{SCRIPTS}?id=1").json["scripts"]

    assert [s["text"] for s in one_less] == ["two", "three"]
    assert client.call("DELETE", SCRIPTS).json == {"scripts": []}
    assert said(ask(client)).startswith("(simulated")


def test_of_several_scripts_none_is_taken_where_one_is_wrong(client: Client) -> None:
    answer = client.call("POST", SCRIPTS, {"scripts": [{"text": "one"}, {"text": "two", "times": 0}]})

    assert answer.status == 400
    assert client.get(SCRIPTS) == {"scripts": []}


def test_a_stream_comes_in_the_chunks_that_were_scripted(client: Client) -> None:
    client.post(SCRIPTS, {"chunks": ["Sun", "ny", "."], "usage": {"promptTokenCount": 3, "totalTokenCount": 9}})
    client.post(SCRIPTS, {"chunks": ["Sun", "ny", "."]})

    stream = client.call("POST", f"{VERTEX}:streamGenerateContent?alt=sse", asking())
    whole = ask(client)

    parts = parts_of(stream)
    assert [p["candidates"][0]["content"]["parts"][0]["text"] for p in parts] == ["Sun", "ny", "."]
    assert [p["candidates"][0].get("finishReason") for p in parts] == [None, None, "STOP"]
    assert [p.get("usageMetadata") for p in parts] == [None, None, {"promptTokenCount": 3, "totalTokenCount": 9}]
    assert len({p["responseId"] for p in parts}) == 1
    assert said(whole) == "Sunny."


def test_there_are_as_many_candidates_as_were_asked_for(client: Client) -> None:
    client.post(SCRIPTS, {"text": "Sunny."})

    candidates = client.post(f"{VERTEX}:generateContent", asking(candidateCount=3))["candidates"]

    assert [(c["content"]["parts"], c.get("index", 0)) for c in candidates] == [
        ([{"text": "Sunny."}], number) for number in range(3)
    ]


def test_functions_are_called_with_arguments(client: Client) -> None:
    client.post(SCRIPTS, {"text": "I look.", "functionCalls": [{"name": "get_weather", "args": {"city": "Oslo"}}]})

    (candidate,) = ask(client).json["candidates"]

    call = {"functionCall": {"name": "get_weather", "args": {"city": "Oslo"}}}
    assert candidate["content"]["parts"] == [{"text": "I look."}, call]


@pytest.mark.parametrize("model", [VERTEX, GEMINI])
def test_a_blocked_prompt_has_no_candidates(client: Client, model: str) -> None:
    client.post(SCRIPTS, {"blocked": "SAFETY", "ratings": [RATING]})

    body = ask(client, model=model).json

    assert body["promptFeedback"] == {"blockReason": "SAFETY", "safetyRatings": [RATING]}
    assert "candidates" not in body


@pytest.mark.parametrize("reason", ["SAFETY", "MAX_TOKENS", "RECITATION"])
def test_an_answer_ends_for_the_reason_that_was_scripted(client: Client, reason: str) -> None:
    client.post(SCRIPTS, {"finishReason": reason, "ratings": [RATING]})
    client.post(SCRIPTS, {"finishReason": reason, "text": "Sun"})

    empty, begun = ask(client).json["candidates"][0], ask(client).json["candidates"][0]

    assert empty == {"content": {"role": "model"}, "finishReason": reason, "safetyRatings": [RATING]}
    assert (begun["content"]["parts"], begun["finishReason"]) == ([{"text": "Sun"}], reason)


@pytest.mark.parametrize(("seconds", "told"), [(0, "0s"), (2.5, "2.5s"), (600, "600s"), (0.0000001, "0.0000001s")])
def test_a_delay_is_told_as_a_duration(client: Client, seconds: float, told: str) -> None:
    client.post(SCRIPTS, {"error": {"status": 429, "retryDelay": seconds, "details": [{"@type": "x/Y"}]}})

    assert [d.get("retryDelay") for d in ask(client).json["error"]["details"]] == [None, told]


@pytest.mark.parametrize("suffix", [":generateContent", ":streamGenerateContent", ":streamGenerateContent?alt=sse"])
def test_a_quota_that_is_exhausted_says_when_to_come_again(client: Client, suffix: str) -> None:
    client.post(SCRIPTS, {"error": {"status": 429, "retryDelay": 7}})

    answer = client.call("POST", VERTEX + suffix, asking())

    error = (answer.json[0] if isinstance(answer.json, list) else answer.json)["error"]
    assert (answer.status, error["code"], error["status"]) == (429, 429, "RESOURCE_EXHAUSTED")
    assert error["details"] == [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7s"}]


def test_tokens_are_counted_as_scripted_and_prompts_use_no_such_script(client: Client) -> None:
    client.post(SCRIPTS, {"totalTokens": 77})

    assert said(ask(client)).startswith("(simulated")
    assert client.post(f"{VERTEX}:countTokens", asking())["totalTokens"] == 77
    assert client.post(f"{GEMINI}:countTokens", {"contents": asking()["contents"]})["totalTokens"] != 77


def test_a_whole_answer_is_answered_as_it_was_given(client: Client) -> None:
    given = {
        "candidates": [{"content": {"parts": [{"text": "Sunny."}]}, "groundingMetadata": {"webSearchQueries": ["x"]}}],
        "modelVersion": "gemini-x",
    }
    client.post(SCRIPTS, {"response": given})
    client.post(SCRIPTS, {"response": {}})

    assert [ask(client).json for _ in range(2)] == [given, {}]


def test_the_parts_of_a_stream_are_answered_as_they_were_given(client: Client) -> None:
    given = [{"candidates": [{"content": {"parts": [{"text": text, "thought": True}]}}]} for text in "ab"]
    client.post(SCRIPTS, {"responses": given})

    assert said(ask(client)).startswith("(simulated"), "it is no stream"
    assert parts_of(client.call("POST", f"{VERTEX}:streamGenerateContent?alt=sse", asking())) == given


def test_what_one_service_alone_has_is_scripted_for_that_service(client: Client) -> None:
    (script,) = client.post(SCRIPTS, {"blocked": "JAILBREAK"})["scripts"]

    assert script["services"] == ["vertex.v1", "vertex.v1beta1"]
    assert said(ask(client, model=GEMINI)).startswith("(simulated")
    assert ask(client).json["promptFeedback"]["blockReason"] == "JAILBREAK"


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ({}, "it answers nothing"),
        ({"text": "x", "blocked": "SAFETY"}, "and blocked; give one of"),
        ({"text": "x", "error": {"status": 503}}, "and error; give one of"),
        ({"text": "x", "chunks": ["x"]}, "text and chunks are the same thing twice"),
        ({"tezt": "x"}, "unknown field `tezt`"),
        ({"text": 1}, "Expected `str | null`, got `int` - at `$.text`"),
        ({"text": "x", "times": 0}, "Expected `int` >= 1 - at `$.times`"),
        ({"text": "x", "matches": "("}, "matches is no regular expression of RE2: missing ): ("),
        ({"text": "x", "method": "predict"}, "no method of the name 'predict' could"),
        ({"totalTokens": 1, "method": "generateContent"}, "no method of the name"),
        ({"text": "x", "delay": 601}, "Expected `float` <= 600.0"),
        ({"finishReason": "BORED"}, "'candidates[0].finish_reason'"),
        ({"blocked": "BORED"}, "'prompt_feedback.block_reason'"),
        ({"text": "x", "ratings": [{"category": "HARM"}]}, "'candidates[0].safety_ratings[0].category'"),
        ({"text": "x", "usage": {"totalTokens": 1}}, "Unknown name \"totalTokens\" at 'usage_metadata'"),
        ({"text": "x", "usage": {"totalTokenCount": "many"}}, "'usage_metadata.total_token_count' (TYPE_INT32)"),
        ({"response": {"candidates": [{"text": "x"}]}}, "Unknown name \"text\" at 'candidates[0]': Cannot find field"),
        ({"responses": [{}, {"candidate": []}]}, 'Unknown name "candidate"'),
        ({"error": {"status": 200}}, "Expected `int` >= 400"),
        ({"error": {"status": 429, "details": [{"reason": "x"}]}}, '"@type"'),
        ({"error": {"status": 429}, "breaks": {"how": "cut"}}, "breaks belongs to an answer that has parts"),
        ({"text": "x", "breaks": {"how": "burn"}}, "Invalid enum value 'burn'"),
    ],
)
def test_a_wrong_script_is_refused_with_what_is_wrong(client: Client, script: Json, problem: str) -> None:
    answer = client.call("POST", SCRIPTS, script)

    assert answer.status == 400
    assert answer.message.startswith("not scripted: ")
    assert problem in answer.message


def test_a_request_that_the_service_would_refuse_uses_up_no_script(client: Client) -> None:
    client.post(SCRIPTS, {"text": "Sunny."})

    refused = client.call("POST", f"{VERTEX}:generateContent", asking(temperature=9))

    assert refused.status == 400
    assert client.get(SCRIPTS)["scripts"][0]["left"] == 1


@pytest.mark.parametrize("query", ["?alt=sse", ""])
@pytest.mark.parametrize("after", [0, 2, 9])
def test_a_stream_that_breaks_off_is_no_whole_stream(client: Client, query: str, after: int) -> None:
    client.is_spoilt = True
    target, given = f"{VERTEX}:streamGenerateContent{query}", {"chunks": ["a", "b", "c"]}
    client.post(SCRIPTS, given)
    whole = client.call("POST", target, asking()).body

    for how in ("malformed", "end", "error"):
        client.post(SCRIPTS, {**given, "breaks": {"how": how, "after": after}})
    malformed, ended, failed = (client.call("POST", target, asking()).body for _ in range(3))

    assert malformed != whole
    with pytest.raises(json.JSONDecodeError):
        [json.loads(e.removeprefix(b"data: ")) for e in malformed.split(b"\r\n\r\n") if e] if query else json.loads(
            malformed
        )
    assert ended.count(b'"candidates"') == min(after, 3)
    assert b'"error":{"code":500' in failed


@pytest.mark.parametrize("suffix", [":generateContent", ":streamGenerateContent?alt=sse"])
def test_a_connection_is_cut_in_the_middle_of_an_answer(client: Client, suffix: str) -> None:
    client.post(SCRIPTS, {"text": "x" * 100, "breaks": {"how": "cut", "after": 1}})
    path, _, query = f"{VERTEX}{suffix}".partition("?")
    response = client.emulator.handle(Request("POST", path, query, {}, json.dumps(asking()).encode()))

    chunks = iter(response.chunks)

    assert b'"candidates"' in next(chunks)
    with pytest.raises(ConnectionCut):
        next(chunks)


def test_what_nobody_scripted_is_refused_where_a_setting_says_so(client: Client) -> None:
    client.settings(unscripted="refuse")
    client.post(SCRIPTS, {"text": "Sunny.", "contains": "weather"})

    scripted, refused = ask(client), ask(client, "Who are you?")

    assert (scripted.status, refused.status) == (200, 501)
    assert refused.message.startswith("No script of the emulator fits this call of gemini-3.5-flash")


def test_scripts_are_kept_with_the_state_and_calls_are_not(tmp_path: Any) -> None:
    first = Client(Emulator.open(tmp_path / "state.db"))
    first.post(SCRIPTS, {"text": "Sunny."})
    ask(first, "to be used up by nobody else", GEMINI.replace("3.5", "99")[:-1])
    first.emulator.close()

    again = Client(Emulator.open(tmp_path / "state.db"))

    assert [s["used"] for s in again.get(SCRIPTS)["scripts"]] == [1]
    assert again.get(CALLS) == {"calls": [], "dropped": 0}


def test_answers_of_every_script_are_as_the_schemas_have_them(client: Client) -> None:
    """Those of `tests.emulator.strictness`, which reads the definitions by itself."""
    scripts: list[Json] = [
        {"text": ""},
        {"chunks": ["a", ""], "usage": {"thoughtsTokenCount": 3}},
        {"functionCalls": [{"name": "f", "id": "1"}]},
        {"finishReason": "SAFETY", "ratings": [RATING]},
        {"blocked": "OTHER"},
        {"text": "x" * 200},
    ]
    for model in (VERTEX, GEMINI):
        for script in scripts:
            client.post(SCRIPTS, {**script, "times": 2})
            assert answer_problems(Request("POST", f"{model}:generateContent"), ask(client, model=model).json) == []
            client.call("POST", f"{model}:streamGenerateContent", asking())

    assert all(s["left"] == 0 for s in client.get(SCRIPTS)["scripts"])


def test_the_journal_has_every_call_in_order_with_what_was_asked(client: Client) -> None:
    client.post(SCRIPTS, {"error": {"status": 429}})
    ask(client)
    ask(client, "Again?", GEMINI)
    client.get(f"{PROJECT}/tuningJobs")
    client.call("GET", "/nowhere")

    calls = client.get(CALLS)["calls"]

    assert [(c["id"], c["method"], c.get("api", ""), c["status"], c["script"]) for c in calls] == [
        (1, "POST", "vertex.publishers.models.generateContent", 429, 1),
        (2, "POST", "gemini.models.generateContent", 200, None),
        (3, "GET", "vertex.tuningJobs.list", 200, None),
        (4, "GET", "", 404, None),
    ]
    assert calls[0]["path"] == f"{VERTEX}:generateContent"
    assert calls[0]["body"] == asking()
    assert [c.get("prompt") for c in calls] == ["What is the weather?", "Again?", None, None]
    assert [c.get("model") for c in calls] == ["gemini-3.5-flash", "gemini-3.5-flash", None, None]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("api=gemini.*", [2]),
        ("api=*.generateContent", [1, 2]),
        ("model=models/gemini*", [2]),
        ("status=429", [1]),
        ("after=2", [3]),
        ("model=gemini*&after=1", [2]),
    ],
)
def test_the_journal_is_asked_for_some_calls(client: Client, query: str, numbers: list[int]) -> None:
    client.post(SCRIPTS, {"error": {"status": 429}})
    ask(client)
    ask(client, model=GEMINI)
    client.get(f"{PROJECT}/tuningJobs")

    assert [c["id"] for c in client.get(f"{CALLS}?{query}")["calls"]] == numbers


@pytest.mark.parametrize("query", ["modell=x", "status=many", "after=-1"])
def test_the_journal_refuses_what_it_cannot_be_asked(client: Client, query: str) -> None:
    assert client.call("GET", f"{CALLS}?{query}").status == 400


def test_the_journal_keeps_no_credential(client: Client) -> None:
    headers = {
        "authorization": "Bearer canary",
        "x-goog-api-key": "canary",
        "cookie": "canary",
        "proxy-authorization": "canary",
        "x-goog-iam-authorization-token": "canary",
        "x-goog-user-project": "acme",
    }
    query = "?key=canary&access_token=canary&alt=json"

    client.call("POST", f"{VERTEX}:generateContent{query}", asking(), **headers)

    (call,) = client.get(CALLS)["calls"]
    assert "canary" not in json.dumps(call)
    assert call["headers"] == {**dict.fromkeys(headers, "(not kept)"), "x-goog-user-project": "acme"}
    assert call["query"] == {"key": "(not kept)", "access_token": "(not kept)", "alt": "json"}
    assert "canary" not in repr(client.emulator._application._state.journal._calls)


def test_the_journal_is_bounded(client: Client) -> None:
    for number in range(1_010):
        client.call("GET", f"/nowhere/{number}")

    found = client.get(CALLS)

    assert (len(found["calls"]), found["dropped"], found["calls"][0]["id"]) == (1_000, 10, 11)


def test_the_journal_keeps_the_size_of_what_is_too_large_or_no_json(client: Client) -> None:
    client.upload("data.jsonl", b'{"a": 1}\n')
    client.is_spoilt = True
    client.call("POST", f"{VERTEX}:generateContent", asking("x" * (4 << 20)))

    calls = client.get(CALLS)["calls"]

    assert [("body" in c, c["bodyBytes"] > 0) for c in calls] == [(False, True), (False, True)]


def test_large_bodies_push_out_the_oldest(client: Client) -> None:
    for _ in range(6):
        ask(client, "x" * (3 << 20))

    found = client.get(CALLS)

    assert (len(found["calls"]), found["dropped"]) == (5, 1)


def test_the_journal_is_cleared(client: Client) -> None:
    ask(client)

    assert client.call("DELETE", CALLS).json == {"calls": [], "dropped": 0}

    ask(client)
    assert [c["id"] for c in client.get(CALLS)["calls"]] == [2]


def test_an_emulator_says_that_it_is_ready(client: Client) -> None:
    assert client.get("/_emulator/ready") == {"status": "ready", "id": client.emulator.id}
    assert client.call("HEAD", "/_emulator/ready").status == 200
    assert client.get(CALLS)["calls"] == []
