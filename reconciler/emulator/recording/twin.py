"""An emulator that is kept in the state which a recording shows, and what it would have answered.

Ids differ, so names are paired as they are met (`pairs.py`). Times differ, so the clock of this emulator stands still
for trainings and operations: what a service shows of one is looked for among the moments that are still to come
(`Emulator.moments`), and the first that fits is taken. What is fed to it is the scrubbed exchange alone.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, unquote, urlencode

from reconciler.emulator.call import project_number
from reconciler.emulator.errors import RPC_NUMBERS
from reconciler.emulator.facade import Emulator
from reconciler.emulator.messages import Request, Response
from reconciler.emulator.recording import stand_ins
from reconciler.emulator.recording.checks import Check
from reconciler.emulator.recording.comparing import Comparison
from reconciler.emulator.recording.conforming import conforming
from reconciler.emulator.recording.exchange import Exchange, RecordedAnswer, RecordedRequest
from reconciler.emulator.recording.listing import filter_checks, order_checks, page_checks, with_lists
from reconciler.emulator.recording.pairs import NamePairs
from reconciler.emulator.recording.pseudonyms import expanded
from reconciler.emulator.recording.reading import answer_of, fields_of, numbers_of, strings_of, walked
from reconciler.emulator.recording.trainings import has_failed, is_running, target, training_of
from reconciler.emulator.routing import Route, Router

Json = dict[str, Any]

_NEVER_S = 1e9
"""Longer than any recording: what this emulator's clock would begin by itself does not begin."""
_DENIED = 403
"""Who asks may lack a permission that this emulator asks nobody for; of what is not there it is an answer."""
_TROUBLES = (401, 408, 429, 499, 500, 501, 502, 503, 504)
"""Of the service's own, or of who asks: they say nothing of how it behaves."""


class Twin:
    """One emulator beside one recording."""

    def __init__(self, *, catalog: str | None = None) -> None:
        self._emulator = Emulator.open(
            None,
            seed=1,
            speed=1.0,
            catalog=catalog,  # type: ignore[arg-type]  # checked by the emulator's settings
            queue_s=_NEVER_S,
            processing_s=_NEVER_S,
            step_s=_NEVER_S,
            post_processing_s=_NEVER_S,
            cancel_s=_NEVER_S / 10,
            operation_s=_NEVER_S,
            gemini_start_s=_NEVER_S,
            gemini_step_s=_NEVER_S,
        )
        self._router = Router()
        self._pairs = NamePairs()
        self._given: set[str] = set()
        self._rows: dict[str, int] = {}
        self._sent: set[str] = set()
        self._numbers: set[tuple[str, float]] = set()
        self._tokens: set[str] = set()
        self._adopted: set[str] = set()
        self._counts = True

    def close(self) -> None:
        """Close the emulator."""
        self._emulator.close()

    def own_routes(self, request: Request) -> Response:
        """The emulator's own answers below /_emulator/, of which a client needs the id."""
        return self._emulator.handle(request)

    def observe(self, exchange: Exchange) -> list[Check]:
        """What of an exchange is as this emulator has it; empty where it says nothing of that."""
        request = self._request(exchange)
        route = self._router.find(request.method, request.path, is_upload="upload_id=" in request.query)
        if route is None or exchange.answer.status in _TROUBLES:
            return []
        self._given |= strings_of(exchange.request)
        if route.method.id.endswith(("create", "rebaseTunedModel")):
            self._sent |= fields_of(exchange.request.body)
            self._numbers |= numbers_of(exchange.request.body)
        self._lay_data(exchange, route)
        self._meet_project(exchange, route)
        request = self._request(exchange)
        self._align_listed(exchange, route)
        if isinstance(exchange.answer.body, dict) and "nextPageToken" in exchange.answer.body:
            self._tokens.add(str(exchange.answer.body["nextPageToken"]))
        return self._compared(exchange, route, request)

    def _compared(self, exchange: Exchange, route: Route, request: Request) -> list[Check]:
        name = target(route, request)
        moments = self._emulator.moments(request, name, most=1)
        tried = [self._tried(exchange, moment) for moment in moments]
        if name and _failed(tried[0][0]):
            moments = self._emulator.moments(request, name)
            tried = [self._tried(exchange, moment) for moment in moments]
        best = min(range(len(tried)), key=lambda n: (len(_failed(tried[n][0])), n))
        if _failed(tried[best][0]) and self._failed_alike(exchange, name, moments):
            return self._compared(exchange, route, request)
        ours = answer_of(moments[best])
        if exchange.answer.status == _DENIED and ours.status < 400:
            return []
        is_adopted = self._adopted & {value.partition("@")[0] for value in route.params.values()}
        if self._is_foreign(exchange, ours, route) or (is_adopted and self._is_out_of_step(exchange, tried[best][0])):
            self._adopt(exchange, route)
            return self._of_a_stranger(exchange, route)
        # Names are made of the time of day: what was rehearsed a moment ago is not paired, but what is there now.
        self._emulator.proceed(name, events=best)
        checks, pairs = self._tried(exchange, self._answer(exchange, request))
        pairs.merge()
        listed = (
            self._of_a_stranger(exchange, route) if "list" in route.method.id and exchange.answer.status == 200 else []
        )
        return [
            *checks,
            *(check for check in listed if not check.holds),
            *order_checks(exchange, ours),
            *page_checks(exchange, route),
            *filter_checks(exchange),
        ]

    def _tried(self, exchange: Exchange, moment: Response) -> tuple[list[Check], NamePairs]:
        pairs = self._pairs.branch()
        ours = answer_of(moment)
        comparison = Comparison(
            exchange.method,
            exchange.answer.status,
            pairs,
            self._given,
            self._counts,
            self._sent,
            self._numbers,
            self._adopted,
        )
        return comparison.answers(*with_lists(exchange, ours)), pairs

    def _failed_alike(self, exchange: Exchange, name: str, moments: list[Response]) -> bool:
        """Why a training fails is no behaviour to compare: where the service's did, this one does too."""
        body = exchange.answer.body
        if exchange.changes or not isinstance(body, dict) or not has_failed(body):
            return False
        docs = [answer_of(moment).body for moment in moments]
        if not all(isinstance(doc, dict) for doc in docs) or any(map(has_failed, docs)):
            return False
        alike = [
            n
            for n, doc in enumerate(docs)
            if is_running(doc) and ("tuningDataStats" in doc) <= ("tuningDataStats" in body)
        ]
        self._emulator.proceed(name, events=alike[-1] if alike else 0)
        return self._emulator.fail(training_of(name), code=RPC_NUMBERS["INTERNAL"], message="The training failed.")

    def _answer(self, exchange: Exchange, request: Request) -> Response:
        """What this emulator answers now. What the service has refused is not carried out here either."""
        if exchange.changes and exchange.answer.status < 400:
            response = self._emulator.handle(request)
            return Response(response.status, response.headers, [b"".join(response.chunks)])
        return self._emulator.moments(request, "", most=1)[0]

    def _is_foreign(self, exchange: Exchange, ours: RecordedAnswer, route: Route) -> bool:
        """Whether the service knows a resource that was never seen being made."""
        if exchange.answer.status >= 400:
            return False
        if ours.status == 400 and self._is_a_later_page(exchange):
            return True
        if ours.status != 404:
            return False
        ids = [
            value for key, value in route.params.items() if key not in ("project", "location") and value != "default"
        ]
        return not all(map(self._was_made, ids)) or (exchange.changes and not ids)

    def _is_out_of_step(self, exchange: Exchange, checks: list[Check]) -> bool:
        """Whether what was taken in has changed since, by others, or does not do here what it does there."""
        return bool(_failed(checks)) and (not exchange.changes or any(c.aspect == "status" for c in _failed(checks)))

    def _adopt(self, exchange: Exchange, route: Route) -> None:
        """Take in what the service has from before, so that what is done with it from now on can be compared."""
        body = exchange.answer.body
        if route.name not in ("vertex.endpoints.get", "vertex.models.get") or not isinstance(body, dict):
            return
        if "fields" in dict(exchange.request.parameters) or not isinstance(body.get("name"), str):
            return
        doc = walked(body, self._pairs.translated)
        try:
            taken = self._emulator.adopt(doc)
        except (AttributeError, KeyError, TypeError, ValueError):
            return  # its fields are of other types than ours: `_of_a_stranger` says so
        if taken:
            last = doc["name"].rpartition("/")[2]
            self._adopted.add(last)
            self._pairs.learn(last, last)

    def _is_a_later_page(self, exchange: Exchange) -> bool:
        """Whether it goes on where this emulator had no further page: it has nothing of what others have made."""
        token = dict(exchange.request.parameters).get("pageToken", "")
        return token in self._tokens and self._pairs.ours(token) is None

    def _was_made(self, name: str) -> bool:
        """Whether this emulator has made what is called so, and both know it."""
        return self._pairs.recorded(name.partition("@")[0]) is not None or name in self._rows

    def _of_a_stranger(self, exchange: Exchange, route: Route) -> list[Check]:
        if exchange.answer.body is None or "fields" in dict(exchange.request.parameters):
            return []
        bodies = exchange.answer.body if isinstance(exchange.answer.body, list) else [exchange.answer.body]
        status, schema = exchange.answer.status, route.method.answer
        found = [c for body in bodies for c in conforming(exchange.method, status, route.definitions, schema, body)]
        return list(dict.fromkeys(found))

    def _request(self, exchange: Exchange) -> Request:
        asked = exchange.request
        path = "/".join(quote(self._pairs.translated(unquote(part)), safe=":@") for part in asked.path.split("/"))
        query = urlencode([(name, self._pairs.translated(value)) for name, value in asked.parameters], safe="/:;")
        body = json.dumps(walked(asked.body, self._pairs.translated)).encode() if asked.body is not None else b""
        headers = dict(asked.headers)
        if asked.media is not None:
            content = stand_ins.content(asked.media)
            body, headers = stand_ins.with_media(body, content, headers)
        return Request(asked.verb, path, query, headers, body)

    def _lay_data(self, exchange: Exchange, route: Route) -> None:
        """See to it that this emulator has the data of a training that the service took."""
        asked = exchange.request
        if route.name == "storage.objects.insert" and asked.media is not None:
            described = asked.body if isinstance(asked.body, dict) else {}
            name = described.get("name") or dict(asked.parameters).get("name", "")
            self._rows[f"{route.params['bucket']}/{expanded(str(name))}"] = asked.media.rows
        for recorded, ours in stand_ins.rewards_of(asked.body) if route.surface == "vertex" else ():
            self._pairs.learn(expanded(recorded), ours)
        job = stand_ins.job_of(route.name, asked.body)
        if job is not None and exchange.answer.status < 400:
            self._lay_data_of(job)

    def _lay_data_of(self, job: Json) -> None:
        for uri, is_validation in stand_ins.datasets_of(job):
            rows = self._rows.get(expanded(uri).removeprefix("gs://"), 0)
            self._counts = self._counts and rows > 0
            content = stand_ins.examples(job, rows or (50 if is_validation else 200), is_validation=is_validation)
            stand_ins.lay(self._emulator.handle, expanded(uri), content)
        folder = expanded(stand_ins.weights_of(job))
        here = folder.removeprefix("gs://")
        if folder and not any(name.startswith(here) and stand_ins.is_weights(name) for name in self._rows):
            stand_ins.lay_weights(self._emulator.handle, folder)

    def _meet_project(self, exchange: Exchange, route: Route) -> None:
        """Learn which number a project has from what the service answers about it."""
        project = route.params.get("project", "")
        body = exchange.answer.body
        if route.surface != "vertex" or project.isdigit() or not isinstance(body, dict):
            return
        listed = [item for value in body.values() if isinstance(value, list) for item in value]
        for doc in [body, *listed]:
            parts = str(doc.get("name", "") if isinstance(doc, dict) else "").split("/")
            if parts[0] == "projects" and len(parts) > 1 and self._pairs.ours(parts[1]) is None:
                self._pairs.learn(parts[1], project_number(project))
                return

    def _align_listed(self, exchange: Exchange, route: Route) -> None:
        """Bring every training of a list to the moment in which the list shows it."""
        body = exchange.answer.body
        if not route.method.id.endswith("list") or exchange.answer.status != 200 or not isinstance(body, dict):
            return
        for key in ("tuningJobs", "tunedModels"):
            for doc in body[key] if isinstance(body.get(key), list) else ():
                self._align(doc, route)

    def _align(self, doc: Any, route: Route) -> None:
        name = self._pairs.translated(str(doc.get("name", ""))) if isinstance(doc, dict) else ""
        last = name.rpartition("/")[2]
        if not name or (self._pairs.recorded(last) is None and last not in self._given):
            return
        request = Request("GET", f"/{route.version}/{name}")
        found = self._router.find("GET", request.path)
        shown = RecordedAnswer(status=200, body=doc)
        if found is not None:
            exchange = Exchange(method=found.name, request=RecordedRequest(verb="GET", path=request.path), answer=shown)
            self._compared(exchange, found, request)


def _failed(checks: list[Check]) -> list[Check]:
    return [check for check in checks if not check.holds]
