"""What the definitions and generateContent refuse of functions, in training data and in requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.emulator.catalog import VERTEX_MODELS
from reconciler.emulator.dataset import DatasetError, read_dataset
from tests.emulator.conftest import example, jsonl

if TYPE_CHECKING:
    from tests.emulator.conftest import Answer, Client

CURRENT = VERTEX_MODELS["gemini-3.5-flash"]
PARAMETERS = {"type": "OBJECT", "properties": {"a": {"type": "ARRAY", "items": {"type": "string"}}}, "required": ["a"]}
GOOD = {"name": "add", "description": "adds", "parameters": PARAMETERS}


def with_parameters(parameters: Any) -> list[Any]:
    return [{"functionDeclarations": [{"name": "add", "parameters": parameters}]}]


@pytest.fixture
def endpoint(client: Client, data: str) -> str:
    return f"/v1/{client.trained(data)['tunedModel']['endpoint']}"


def asked(client: Client, endpoint: str, tools: Any, *turns: Any) -> Answer:
    contents = turns or ({"role": "user", "parts": [{"text": "x"}]},)
    return client.call("POST", f"{endpoint}:generateContent", {"contents": list(contents), "tools": tools})


@pytest.mark.parametrize(
    "tools",
    [
        [{"functionDeclarations": [GOOD]}],
        [{"function_declarations": [GOOD]}, {"googleSearch": {}}],
        [{"functionDeclarations": [{"name": "f", "parametersJsonSchema": {"type": "object", "$schema": "x"}}]}],
        [{"functionDeclarations": [{"name": "a" * 128}]}],
        with_parameters({"type": "OBJECT", "properties": {"file_uri": {"type": "STRING", "max_length": 5}}}),
        with_parameters({"type": "object", "additionalProperties": False}),
    ],
)
def test_what_the_definitions_have_is_taken(client: Client, endpoint: str, tools: Any) -> None:
    row = {**example("a", "b"), "tools": tools}

    assert len(read_dataset(jsonl([row]), CURRENT, "supervised").examples) == 1
    assert asked(client, endpoint, tools).status == 200


PLACE = "tools[0].function_declarations[0].parameters"


@pytest.mark.parametrize(
    ("tools", "words"),
    [
        ("add", "tools[0]"),
        ([{"functionDeclaration": []}], "Unknown name \"functionDeclaration\" at 'tools[0]': Cannot find field."),
        ([{"type": "function", "function": GOOD}], "Unknown name \"type\" at 'tools[0]': Cannot find field."),
        (with_parameters("object"), f"Invalid value at '{PLACE}'"),
        (
            with_parameters({"type": "STR"}),
            f"Invalid value at '{PLACE}.type' (type.googleapis.com/google.cloud.aiplatform.",
        ),
        (
            with_parameters({"type": ["string", "null"]}),
            f"Unknown name \"type\" at '{PLACE}': Proto field is not repeating, cannot start list.",
        ),
        (with_parameters({"type": "OBJECT", "$schema": "x"}), f"Unknown name \"$schema\" at '{PLACE}'"),
        (with_parameters({"type": "OBJECT", "const": 1}), f"Unknown name \"const\" at '{PLACE}'"),
        (with_parameters({"type": "OBJECT", "oneOf": []}), f"Unknown name \"oneOf\" at '{PLACE}'"),
        (
            with_parameters({"type": "OBJECT", "properties": {"a": {"type": "STRING", "examples": []}}}),
            f"Unknown name \"examples\" at '{PLACE}.properties[0].value': Cannot find field.",
        ),
        (with_parameters({"type": "OBJECT", "required": [{"a": 1}]}), f"Invalid value at '{PLACE}.required[0]'"),
        (with_parameters({"type": "OBJECT", "properties": ["a"]}), f"Invalid value at '{PLACE}.properties' (Map)"),
        (with_parameters({"type": "OBJECT", "required": "a"}), f"Invalid value at '{PLACE}.required' (list), \"a\""),
        ([{"functionDeclarations": GOOD}], "Invalid value at 'tools[0].function_declarations' (list)"),
        ([{"functionDeclarations": [{"name": "add numbers"}]}], "Invalid function name."),
        ([{"functionDeclarations": [{"name": "a" * 129}]}], "maximum length of 128"),
        ([{"functionDeclarations": [{"description": "adds"}]}], "Invalid function name."),
        ([{"functionDeclarations": [{**GOOD, "parametersJsonSchema": {}}]}], "mutually exclusive"),
        ([{"functionDeclarations": [{"name": f"f{n}"} for n in range(513)]}], "at most 512"),
    ],
)
def test_what_they_have_not_fails_the_job_and_the_request(
    client: Client, endpoint: str, tools: Any, words: str
) -> None:
    row = {**example("a", "b"), "tools": tools}

    with pytest.raises(DatasetError, match=r"^Row: 1\. ") as caught:
        read_dataset(jsonl([example("a", "b"), row]), CURRENT, "supervised")
    answer = asked(client, endpoint, tools)

    assert words in str(caught.value)
    assert words in answer.message
    assert (answer.status, answer.json["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_a_job_on_such_data_fails_with_the_row(client: Client) -> None:
    row = {**example("a", "b"), "tools": with_parameters({"type": "STR"})}
    uri = client.upload("bad.jsonl", jsonl([example("a", "b")] * 20 + [row]))

    job = client.trained(uri)

    assert job["state"] == "JOB_STATE_FAILED"
    assert job["error"]["code"] == 3
    assert job["error"]["message"].startswith("Row: 20. Invalid value at 'tools[0].function_declarations[0].parameters")


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"type": "OBJECT", "properties": {"a": {"type": "ARRAY"}}}, ".properties[a].items: missing field."),
        ({"type": "OBJECT", "required": ["b"]}, ".required[0]: property is not defined"),
        ({"type": "OBJECT", "properties": {"a": {"type": "STRING", "required": ["b"]}}}, "only allowed for OBJECT"),
        ({"type": "OBJECT", "properties": {"a": {"description": "d"}}}, ".properties[a].type: must be specified"),
    ],
)
def test_requests_are_refused_for_schemas_that_lack_what_their_type_needs(
    client: Client, endpoint: str, parameters: Any, text: str
) -> None:
    answer = asked(client, endpoint, with_parameters(parameters))

    assert (answer.status, answer.json["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert answer.message.startswith(f"* GenerateContentRequest.{PLACE}.")
    assert text in answer.message


@pytest.mark.parametrize("parameters", [{"type": "STRING"}, {"description": "d"}])
def test_parameters_are_an_object(client: Client, endpoint: str, parameters: Any) -> None:
    answer = asked(client, endpoint, with_parameters(parameters))

    assert answer.status == 400
    assert "Unable to submit request because `add` functionDeclaration parameters schema" in answer.message


def test_no_function_is_declared_twice(client: Client, endpoint: str) -> None:
    answer = asked(client, endpoint, [{"functionDeclarations": [GOOD]}, {"functionDeclarations": [{"name": "add"}]}])

    assert (answer.status, answer.message) == (400, "Duplicate function declaration found: add")


USER = {"role": "user", "parts": [{"text": "q"}]}
CALL = {"functionCall": {"name": "add", "args": {}}}
ANSWER = {"functionResponse": {"name": "add", "response": {}}}


@pytest.mark.parametrize(
    ("turns", "text"),
    [
        ([("model", CALL), ("user", ANSWER)], ""),
        ([("model", CALL, CALL), ("function", ANSWER, ANSWER)], ""),
        ([("model", CALL), ("user", ANSWER), ("model", CALL), ("user", ANSWER)], ""),
        ([("model", CALL, CALL), ("user", ANSWER)], "the number of function response parts is equal"),
        ([("model", CALL), ("user", {"text": "no"})], "the number of function response parts is equal"),
        ([("model", {"text": "a"}), ("user", ANSWER)], "function response turn comes immediately after"),
        ([("model", {"text": "a"}), ("model", CALL), ("user", ANSWER)], "function call turn comes immediately after"),
        ([("model", CALL), ("user", {"functionResponse": {"response": {}}})], "function_response.name: Name cannot"),
    ],
)
def test_answers_follow_their_calls(client: Client, endpoint: str, turns: list[Any], text: str) -> None:
    contents = [USER, *({"role": role, "parts": parts} for role, *parts in turns)]

    answer = asked(client, endpoint, [{"functionDeclarations": [GOOD]}], *contents)

    assert answer.status == (400 if text else 200)
    assert not text or text in answer.message


def test_the_gemini_api_takes_shorter_names(client: Client) -> None:
    body = {"contents": [USER], "tools": [{"functionDeclarations": [{"name": "a" * 65}]}]}

    answer = client.call("POST", "/v1beta/models/gemini-3.5-flash:generateContent", body)

    assert answer.status == 400
    assert answer.message.startswith("* GenerateContentRequest.tools[0].function_declarations[0].name: Invalid")


@pytest.mark.parametrize(
    "row",
    [
        {"contents": [USER, {"role": "model", "parts": [{"functionCall": {"name": "f", "args": "{}"}}]}]},
        {"contents": [USER, {"role": "model", "parts": [{"functionCall": {"name": 5}}]}]},
        {**example("a", "b"), "generationConfig": "low"},
        {**example("a", "b"), "generationConfig": {"mediaResolution": "LOW"}},
        {"contents": [{"role": "user", "parts": [{"fileData": "gs://b/1.png"}]}, *example("a", "b")["contents"][1:]]},
    ],
)
def test_a_field_of_another_type_fails_the_job_wherever_it_stands(row: Any) -> None:
    with pytest.raises(DatasetError, match=r"^Row: 0\. Invalid value at "):
        read_dataset(jsonl([row]), CURRENT, "supervised")


def test_fields_that_nobody_knows_are_passed_over_in_turns() -> None:
    row = example("a", "b")
    row["contents"][1]["weight"] = 1
    row["contents"][0]["parts"].append({"text": "b", "note": 1})

    assert len(read_dataset(jsonl([{**row, "id": 7}]), CURRENT, "supervised").examples) == 1
