"""Tools on their way: kept in whatever form they come, mended, or refused with the reason; never lost in silence."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.datasets import Converted, Format, Source, convert
from tests.datasets.mutants import IS_NIGHT, OTHERS, SFT, mutants
from tests.datasets.rows import checked, example, rules_broken, turn

PARAMETERS = {"type": "object", "properties": {"a": {"type": "number"}}, "required": ["a"]}
WANTED = {
    "name": "add",
    "description": "adds",
    "parameters": {"type": "OBJECT", "properties": {"a": {"type": "NUMBER"}}, "required": ["a"]},
}
ADD = {"name": "add", "description": "adds", "parameters": PARAMETERS}


def outcome(row: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]] | str:
    (result,) = convert(Source.stream([json.dumps(row).encode()], "x.jsonl"), Format.VERTEX_SFT)
    return (json.loads(result.text), result.notes) if isinstance(result, Converted) else result.reason


def tools_of(row: dict[str, Any]) -> Any:
    found = outcome(row)
    assert not isinstance(found, str), found
    assert rules_broken(checked(json.dumps(found[0]).encode())) == set()
    return found[0].get("tools")


OPENAI_MESSAGES = [{"role": "user", "content": "2+2"}, {"role": "assistant", "content": "4"}]


@pytest.mark.parametrize("row", [example(), {"messages": OPENAI_MESSAGES}], ids=["the service's", "OpenAI's"])
@pytest.mark.parametrize(
    "tools",
    [
        [{"type": "function", "function": ADD}],
        [{"function": ADD}],
        [{"type": "function", **ADD}],
        [ADD],
        [{"name": "add", "description": "adds", "input_schema": PARAMETERS}],
        [{"name": "add", "description": "adds", "inputSchema": PARAMETERS}],
        [{"functionDeclarations": [ADD]}],
        [{"function_declarations": [ADD]}],
        [{"functionDeclarations": ADD}],
        [{"functionDeclaration": ADD}],
        [{"function_declaration": ADD}],
        [{"functionDeclarations": [ADD, ADD]}],
        [{"functionDeclarations": [ADD]}, {"type": "function", "function": ADD}],
        [{"functionDeclarations": [WANTED]}],
    ],
)
def test_functions_are_kept_in_whatever_form_they_are_declared(row: dict[str, Any], tools: Any) -> None:
    assert tools_of({**row, "tools": tools}) == [{"functionDeclarations": [WANTED]}]


def test_tools_that_are_one_object_or_a_list_of_functions_are_kept_too() -> None:
    wanted = [{"functionDeclarations": [WANTED]}]

    assert tools_of(example(tools={"functionDeclarations": [ADD]})) == wanted
    assert tools_of(example(tools={"type": "function", "function": ADD})) == wanted
    assert tools_of(example(functions=[ADD])) == wanted


def test_tools_of_the_service_that_are_no_functions_stay() -> None:
    row = example(tools=[{"googleSearch": {}, "functionDeclarations": [ADD]}, {"code_execution": {}}])

    assert tools_of(row) == [{"functionDeclarations": [WANTED]}, {"googleSearch": {}}, {"code_execution": {}}]


@pytest.mark.parametrize(
    "declaration",
    [
        WANTED,
        {"name": "f", "parametersJsonSchema": {"type": "object", "properties": {"file_uri": {"type": "string"}}}},
        {"name": "f", "behavior": "BLOCKING", "response": {"type": "STRING"}},
        {"name": "f", "parameters": {"type": "OBJECT", "properties": {"file_uri": {"type": "STRING"}}}},
        {
            "name": "f",
            "parameters": {
                "type": "OBJECT",
                "properties": {
                    "a": {"anyOf": [{"type": "STRING"}, {"type": "NULL"}], "nullable": True, "default": None},
                    "b": {"type": "ARRAY", "items": {"type": "INTEGER", "format": "int32"}, "minItems": "1"},
                    "c": {"type": "STRING", "enum": ["x"], "format": "enum", "example": "x"},
                    "d": {"type": "OBJECT", "additionalProperties": {"type": "STRING"}, "propertyOrdering": ["a"]},
                },
                "propertyOrdering": ["a", "b"],
            },
        },
        {
            "name": "f",
            "parameters": {
                "type": "OBJECT",
                "properties": {"tree": {"ref": "#/defs/Tree"}},
                "defs": {"Tree": {"type": "OBJECT", "properties": {"left": {"ref": "#/defs/Tree"}}}},
            },
        },
    ],
)
def test_what_is_the_services_already_comes_out_as_it_went_in(declaration: dict[str, Any]) -> None:
    row = example(tools=[{"functionDeclarations": [declaration]}])

    assert outcome(row) == (row, ())


@pytest.mark.parametrize(
    ("schema", "wanted"),
    [
        ({"type": ["string", "null"]}, {"type": "STRING", "nullable": True}),
        ({"type": ["null"]}, {"type": "NULL"}),
        ({"type": ["array", "string"], "items": {"type": "string"}}, None),
        ({"type": "str"}, {"type": "STRING"}),
        ({"type": "int"}, {"type": "INTEGER"}),
        ({"type": "list", "items": {"type": "dict"}}, {"type": "ARRAY", "items": {"type": "OBJECT"}}),
        ({"type": "string", "const": "x"}, {"type": "STRING", "enum": ["x"]}),
        ({"const": 5}, {"type": "INTEGER", "enum": ["5"]}),
        ({"type": "integer", "enum": [1, 2]}, {"type": "INTEGER", "enum": ["1", "2"]}),
        ({"type": "string", "enum": ["a", None]}, {"type": "STRING", "nullable": True, "enum": ["a"]}),
        ({"enum": ["a"]}, {"type": "STRING", "enum": ["a"]}),
        ({"properties": {"b": {"type": "string"}}}, {"type": "OBJECT", "properties": {"b": {"type": "STRING"}}}),
        ({"items": {"type": "string"}}, {"type": "ARRAY", "items": {"type": "STRING"}}),
        ({"oneOf": [{"type": "string"}]}, {"anyOf": [{"type": "STRING"}]}),
        (
            {"allOf": [{"type": "object", "properties": {"b": {"type": "string"}}}, {"required": ["b"]}]},
            {"type": "OBJECT", "properties": {"b": {"type": "STRING"}}, "required": ["b"]},
        ),
        ({"type": "integer", "exclusiveMinimum": 0}, {"type": "INTEGER", "minimum": 1}),
        ({"type": "number", "exclusiveMaximum": 1.5}, {"type": "NUMBER", "maximum": 1.5}),
        ({"type": "string", "examples": ["x", "y"]}, {"type": "STRING", "example": "x"}),
        ({"type": "string", "multipleOf": 2, "$comment": "c", "if": {}}, {"type": "STRING"}),
        ({"type": "string", "required": True}, {"type": "STRING"}),
        (
            {"type": "array", "items": [{"type": "string"}, {"type": "number"}]},
            {"type": "ARRAY", "items": {"anyOf": [{"type": "STRING"}, {"type": "NUMBER"}]}},
        ),
        ({"type": "array", "items": {"type": "string"}, "minItems": 1}, None),
    ],
)
def test_json_schema_becomes_the_services_and_passes_its_check(schema: dict[str, Any], wanted: Any) -> None:
    parameters = {"type": "object", "properties": {"a": schema}}

    (tool,) = tools_of(example(tools=[{"functionDeclarations": [{"name": "f", "parameters": parameters}]}]))

    found = tool["functionDeclarations"][0]["parameters"]["properties"]["a"]
    assert wanted is None or found == wanted


@pytest.mark.parametrize(
    ("declaration", "reason"),
    [
        ("add", "A declared function is no object."),
        ({"parameters": PARAMETERS}, "Function declaration without a name"),
        ({"name": "add numbers"}, "Function name that the API does not take"),
        ({"name": "f", "parameters": "object"}, "Wrong type at parameters. It is a text"),
        ({"name": "f", "parameters": {"type": "strong"}}, 'type "strong"'),
        (
            {"name": "f", "parameters": {"type": "object", "properties": ["a"]}},
            "at parameters.properties. It is a list",
        ),
        ({"name": "f", "parameters": {"type": "object", "required": [1]}}, "at parameters.required[0]. It is a number"),
        ({"name": "f", "parameters": {"$ref": "#/nowhere"}}, "refers to what is not in it"),
        (
            {"name": "f", "parameters": {"$ref": "#/$defs/A", "$defs": {"A": {"items": {"$ref": "#/$defs/A"}}}}},
            "contains itself",
        ),
        (
            {
                "name": "f",
                "parameters": {
                    "$ref": "#/$defs/A0",
                    "$defs": {
                        f"A{n}": {"anyOf": [{"$ref": f"#/$defs/A{n + 1}"}] * 3} if n < 20 else {"type": "string"}
                        for n in range(21)
                    },
                },
            },
            "too large",
        ),
    ],
)
def test_what_cannot_be_declared_is_named_and_not_written(declaration: Any, reason: str) -> None:
    found = outcome(example(tools=[{"functionDeclarations": [declaration]}]))

    assert isinstance(found, str)
    assert reason in found


@pytest.mark.parametrize(
    ("tools", "lost"),
    [
        ([{"type": "web_search"}], "a tool that is no function"),
        ([{"functionDeclarations": [{**ADD, "strict": True}]}], "strict of a function"),
        ([{"type": "function", "function": ADD, "cache": 1}], "cache of a tool"),
        ([{"functionDeclarations": [ADD, ADD]}], "declared twice"),
        ([{"functionDeclarations": [{"name": "f", "parameters": {"type": "object", "not": {"a": 1}}}]}], "not of"),
    ],
)
def test_what_is_lost_of_a_tool_is_told(tools: Any, lost: str) -> None:
    found = outcome(example(tools=tools))

    assert not isinstance(found, str)
    assert lost in " ".join(found[1])


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        ({"functionCall": {"name": "add", "args": '{"a": 2}'}}, {"name": "add", "args": {"a": 2}}),
        ({"functionCall": {"name": "add", "arguments": '{"a": 2}'}}, {"name": "add", "args": {"a": 2}}),
        ({"function_call": {"name": "add", "arguments": {"a": 2}}}, {"name": "add", "args": {"a": 2}}),
        ({"functionCall": {"name": "add", "args": {"a": 2}, "id": "1"}}, {"name": "add", "args": {"a": 2}, "id": "1"}),
        ({"functionCall": {"name": "add", "args": "two"}}, None),
    ],
)
def test_arguments_of_other_services_become_objects(part: dict[str, Any], wanted: Any) -> None:
    row = {"contents": [turn("user", "2+2"), turn("model", part)], "tools": [ADD]}

    found = outcome(row)

    if wanted is None:
        assert found == "The arguments of a function call are not JSON."
    else:
        assert not isinstance(found, str)
        assert found[0]["contents"][1]["parts"] == [{"functionCall": wanted}]


def test_an_answer_that_is_no_object_becomes_one() -> None:
    turns = [turn("model", {"functionCall": {"name": "add", "args": {}}}), turn("user", {"functionResponse": {
        "name": "add", "response": "4"}}), turn("model", "4")]  # fmt: skip

    found = outcome({"contents": [turn("user", "2+2"), *turns], "tools": [ADD]})

    assert not isinstance(found, str)
    assert found[0]["contents"][2]["parts"] == [{"functionResponse": {"name": "add", "response": {"result": 4}}}]


FORMS = {
    "the service's": {"tools": SFT["tools"]},
    "OpenAI's": {"tools": OTHERS["OpenAI"]["tools"]},
    "one tool": {"tools": OTHERS["OpenAI"]["tools"][0]},
    "functions": {"functions": [OTHERS["OpenAI"]["tools"][0]["function"]]},
}


@pytest.mark.parametrize("form", FORMS)
def test_whatever_is_written_of_tools_passes_the_check_and_nothing_is_lost_in_silence(form: str) -> None:
    made = [(mutant, outcome({**example(), **mutant.row})) for mutant in mutants(FORMS[form], 1 if IS_NIGHT else 5)]
    written = [(mutant, *found) for mutant, found in made if not isinstance(found, str)]

    broken = [(m[:2], result.counts) for m, row, _ in written if not (result := checked(json.dumps(row).encode())).ok]
    lost = [m[:2] for m, row, notes in written if _has_tools(m.row) and not row.get("tools") and not notes]

    assert broken == []
    assert lost == []
    assert len(written) > 50


def _has_tools(row: dict[str, Any]) -> bool:
    return any(value not in (None, [], {}, "", [{}], [None], False, 0) for value in row.values())
