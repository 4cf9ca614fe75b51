"""The emulator's own routes for what is planted: known items, and who answers them rightly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from reconciler.emulator import items, objects, planted
from reconciler.emulator.errors import invalid, not_found
from reconciler.emulator.lenient import JsonError, read_json
from reconciler.emulator.vertex_names import split_gcs_uri

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.emulator.messages import Request
    from reconciler.emulator.state import State

Json = dict[str, Any]


def show_items(state: State, _: Json, __: Request) -> Json:
    """How many are known."""
    return items.count_items(state.store)


def add_items(state: State, _: Json, request: Request) -> Json:
    """Of `{"items": […]}`, of `{"uri": "gs://…"}`, or of JSON lines."""
    items.keep_items(state.store, _rows(state, request.body))
    return items.count_items(state.store)


def clear_items(state: State, _: Json, __: Request) -> Json:
    """All of them."""
    items.forget_items(state.store)
    return items.count_items(state.store)


def _rows(state: State, body: bytes) -> Iterable[Any]:
    try:
        found = read_json(body)
    except JsonError:
        return items.rows_of(body)
    if isinstance(found, dict) and isinstance(found.get("items"), list):
        rows: list[Any] = found["items"]
        return rows
    if isinstance(found, dict) and isinstance(found.get("uri"), str):
        return items.rows_of(_object(state, found["uri"]))
    return [found]


def _object(state: State, uri: str) -> bytes:
    parts, sim = split_gcs_uri(uri), state.sim()
    doc = objects.find_object(sim, *parts) if parts else None
    if doc is None:
        raise not_found(f"There is no object {uri[:200]}.")
    return objects.read_object(sim, doc)


def show_answers(state: State, _: Json, __: Request) -> Json:
    """Everything planted, with its account."""
    return {"answers": planted.account(state.store)}


def plant_answers(state: State, body: Json, request: Request) -> Json:
    """One thing more."""
    planted.plant(state.store, body)
    return show_answers(state, body, request)


def clear_answers(state: State, body: Json, request: Request) -> Json:
    """One (`?id=N`) or all."""
    number = parse_qs(request.query).get("id", [""])[0]
    if number and not (number.isascii() and number.isdigit() and len(number) < 18):
        raise invalid("id is the number of what was planted.")
    planted.clear(state.store, int(number) if number else None)
    return show_answers(state, body, request)
