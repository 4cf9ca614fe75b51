"""What a base model answers that nobody scripted: the same every time, and in the form that was asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

if TYPE_CHECKING:
    from tests.emulator.conftest import Client

Json = dict[str, Any]

VERTEX = "/v1/projects/acme/locations/us-central1/publishers/google/models/gemini-3.5-flash:generateContent"
GEMINI = "/v1beta/models/gemini-3.5-flash:generateContent"


def answered(client: Client, target: str = VERTEX, text: str = "Who are you?", **config: object) -> str:
    body = {"contents": [{"role": "user", "parts": [{"text": text}]}], "generationConfig": config}
    return str(client.post(target, body)["candidates"][0]["content"]["parts"][0]["text"])


@pytest.mark.parametrize("target", [VERTEX, GEMINI])
def test_an_answer_says_that_it_is_simulated_and_is_the_same_again(client: Client, target: str) -> None:
    first, second = answered(client, target), answered(client, target)

    assert first == second == "(simulated answer of gemini-3.5-flash to: Who are you?)"


def test_a_base_model_that_the_list_has_not_is_not_found_unless_a_setting_says_so(client: Client) -> None:
    unknown = GEMINI.replace("3.5-flash", "99-flash")

    refused = client.call("POST", unknown, {"contents": [{"parts": [{"text": "x"}]}]})
    client.settings(any_base_model=True)

    assert (refused.status, refused.message[:48]) == (404, "models/gemini-99-flash is not found for API vers")
    assert answered(client, unknown) == "(simulated answer of gemini-99-flash to: Who are you?)"
    assert client.call("GET", unknown.partition(":")[0]).status == 404


PROTO: Json = {
    "type": "OBJECT",
    "required": ["name", "tags"],
    "properties": {
        "name": {"type": "STRING", "minLength": 20},
        "kind": {"type": "STRING", "enum": ["city", "river"]},
        "tags": {"type": "ARRAY", "minItems": 2, "items": {"type": "INTEGER", "minimum": 3}},
        "share": {"type": "NUMBER"},
        "open": {"type": "BOOLEAN", "nullable": True},
        "either": {"anyOf": [{"type": "NULL"}, {"type": "STRING", "format": "date-time"}]},
    },
}


@pytest.mark.parametrize("target", [VERTEX, GEMINI])
def test_json_follows_the_schema_of_the_request(client: Client, target: str) -> None:
    text = answered(client, target, responseMimeType="application/json", responseSchema=PROTO)

    assert json.loads(text) == {
        "name": "(simulated).........",
        "kind": "city",
        "tags": [3, 3],
        "share": 0.0,
        "open": False,
        "either": "2026-01-01T00:00:00Z",
    }


JSON_SCHEMA: Json = {
    "$defs": {
        "Place": {
            "type": "object",
            "properties": {"city": {"type": "string", "maxLength": 4}, "zip": {"type": ["null", "integer"]}},
            "required": ["city", "zip"],
        },
        "Tree": {"type": "object", "properties": {"child": {"$ref": "#/$defs/Tree"}}},
    },
    "type": "object",
    "properties": {
        "places": {"type": "array", "items": {"$ref": "#/$defs/Place"}, "minItems": 1},
        "tree": {"$ref": "#/$defs/Tree"},
        "fixed": {"const": "x"},
        "some": {"oneOf": [{"type": "null"}, {"$ref": "#/$defs/Place"}]},
    },
    "required": ["places", "fixed", "some"],
}


def test_json_follows_a_json_schema_with_references(client: Client) -> None:
    text = answered(client, responseMimeType="application/json", responseJsonSchema=JSON_SCHEMA)

    found = json.loads(text)
    assert found["places"] == [{"city": "(sim", "zip": 0}]
    del found["tree"]
    jsonschema.validate(found, JSON_SCHEMA)


def test_one_of_the_words_is_answered_where_some_are_given(client: Client) -> None:
    schema = {"type": "STRING", "enum": ["yes", "no"]}

    assert answered(client, responseMimeType="text/x.enum", responseSchema=schema) == "yes"


def test_json_without_a_schema_is_json(client: Client) -> None:
    assert json.loads(answered(client, responseMimeType="application/json")) == {}


CITY = {"type": "OBJECT", "properties": {"city": {"type": "STRING"}, "days": {"type": "INTEGER"}}}
TOOLS = [{"functionDeclarations": [{"name": "first"}, {"name": "get_weather", "parameters": CITY}]}]


def demanding(mode: str, *names: str) -> Json:
    config = {"mode": mode, **({"allowedFunctionNames": [*names]} if names else {})}
    prompt = {"contents": [{"role": "user", "parts": [{"text": "x"}]}]}
    return {**prompt, "tools": TOOLS, "toolConfig": {"functionCallingConfig": config}}


@pytest.mark.parametrize("target", [VERTEX, GEMINI])
@pytest.mark.parametrize(
    ("names", "call"),
    [
        ((), {"name": "first", "args": {}}),
        (("get_weather",), {"name": "get_weather", "args": {"city": "(simulated)", "days": 0}}),
    ],
)
def test_a_function_is_called_where_nothing_else_is_allowed(
    client: Client, target: str, names: tuple[str, ...], call: Json
) -> None:
    body = demanding("ANY", *names)

    whole = client.post(target, body)
    (stream,) = client.post(target.replace(":generate", ":streamGenerate"), body)

    for found in (whole, stream):
        (part,) = found["candidates"][0]["content"]["parts"]
        assert part["functionCall"].get("args", {}) == call["args"]
        assert part["functionCall"]["name"] == call["name"]


def test_no_function_is_called_where_the_model_may_choose(client: Client) -> None:
    (part,) = client.post(VERTEX, demanding("AUTO"))["candidates"][0]["content"]["parts"]

    assert part["text"].startswith("(simulated answer")
