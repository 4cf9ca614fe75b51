"""A client of the emulator that speaks plain JSON, and a wall clock that stands still until it is told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from reconciler.emulator import Emulator, Request
from tests.emulator.strictness import answer_problems

Json = dict[str, Any]

PARENT = "/v1/projects/acme/locations/us-central1"
JOBS = f"{PARENT}/tuningJobs"


@dataclass
class Wall:
    """A wall clock in the hand of the test."""

    seconds: float = 1_795_000_000.25

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Answer:
    """One answer, read whole."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def is_json(self) -> bool:
        return self.headers.get("content-type", "").startswith("application/json") and self.body[:1] in (b"{", b"[")

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def message(self) -> str:
        return str(self.json["error"]["message"])


@dataclass
class Client:
    """Requests in a word each."""

    emulator: Emulator
    wall: Wall = field(default_factory=Wall)
    is_spoilt: bool = False  # a fault breaks the next answers: they are not held against the schema

    def call(self, method: str, target: str, body: object = None, **headers: str) -> Answer:
        path, _, query = target.partition("?")
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(method, path, query, given, data)
        response = self.emulator.handle(request)
        answer = Answer(response.status, {k.lower(): v for k, v in response.headers}, b"".join(response.chunks))
        if answer.status == 200 and answer.is_json and not self.is_spoilt:
            assert answer_problems(request, answer.json) == []
        return answer

    def get(self, target: str, **headers: str) -> Any:
        answer = self.call("GET", target, **headers)
        assert answer.status == 200, answer.body
        return answer.json

    def post(self, target: str, body: object = None, **headers: str) -> Any:
        answer = self.call("POST", target, body, **headers)
        assert answer.status == 200, answer.body
        return answer.json

    def upload(self, name: str, content: bytes, bucket: str = "acme-data") -> str:
        self.post(f"/upload/storage/v1/b/{bucket}/o?uploadType=media&name={name}", content)
        return f"gs://{bucket}/{name}"

    def advance(self, seconds: float) -> None:
        self.post("/_emulator/clock", {"advance": seconds})

    def fault(self, method: str, fault: str, times: int | None = 1) -> None:
        self.post("/_emulator/faults", {"method": method, "fault": fault, "times": times})

    def faults_left(self) -> list[Json]:
        return [f for f in self.get("/_emulator/faults")["faults"] if f["left"] != 0]

    def settings(self, **values: object) -> None:
        self.post("/_emulator/settings", values)

    def tune(self, uri: str, parent: str = PARENT, **fields: Any) -> Json:
        spec = {"trainingDatasetUri": uri, "hyperParameters": {"epochCount": "2"}, **fields.pop("spec", {})}
        source = {} if "preTunedModel" in fields else {"baseModel": "gemini-3.5-flash"}
        body = {**source, "supervisedTuningSpec": spec, **fields}
        job: Json = self.post(f"{parent}/tuningJobs", body)
        return job

    def trained(self, uri: str, **fields: Any) -> Json:
        """A job that has ended."""
        job = self.tune(uri, **fields)
        self.advance(1e6)
        ended: Json = self.get(f"/v1beta1/{job['name']}")
        return ended

    def tune_numbers(self, name: str = "", **fields: Any) -> Json:
        """A Gemini API training on fifteen pairs; answers the operation."""
        examples = [{"textInput": str(n), "output": str(n + 1)} for n in range(15)]
        body = {
            "displayName": "number generator",
            "baseModel": "models/gemini-1.5-flash-001-tuning",
            "tuningTask": {
                "hyperparameters": {"epochCount": 5, "batchSize": 2, "learningRate": 0.001},
                "trainingData": {"examples": {"examples": examples}},
            },
            **fields,
        }
        operation: Json = self.post("/v1beta/tunedModels" + (f"?tunedModelId={name}" if name else ""), body)
        return operation


def example(prompt: str, answer: str) -> Json:
    """One line of supervised training data."""
    turns = (("user", prompt), ("model", answer))
    return {"contents": [{"role": role, "parts": [{"text": text}]} for role, text in turns]}


def jsonl(rows: list[Json]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


CAPITALS = [("France", "Paris"), ("Italy", "Rome"), ("Spain", "Madrid"), ("Japan", "Tokyo"), ("Kenya", "Nairobi")]


@pytest.fixture
def client() -> Client:
    wall = Wall()
    return Client(Emulator.open(None, speed="manual", seed=7, now=wall), wall)


@pytest.fixture
def data(client: Client) -> str:
    """The URI of an uploaded training file of forty examples."""
    rows = [example(f"What is the capital of {country}?", city) for country, city in CAPITALS] * 8
    return client.upload("train.jsonl", jsonl(rows))
