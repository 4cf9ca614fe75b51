"""Rules over functions: their declarations, calls and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.datasets.findings import Problem
from reconciler.datasets.lexical import shorten
from reconciler.datasets.rows.fields import list_at, object_at, objects, wrong_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.findings import Path

_PAYLOADS = {"functionCall": "args", "functionResponse": "response"}
_TYPES = frozenset({"string", "number", "integer", "boolean", "array", "object", "null"})


def tool_problems(row: dict[str, Any]) -> Iterator[Problem]:
    """Declarations of one example, and every use of a function in its turns."""
    tools = row.get("tools")
    if tools is not None and not isinstance(tools, list):
        yield wrong_type(("tools",), "a list", tools)
    for index, tool in enumerate(list_at(row, "tools")):
        yield from _declaration_problems(tool, ("tools", index))
    declared = set(declared_names(row))
    for path, kind, used in _uses(row):
        yield from _use_problems(used, kind, path, declared)


def declared_names(row: dict[str, Any]) -> Iterator[str]:
    """Names of the functions that the example's tools declare."""
    for tool in objects(list_at(row, "tools")):
        for declaration in objects(list_at(tool, "functionDeclarations")):
            if isinstance(declaration.get("name"), str):
                yield declaration["name"]


def _declaration_problems(tool: object, path: Path) -> Iterator[Problem]:
    if not isinstance(tool, dict):
        yield wrong_type(path, "a tool, as an object", tool)
        return
    if "function" in tool:
        yield Problem("DATA402", path, '"function" is the way of OpenAI.')
        return
    for index, declaration in enumerate(list_at(tool, "functionDeclarations")):
        here = (*path, "functionDeclarations", index)
        if not isinstance(declaration, dict) or not isinstance(declaration.get("name"), str):
            yield Problem("DATA402", here)
        else:
            yield from _schema_problems(declaration.get("parameters"), (*here, "parameters"))


def _schema_problems(schema: object, path: Path) -> Iterator[Problem]:
    """The first type in lower case; one a declaration is enough."""
    if not isinstance(schema, dict):
        return
    kind = schema.get("type")
    if isinstance(kind, str) and kind in _TYPES:
        yield Problem("DATA404", (*path, "type"), f'"{kind}", wanted is "{kind.upper()}".')
        return
    for name, below in object_at(schema, "properties").items():
        found = next(_schema_problems(below, (*path, "properties", name)), None)
        if found:
            yield found
            return


def _uses(row: dict[str, Any]) -> Iterator[tuple[Path, str, Any]]:
    for turn, content in enumerate(list_at(row, "contents")):
        if not isinstance(content, dict):
            continue
        for index, part in enumerate(list_at(content, "parts")):
            for kind in part.keys() & _PAYLOADS.keys() if isinstance(part, dict) else ():
                yield ("contents", turn, "parts", index, kind), kind, part[kind]


def _use_problems(used: object, kind: str, path: Path, declared: set[str]) -> Iterator[Problem]:
    if not isinstance(used, dict):
        return
    payload = used.get(_PAYLOADS[kind])
    name = used.get("name")
    if not isinstance(name, str) or not name:
        yield Problem("DATA401", path, "It has no name.")
    elif name not in declared:
        yield Problem("DATA403", (*path, "name"), f'"{shorten(name)}"')
    if "arguments" in used:
        yield Problem("DATA401", (*path, "arguments"), '"arguments" is the way of OpenAI.')
    if payload is not None and not isinstance(payload, dict):
        yield Problem("DATA401", (*path, _PAYLOADS[kind]), "It is no object.")
