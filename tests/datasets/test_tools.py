"""Functions in training rows: what the published definitions of them do not hold is named, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.datasets import Checked
from reconciler.datasets.shapes import fields_of
from tests.datasets.cut_shapes import FILE, cut, render
from tests.datasets.rows import checked, example, lines, place, rules_broken, turn


def declared(*declarations: Any) -> dict[str, Any]:
    return example(tools=[{"functionDeclarations": list(declarations)}])


def with_parameters(parameters: Any, **more: Any) -> dict[str, Any]:
    return declared({"name": "add", "parameters": parameters, **more})


def with_property(schema: Any) -> dict[str, Any]:
    return with_parameters({"type": "OBJECT", "properties": {"a": schema}})


def broken(row: dict[str, Any]) -> set[str]:
    return rules_broken(checked(lines(row)))


def test_the_types_of_fields_are_those_of_the_discovery_documents() -> None:
    assert FILE.read_text(encoding="utf-8") == render(cut())
    assert fields_of("Part").keys() >= {"text", "functionCall", "mediaProcessing"}


@pytest.mark.parametrize(
    ("parameters", "rule"),
    [
        ("object", "DATA305"),
        ([], "DATA305"),
        (7, "DATA305"),
        (True, "DATA305"),
        ({"type": "STR"}, "DATA405"),
        ({"type": ""}, "DATA405"),
        ({"type": "dict"}, "DATA405"),
        ({"type": True}, "DATA405"),
        ({"type": {}}, "DATA405"),
        ({"type": ["object", "null"]}, "DATA405"),
        ({"type": "object"}, "DATA404"),
        ({"type": "Object"}, "DATA404"),
        ({"type": "STRING"}, "DATA408"),
        ({"description": "nothing"}, "DATA408"),
        ({"type": "OBJECT", "required": "a"}, "DATA305"),
        ({"type": "OBJECT", "required": [1]}, "DATA305"),
        ({"type": "OBJECT", "required": ["a"]}, "DATA408"),
        ({"type": "OBJECT", "properties": ["a"]}, "DATA305"),
        ({"type": "OBJECT", "properties": "a"}, "DATA305"),
        ({"type": "OBJECT", "properties": {"a": "STRING"}}, "DATA305"),
        ({"type": "OBJECT", "properties": {"a b": {"type": "STRING"}}}, "DATA408"),
        ({"type": "OBJECT", "properties": {"1a": {"type": "STRING"}}}, "DATA408"),
        ({"type": "OBJECT", "properties": {"a" * 65: {"type": "STRING"}}}, "DATA408"),
        ({"type": "OBJECT", "$schema": "http://json-schema.org/draft-07/schema#"}, "DATA406"),
        ({"type": "OBJECT", "properteis": {}}, "DATA406"),
        ({"type": "OBJECT", "nullable": "yes"}, "DATA305"),
        ({"type": "OBJECT", "description": ["adds"]}, "DATA305"),
        ({"type": "OBJECT", "defs": []}, "DATA305"),
    ],
)
def test_parameters_that_contradict_the_definitions_are_named(parameters: Any, rule: str) -> None:
    assert broken(with_parameters(parameters)) == {rule}


@pytest.mark.parametrize(
    ("schema", "rule"),
    [
        ({"type": "ARRAY"}, "DATA408"),
        ({"type": "ARRAY", "items": None}, "DATA408"),
        ({"type": "ARRAY", "items": [{"type": "STRING"}]}, "DATA305"),
        ({"type": "ARRAY", "items": {"type": "string"}}, "DATA404"),
        ({"type": "ARRAY", "items": {"type": "ARRAY", "items": {"type": "STR"}}}, "DATA405"),
        ({"type": "ARRAY", "items": {"type": "OBJECT", "properties": {"b": {"type": "number"}}}}, "DATA404"),
        ({"type": "STRING", "items": {"type": "STRING"}}, "DATA408"),
        ({"type": "STRING", "required": ["b"], "properties": {"b": {"type": "STRING"}}}, "DATA408"),
        ({"type": "STRING", "enum": "a"}, "DATA305"),
        ({"type": "STRING", "enum": {"a": 1}}, "DATA305"),
        ({"type": "INTEGER", "enum": [1, 2]}, "DATA305"),
        ({"type": "STRING", "const": "a"}, "DATA406"),
        ({"oneOf": [{"type": "STRING"}]}, "DATA406"),
        ({"allOf": [{"type": "STRING"}]}, "DATA406"),
        ({"$ref": "#/$defs/A"}, "DATA406"),
        ({"ref": "#/defs/A"}, "DATA408"),
        ({"type": "STRING", "ref": 5}, "DATA305"),
        ({"anyOf": {"type": "STRING"}}, "DATA305"),
        ({"anyOf": [{"type": "string"}]}, "DATA404"),
        ({"any_of": [{"type": "STR"}]}, "DATA405"),
        ({"type": "STRING", "maxLength": "many"}, "DATA305"),
        ({"type": "STRING", "max_length": 1.5}, "DATA305"),
        ({"type": "NUMBER", "minimum": "low"}, "DATA305"),
        ({"type": "NUMBER", "exclusiveMinimum": 0}, "DATA406"),
        ({"type": "STRING", "pattern": ["a"]}, "DATA305"),
        ({"type": "STRING", "examples": ["a"]}, "DATA406"),
        ({"type": "STRING", "required": True}, "DATA305"),
        ({}, "DATA408"),
    ],
)
def test_schemas_below_are_looked_at_as_those_above(schema: Any, rule: str) -> None:
    assert rule in broken(with_property(schema))
    assert rule in broken(with_property({"type": "OBJECT", "properties": {"deeper": schema}}))


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "STRING", "enum": ["a"], "format": "enum", "description": "d", "title": "t", "nullable": True},
        {"type": "ARRAY", "items": {"type": "OBJECT", "properties": {}}, "minItems": "1", "maxItems": 3},
        {"type": "ARRAY", "items": {"anyOf": [{"type": "STRING"}, {"type": "NULL"}]}},
        {"anyOf": [{"type": "STRING"}, {"type": "INTEGER", "minimum": 0, "maximum": 1.5}], "default": None},
        {"type": "OBJECT", "additionalProperties": False, "propertyOrdering": ["a"], "example": {"a": [1]}},
        {"type": "STRING", "min_length": 1, "property_ordering": [], "pattern": "^a"},
        {"type": "OBJECT", "required": ["b"], "anyOf": [{"type": "OBJECT", "properties": {"b": {"type": "NULL"}}}]},
        {"type": 1},
        {"type": "STRING", "default": {"type": "str", "const": 1}},
    ],
)
def test_what_the_definitions_hold_is_good(schema: Any) -> None:
    assert broken(with_property(schema)) == set()


def test_references_are_good_where_their_definition_stands_at_the_root() -> None:
    pet = {"type": "OBJECT", "properties": {"name": {"type": "STRING"}}}
    schema = {"type": "OBJECT", "properties": {"pet": {"ref": "#/defs/Pet"}}, "defs": {"Pet": pet}}

    assert broken(with_parameters(schema)) == set()


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("add", None),
        ("_a.b:c-d", None),
        ("a" * 128, None),
        ("a" * 129, "DATA407"),
        ("", "DATA407"),
        ("add numbers", "DATA407"),
        ("1add", "DATA407"),
        ("größe", "DATA407"),
        ("add\n", "DATA407"),
        ("add()", "DATA407"),
        (None, "DATA402"),
        (7, "DATA402"),
    ],
)
def test_names_are_those_that_the_definition_allows(name: Any, rule: str | None) -> None:
    assert broken(declared({"name": name})) == ({rule} if rule else set())


@pytest.mark.parametrize(
    ("tools", "rule"),
    [
        ({"functionDeclarations": [{"name": "add"}]}, "DATA305"),
        ("add", "DATA305"),
        (["add"], "DATA305"),
        ([["add"]], "DATA305"),
        ([{"functionDeclarations": {"name": "add"}}], "DATA305"),
        ([{"functionDeclarations": "add"}], "DATA305"),
        ([{"functionDeclarations": ["add"]}], "DATA305"),
        ([{"functionDeclaration": [{"name": "add"}]}], "DATA306"),
        ([{"function_declaration": {"name": "add"}}], "DATA306"),
        ([{"type": "function", "function": {"name": "add"}}], "DATA402"),
        ([{"functionDeclarations": [{"name": "add", "strict": True}]}], "DATA306"),
        ([{"functionDeclarations": [{"name": "add", "description": 5}]}], "DATA305"),
        ([{"functionDeclarations": [{"name": "add", "behavior": "SYNC"}]}], "DATA323"),
        ([{"functionDeclarations": [{"name": "add"}, {"name": "add"}]}], "DATA409"),
        ([{"functionDeclarations": [{"name": "add"}]}, {"functionDeclarations": [{"name": "add"}]}], "DATA409"),
        ([{"functionDeclarations": [{"name": f"f{n}"} for n in range(513)]}], "DATA408"),
        ([{"functionDeclarations": [{"name": "add", "response": {"type": "STR"}}]}], "DATA405"),
        ([{"functionDeclarations": [{"name": "add", "response": {"type": "ARRAY"}}]}], "DATA408"),
        ([{"functionDeclarations": [{"name": "add", "parametersJsonSchema": "object"}]}], "DATA408"),
        ([{"googleSearch": "on"}], "DATA305"),
        ([{"codeExecution": {"language": "python"}}], "DATA306"),
        ([], None),
        ([{}], None),
        ([{"googleSearch": {}}], None),
        ([{"function_declarations": [{"name": "add"}]}], None),
        ([{"functionDeclarations": [{"name": f"f{n}"} for n in range(512)]}], None),
    ],
)
def test_tools_are_a_list_of_tools_that_the_definition_has(tools: Any, rule: str | None) -> None:
    assert broken(example(tools=tools)) == ({rule} if rule else set())


def test_json_schema_has_a_field_of_its_own_and_its_own_spelling() -> None:
    schema = {"type": "object", "$schema": "x", "properties": {"a": {"type": ["string", "null"], "const": "b"}}}

    assert broken(declared({"name": "add", "parametersJsonSchema": schema})) == set()
    assert broken(declared({"name": "add", "parameters_json_schema": schema})) == set()
    assert broken(with_parameters({"type": "OBJECT"}, parametersJsonSchema=schema)) == {"DATA408"}


def call(name: str = "add", **more: Any) -> dict[str, Any]:
    return {"functionCall": {"name": name, "args": {}, **more}}


def answer(name: str = "add", **more: Any) -> dict[str, Any]:
    return {"functionResponse": {"name": name, "response": {}, **more}}


def exchange(*turns: dict[str, Any], names: tuple[str, ...] = ("add", "sub")) -> dict[str, Any]:
    tools = [{"functionDeclarations": [{"name": name} for name in names]}]
    return {"contents": [turn("user", "q"), *turns], "tools": tools}


@pytest.mark.parametrize(
    ("turns", "rules"),
    [
        ([turn("model", call())], set()),
        ([turn("model", call()), turn("user", answer()), turn("model", "a")], set()),
        ([turn("model", call()), turn("function", answer()), turn("model", "a")], set()),
        ([turn("model", "so", call()), turn("user", answer(), "and?"), turn("model", "a")], set()),
        ([turn("model", call(), call("sub")), turn("user", answer(), answer("sub")), turn("model", "a")], set()),
        ([turn("model", call()), turn("user", answer()), turn("model", call()), turn("user", answer()),
          turn("model", "a")], set()),
        ([turn("model", call()), {"parts": [answer()]}, turn("model", "a")], set()),
        ([turn("model", call(), call("sub"))], set()),
        ([turn("model", call(), call("sub")), turn("user", answer("sub"), answer()), turn("model", "a")],
         {"DATA410"}),
        ([turn("model", call(id="1"), call("sub", id="2")), turn("user", answer("sub", id="2"), answer(id="1")),
          turn("model", "a")], set()),
        ([turn("model", call(), call()), turn("user", answer()), turn("model", "a")], {"DATA410"}),
        ([turn("model", call()), turn("user", answer(), answer()), turn("model", "a")], {"DATA410"}),
        ([turn("model", call()), turn("user", "thanks"), turn("model", "a")], {"DATA410"}),
        ([turn("model", call()), turn("user", answer("sub")), turn("model", "a")], {"DATA410"}),
        ([turn("model", call("nobody"))], {"DATA403"}),
        ([turn("model", "q?"), turn("user", answer()), turn("model", "a")], {"DATA410"}),
        ([turn("model", call(), call()), turn("function", answer()), turn("function", answer()), turn("model", "a")],
         {"DATA410"}),
        ([turn("model", "ok"), turn("user", call()), turn("model", answer()), turn("model", "a")],
         {"DATA411", "DATA315"}),
    ],
)  # fmt: skip
def test_calls_are_answered_one_by_one_in_the_next_turn(turns: list[dict[str, Any]], rules: set[str]) -> None:
    assert broken(exchange(*turns)) == rules


@pytest.mark.parametrize(
    ("part", "rules"),
    [
        ({"functionCall": {"name": "add", "args": "{}"}}, {"DATA401"}),
        ({"functionCall": {"name": "add", "arguments": "{}"}}, {"DATA401"}),
        ({"functionCall": {"args": {}}}, {"DATA401"}),
        ({"functionCall": "add()"}, {"DATA305"}),
        ({"functionCall": {"name": "add", "parameters": {}}}, {"DATA306"}),
        ({"functionCall": {"name": "add", "id": 5}}, {"DATA305"}),
        ({"functionCall": {"name": "add", "partialArgs": [{"numberValue": "many"}]}}, {"DATA305"}),
        ({"executableCode": {"language": "RUST", "code": ""}}, {"DATA323"}),
        ({"codeExecutionResult": {"outcome": "FAILED"}}, {"DATA323"}),
    ],
)
def test_what_stands_in_a_part_is_looked_at_to_its_end(part: dict[str, Any], rules: set[str]) -> None:
    assert broken(exchange(turn("model", part))) == rules


def test_a_response_has_an_object_to_respond_with() -> None:
    turns = [turn("model", call()), turn("user", {"functionResponse": {"name": "add"}}), turn("model", "a")]

    assert broken(exchange(*turns)) == {"DATA401"}


def _detail(result: Checked, rule: str) -> str:
    return next(f.detail for f in result.findings if f.rule == rule)


def test_a_finding_names_its_place_and_what_to_write() -> None:
    row = with_property({"type": "STRNG", "oneOf": []})

    result = checked(lines(row))

    assert place(result, "DATA405")[2] == "tools[0].functionDeclarations[0].parameters.properties.a.type"
    assert _detail(result, "DATA405") == '"STRNG". Did you mean "STRING"?'
    assert place(result, "DATA406")[2] == "tools[0].functionDeclarations[0].parameters.properties.a.oneOf"
    assert _detail(result, "DATA406") == '"oneOf". Write "anyOf".'


def test_one_declaration_in_lower_case_is_one_finding_and_two_are_two() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "array", "items": {}}}}

    result = checked(lines(declared({"name": "f", "parameters": schema}, {"name": "g", "parameters": schema})))

    assert result.counts["DATA404"] == 2


def test_only_what_contradicts_the_definitions_is_an_error() -> None:
    errors = {"DATA305", "DATA323", "DATA401", "DATA402", "DATA405", "DATA407"}
    rows = [with_property({"type": "ARRAY"}), with_property({"const": 1}), declared({"name": "a"}, {"name": "a"})]

    assert all(checked(lines(row)).ok for row in rows)
    assert not any(checked(lines(with_parameters(bad))).ok for bad in ("object", {"type": "STR"}, {"required": "a"}))
    assert all(broken(row).isdisjoint(errors) for row in rows)


@pytest.mark.parametrize(
    ("turns", "detail"),
    [
        ([turn("model", call(), call()), turn("user", answer())], "1 answer to 2 calls in the turn before."),
        ([turn("model", call()), turn("user", "no")], "0 answers to 1 call in the turn before."),
        ([turn("model", "no"), turn("user", answer())], "The turn before calls nothing."),
        (
            [turn("model", call(), call("sub")), turn("user", answer("sub"), answer())],
            "Called were add, sub; the answers are of sub, add.",
        ),
    ],
)
def test_answers_that_do_not_fit_are_told_in_full(turns: list[dict[str, Any]], detail: str) -> None:
    result = checked(lines(exchange(*turns, turn("model", "a"))))

    assert _detail(result, "DATA410") == detail
    assert place(result, "DATA410")[2] == "contents[2]"
