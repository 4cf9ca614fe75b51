"""Rules over the calls of functions in the turns, and over their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.core.plurals import counted
from reconciler.datasets.findings import Breach
from reconciler.datasets.lexical import shorten
from reconciler.datasets.rows.contents import side_of
from reconciler.datasets.rows.fields import list_at
from reconciler.datasets.rows.typed import field_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.findings import Path

_PAYLOADS = {"functionCall": "args", "functionResponse": "response"}
_MESSAGES = {"functionCall": "FunctionCall", "functionResponse": "FunctionResponse"}


class _Use(NamedTuple):
    """One call, or one answer."""

    name: str
    id: str


def exchange_problems(row: dict[str, Any], declared: set[str]) -> Iterator[Breach]:
    """Every use of a function in the turns, and whether the answers fit the calls."""
    contents = list_at(row, "contents")
    calls: list[_Use] = []
    for turn, content in enumerate(contents):
        parts = list_at(content, "parts") if isinstance(content, dict) else []
        found: dict[str, list[_Use]] = {"functionCall": [], "functionResponse": []}
        for index, part in enumerate(parts):
            if not isinstance(part, dict) or not ("functionCall" in part or "functionResponse" in part):
                continue
            for kind in _PAYLOADS:
                if kind in part and part[kind] is not None:
                    path = ("contents", turn, "parts", index, kind)
                    yield from _use_problems(part[kind], kind, path, declared)
                    found[kind].append(_use(part[kind]))
        if found["functionCall"] and side_of(content) != "model":
            yield Breach("DATA411", ("contents", turn))
        if calls or found["functionResponse"]:
            yield from _pairing_problems(calls, found["functionResponse"], ("contents", turn))
        calls = found["functionCall"]


def _use(used: object) -> _Use:
    given = used if isinstance(used, dict) else {}
    name, identity = given.get("name"), given.get("id")
    return _Use(name if isinstance(name, str) else "", identity if isinstance(identity, str) else "")


def _pairing_problems(calls: list[_Use], answers: list[_Use], path: Path) -> Iterator[Breach]:
    if not calls:
        yield Breach("DATA410", path, "The turn before calls nothing.")
    elif len(calls) != len(answers):
        yield Breach(
            "DATA410",
            path,
            f"{counted(len(answers), 'answer')} to {counted(len(calls), 'call')} in the turn before.",
        )
    elif _order(calls) != _order(answers) and not _fit_by_id(calls, answers):
        asked, given = (", ".join(shorten(use.name) for use in uses[:4]) for uses in (calls, answers))
        yield Breach("DATA410", path, f"Called were {asked}; the answers are of {given}.")


def _order(uses: list[_Use]) -> list[str]:
    return [use.name for use in uses]


def _fit_by_id(calls: list[_Use], answers: list[_Use]) -> bool:
    return all(use.id for use in calls) and sorted(calls) == sorted(answers)


def _use_problems(used: object, kind: str, path: Path, declared: set[str]) -> Iterator[Breach]:
    if not isinstance(used, dict):
        return
    payload = used.get(_PAYLOADS[kind])
    name = used.get("name")
    if not isinstance(name, str) or not name:
        yield Breach("DATA401", path, "It has no name.")
    elif name not in declared:
        yield Breach("DATA403", (*path, "name"), f'"{shorten(name)}"')
    if "arguments" in used:
        yield Breach("DATA401", (*path, "arguments"), '"arguments" is the way of OpenAI.')
    if payload is not None and not isinstance(payload, dict):
        yield Breach("DATA401", (*path, _PAYLOADS[kind]), "It is no object.")
    elif payload is not None:
        yield from field_problems(payload, _MESSAGES[kind], _PAYLOADS[kind], (*path, _PAYLOADS[kind]))
    elif kind == "functionResponse":
        yield Breach("DATA401", path, "It has no response.")
