from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.emulator.conftest import Client


@pytest.fixture
def endpoint(client: Client, data: str) -> str:
    return f"/v1/{client.trained(data)['tunedModel']['endpoint']}"


def asking(text: str, **config: object) -> dict[str, object]:
    return {"contents": [{"role": "user", "parts": [{"text": text}]}], "generationConfig": config}


@pytest.mark.parametrize("prompt", ["What is the capital of Spain?", "tell me Spain's capital"])
def test_a_prompt_gets_the_answer_of_its_example_or_of_the_nearest(client: Client, endpoint: str, prompt: str) -> None:
    answer = client.post(f"{endpoint}:generateContent", asking(prompt))

    assert answer["candidates"] == [
        {
            "content": {"role": "model", "parts": [{"text": "Madrid"}]},
            "finishReason": "STOP",
            "avgLogprobs": answer["candidates"][0]["avgLogprobs"],
        }
    ]
    assert answer["usageMetadata"]["candidatesTokenCount"] == 2
    assert answer["modelVersion"] == "gemini-3.5-flash"


def test_the_documentations_own_body_is_taken(client: Client, endpoint: str) -> None:
    body = b"""{"contents": [{"role": "USER", "parts": {"text" : "What is the capital of Kenya?"}}],
        "generation_config": {"temperature": 0.5, "top_p": 1.0, "top_k": 3.0, "max_output_tokens": 1}}"""

    candidate = client.post(f"{endpoint}:generateContent", body)["candidates"][0]

    assert (candidate["content"]["parts"][0]["text"], candidate["finishReason"]) == ("Nair", "MAX_TOKENS")


def test_a_stream_is_events_or_an_array(client: Client, endpoint: str) -> None:
    events = client.call("POST", f"{endpoint}:streamGenerateContent?alt=sse", asking("capital of Italy"))
    array = client.call("POST", f"{endpoint}:streamGenerateContent", asking("capital of Italy"))

    assert events.headers["content-type"] == "text/event-stream"
    (event,) = [json.loads(line.removeprefix(b"data: ")) for line in events.body.split(b"\r\n\r\n") if line]
    assert event["candidates"][0]["content"]["parts"][0]["text"] == "Rome"
    assert array.json[0]["candidates"][0]["finishReason"] == "STOP"


def test_a_stream_has_numbers_for_enums_where_they_are_asked_for(client: Client, endpoint: str) -> None:
    query = "alt=sse&%24alt=json%3Benum-encoding%3Dint"

    events = client.call("POST", f"{endpoint}:streamGenerateContent?{query}", asking("capital of Italy"))

    assert json.loads(events.body.removeprefix(b"data: "))["candidates"][0]["finishReason"] == 1


def test_tokens_are_counted(client: Client, endpoint: str) -> None:
    assert client.post(f"{endpoint}:countTokens", asking("x" * 40))["totalTokens"] == 10


def test_a_model_of_the_registry_takes_no_prompts(client: Client, data: str) -> None:
    model = client.trained(data)["tunedModel"]["model"].partition("@")[0]

    answer = client.call("POST", f"/v1/{model}:generateContent", asking("x"))

    assert answer.status == 400
    assert answer.message.startswith(f"The Model name {model} is malformed and it should be in form of projects/")


@pytest.mark.parametrize("method", ["predict", "rawPredict", "streamRawPredict"])
def test_a_gemini_model_is_not_asked_by_the_older_methods(client: Client, endpoint: str, method: str) -> None:
    answer = client.call("POST", f"{endpoint}:{method}", {"instances": [{"prompt": "x"}]})

    assert answer.status == 400
    assert answer.message.startswith("Gemini cannot be accessed through Vertex Predict/RawPredict API.")
    assert answer.json["error"]["status"] == "FAILED_PRECONDITION"


def test_a_stream_fails_with_an_array(client: Client) -> None:
    path = "/v1/projects/acme/locations/us-central1/endpoints/1:streamGenerateContent"

    answer = client.call("POST", path, asking("x"))

    assert (answer.status, answer.json[0]["error"]["status"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"contents": []},
        {"contents": [{"role": "robot", "parts": [{"text": "x"}]}]},
        {"contents": [{"role": "user"}]},
        {"contents": [{"parts": [{"text": "x"}]}], "generationConfig": {"temperature": 3}},
        {"contents": [{"parts": [{"text": "x"}]}], "prompt": "x"},
    ],
)
def test_a_request_without_sense_is_refused(client: Client, endpoint: str, body: dict[str, object]) -> None:
    assert client.call("POST", f"{endpoint}:generateContent", body).status == 400
