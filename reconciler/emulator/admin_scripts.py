"""The emulator's own routes for programs under test: scripted answers, and the calls that came in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from reconciler.emulator import scripted
from reconciler.emulator.errors import invalid

if TYPE_CHECKING:
    from reconciler.emulator.messages import Request
    from reconciler.emulator.state import State

Json = dict[str, Any]


def show_scripts(state: State, _: Json, __: Request) -> Json:
    """Every script with its account."""
    return {"scripts": scripted.account_of_scripts(state.store)}


def add_scripts(state: State, body: Json, request: Request) -> Json:
    """One, or several as `{"scripts": […]}`: then all of them or none."""
    several = body.get("scripts")
    for one in several if isinstance(several, list) and len(body) == 1 else [body]:
        scripted.add_script(state.store, one)
    return show_scripts(state, body, request)


def remove_scripts(state: State, body: Json, request: Request) -> Json:
    """One (`?id=N`) or all."""
    scripted.clear_scripts(state.store, _number(_arguments(request, "id"), "id"))
    return show_scripts(state, body, request)


def show_calls(state: State, _: Json, request: Request) -> Json:
    """Those that fit `api`, `model` and `status`, later than `after`."""
    given = _arguments(request, "api", "model", "status", "after")
    status, after = _number(given, "status"), _number(given, "after")
    return state.journal.shown(
        api=given.get("api", "*"), model=given.get("model", "*"), status=status, after=after or 0
    )


def forget_calls(state: State, _: Json, __: Request) -> Json:
    """All of them."""
    state.journal.clear()
    return state.journal.shown()


def _arguments(request: Request, *known: str) -> dict[str, str]:
    given = dict(parse_qsl(request.query, keep_blank_values=True))
    if unknown := given.keys() - {*known}:
        raise invalid(f"There is no {min(unknown)[:80]!r} here; there is {', '.join(known)}.")
    return given


def _number(given: dict[str, str], name: str) -> int | None:
    text = given.get(name, "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 18):
        raise invalid(f"{name} is a whole number.")
    return int(text) if text else None
