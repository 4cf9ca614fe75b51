"""One request in, one answer out: faults, routing, transaction, encoding. Every request passes through here."""

from __future__ import annotations

import logging
import sqlite3
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from reconciler.emulator import faults, rehearsal
from reconciler.emulator.admin import answer_admin
from reconciler.emulator.call import MethodCall, Simulation
from reconciler.emulator.credentials import check_credentials
from reconciler.emulator.definitions import camel
from reconciler.emulator.errors import ApiError, SettingError, invalid, precondition
from reconciler.emulator.lenient import JsonError, read_json
from reconciler.emulator.messages import ConnectionCut, Request, Response
from reconciler.emulator.registry import HANDLERS
from reconciler.emulator.responses import (
    encoded,
    error_response,
    json_response,
    not_found_page,
    refused,
    spoilt,
    timed,
)
from reconciler.emulator.routing import VERTEX_ROOT, Route, Router, asks_to_predict, misnamed_model
from reconciler.emulator.schema import BodyReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.emulator.state import State

Json = dict[str, Any]

_LOG = logging.getLogger(__name__)
_STANDARD_QUERY = frozenset(
    (
        *("alt", "$alt", "fields", "prettyPrint", "key", "access_token", "oauth_token", "callback", "quotaUser"),
        *("uploadType", "upload_protocol", "$.xgafv", "upload_id", "userIp", "userProject", "accessToken"),
    )
)


class Application:
    """The emulator behind the public interface."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._store = state.store
        self._router = Router()
        self._is_closing = threading.Event()

    @property
    def id(self) -> str:
        """Tells this state from every other."""
        return self._state.id

    def close(self) -> None:
        """Close the state. Nobody sleeps any longer, so that a process can end."""
        self._is_closing.set()
        self._state.close()

    def handle(self, request: Request) -> Response:
        """Answer one request. Raises only ConnectionCut."""
        if request.path.startswith(VERTEX_ROOT):
            request = replace(request, path=request.path.removeprefix(VERTEX_ROOT[:-1]))
        if request.path.startswith("/_emulator"):
            return self._answered(request)
        noted = self._state.journal.begin(request)
        response = self._answered(request)
        self._state.journal.end(noted, response)
        return response

    def _answered(self, request: Request) -> Response:
        if request.path.startswith("/_emulator/") or request.path == "/_emulator":
            return self._guarded(lambda asked: json_response(200, answer_admin(self._state, asked)), request)
        return self._guarded(self._serve, request)

    def moments(self, request: Request, name: str, most: int) -> list[Response]:
        """The answer now and after each event that is to come of a resource, read whole; nothing of it stays."""
        with self._store.undone():
            found = [self._rehearsed(request)]
            while len(found) < most and rehearsal.proceed(self._state, name):
                found.append(self._rehearsed(request))
        return found

    def proceed(self, name: str, events: int = 1) -> None:
        """Let so many events of a resource happen now."""
        with self._store.transaction(writes=True):
            for _ in range(events):
                rehearsal.proceed(self._state, name)

    def fail(self, name: str, code: int, message: str) -> bool:
        """Let a training fail now; False where there is none that could."""
        with self._store.transaction(writes=True):
            return rehearsal.fail(self._state, name, code, message)

    def adopt(self, doc: Json) -> bool:
        """Take in a resource as another service has answered it; False where that cannot be."""
        with self._store.transaction(writes=True):
            return rehearsal.adopt(self._state, doc)

    def _rehearsed(self, request: Request) -> Response:
        with self._store.undone():
            found = self._guarded(lambda asked: self._called(self._found(asked), asked)[0], request)
            return Response(found.status, found.headers, [b"".join(found.chunks)])

    def _guarded(self, answer: Callable[[Request], Response], request: Request) -> Response:
        """What `answer` answers; what it raises, but for ConnectionCut, is an answer as well."""
        try:
            return answer(request)
        except ApiError as exc:
            return error_response(exc, request)
        except (SettingError, JsonError) as exc:
            return error_response(invalid(str(exc)), request)
        except sqlite3.Error as exc:
            return error_response(ApiError(503, f"The emulator's state cannot be used: {exc}"), request)
        except ConnectionCut:
            raise
        except Exception:  # noqa: BLE001 - a bug here is answered as the service would answer one of its own
            _LOG.exception("The emulator failed on %s %s", request.method, request.path)
            return error_response(ApiError(500, "Internal error encountered."), request)

    def _found(self, request: Request) -> Route | None:
        """Raises ApiError for paths that the service has an answer of its own to; None: it is a page."""
        route = self._router.find(request.method, request.path, is_upload="upload_id=" in request.query)
        if route is None and (text := misnamed_model(request.path)):
            raise invalid(text)
        if route is None and (text := asks_to_predict(request.path)):
            raise precondition(text)
        return route

    def _serve(self, request: Request) -> Response:
        route = self._found(request)
        if route is None:
            return not_found_page(request.path)
        met = self._take_faults(route.name)
        self._pause(met.pop("delay", None))
        lag = met.pop("lag", None)
        fault = next(iter(met.values()), None)
        if fault and fault.word in {"reset-before", "status", "html"}:
            return refused(fault, request)
        is_repeated = bool(fault and fault.word == "duplicate")
        if is_repeated and route.method.verb != "GET":
            self._execute(route, request, is_repeated=False)
        response, lasts_s = self._execute(route, request, lag.number if lag else 0.0, is_repeated=is_repeated)
        self._sleep(lasts_s)
        self._pause(fault if fault and fault.word == "late" else None)
        return spoilt(response, fault) if fault else response

    def _pause(self, fault: faults.InjectedFault | None) -> None:
        if fault:
            self._sleep(fault.number)

    def _sleep(self, seconds: float) -> None:
        """A silence that somebody asked for."""
        if seconds:
            self._is_closing.wait(seconds)

    def _take_faults(self, name: str) -> dict[str, faults.InjectedFault]:
        with self._store.lock:
            if not faults.any_queued(self._store):
                return {}
            with self._store.transaction(writes=True):
                return {f.word: f for f in faults.take(self._store, name)}

    def _execute(
        self, route: Route, request: Request, lag_s: float = 0.0, *, is_repeated: bool
    ) -> tuple[Response, float]:
        """The answer, and the seconds that it is to come later."""
        with self._store.lock:
            writes = route.method.verb != "GET" or self._store.has_due(self._state.sim().moment.horizon)
            with self._store.transaction(writes=writes):
                if writes:
                    self._state.settle(self._state.sim())
                return self._called(route, request, lag_s, is_repeated=is_repeated)

    def _called(
        self, route: Route | None, request: Request, lag_s: float = 0.0, *, is_repeated: bool = False
    ) -> tuple[Response, float]:
        """The same inside a transaction."""
        if route is None:
            return not_found_page(request.path), 0.0
        call = _read_call(self._state.sim(), route, request)
        call.lag_s, call.is_repeated = lag_s, is_repeated and route.method.verb == "GET"
        handler = HANDLERS.get(route.name)
        if handler is None:
            raise ApiError(501, f"Method {route.name} is not part of the emulator.")
        return timed(call, encoded(call, handler(call))), call.lasts_s if call.sleeps else 0.0


def _read_call(sim: Simulation, route: Route, request: Request) -> MethodCall:
    query = _read_query(route, request)
    check_credentials(sim.settings, route, request.headers, query)
    body: Json = {}
    if route.method.body and route.surface != "storage":
        raw = read_json(request.body) if request.body.strip() else {}
        root = "" if route.method.body.endswith("Request") else _root(route.method.body)
        body = BodyReader(route.definitions).read(route.method.body, raw, root)
    return MethodCall(sim, route.definitions, route.method, route.version, route.params, query, body, request)


def _root(schema: str) -> str:
    return "".join("_" + c.lower() if c.isupper() else c for c in schema).lstrip("_")


def _read_query(route: Route, request: Request) -> dict[str, list[str]]:
    query: dict[str, list[str]] = {}
    for key, value in parse_qsl(request.query, keep_blank_values=True):
        name = key if key in route.method.query else camel(key) if not key.startswith("$") else key
        if name not in route.method.query and key not in _STANDARD_QUERY:
            text = (
                f'Invalid JSON payload received. Unknown name "{key}": Cannot bind query parameter. '
                f"Field '{key}' could not be found in request message."
            )
            raise invalid(text, [("", text)])
        query.setdefault(key if key in _STANDARD_QUERY else name, []).append(value)
    return query
