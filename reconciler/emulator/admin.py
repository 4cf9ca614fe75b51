"""The emulator's own routes below /_emulator/: health, clock, faults, settings, what is planted, what is scripted."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from reconciler.emulator import admin_answers, admin_scripts, faults
from reconciler.emulator.clock import timestamp
from reconciler.emulator.errors import invalid, not_found
from reconciler.emulator.lenient import read_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.emulator.messages import Request
    from reconciler.emulator.state import State

Json = dict[str, Any]

VERSION = "1"
LONGEST_ADVANCE_S = 1e9


def answer_admin(state: State, request: Request) -> Json:
    """The body of an admin answer. Raises ApiError."""
    handler = _ROUTES.get((request.path.rstrip("/"), request.method))
    if handler is None:
        known = sorted({path for path, _ in _ROUTES})
        raise not_found(f"The emulator has no {request.method} {request.path[:100]}; it has {', '.join(known)}.")
    # The one route whose body may be a file of JSON lines reads it itself.
    body = read_json(request.body) if request.body.strip() and handler is not admin_answers.add_items else {}
    if not isinstance(body, dict):
        raise invalid("The body is not an object.")
    with state.store.transaction(writes=True):
        return handler(state, body, request)


def _health(state: State, _: Json, __: Request) -> Json:
    state.settle(state.sim())
    return {
        "status": "ok",
        "id": state.id,
        "version": VERSION,
        "speed": state.settings.speed,
        "catalog": state.settings.catalog,
        "counts": state.store.counts(),
    }


def _ready(state: State, _: Json, __: Request) -> Json:
    """What a probe asks: the state can be read, and this process answers."""
    return {"status": "ready", "id": state.id}


def _clock(state: State, _: Json, __: Request) -> Json:
    moment = state.sim().moment
    return {"now": timestamp(moment.shown), "trainedSeconds": moment.trained, "speed": state.settings.speed}


def _set_clock(state: State, body: Json, request: Request) -> Json:
    unknown = body.keys() - {"advance", "speed"}
    if unknown or not body:
        raise invalid('Give {"advance": SECONDS} or {"speed": FACTOR, "instant" or "manual"}.')
    if "speed" in body:
        state.set_settings({"speed": body["speed"]})
    if "advance" in body:
        seconds = body["advance"]
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds <= LONGEST_ADVANCE_S:
            raise invalid(
                f"advance is {str(seconds)[:40]}; it is a number of seconds from 0 to {LONGEST_ADVANCE_S:.0f}."
            )
        state.advance(float(seconds))
    return _clock(state, body, request)


def _faults(state: State, _: Json, __: Request) -> Json:
    return {"faults": faults.account(state.store)}


def _add_fault(state: State, body: Json, request: Request) -> Json:
    method, fault, times = body.get("method"), body.get("fault"), body.get("times", 1)
    if not isinstance(method, str) or not isinstance(fault, str) or body.keys() - {"method", "fault", "times"}:
        raise invalid('Give {"method": "vertex.tuningJobs.create", "fault": "status:503", "times": 1}.')
    if times is not None and (isinstance(times, bool) or not isinstance(times, int) or not 1 <= times < 2**31):
        raise invalid("times is a whole number from 1, or null for a fault without end.")
    try:
        faults.add(state.store, method, fault, times)
    except ValueError as exc:
        raise invalid(str(exc)) from None
    return _faults(state, body, request)


def _clear_faults(state: State, body: Json, request: Request) -> Json:
    number = parse_qs(request.query).get("id", [""])[0]
    if number and not (number.isascii() and number.isdigit() and len(number) < 18):
        raise invalid("id is the number of a fault.")
    faults.clear(state.store, int(number) if number else None)
    return _faults(state, body, request)


def _settings(state: State, _: Json, __: Request) -> Json:
    return asdict(state.settings)


def _set_settings(state: State, body: Json, request: Request) -> Json:
    state.set_settings(body)
    return _settings(state, body, request)


_ROUTES: dict[tuple[str, str], Callable[[State, Json, Request], Json]] = {
    ("/_emulator/health", "GET"): _health,
    ("/_emulator/ready", "GET"): _ready,
    ("/_emulator/ready", "HEAD"): _ready,
    ("/_emulator/clock", "GET"): _clock,
    ("/_emulator/clock", "POST"): _set_clock,
    ("/_emulator/faults", "GET"): _faults,
    ("/_emulator/faults", "POST"): _add_fault,
    ("/_emulator/faults", "DELETE"): _clear_faults,
    ("/_emulator/settings", "GET"): _settings,
    ("/_emulator/settings", "POST"): _set_settings,
    ("/_emulator/items", "GET"): admin_answers.show_items,
    ("/_emulator/items", "POST"): admin_answers.add_items,
    ("/_emulator/items", "DELETE"): admin_answers.clear_items,
    ("/_emulator/answers", "GET"): admin_answers.show_answers,
    ("/_emulator/answers", "POST"): admin_answers.plant_answers,
    ("/_emulator/answers", "DELETE"): admin_answers.clear_answers,
    ("/_emulator/scripts", "GET"): admin_scripts.show_scripts,
    ("/_emulator/scripts", "POST"): admin_scripts.add_scripts,
    ("/_emulator/scripts", "DELETE"): admin_scripts.remove_scripts,
    ("/_emulator/calls", "GET"): admin_scripts.show_calls,
    ("/_emulator/calls", "DELETE"): admin_scripts.forget_calls,
}
