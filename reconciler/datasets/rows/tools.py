"""Rules over the functions that an example declares."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.core.plurals import counted
from reconciler.datasets.findings import Breach
from reconciler.datasets.lexical import shorten
from reconciler.datasets.rows.exchanges import exchange_problems
from reconciler.datasets.rows.fields import wrong_type
from reconciler.datasets.rows.schemas import parameters_problems, schema_problems
from reconciler.datasets.rows.typed import typed_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.findings import Path

MOST_DECLARATIONS = 512
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,127}")


def tool_problems(row: dict[str, Any]) -> Iterator[Breach]:
    """Declarations of one example, and every use of a function in its turns."""
    tools = row.get("tools")
    if tools is not None:
        if not isinstance(tools, list):
            yield wrong_type(("tools",), "a list", tools)
        yield from _tools_problems(tools if isinstance(tools, list) else [])
    yield from exchange_problems(row, {name for name, _ in _declared(tools)})


def _tools_problems(tools: list[Any]) -> Iterator[Breach]:
    for index, tool in enumerate(tools):
        yield from _tool_problems(tool, ("tools", index))
    seen: set[str] = set()
    declared = list(_declared(tools))
    for name, path in declared:
        if name in seen:
            yield Breach("DATA409", path, f'"{shorten(name)}"')
        seen.add(name)
    if len(declared) > MOST_DECLARATIONS:
        yield Breach(
            "DATA408", ("tools",), f"{counted(len(declared), 'function')}; at most {MOST_DECLARATIONS} are allowed."
        )


def _declared(tools: object) -> Iterator[tuple[str, Path]]:
    """Names of the functions that are declared, and where. One object counts as a list of one."""
    for index, tool in enumerate(_as_list(tools)):
        if isinstance(tool, dict):
            for number, declaration in enumerate(_as_list(tool.get("functionDeclarations"))):
                name = declaration.get("name") if isinstance(declaration, dict) else None
                if isinstance(name, str) and name:
                    yield name, ("tools", index, "functionDeclarations", number, "name")


def _as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _tool_problems(tool: object, path: Path) -> Iterator[Breach]:
    if isinstance(tool, dict) and "function" in tool:
        yield Breach("DATA402", path, '"function" is the way of OpenAI.')
        return
    in_lower_case: set[Path] = set()
    for problem in typed_problems(tool, "Tool", path):
        # The first of a declaration is enough: the others are alike.
        if problem.rule == "DATA404":
            declaration = problem.path[:4]
            if declaration in in_lower_case:
                continue
            in_lower_case.add(declaration)
        yield problem
    if isinstance(tool, dict):
        for number, declaration in enumerate(_as_list(tool.get("functionDeclarations") or [])):
            if isinstance(declaration, dict):
                yield from _own_problems(declaration, (*path, "functionDeclarations", number))


def declaration_problems(declaration: dict[str, Any]) -> Iterator[Breach]:
    """Everything about one declaration by itself."""
    yield from typed_problems(declaration, "FunctionDeclaration", ())
    yield from _own_problems(declaration, ())


def _own_problems(declaration: dict[str, Any], path: Path) -> Iterator[Breach]:
    name = declaration.get("name")
    if not isinstance(name, str):
        yield Breach("DATA402", path)
    elif not _NAME.fullmatch(name):
        yield Breach("DATA407", (*path, "name"), f'"{shorten(name)}" has {counted(len(name), "character")}.')
    parameters = declaration.get("parameters")
    if isinstance(parameters, dict):
        yield from parameters_problems(parameters, (*path, "parameters"))
    if isinstance(declaration.get("response"), dict):
        yield from schema_problems(declaration["response"], (*path, "response"))
    for key, beside in (("parametersJsonSchema", "parameters"), ("responseJsonSchema", "response")):
        yield from _json_schema_problems(declaration, key, beside, path)


def _json_schema_problems(declaration: dict[str, Any], key: str, beside: str, path: Path) -> Iterator[Breach]:
    schema = declaration.get(key)
    if schema is None:
        return
    if not isinstance(schema, dict):
        yield Breach("DATA408", (*path, key), "It is no object.")
    if declaration.get(beside) is not None:
        yield Breach("DATA408", (*path, key), f"It stands beside {beside}; only one of the two may be there.")
