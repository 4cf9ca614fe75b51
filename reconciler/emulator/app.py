"""One request in, one answer out: faults, routing, transaction, encoding. Every request passes through here."""

from __future__ import annotations

import logging
import secrets
import sqlite3
import time
import uuid
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from reconciler.emulator import ConnectionCut, Request, Response, SettingError, StateError, clock, faults
from reconciler.emulator.admin import answer_admin
from reconciler.emulator.call import Call, World
from reconciler.emulator.credentials import check_credentials
from reconciler.emulator.definitions import camel
from reconciler.emulator.errors import ApiError, invalid, precondition
from reconciler.emulator.lenient import JsonError, read_json
from reconciler.emulator.registry import HANDLERS, SETTLERS
from reconciler.emulator.responses import (
    encoded,
    error_response,
    json_response,
    not_found_page,
    refused,
    spoilt,
)
from reconciler.emulator.routing import Route, Router, asks_to_predict, misnamed_model
from reconciler.emulator.schema import BodyReader
from reconciler.emulator.settings import Settings, changed
from reconciler.emulator.store import Store

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

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
        except sqlite3.Error as exc:
            store.close()
            raise StateError(f"{state}: cannot be used as an emulator's state: {exc}") from exc
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
                return json_response(200, answer_admin(self, request))
            return self._serve(request)
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

    def _serve(self, request: Request) -> Response:
        route = self._router.find(request.method, request.path, is_upload="upload_id=" in request.query)
        if route is None and (text := misnamed_model(request.path)):
            raise invalid(text)
        if route is None and (text := asks_to_predict(request.path)):
            raise precondition(text)
        if route is None:
            return not_found_page(request.path)
        met = self._take_faults(route.name)
        _pause(met.pop("delay", None))
        lag = met.pop("lag", None)
        fault = next(iter(met.values()), None)
        if fault and fault.word in {"reset-before", "status", "html"}:
            return refused(fault, request)
        is_repeated = bool(fault and fault.word == "duplicate")
        if is_repeated and route.method.verb != "GET":
            self._execute(route, request, is_repeated=False)
        response = self._execute(route, request, lag.number if lag else 0.0, is_repeated=is_repeated)
        _pause(fault if fault and fault.word == "late" else None)
        return spoilt(response, fault) if fault else response

    def _take_faults(self, name: str) -> dict[str, faults.Fault]:
        with self._store.lock:
            if not faults.any_queued(self._store):
                return {}
            with self._store.transaction(writes=True):
                return {f.word: f for f in faults.take(self._store, name)}

    def _execute(self, route: Route, request: Request, lag_s: float = 0.0, *, is_repeated: bool) -> Response:
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
                return encoded(call, handler(call))


def _pause(fault: faults.Fault | None) -> None:
    if fault:
        time.sleep(fault.number)  # noqa: TID251 - a silence that somebody asked for


def _read_call(world: World, route: Route, request: Request) -> Call:
    query = _read_query(route, request)
    check_credentials(world.settings, route, request.headers, query)
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
