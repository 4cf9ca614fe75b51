"""Declared functions from the file to the job: refused before it is paid for, or by the service in its words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.datasets_cli.conftest import Project, rows

GOOD = {"type": "OBJECT", "properties": {"a": {"type": "ARRAY", "items": {"type": "NUMBER"}}}, "required": ["a"]}
JSON_SCHEMA = {"type": "object", "properties": {"a": {"type": ["string", "null"], "const": "x"}}, "$schema": "x"}


def with_tools(tools: Any) -> str:
    return "".join(json.dumps({**json.loads(line), "tools": tools}) + "\n" for line in rows(20).splitlines())


def declared(parameters: Any) -> list[Any]:
    return [{"functionDeclarations": [{"name": "add", "parameters": parameters}]}]


@pytest.mark.parametrize(
    ("parameters", "code", "rule"),
    [
        (GOOD, 0, None),
        ({"type": "STR"}, 1, "error DATA405"),
        ("object", 1, "error DATA305"),
        ({"type": "OBJECT", "required": "a"}, 1, "error DATA305"),
        ({"type": "OBJECT", "$schema": "x"}, 0, "warning DATA406"),
        ({"type": "OBJECT", "properties": {"a": {"type": "ARRAY"}}}, 0, "warning DATA408"),
    ],
)
def test_validate_refuses_what_the_definitions_refuse(
    project: Project, parameters: Any, code: int, rule: str | None
) -> None:
    project.write("specs/data/train.jsonl", with_tools(declared(parameters)))
    project.model()

    shown = project.run("validate")

    assert shown.code == code
    assert rule is None or rule in shown.out + shown.err


def test_a_job_on_what_was_let_through_fails_in_the_words_of_the_service(project: Project) -> None:
    project.workspace("  catalog: historic\n  dataRules: {DATA405: warning}")
    project.write("specs/data/train.jsonl", with_tools(declared({"type": "STR"})))
    project.model()

    shown = project.run("apply --yes")

    assert shown.code == 1
    assert "Row: 0. Invalid value at 'tools[0].function_declarations[0].parameters.type'" in shown.out + shown.err


def test_a_job_on_good_functions_trains(project: Project) -> None:
    project.write("specs/data/train.jsonl", with_tools(declared(GOOD)))
    project.model()

    assert project.run("apply --yes").code == 0


@pytest.mark.parametrize(
    "tools",
    [declared(JSON_SCHEMA), [{"type": "function", "function": {"name": "add", "parameters": JSON_SCHEMA}}]],
    ids=["the service's form", "OpenAI's form"],
)
def test_what_convert_writes_of_functions_can_be_trained_on(project: Project, tools: Any) -> None:
    project.write("old.jsonl", with_tools(tools))

    converted = project.run("dataset convert old.jsonl --to vertex --out specs/data/new.jsonl")
    project.model(data="data/new.jsonl")

    assert converted.code == 0
    assert "$schema of a function's schema was dropped" in converted.err
    assert project.run("apply --yes").code == 0
    row = json.loads((project.folder / "specs/data/new.jsonl").read_text(encoding="utf-8").splitlines()[0])
    schema = {"type": "STRING", "nullable": True, "enum": ["x"]}
    assert row["tools"] == declared({"type": "OBJECT", "properties": {"a": schema}})


def test_a_function_that_cannot_be_declared_ends_the_conversion_with_its_line(project: Project) -> None:
    project.write("old.jsonl", with_tools(declared("object")))

    shown = project.run("dataset convert old.jsonl --to vertex")

    assert shown.code == 1
    assert "old.jsonl:1: not converted: A function could not be declared: Wrong type at parameters." in shown.err
