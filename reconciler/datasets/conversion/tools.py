"""Tools in whatever form they come: the API's own, its near misses, OpenAI's, and those of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.datasets.conversion.example import NotConvertibleError
from reconciler.datasets.conversion.schemas import api_schema
from reconciler.datasets.findings import json_path
from reconciler.datasets.rows.tools import declaration_problems
from reconciler.datasets.rules import all_rules
from reconciler.datasets.shapes import fields_of, json_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.conversion.example import Conversation

Json = dict[str, Any]

_DECLARATIONS = frozenset({"functionDeclarations", "functionDeclaration", "functions"})
_PARAMETERS = frozenset({"parameters", "inputSchema"})


def read_tools(tools: object, example: Conversation) -> None:
    """Declare what the tools of a row declare; whatever else the API has of tools is kept beside it."""
    for tool in _as_list(tools):
        if not isinstance(tool, dict):
            raise NotConvertibleError("A tool is no object.")
        declared = list(_functions_of(tool, example))
        for function in declared:
            declare(function, example)
        others = {key: value for key, value in tool.items() if _is_kept(key, value)}
        if others:
            example.tools.append(others)
        elif not declared and tool:
            _leave_tool(tool, example)


def _is_kept(key: str, value: object) -> bool:
    return value is not None and json_name(key) in fields_of("Tool").keys() - _DECLARATIONS


def _leave_tool(tool: Json, example: Conversation) -> None:
    if any(json_name(key) in _DECLARATIONS for key in tool):
        return
    example.note("a tool that is no function was dropped")


def _functions_of(tool: Json, example: Conversation) -> Iterator[object]:
    """The functions that one tool declares, each as it is written."""
    if "function" in tool:
        example.leave(tool, ("type", "function"), "a tool")
        yield tool["function"]
    elif _is_function(tool):
        yield {key: value for key, value in tool.items() if key != "type"}
    else:
        for key, value in tool.items():
            if json_name(key) in _DECLARATIONS:
                yield from _as_list(value)
            elif not _is_kept(key, value):
                example.leave({key: value}, ("type",), "a tool")


def _is_function(tool: Json) -> bool:
    return isinstance(tool.get("name"), str) and tool.get("type") in (None, "function", "custom")


def declare(function: object, example: Conversation) -> None:
    """Add one declaration, once."""
    if not isinstance(function, dict):
        raise NotConvertibleError("A declared function is no object.")
    kept = dict(_fields(function, example))
    errors = (p for p in declaration_problems(kept) if all_rules()[p.rule].severity == "error")
    broken = next(errors, None)
    if broken is not None:
        where = f" at {json_path(broken.path)}" if broken.path else ""
        said = f"A function could not be declared: {all_rules()[broken.rule].title}{where}. {broken.words}"
        raise NotConvertibleError(said.rstrip())
    example.declare(kept)


def _fields(function: Json, example: Conversation) -> Iterator[tuple[str, Any]]:
    for key, value in function.items():
        name = "parameters" if json_name(key) in _PARAMETERS else json_name(key)
        if name in {"parameters", "response"} and isinstance(value, dict):
            if value:
                yield name, api_schema(value, example.note)
        elif name in fields_of("FunctionDeclaration"):
            if value not in (None, ""):
                yield name, value
        else:
            example.leave({key: value}, (), "a function")


def _as_list(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
