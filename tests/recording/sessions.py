"""A client's work with both services and Cloud Storage, sent through a recorder to an emulator whose clock we hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from reconciler.emulator import Emulator, Request, Response
from reconciler.emulator.recording.checks import Check
from reconciler.emulator.recording.exchange import Exchange
from reconciler.emulator.recording.recorder import Recorder
from reconciler.emulator.recording.twin import Twin
from reconciler.emulator.recording.verifying import Account

Json = dict[str, Any]
Alter = Callable[[Request, int, Any], tuple[int, Any]]
"""Makes another status and body of an answer."""

PARENT = "projects/acme/locations/us-central1"
BUCKET = "acme-data"


def _as_it_is(request: Request, status: int, body: Any) -> tuple[int, Any]:
    del request
    return status, body


@dataclass
class Session:
    """One client, one recorder, and an upstream that alters some of its answers."""

    alter: Alter = _as_it_is
    upstream: Emulator = field(default_factory=lambda: Emulator.open(None, speed="manual", seed=7, catalog="historic"))
    account: Account = field(default_factory=Account)

    def __post_init__(self) -> None:
        twin = Twin(catalog="historic")
        self.recorder = Recorder(self._answer, twin, self._answer, lambda _: True, self._heard)

    def _heard(self, exchange: Exchange, checks: list[Check]) -> None:
        self.account.add(exchange, checks)

    def _answer(self, request: Request) -> Response:
        response = self.upstream.handle(request)
        content = b"".join(response.chunks)
        if content[:1] not in (b"{", b"["):
            return Response(response.status, response.headers, [content])
        status, body = self.alter(request, response.status, json.loads(content))
        content = json.dumps(body).encode()
        headers = [(k, v) for k, v in response.headers if k != "Content-Length"]
        return Response(status, [*headers, ("Content-Length", str(len(content)))], [content])

    def call(self, verb: str, target: str, body: Any = None, **headers: str) -> Any:
        """The decoded answer."""
        path, _, query = target.partition("?")
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        response = self.recorder.handle(Request(verb, path, query, headers, data))
        content = b"".join(response.chunks)
        return json.loads(content) if content[:1] in (b"{", b"[") else content

    def upload_in_pieces(self, target: str, pieces: list[bytes]) -> None:
        """A resumable upload: a session, then each piece with its place in the whole."""
        path, _, query = target.partition("?")
        opened = self.recorder.handle(Request("POST", path, query, {}, b"{}"))
        where = dict(opened.headers)["Location"].partition("?")[2]
        start, size = 0, sum(map(len, pieces))
        for piece in pieces:
            place = f"bytes {start}-{start + len(piece) - 1}/{size}"
            self.recorder.handle(Request("PUT", path, where, {"content-range": place}, piece))
            start += len(piece)

    def get(self, target: str) -> Any:
        """A GET."""
        return self.call("GET", target)

    def advance(self, seconds: float) -> None:
        """Let time pass upstream; whoever records learns nothing of it."""
        self.upstream.handle(Request("POST", "/_emulator/clock", "", {}, json.dumps({"advance": seconds}).encode()))

    def found(self) -> list[tuple[str, str, str]]:
        """Aspect, place and method of every difference."""
        return [(f.check.aspect, f.check.at, f.check.method) for f in self.account.findings]


def examples(count: int) -> bytes:
    """Lines to train on."""
    turns = [(f"What comes after {n}?", f"After {n} comes {n + 1}.") for n in range(count)]
    rows = [
        {"contents": [{"role": "user", "parts": [{"text": q}]}, {"role": "model", "parts": [{"text": a}]}]}
        for q, a in turns
    ]
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def work(session: Session) -> None:
    """Train, look, ask, change and delete, on both services."""
    on_storage(session)
    on_vertex(session)
    on_gemini(session)


def on_storage(session: Session) -> None:
    """Uploads of both kinds, lists, one object, and one that is not there."""
    upload = f"/upload/storage/v1/b/{BUCKET}/o"
    session.call("POST", f"{upload}?uploadType=media&name=sets/train.jsonl", examples(120))
    session.call("POST", f"{upload}?uploadType=media&name=sets/validation.jsonl", examples(20))
    session.call("POST", f"{upload}?uploadType=media&name=notes.txt", b"no example")
    session.upload_in_pieces(f"{upload}?uploadType=resumable&name=large.bin", [b"a" * 262_144, b"b" * 1_000])
    session.get(f"/storage/v1/b/{BUCKET}/o/large.bin?alt=media")
    session.get(f"/storage/v1/b/{BUCKET}/o?prefix=sets/")
    session.get(f"/storage/v1/b/{BUCKET}/o")
    session.get(f"/storage/v1/b/{BUCKET}/o/sets%2Ftrain.jsonl")
    session.get(f"/storage/v1/b/{BUCKET}/o/nothing.txt")
    session.call("DELETE", f"/storage/v1/b/{BUCKET}/o/notes.txt")


def on_vertex(session: Session) -> None:
    """Two trainings, the second of which is cancelled; what the first leaves, and its end."""
    jobs = f"/v1/{PARENT}/tuningJobs"
    spec = {
        "trainingDatasetUri": f"gs://{BUCKET}/sets/train.jsonl",
        "validationDatasetUri": f"gs://{BUCKET}/sets/validation.jsonl",
    }
    body = {
        "baseModel": "gemini-2.5-flash",
        "tunedModelDisplayName": "router of acme",
        "description": "which team answers",
        "labels": {"team": "helpdesk"},
        "supervisedTuningSpec": spec,
    }
    first = session.call("POST", jobs, body)["name"]
    session.advance(1)
    second = session.call("POST", jobs, {"baseModel": "gemini-2.5-flash-lite", "supervisedTuningSpec": spec})["name"]
    for _ in range(6):
        session.get(f"/v1/{first}")
        session.get(f"/v1beta1/{second}")
        session.advance(30)
    session.call("POST", f"/v1/{second}:cancel", {})
    session.advance(10_000)
    session.get(f"/v1/{second}")
    session.call("POST", f"/v1/{second}:cancel", {})
    session.get(jobs)
    session.get(f"{jobs}?pageSize=1")
    session.get(f"{jobs}?pageSize=-1")
    session.get(f"{jobs}/1234567890123456789")
    session.call("POST", jobs, {**body, "labels": {"Team": "UPPER"}})
    _what_is_left(session, session.get(f"/v1beta1/{first}")["tunedModel"])


def _what_is_left(session: Session, made: Json) -> None:
    model, endpoint = made["model"], made["endpoint"]
    bare = model.partition("@")[0]
    session.get(f"/v1/{model}")
    session.get(f"/v1/{PARENT}/models")
    session.get(f"/v1/{PARENT}/endpoints")
    deployed = session.get(f"/v1/{endpoint}")
    session.call("PATCH", f"/v1/{bare}?updateMask=labels", {"labels": {"team": "sales"}})
    question = {"contents": [{"role": "user", "parts": [{"text": "What comes after 3?"}]}]}
    session.call("POST", f"/v1/{endpoint}:generateContent", question)
    session.call("DELETE", f"/v1/{bare}")
    for one in deployed["deployedModels"]:
        undone = session.call("POST", f"/v1/{endpoint}:undeployModel", {"deployedModelId": one["id"]})
        session.advance(5)
        session.get(f"/v1/{undone['name']}")
    session.call("DELETE", f"/v1/{endpoint}")
    session.get(f"/v1/{endpoint}")


def on_gemini(session: Session) -> None:
    """One training, looked at while it goes, shared, and deleted."""
    pairs = [{"textInput": str(n), "output": str(n + 1)} for n in range(18)]
    body = {
        "displayName": "number generator",
        "baseModel": "models/gemini-1.5-flash-001-tuning",
        "tuningTask": {
            "hyperparameters": {"epochCount": 5, "batchSize": 2},
            "trainingData": {"examples": {"examples": pairs}},
        },
    }
    operation = session.call("POST", "/v1beta/tunedModels?tunedModelId=acme-numbers", body)
    name = operation["metadata"]["tunedModel"]
    for _ in range(3):
        session.get(f"/v1beta/{name}")
        session.get(f"/v1/{operation['name']}")
        session.advance(20)
    session.advance(1_000)
    session.get(f"/v1/{operation['name']}")
    session.get(f"/v1beta/{name}")
    session.call("POST", f"/v1beta/{name}:generateContent", {"contents": [{"parts": [{"text": "7"}]}]})
    session.call("PATCH", f"/v1beta/{name}?updateMask=description", {"description": "of acme"})
    session.get("/v1beta/tunedModels")
    session.call("POST", "/v1beta/tunedModels?tunedModelId=acme-numbers", body)
    session.call("DELETE", f"/v1beta/{name}")
    session.get(f"/v1beta/{name}")
