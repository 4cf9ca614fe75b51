"""Requests made of the published definitions and of nonsense: an answer every time, never a 500, never an exception.

TUNEFORM_FUZZ=20000 for a long run. Hypothesis chooses seeds; what fails is printed as the requests that led to it.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.emulator import Emulator, Request
from tests.conformance import discovery
from tests.conformance.served import DAY_S, training_data

Json = dict[str, Any]

REQUESTS = int(os.environ.get("TUNEFORM_FUZZ", "2000"))
AT_ONCE = 25
"""Requests to one emulator, so that there is something to meet."""
LONGEST_S = 5.0
_STRANGE: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63) - 1, 2**80, 1e308, 0.1, [], {}, [[]], [None], {"": None}),
    *(
        "",
        "0",
        "-1",
        "9" * 30,
        "\0",
        "\ud7ff",
        "💡" * 50,
        "NaN",
        "Infinity",
        "1e400",
        "null",
        "a/b",
        "../..",
        "%2F",
        "x" * 3000,
    ),
    *(
        "2026-11-18T11:12:40Z",
        "2026-13-45T99:99:99Z",
        "1.5s",
        "displayName,labels",
        "*",
        "gs://acme/train.jsonl",
        "gs://",
    ),
)
_SEGMENTS = (
    "acme",
    "us-central1",
    "us",
    "1",
    "1@1",
    "default",
    "-",
    "x" * 300,
    "%00",
    "a b",
    "é",
    "tune-me",
    "train.jsonl",
)
_COLLECTIONS = ("tuningJobs", "models", "endpoints", "operations", "metadataStores", "tensorboards", "publishers")
_NEEDED = re.compile(
    r"locations\.((tuningJobs|models|endpoints|operations)\.(?!evaluations|.*(Iam|[pP]redict|explain|invoke|chat))"
    r"|metadataStores\.(contexts|executions)|tensorboards|publishers\.models\.(generate|stream|count))"
)
_GEMINI = (
    *(("POST", "tunedModels"), ("GET", "tunedModels"), ("GET", "tunedModels/{}"), ("PATCH", "tunedModels/{}")),
    *(
        ("DELETE", "tunedModels/{}"),
        ("POST", "tunedModels/{}:generateContent"),
        ("POST", "tunedModels/{}:transferOwnership"),
    ),
    *(("POST", "tunedModels/{}:streamGenerateContent"), ("POST", "tunedModels/{}/permissions")),
    *(
        ("GET", "tunedModels/{}/permissions"),
        ("PATCH", "tunedModels/{}/permissions/{}"),
        ("GET", "models"),
        ("GET", "models/{}"),
    ),
    *(
        ("DELETE", "tunedModels/{}/permissions/{}"),
        ("GET", "tunedModels/{}/operations/{}"),
        ("POST", "models/{}:countTokens"),
    ),
)
_GEMINI_BODY: Json = {
    "baseModel": "models/gemini-1.5-flash-001-tuning",
    "displayName": "next number",
    "temperature": 0.5,
    "readerProjectNumbers": ["12"],
    "tuningTask": {
        "hyperparameters": {"epochCount": 2, "batchSize": 4, "learningRate": 0.001},
        "trainingData": {"examples": {"examples": [{"textInput": "1", "output": "2"}] * 20}},
    },
    "contents": [{"role": "user", "parts": [{"text": "1"}]}],
    "granteeType": "USER",
    "emailAddress": "ada@acme.example",
    "role": "READER",
}


_TUNED_MODEL = {k: _GEMINI_BODY[k] for k in ("baseModel", "displayName", "tuningTask")}


@dataclass
class Maker:
    """Makes requests, and remembers names that answers had."""

    chance: Random
    names: list[str] = field(default_factory=list)

    def request(self) -> Request:
        """Some request of one of the services."""
        surface = self.chance.choice(("vertex", "vertex", "gemini", "storage", "anything"))
        return {"vertex": self._vertex, "gemini": self._gemini, "storage": self._storage, "anything": self._anything}[
            surface
        ]()

    def _vertex(self) -> Request:
        document = self.chance.choice(discovery.VERTEX)
        method = self.chance.choice(METHODS[document])
        path = self._path(method["flatPath"])
        reference = method.get("request", {}).get("$ref", "")
        body = self._message(discovery.document(document)["schemas"], reference, 0) if reference else {}
        if reference.endswith("TuningJob") and self.chance.random() < 0.5:
            spec = {"trainingDatasetUri": "gs://acme/train.jsonl", **body.pop("supervisedTuningSpec", {})}
            body |= {"baseModel": "gemini-2.5-flash", "supervisedTuningSpec": spec}
        return Request(method["httpMethod"], f"/{path}", self._query(method), self._headers(), self._bytes(body))

    def _gemini(self) -> Request:
        verb, template = self.chance.choice(_GEMINI)
        path = "/".join(
            quote(self._segment()) if s == "{}" else s.replace("{}", "tune-me") for s in template.split("/")
        )
        body = {k: v for k, v in _GEMINI_BODY.items() if self.chance.random() < 0.8}
        version = self.chance.choice(("v1", "v1beta", "v1alpha"))
        query = (
            urlencode({"tunedModelId": "tune-me"}) if verb == "POST" and self.chance.random() < 0.3 else self._query({})
        )
        return Request(verb, f"/{version}/{path}", query, self._headers(), self._bytes(self._spoilt(body)))

    def _storage(self) -> Request:
        method = self.chance.choice(METHODS[discovery.STORAGE])
        root = self.chance.choice(("storage/v1/", "upload/storage/v1/", "download/storage/v1/"))
        path = self._path(root + method["path"])
        headers = {
            "content-type": self.chance.choice(
                ("application/json", "multipart/related; boundary=x", "multipart/related")
            )
        }
        if self.chance.random() < 0.3:
            headers["content-range"] = self.chance.choice(("bytes 0-9/10", "bytes */*", "bytes 5-1/3", "nonsense"))
        if self.chance.random() < 0.3:
            headers["range"] = self.chance.choice(("bytes=0-4", "bytes=-5", "bytes=9-1", "bytes=a-b", "lines=1"))
        reference = method.get("request", {}).get("$ref", "")
        body = self._message(discovery.document(discovery.STORAGE)["schemas"], reference, 0) if reference else {}
        return Request(method["httpMethod"], f"/{path}", self._query(method), headers, self._bytes(body))

    def _anything(self) -> Request:
        verb = self.chance.choice(("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "NONSENSE"))
        words = [
            self.chance.choice((*_SEGMENTS, *_COLLECTIONS, "v1", "v1beta1", "v1beta", "ui", "projects", "", "x:y:z"))
        ]
        words += [self._segment() for _ in range(self.chance.randrange(6))]
        return Request(verb, "/" + "/".join(quote(w, safe=":@") for w in words), self._query({}), {}, self._bytes({}))

    def _path(self, template: str) -> str:
        wanted = [n for n in self.names if _is_like(n, template)]
        if wanted and self.chance.random() < 0.7:
            version, _, rest = template.partition("/")
            verb = rest.partition(":")[2]
            return f"{version}/{self.chance.choice(wanted)}{':' + verb if verb else ''}"
        parts = template.split("/")
        return "/".join(self._filled(part) for part in parts)

    def _filled(self, part: str) -> str:
        name, _, verb = part.partition(":")
        if not name.startswith("{"):
            return part
        known = {"{projectsId}": "acme", "{locationsId}": "us-central1", "{bucket}": "acme"}
        kept = known.get(name, "") if self.chance.random() < 0.9 else ""
        return quote(kept or self._segment(), safe="@") + (f":{verb}" if verb else "")

    def _segment(self) -> str:
        return self.chance.choice(_SEGMENTS)

    def _headers(self) -> dict[str, str]:
        return {"authorization": "Bearer x", "content-type": "application/json"} if self.chance.random() < 0.5 else {}

    def _query(self, method: Json) -> str:
        names = [k for k, p in method.get("parameters", {}).items() if p["location"] == "query"]
        names += [
            "alt",
            "$alt",
            "fields",
            "prettyPrint",
            "pageSize",
            "page_size",
            "pageToken",
            "filter",
            "updateMask",
            "colour",
        ]
        values = (
            "media",
            "sse",
            "json;enum-encoding=int",
            "state,name",
            "1",
            "name=1 AND",
            'labels.a="b"',
            *map(str, _STRANGE),
        )
        chosen = self.chance.sample(names, self.chance.choice((0, 0, 0, 1, 1, 2)))
        return urlencode({name: self.chance.choice(values) for name in chosen}, errors="replace")

    def _message(self, schemas: Json, reference: str, depth: int) -> Json:
        properties = schemas[reference].get("properties", {})
        share = 0.4 if depth < 2 else 0.1
        chosen = [k for k in properties if self.chance.random() < share]
        return {key: self._value(schemas, properties[key], depth + 1) for key in chosen[:12]}

    def _value(self, schemas: Json, kind: Json, depth: int) -> Any:
        if self.chance.random() < 0.1 or depth > 6:
            return self.chance.choice(_STRANGE)
        if "$ref" in kind:
            return self._message(schemas, kind["$ref"], depth)
        if kind["type"] == "array":
            return [self._value(schemas, kind["items"], depth + 1) for _ in range(self.chance.randrange(3))]
        if kind["type"] == "object":
            return {"a": self._value(schemas, kind.get("additionalProperties", {"type": "any"}), depth + 1)}
        if "enum" in kind:
            return self.chance.choice([*kind["enum"], 1, 99])
        plain = {
            "string": ("3", "text", "gs://acme/train.jsonl"),
            "integer": (3,),
            "number": (0.5,),
            "boolean": (True,),
        }
        return self.chance.choice(plain.get(kind["type"], _STRANGE))

    def _spoilt(self, body: Json) -> Json:
        """With a strange value somewhere."""
        if body and self.chance.random() < 0.6:
            key = self.chance.choice(list(body))
            inner = body[key]
            is_nested = isinstance(inner, dict) and self.chance.random() < 0.7
            body = {**body, key: self._spoilt(inner) if is_nested else self.chance.choice(_STRANGE)}
        return body

    def _bytes(self, body: Json) -> bytes:
        text = json.dumps(body, allow_nan=True).encode("utf-8", "surrogatepass")
        fate = self.chance.random()
        if fate < 0.9:
            return text if body or fate < 0.5 else b""
        junk = (
            b"[" * 5000,
            b"{" * 500,
            b"\xff\xfe",
            text[: len(text) // 2],
            b"[]",
            b"null",
            b"1",
            b"{'a': 1,}",
            b"--x\r\n\r\n{}",
        )
        return self.chance.choice(junk)


def _is_like(name: str, template: str) -> bool:
    """Whether a name could stand in the place of a template's."""
    theirs, ours = template.partition(":")[0].split("/")[1:], name.split("/")
    return len(theirs) == len(ours) and theirs[::2] == ours[::2]


def _methods_of(name: str) -> list[Json]:
    found = list(discovery.methods_in(discovery.document(name)))
    if name == discovery.STORAGE:
        return [m for m in found if m["path"].startswith("b/{") and "/o" in m["path"]]
    places = [m for m in found if any(f"/locations/{{locationsId}}/{c}" in m["flatPath"] for c in _COLLECTIONS)]
    # Every method that tuning needs, and of the others one in ten.
    return [m for n, m in enumerate(places) if _NEEDED.search(m["id"]) or n % 10 == 0]


METHODS: dict[str, list[Json]] = {}


@pytest.fixture(scope="module")
def _methods() -> None:
    METHODS.update({name: _methods_of(name) for name in (*discovery.VERTEX, discovery.STORAGE)})


STATUSES: Counter[int] = Counter()


def furnished(emulator: Emulator) -> list[str]:
    """Names of what there is to meet: a job with all that came of it. A tuned model and an object are there, too."""
    path, query = "/upload/storage/v1/b/acme/o", "uploadType=media&name=train.jsonl"
    emulator.handle(Request("POST", path, query, {}, training_data()))
    emulator.handle(
        Request("POST", "/v1beta/tunedModels", "tunedModelId=tune-me", {}, json.dumps(_TUNED_MODEL).encode())
    )
    spec = {"trainingDatasetUri": "gs://acme/train.jsonl", "hyperParameters": {"epochCount": 1}}
    body = json.dumps({"baseModel": "gemini-2.5-flash", "supervisedTuningSpec": spec}).encode()
    parent = "/v1/projects/acme/locations/us-central1"
    name = json.loads(_answer(emulator, Request("POST", f"{parent}/tuningJobs", "", {}, body)))["name"]
    job = json.loads(_answer(emulator, Request("GET", f"/v1/{name}")))
    made = job["tunedModel"]
    return [name, made["model"], made["model"].partition("@")[0], made["endpoint"], job["experiment"]]


def _answer(emulator: Emulator, request: Request) -> bytes:
    return b"".join(emulator.handle(request).chunks)


def fuzzed(seed: int) -> None:
    """Some requests to one emulator."""
    emulator = Emulator.open(None, speed="instant", catalog="historic", seed=1, now=lambda: DAY_S)
    maker = Maker(Random(seed), furnished(emulator))
    for _ in range(AT_ONCE):
        request = maker.request()
        begun = time.perf_counter()
        response = emulator.handle(request)
        body = b"".join(response.chunks)
        STATUSES[response.status] += 1
        assert response.status < 500 or response.status == 501, (request, body[:500])
        assert time.perf_counter() - begun < LONGEST_S, request
        if response.status == 200 and body.startswith(b'{"name":"projects/'):
            maker.names.append(json.loads(body)["name"])
    emulator.close()


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("_methods")
def test_whatever_is_asked_is_answered(figure: Callable[[str], None]) -> None:
    STATUSES.clear()

    @settings(
        max_examples=-(-REQUESTS // AT_ONCE), deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.integers(0, 2**63 - 1))
    def run(seed: int) -> None:
        fuzzed(seed)

    run()

    assert sum(STATUSES.values()) >= REQUESTS
    assert STATUSES[200] > REQUESTS // 50, "it must also get somewhere"
    told = ", ".join(f"{n} x {status}" for status, n in sorted(STATUSES.items()))
    figure(f"{'requests of the fuzz run':<42}{sum(STATUSES.values()):>6}: {told}")
