"""A clock in the hand of the test, answers made up in advance, builders, and both services on an emulator."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.backends.base import Backend, BackendError
from reconciler.backends.gemini import Gemini
from reconciler.backends.http import Http
from reconciler.backends.inprocess import InProcessTransport
from reconciler.backends.storage import CloudStorage
from reconciler.backends.targets import EMBEDDED, Google, Target
from reconciler.backends.vertex import Vertex
from reconciler.core.lock import CheckpointRecord, DataRecord, Phase, Role, Submission, Training
from reconciler.core.model import Identity, LiveTraining, Markers
from reconciler.emulator import Emulator, Request
from tests.recorded import body

PROJECT = "acme-ml"
LOCATION = "us-central1"
PLACE = f"projects/12345/locations/{LOCATION}"
EPOCH_S = 1_795_000_000.0


@dataclass
class FakeClock:
    """Time passes only where somebody sleeps."""

    time_s: float = EPOCH_S
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.time_s

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time_s += seconds


@dataclass
class FakeCredentials:
    """A token that changes when it is renewed."""

    renewed: int = 0

    def headers(self, scopes: tuple[str, ...]) -> dict[str, str]:  # noqa: ARG002 - one token for all
        return {"authorization": f"Bearer canary-token-{self.renewed}", "x-goog-user-project": "quota-project"}

    def renew(self) -> None:
        self.renewed += 1


Scripted = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


@dataclass
class Script:
    """Answers in order; the last one is given again and again. Keeps the requests."""

    answers: list[Scripted]
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)


@dataclass
class Wired:
    """An Http whose other end is a script."""

    http: Http
    script: Script
    clock: FakeClock
    credentials: FakeCredentials


def wired(*answers: Scripted, target: Target | None = None) -> Wired:
    script, clock, credentials = Script(list(answers)), FakeClock(), FakeCredentials()
    http = Http(
        target or Google(), clock, credentials=credentials, transport=httpx.MockTransport(script), parallelism=1
    )
    return Wired(http, script, clock, credentials)


def routed(routes: Mapping[str, Any]) -> Callable[[httpx.Request], httpx.Response]:
    """Answers by `VERB /path`; what is not there is a 404 of the service's own form."""

    def answer(request: httpx.Request) -> httpx.Response:
        found = routes.get(f"{request.method} {request.url.path}")
        if found is None:
            return an_error(404, "NOT_FOUND", f"{request.url.path} not found")
        return found if isinstance(found, httpx.Response) else httpx.Response(200, json=found)

    return answer


def an_error(http: int, status: str, message: str, *details: dict[str, Any], **headers: str) -> httpx.Response:
    error: dict[str, Any] = {"code": http, "message": message, "status": status}
    if details:
        error["details"] = list(details)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(http, json={"error": error}, headers=named)


def error_info(reason: str, **metadata: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "metadata": metadata}


def recorded(name: str) -> bytes:
    """A body that the real service answered, in its shape."""
    return body(name)


def a_vertex_submission(**changes: Any) -> Submission:
    given: dict[str, Any] = {
        "project": PROJECT,
        "location": LOCATION,
        "training": {
            "baseModel": "gemini-2.0-flash-001",
            "supervisedTuningSpec": {"hyperParameters": {"epochCount": 2, "adapterSize": "ADAPTER_SIZE_FOUR"}},
        },
        "in_place": {"tunedModelDisplayName": "Router", "labels": {"team": "support"}},
        "data": (DataRecord(field="supervisedTuningSpec.trainingDatasetUri", uri="gs://bucket/train.jsonl"),),
        "digest": "v1-abc",
        "data_id": "crc-1",
    }
    return Submission(**{**given, **changes})


def a_gemini_submission(**changes: Any) -> Submission:
    given: dict[str, Any] = {
        "project": PROJECT,
        "training": {
            "baseModel": "models/gemini-1.5-flash-001-tuning",
            "tuningTask": {"hyperparameters": {"epochCount": 5, "batchSize": 2, "learningRate": 0.001}},
        },
        "in_place": {"displayName": "Router"},
        "data": (DataRecord(field="tuningTask.trainingData", examples=20),),
        "digest": "v1-abc",
        "data_id": "sha-1",
    }
    return Submission(**{**given, **changes})


def some_markers(**changes: str) -> Markers:
    given = {"workspace": "acme", "name": "router", "training": "v1-abc", "data": "crc-1", "attempt": "1"}
    return Markers(**{**given, **changes})


EXAMPLES = tuple((str(n), str(n + 1)) for n in range(20))


def a_training(submission: Submission, **changes: Any) -> Training:
    given: dict[str, Any] = {"role": Role.CANDIDATE, "phase": Phase.SUBMITTED, "submission": submission}
    return Training(**{**given, **changes})


def as_locked(submission: Submission, live: LiveTraining) -> Training:
    """What the lock keeps of a training that has ended."""
    return a_training(
        submission,
        job=live.resource_name,
        model=live.model,
        endpoint=live.endpoint,
        checkpoints=tuple(CheckpointRecord.of(c) for c in live.checkpoints),
        operation=live.operation,
        state=live.state,
    )


@dataclass
class Cloud:
    """Both services and Cloud Storage on one emulator in this process."""

    emulator: Emulator
    http: Http
    clock: FakeClock
    requests: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def open(cls, **settings: Any) -> Cloud:
        given = {"speed": "instant", "catalog": "historic", "seed": 1, "now": lambda: EPOCH_S, **settings}
        emulator = Emulator.open(None, **given)
        clock, requests = FakeClock(), list[tuple[str, str]]()

        def handle(request: Request) -> Any:
            requests.append((request.method, request.path))
            return emulator.handle(request)

        return cls(emulator, Http(EMBEDDED, clock, transport=InProcessTransport(handle, Request)), clock, requests)

    @property
    def vertex(self) -> Vertex:
        return Vertex(self.http)

    @property
    def gemini(self) -> Gemini:
        return Gemini(self.http)

    @property
    def storage(self) -> CloudStorage:
        return CloudStorage(self.http)

    def call(self, method: str, target: str, body: object = None) -> Any:
        """A raw request, beside the adapters."""
        path, _, query = target.partition("?")
        data = b"" if body is None else json.dumps(body).encode()
        answer = self.emulator.handle(Request(method, path, query, {}, data))
        text = b"".join(answer.chunks)
        assert answer.status < 400, text
        return json.loads(text) if text else {}

    def fault(self, method: str, *faults: str) -> None:
        for fault in faults:
            self.call("POST", "/_emulator/faults", {"method": method, "fault": fault})

    def faults_left(self) -> int:
        return sum(f["left"] for f in self.call("GET", "/_emulator/faults")["faults"])

    def has_training_data(self, folder: Path, uri: str = "gs://bucket/train.jsonl", rows: int = 20) -> None:
        path = folder / "train.jsonl"
        path.write_text("".join(map(a_row, range(rows))), encoding="utf-8")
        self.storage.upload(str(path), uri, Identity())


def a_row(n: int) -> str:
    turns = [("user", f"Ticket {n}: the lamp blinks."), ("model", "hardware")]
    return json.dumps({"contents": [{"role": r, "parts": [{"text": t}]} for r, t in turns]}) + "\n"


def ended(backend: Backend, training: Training, polls: int = 10) -> LiveTraining:
    """Poll until it has ended."""
    states = []
    for _ in range(polls):
        live = backend.poll(training)
        if live.status.is_terminal:
            return live
        states.append(live.state)
    raise AssertionError(f"still not ended after {states}")


def failed(error: pytest.ExceptionInfo[BackendError]) -> tuple[str, bool]:
    """Code, and whether it may have worked all the same."""
    return error.value.diagnostic.code, error.value.may_have_worked


def bodies(requests: Sequence[httpx.Request]) -> list[Any]:
    return [json.loads(r.content) for r in requests if r.content]
