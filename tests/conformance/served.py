"""The emulator behind a real socket, exchanged for an empty one before every test; and who asked how much of it."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, cast

from reconciler.emulator import Emulator, Request, Response
from reconciler.emulator.server import serve
from tests.conformance.exchanges import Recorder

Json = dict[str, Any]

PROJECT = "acme"
LOCATION = "us-central1"
PARENT = f"projects/{PROJECT}/locations/{LOCATION}"
START_S = 20
DAY_S = 1_795_000_000.25  # in November 2026


@dataclass
class Served:
    """One server for all tests of a process. `handle` is what is served."""

    emulator: Emulator = field(default_factory=lambda: Emulator.open(None))
    recorder: Recorder = field(init=False)
    url: str = ""

    def __post_init__(self) -> None:
        self.recorder = Recorder(self.emulator.handle)

    def start(self) -> None:
        """Serve on a free port of the loopback interface, until this process ends."""
        ready = threading.Event()

        def listening(url: str) -> None:
            self.url = url
            ready.set()

        served = cast("Emulator", self)  # it has the one method that is served
        options: Json = {"host": "127.0.0.1", "port": 0, "ready": listening}
        threading.Thread(target=serve, args=(served,), kwargs=options, daemon=True).start()
        assert ready.wait(START_S), "the emulator did not start"

    def empty(self, **settings: Any) -> None:
        """Begin again with nothing in it."""
        self.emulator.close()
        self.emulator = Emulator.open(None, **{"speed": "instant", "seed": 7, "now": _wall_clock(), **settings})
        self.recorder = Recorder(self.emulator.handle)

    def handle(self, request: Request) -> Response:
        """What the server calls."""
        return self.recorder.handle(request)

    @property
    def requests(self) -> list[str]:
        """What the clients have asked so far: verb and path."""
        return [f"{e.request.method} {e.request.path}" for e in self.recorder.published]

    def call(self, method: str, target: str, body: object = None) -> Any:
        """A plain request beside the client's, over the same socket."""
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self.url + target, data, method=method)
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return json.loads(answer.read() or b"{}")

    def fault(self, method: str, fault: str, times: int | None = 1) -> None:
        """Ask for a fault."""
        self.call("POST", "/_emulator/faults", {"method": method, "fault": fault, "times": times})

    def faults_left(self) -> int:
        """How many that were asked for have not been met."""
        return sum(f["left"] for f in self.call("GET", "/_emulator/faults")["faults"])

    def advance(self, seconds: float) -> None:
        """Let training time pass."""
        self.call("POST", "/_emulator/clock", {"advance": seconds})

    def upload(self, name: str = "train.jsonl", content: bytes | None = None) -> str:
        """Training data, by its gs:// name."""
        self.call("POST", f"/upload/storage/v1/b/acme-data/o?uploadType=media&name={name}", content or training_data())
        return f"gs://acme-data/{name}"

    def undeploy_all(self) -> None:
        """Take every model off its endpoint, wherever that is."""
        for location in (LOCATION, "us"):
            for endpoint in self.call("GET", f"/v1/projects/{PROJECT}/locations/{location}/endpoints").get(
                "endpoints", []
            ):
                for deployed in endpoint.get("deployedModels", []):
                    self.call("POST", f"/v1/{endpoint['name']}:undeployModel", {"deployedModelId": deployed["id"]})

    def trained(self, **fields: Any) -> Json:
        """A training that has ended, started without the client under test."""
        spec = {"trainingDatasetUri": self.upload(), "hyperParameters": {"epochCount": "2"}}
        body = {"baseModel": "gemini-3.5-flash", "supervisedTuningSpec": spec, **fields}
        job: Json = self.call("POST", f"/v1/{PARENT}/tuningJobs", body)
        return cast("Json", self.call("GET", f"/v1/{job['name']}"))


def _wall_clock() -> Callable[[], float]:
    """Always the same day, so that no base model is retired while nobody looks; its seconds pass."""
    begun_s = time.monotonic()
    return lambda: DAY_S + time.monotonic() - begun_s


CAPITALS = [("France", "Paris"), ("Italy", "Rome"), ("Spain", "Madrid"), ("Japan", "Tokyo"), ("Kenya", "Nairobi")]


def training_data(times: int = 8) -> bytes:
    """Capitals, each asked for as often as said."""
    rows = [example(f"What is the capital of {country}?", city) for country, city in CAPITALS] * times
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def example(prompt: str, answer: str) -> Json:
    """One line of supervised training data."""
    turns = (("user", prompt), ("model", answer))
    return {"contents": [{"role": role, "parts": [{"text": text}]} for role, text in turns]}


def fake_credentials() -> Any:
    """A token that never ends, so that no client tries to renew it."""
    from google.oauth2.credentials import Credentials

    return Credentials("fake-token")  # type: ignore[no-untyped-call]


def generative_options(served: Served, key: str = "") -> dict[str, Any]:
    """How a client of google-ai-generativelanguage is pointed at the server."""
    from google.api_core.client_options import ClientOptions

    if key:
        return {"transport": "rest", "client_options": ClientOptions(api_endpoint=served.url, api_key=key)}
    options = ClientOptions(api_endpoint=served.url)
    return {"credentials": fake_credentials(), "transport": "rest", "client_options": options}


def release_of(distribution: str) -> str:
    """The installed version of a client."""
    return f"{distribution} {version(distribution)}"
