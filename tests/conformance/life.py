"""A whole life of trainings through our own adapters: created, polled, listed, patched, asked, cancelled, disposed of.

Everything that is learnt on the way, and all that the services hold in the end, is told as plain values, and two lives
tell the same: seed and clock are the same. So whoever changes one byte that matters on the wire changes the tale.
"""

from __future__ import annotations

import dataclasses
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from reconciler.backends.base import Backend, BackendError, Scope
from reconciler.backends.gemini import Gemini
from reconciler.backends.http import Http
from reconciler.backends.inprocess import InProcessTransport
from reconciler.backends.storage import CloudStorage
from reconciler.backends.targets import EMBEDDED
from reconciler.backends.vertex import Vertex
from reconciler.core.generation import AnswerSettings
from reconciler.core.lock import CheckpointRecord, Phase, Role, Submission, Training
from reconciler.core.model import Identity, LiveTraining, Markers
from reconciler.emulator import Emulator, Request, Response
from tests.conformance.served import DAY_S, example, training_data
from tests.conformance.submissions import (
    EXAMPLES,
    LARGE,
    LOCATION,
    PAIRS,
    PROJECT,
    TRAIN,
    VALIDATE,
    continued,
    generative,
    preference,
    supervised,
)

LARGE_BYTES = 8 * 1024 * 1024 + 300_000
"""Above what goes in one request."""
OPTIONS = AnswerSettings(temperature=0.5, top_p=0.25, top_k=3.0, max_output_tokens=1, system="Answer in one word.")
Handle = Callable[[Request], Response]
Tale = list[tuple[str, Any]]


@dataclass
class Clock:
    """Passes where somebody sleeps, for the services as well: they stand still otherwise."""

    emulator: Emulator
    seconds: float = DAY_S

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        body = json.dumps({"advance": seconds}).encode()
        self.emulator.handle(Request("POST", "/_emulator/clock", "", {}, body))


@dataclass
class Life:
    """One client on one emulator of its own. `wrap` stands between them."""

    wrap: Callable[[Handle], Handle]
    tale: Tale = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    damages_uploads: bool = False

    def __post_init__(self) -> None:
        settings: dict[str, Any] = {"speed": "manual", "catalog": "historic", "seed": 11, "concurrent_jobs": 9}
        self.emulator = Emulator.open(None, now=lambda: DAY_S, max_page_size=2, **settings)
        self.clock = Clock(self.emulator)
        transport = InProcessTransport(self.wrap(self._answer), Request)
        self.http = Http(EMBEDDED, self.clock, transport=transport, parallelism=1)
        self.vertex, self.gemini, self.storage = Vertex(self.http), Gemini(self.http), CloudStorage(self.http)

    def _answer(self, request: Request) -> Response:
        """What the emulator answers, on a line that is not always clean."""
        if self.damages_uploads and request.body.startswith(b"--"):
            request = dataclasses.replace(request, body=request.body.replace(b"Nairobi", b"Mombasa"))
        response = self.emulator.handle(request)
        self.statuses[response.status] += 1
        return response

    def close(self) -> None:
        """Both ends."""
        self.http.close()
        self.emulator.close()

    def tell(self, what: str, value: object) -> None:
        """Remember."""
        self.tale.append((what, plain(value)))

    def raw(self, target: str) -> Any:
        """A look beside the adapters."""
        path, _, query = target.partition("?")
        return json.loads(b"".join(self.emulator.handle(Request("GET", path, query)).chunks))


def plain(value: Any) -> Any:
    """Comparable, and printed well."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, msgspec.Struct):
        return msgspec.to_builtins(value)
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    return value


def lived(wrap: Callable[[Handle], Handle], chapters: tuple[str, ...] = ("storage", "vertex", "gemini")) -> Tale:
    """The tale of one life. Raises what the adapters raise, and AssertionError where the life goes another way."""
    life = Life(wrap)
    try:
        for chapter in chapters:
            {"storage": _objects, "vertex": _jobs, "gemini": _tuned_models}[chapter](life)
        # A request that is refused and then put another way is told by this alone.
        life.tell("statuses", sorted(life.statuses.items()))
        return life.tale
    finally:
        life.close()


def _objects(life: Life) -> None:
    with _file(training_data()) as path:
        life.tell("uploaded", life.storage.upload(path, TRAIN, Identity()))
        life.tell("uploaded again", life.storage.upload(path, TRAIN, Identity()))
        life.damages_uploads = True
        try:
            life.storage.upload(path, VALIDATE, Identity())
        except BackendError as error:
            life.tell("damaged on the way", (error.diagnostic.code, error.diagnostic.detail))
        life.damages_uploads = False
    with _file(b"x" * LARGE_BYTES) as path:
        life.tell("uploaded in pieces", life.storage.upload(path, LARGE, Identity()))
    life.tell("identity", life.storage.identity(TRAIN))
    life.tell("no identity", life.storage.identity("gs://acme-data/nothing.jsonl"))
    life.tell("bytes", sum(len(chunk) for chunk in life.storage.chunks(LARGE)))
    life.tell("objects", life.raw("/storage/v1/b/acme-data/o")["items"])


def _jobs(life: Life) -> None:
    _put_data(life)
    first = _trained(life, life.vertex, supervised(), "first")
    _patched(
        life, life.vertex, first, {"tunedModelDisplayName": "Cities", "description": "New", "labels": {"tier": "a"}}
    )
    _asked(life, life.vertex, first, "What is the capital of Kenya?")
    life.tell("metrics", {k: list(v) for k, v in life.vertex.metrics(first).items()})
    life.tell("checkpoint", _trained(life, life.vertex, continued(first.model, "1"), "second").model)
    third = _trained(life, life.vertex, preference(), "third")
    _cancelled(life, life.vertex, supervised(), "fourth")
    _observed(life, life.vertex, (PROJECT, LOCATION), first)
    life.tell("models", life.raw(f"/v1/projects/{PROJECT}/locations/{LOCATION}/models"))
    for training in (third, first):
        _disposed(life, life.vertex, training)
    life.tell("left", life.raw(f"/v1/projects/{PROJECT}/locations/{LOCATION}/models"))


def _tuned_models(life: Life) -> None:
    first = _trained(life, life.gemini, generative(), "first", EXAMPLES)
    changes = {
        "displayName": "counter",
        "description": "Counts.",
        "temperature": 0.25,
        "topP": 0.5,
        "topK": 7,
        "readerProjectNumbers": ["123456789012"],
    }
    _patched(life, life.gemini, first, changes)
    _asked(life, life.gemini, first, "7")
    life.tell("metrics", {k: list(v) for k, v in life.gemini.metrics(first).items()})
    _trained(life, life.gemini, generative(parent_model=first.model), "second", EXAMPLES)
    _trained(life, life.gemini, generative(learningRateMultiplier=2.0), "third", EXAMPLES)
    _cancelled(life, life.gemini, generative(), "fourth", EXAMPLES)
    _observed(life, life.gemini, (PROJECT, ""), first)
    _disposed(life, life.gemini, first)
    life.tell("left", life.raw("/v1beta/tunedModels"))


def _put_data(life: Life) -> None:
    completions = [
        {"score": score, "completion": {"role": "model", "parts": [{"text": text}]}}
        for score, text in ((1.0, "Good morning!"), (0.0, "What?"))
    ]
    pair = {"contents": [{"role": "user", "parts": [{"text": "Greet."}]}], "completions": completions}
    for uri, content in (
        (TRAIN, training_data()),
        (VALIDATE, (json.dumps(example("What is the capital of Peru?", "Lima")) + "\n").encode() * 5),
        (PAIRS, (json.dumps(pair) + "\n").encode() * 20),
    ):
        name = uri.rpartition("/")[2]
        path, query = "/upload/storage/v1/b/acme-data/o", f"uploadType=media&name={name}"
        life.emulator.handle(Request("POST", path, query, {}, content))


@contextmanager
def _file(content: bytes) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.jsonl"
        path.write_bytes(content)
        yield str(path)


def _markers(name: str, submission: Submission) -> Markers:
    return Markers(workspace="acme", name=name, training=submission.digest, data=submission.data_id, attempt="1")


def _trained(life: Life, backend: Backend, submission: Submission, name: str, examples: Any = ()) -> Training:
    training = _begun(life, backend, submission, name, examples)
    life.clock.sleep(30)
    life.tell(f"{name} under way", backend.poll(training))
    live = _ended(life, backend, training)
    assert live.model_exists, live
    life.tell(f"{name} ended", live)
    return _as_locked(training, live)


def _ended(life: Life, backend: Backend, training: Training) -> LiveTraining:
    for _ in range(60):
        live = backend.poll(training)
        if live.status.is_terminal:
            return live
        life.clock.sleep(60)
    raise AssertionError("it never ends")


def _begun(life: Life, backend: Backend, submission: Submission, name: str, examples: Any) -> Training:
    markers = _markers(name, submission)
    created = backend.create(submission, markers, examples)
    life.tell(f"{name} created", created)
    life.tell(f"{name} found", backend.listed(submission.project, submission.location))
    return Training(
        role=Role.CANDIDATE,
        phase=Phase.SUBMITTED,
        submission=submission,
        job=created.resource_name,
        operation=created.operation,
    )


def _as_locked(training: Training, live: LiveTraining) -> Training:
    return msgspec.structs.replace(
        training,
        role=Role.SERVING,
        model=live.model,
        endpoint=live.endpoint,
        state=live.state,
        checkpoints=tuple(CheckpointRecord.of(c) for c in live.checkpoints),
    )


def _patched(life: Life, backend: Backend, training: Training, fields: dict[str, Any]) -> None:
    life.tell("patched", backend.update(training, None, fields))
    life.tell("patched again", backend.update(training, None, fields))
    life.tell("as patched", backend.poll(training))


def _asked(life: Life, backend: Backend, training: Training, text: str) -> None:
    life.tell("answered", list(backend.generate(training, text, AnswerSettings())))
    life.tell("answered otherwise", list(backend.generate(training, text, OPTIONS)))


def _cancelled(life: Life, backend: Backend, submission: Submission, name: str, examples: Any = ()) -> None:
    training = _begun(life, backend, submission, name, examples)
    backend.cancel(training)
    life.clock.sleep(600)
    life.tell("cancelled", backend.poll(training))


def _observed(life: Life, backend: Backend, place: tuple[str, str], training: Training) -> None:
    observed = backend.observe(Scope(frozenset({place}), (training,)))
    life.tell("observed", observed)


def _disposed(life: Life, backend: Backend, training: Training) -> None:
    life.tell("blockers", backend.blockers(training))
    for _ in range(30):
        disposal = backend.dispose(training)
        life.tell("disposed", disposal)
        if disposal.is_done:
            return
        life.clock.sleep(30)
    raise AssertionError("it never goes away")
