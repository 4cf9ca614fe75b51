"""One request in, one answer out: faults, routing, transaction, encoding. Every request passes through here."""

from __future__ import annotations

import secrets
import sqlite3
import time
import uuid
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec

from reconciler.emulator import ConnectionCut, Request, Response, SettingError, clock, faults
from reconciler.emulator.admin import answer_admin
from reconciler.emulator.call import Answer, Call, Raw, World
from reconciler.emulator.definitions import camel
from reconciler.emulator.errors import ApiError, invalid
from reconciler.emulator.fields import selected
from reconciler.emulator.lenient import JsonError, read_json
from reconciler.emulator.registry import HANDLERS, SETTLERS
from reconciler.emulator.routing import Route, Router
from reconciler.emulator.schema import BodyReader, enums_as_numbers
from reconciler.emulator.settings import Settings, changed
from reconciler.emulator.store import Store

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

Json = dict[str, Any]

# Source: recorded (k8s-config-connector traffic logs).
_HEADERS = [
    ("Content-Type", "application/json; charset=UTF-8"),
    ("Vary", "Origin, X-Origin, Referer"),
    ("Server", "ESF"),
    ("X-Xss-Protection", "0"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("X-Content-Type-Options", "nosniff"),
]
_STANDARD_QUERY = frozenset(
    ("alt", "$alt", "fields", "prettyPrint", "key", "access_token", "oauth_token", "callback", "quotaUser")
    + ("uploadType", "upload_protocol", "$.xgafv", "upload_id", "userIp", "userProject", "accessToken")
)
_NOT_FOUND_PAGE = (
    "<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n  <title>Error {status}</title>\n"
    "  <p><b>{status}.</b> <ins>That&#39;s an error.</ins>\n  <p>{text} <ins>That&#39;s all we know.</ins>\n"
)


class Application:
    """The emulator behind the public interface."""

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self._store = store
        self._wall = now
        self._router = Router()
        self._version = -1
        self._settings = Settings()
        self._anchor = clock.start(0, 1.0)
        self.id = ""

    @classmethod
    def open(cls, state: str | os.PathLike[str] | None, given: Json, now: Callable[[], float]) -> Application:
        """Open or make the state and lay the given settings over the remembered ones."""
        store = Store.open(state)
        application = cls(store, now)
        try:
            application._begin(given)
        except BaseException:
            store.close()
            raise
        return application

    def _begin(self, given: Json) -> None:
        with self._store.transaction(writes=True):
            if self._store.meta("id") is None:
                self._store.set_meta("id", str(uuid.uuid4()))
                self._store.set_meta("settings", {"seed": secrets.randbelow(2**31)})
                speed = changed(Settings(), given).speed
                self._store.set_meta("clock", clock.to_json(clock.start(self._wall(), speed)))
            self._reload()
            self.id = str(self._store.meta("id"))
            if given:
                self.set_settings(given)

    def close(self) -> None:
        """Close the state."""
        self._store.close()

    # --- settings and clocks: called inside a transaction ---

    def world(self) -> World:
        """The emulator's parts now."""
        if self._store.version != self._version:
            self._reload()
        return World(self._store, self._settings, clock.read(self._anchor, self._wall()))

    def _reload(self) -> None:
        """Another process may have turned a dial."""
        self._version = self._store.version
        self._settings = changed(Settings(), self._store.meta("settings") or {})
        self._anchor = clock.from_json(self._store.meta("clock"))

    def set_settings(self, given: Json) -> None:
        """Change settings for good. Raises SettingError."""
        settings = changed(self._settings, given)
        if settings.speed != self._anchor.speed:
            self.settle(self.world())
            self._set_anchor(clock.with_speed(self.world().moment, self._wall(), settings.speed))
        defaults = asdict(Settings())
        self._settings = settings
        kept = {k: v for k, v in asdict(settings).items() if v != defaults[k] or k == "seed"}
        self._store.set_meta("settings", kept)

    def advance(self, seconds: float) -> None:
        """Let that much training time pass at once."""
        self.settle(self.world())
        self._set_anchor(clock.advanced(self.world().moment, self._wall(), seconds))
        self.settle(self.world())

    def _set_anchor(self, anchor: clock.Anchor) -> None:
        self._anchor = anchor
        self._store.set_meta("clock", clock.to_json(anchor))

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._settings

    @property
    def store(self) -> Store:
        """The state."""
        return self._store

    def settle(self, world: World) -> None:
        """Carry out every event whose time has come, in order."""
        while row := self._store.next_due(world.moment.horizon):
            assert row.due is not None
            SETTLERS[row.kind](world, row, row.due)

    # --- requests ---

    def handle(self, request: Request) -> Response:
        """Answer one request. Raises only ConnectionCut."""
        try:
            if request.path.startswith("/_emulator/") or request.path == "/_emulator":
                return _json_response(200, answer_admin(self, request))
            return self._serve(request)
        except ApiError as exc:
            return error_response(exc, request)
        except (SettingError, JsonError) as exc:
            return error_response(invalid(str(exc)), request)
        except sqlite3.Error as exc:
            return error_response(ApiError(503, f"The emulator's state cannot be used: {exc}"), request)

    def _serve(self, request: Request) -> Response:
        route = self._router.find(request.method, request.path, is_upload="upload_id=" in request.query)
        if route is None:
            return html_response(404, f"The requested URL {_escaped(request.path)} was not found on this server.")
        met = self._take_faults(route.name)
        pause = met.pop("delay", None)
        if pause:
            time.sleep(pause.number)  # noqa: TID251 - a delay that somebody asked for
        lag = met.pop("lag", None)
        fault = next(iter(met.values()), None)
        if fault and fault.word in {"reset-before", "status", "html"}:
            return _refused(fault)
        response = self._execute(route, request, lag.number if lag else 0.0, is_repeated=bool(fault and fault.word == "duplicate"))
        return _spoilt(response, fault) if fault else response

    def _take_faults(self, name: str) -> dict[str, faults.Fault]:
        with self._store.lock:
            if not faults.any_queued(self._store):
                return {}
            with self._store.transaction(writes=True):
                return {f.word: f for f in faults.take(self._store, name)}

    def _execute(self, route: Route, request: Request, lag_s: float, *, is_repeated: bool) -> Response:
        with self._store.lock:
            writes = route.method.verb != "GET" or self._store.has_due(self.world().moment.horizon)
            with self._store.transaction(writes=writes):
                world = self.world()
                if writes:
                    self.settle(world)
                call = _read_call(world, route, request)
                call.lag_s, call.is_repeated = lag_s, is_repeated and route.method.verb == "GET"
                handler = HANDLERS.get(route.name)
                if handler is None:
                    raise ApiError(501, f"Method {route.name} is not part of the emulator.")
                if is_repeated and route.method.verb != "GET":
                    handler(call)
                return _encoded(call, handler(call))


def _read_call(world: World, route: Route, request: Request) -> Call:
    query = _read_query(route, request)
    _check_credentials(world, route, request, query)
    body: Json = {}
    if route.method.body and route.surface != "storage":
        raw = read_json(request.body) if request.body.strip() else {}
        root = "" if route.method.body.endswith("Request") else _root(route.method.body)
        body = BodyReader(route.definitions).read(route.method.body, raw, root)
    return Call(world, route.definitions, route.method, route.version, route.params, query, body, request)


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


def _check_credentials(world: World, route: Route, request: Request, query: dict[str, list[str]]) -> None:
    from reconciler.emulator.credentials import check

    check(world.settings, route, request.headers, query)


def _encoded(call: Call, answer: Answer) -> Response:
    if isinstance(answer, Response):
        return answer
    wants_numbers = "enum-encoding=int" in call.argument("$alt")
    mask = call.argument("fields")
    if isinstance(answer, Raw):
        if not wants_numbers and not mask:
            return _bytes_response(200, answer.body)
        answer = msgspec.json.decode(answer.body)
    assert isinstance(answer, dict)
    if wants_numbers:
        answer = enums_as_numbers(call.definitions, call.method.answer, answer)
    return _json_response(200, selected(answer, mask) if mask else answer)


def _json_response(status: int, body: Any) -> Response:
    return _bytes_response(status, msgspec.json.encode(body))


def _bytes_response(status: int, body: bytes) -> Response:
    return Response(status, [*_HEADERS, ("Content-Length", str(len(body)))], [body])


def error_response(error: ApiError, request: Request) -> Response:
    """The answer for an error, in the form that the surface has."""
    if error.http == 304:
        return Response(304, [], [])
    body: Any = error.body()
    if "/storage/v1/" in request.path:
        body = storage_error(error)
    elif ":streamGenerateContent" in request.path and "alt=sse" not in request.query:
        body = [body]
    return _json_response(error.http, body)


_STORAGE_REASONS = {400: "invalid", 401: "required", 403: "forbidden", 404: "notFound", 409: "conflict", 412: "conditionNotMet"}


def storage_error(error: ApiError) -> Json:
    """Cloud Storage's older form, with a list of errors. Source: recorded (k8s-config-connector logs)."""
    reason = _STORAGE_REASONS.get(error.http, "backendError")
    entry = {"message": error.message, "domain": "global", "reason": reason}
    return {"error": {"code": error.http, "message": error.message, "errors": [entry]}}


def html_response(status: int, text: str) -> Response:
    """The front end's own page, which is not JSON."""
    body = _NOT_FOUND_PAGE.format(status=status, text=text).encode("utf-8", "replace")
    headers = [("Content-Type", "text/html; charset=UTF-8"), ("Content-Length", str(len(body)))]
    return Response(status, headers, [body])


def _escaped(text: str) -> str:
    return "".join(c if c.isalnum() or c in "/:@._-%" else "_" for c in text[:200])


def _refused(fault: faults.Fault) -> Response:
    if fault.word == "reset-before":
        raise ConnectionCut("before the request was carried out")
    if fault.word == "html":
        return html_response(int(fault.number) or 502, "The server encountered a temporary error.")
    status = int(fault.number)
    error = ApiError(status, fault.options.get("message") or _FAULT_TEXTS.get(status, "Injected fault."))
    if "rpc" in fault.options:
        error.rpc = fault.options["rpc"]
    response = _json_response(status, error.body())
    if "retry-after" in fault.options:
        response.headers.append(("Retry-After", fault.options["retry-after"]))
    return response


_FAULT_TEXTS = {
    429: "Resource has been exhausted (e.g. check quota).",
    500: "Internal error encountered.",
    503: "The service is currently unavailable.",
    504: "Deadline expired before operation could complete.",
}


def _spoilt(response: Response, fault: faults.Fault) -> Response:
    if fault.word == "reset-after":
        raise ConnectionCut("after the request was carried out")
    if fault.word == "truncate":
        body = b"".join(response.chunks)
        half = body[: len(body) // 2]
        headers = [(k, v) for k, v in response.headers if k.lower() != "content-length"]
        return Response(response.status, [*headers, ("Content-Length", str(len(half)))], [half])
    return response
