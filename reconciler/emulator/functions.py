"""Declared functions, their calls and answers, as the definitions and generateContent have them.

Types and unknown fields are the body reader's; what is here is what a well-typed body can still get wrong.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.emulator.definitions import snake
from reconciler.emulator.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

MOST_FUNCTIONS = 512
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]*")
_NAMES = (
    "Invalid function name. Must start with a letter or an underscore. Must be alphameric (a-z, A-Z, 0-9), "
    "underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of {most}."
)
_ONLY_OF = {"properties": "OBJECT", "required": "OBJECT", "items": "ARRAY"}
_LONGEST_NAME = {"google.ai.generativelanguage.v1beta": 64}
_LONGEST_ON_VERTEX = 128


def check_functions(body: Json, package: str) -> None:
    """Raises ApiError 400 for tools and turns that generateContent refuses. Its texts are recorded."""
    tools = body.get("tools", [])
    errors = [*declaration_errors(tools, package), *_schema_errors(tools)]
    if errors:
        raise invalid("".join(f"* GenerateContentRequest.{where}: {text}\n" for where, text in errors))
    seen: set[str] = set()
    for _, declaration in _declarations(tools):
        name = declaration["name"]
        if name in seen:
            raise invalid(f"Duplicate function declaration found: {name}")
        seen.add(name)
        parameters = declaration.get("parameters")
        if parameters is not None and parameters.get("type") != "OBJECT":
            raise invalid(
                f"Unable to submit request because `{name}` functionDeclaration parameters schema "
                "should be of type OBJECT."
            )
    _check_turns(body.get("contents", []))


def declaration_errors(tools: list[Json], package: str) -> Iterator[tuple[str, str]]:
    """(field, text) of what the definitions say that a declaration must be."""
    most = _LONGEST_NAME.get(package, _LONGEST_ON_VERTEX)
    count = 0
    for where, declaration in _declarations(tools):
        count += 1
        name = declaration.get("name", "")
        if len(name) > most or not _NAME.fullmatch(name):
            yield f"{where}.name", _NAMES.format(most=most)
        for one, other in (("parameters", "parametersJsonSchema"), ("response", "responseJsonSchema")):
            if one in declaration and other in declaration:
                yield f"{where}.{snake(other)}", f"{snake(one)} and {snake(other)} are mutually exclusive."
    if count > MOST_FUNCTIONS:
        yield "tools", f"at most {MOST_FUNCTIONS} function declarations can be specified."


def _declarations(tools: list[Json]) -> Iterator[tuple[str, Json]]:
    for number, tool in enumerate(tools):
        for index, declaration in enumerate(tool.get("functionDeclarations", [])):
            yield f"tools[{number}].function_declarations[{index}]", declaration


def _schema_errors(tools: list[Json]) -> Iterator[tuple[str, str]]:
    for where, declaration in _declarations(tools):
        for key in ("parameters", "response"):
            if key in declaration:
                yield from _errors_below(declaration[key], f"{where}.{key}", is_root=True)


def _errors_below(schema: Json, where: str, *, is_root: bool = False) -> Iterator[tuple[str, str]]:
    kind = schema.get("type", "")
    if not kind and not is_root and not schema.keys() & {"anyOf", "ref"} and schema:
        yield f"{where}.type", "must be specified when not using one_of, any_of or all_of fields"
    if kind == "ARRAY" and "items" not in schema:
        yield f"{where}.items", "missing field."
    for key, wanted in _ONLY_OF.items():
        if key in schema and kind not in {"", wanted}:
            yield f"{where}.{key}", f"only allowed for {wanted} type"
    known = _known_properties(schema)
    for index, name in enumerate(schema.get("required", [])):
        if name not in known:
            yield f"{where}.required[{index}]", "property is not defined"
    for below, place in _schemas_below(schema, where):
        yield from _errors_below(below, place)


def _known_properties(schema: Json) -> set[str]:
    branches = [schema, *schema.get("anyOf", [])]
    return {name for branch in branches for name in branch.get("properties", {})}


def _schemas_below(schema: Json, where: str) -> Iterator[tuple[Json, str]]:
    for key in ("properties", "defs"):
        yield from ((below, f"{where}.{key}[{name}]") for name, below in schema.get(key, {}).items())
    if "items" in schema:
        yield schema["items"], f"{where}.items"
    yield from ((below, f"{where}.any_of[{n}]") for n, below in enumerate(schema.get("anyOf", [])))


def _check_turns(contents: list[Json]) -> None:
    """Answers come in the turn after the calls, one for each; a call follows the user or an answer."""
    before: Json = {}
    for number, content in enumerate(contents):
        for index, part in enumerate(content.get("parts", [])):
            if "functionResponse" in part and not part["functionResponse"].get("name"):
                where = f"GenerateContentRequest.contents[{number}].parts[{index}].function_response.name"
                raise invalid(f"* {where}: Name cannot be empty.\n")
        answers, calls = _count(content, "functionResponse"), _count(before, "functionCall")
        if answers and not calls:
            raise invalid("Please ensure that function response turn comes immediately after a function call turn.")
        if calls != answers and (calls or answers):
            raise invalid(
                "Please ensure that the number of function response parts is equal to the number of function call "
                "parts of the function call turn."
            )
        if _count(content, "functionCall") and not _may_be_followed_by_a_call(before):
            raise invalid(
                "Please ensure that function call turn comes immediately after a user turn or after a function "
                "response turn."
            )
        before = content


def _may_be_followed_by_a_call(content: Json) -> bool:
    return bool(content) and content.get("role", "user").lower() in {"user", "function"}


def _count(content: Json, kind: str) -> int:
    return sum(kind in part for part in content.get("parts", []))
