"""Requests made of the published definitions, of names that exist, and of nonsense; some polite, some not."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

from reconciler.emulator import Request
from tests.conformance import discovery

Json = dict[str, Any]

TRAINING_DATA = "gs://acme/train.jsonl"
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
        TRAINING_DATA,
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


_DATA = {"trainingDatasetUri": TRAINING_DATA}
_CODE_REWARD = {"codeExecutionRewardScorer": {"pythonCodeSnippet": "def evaluate(example, response): ..."}}
_METHODS: tuple[tuple[str, str, Json], ...] = (
    ("gemini-2.5-flash", "reinforcementTuningSpec", {**_DATA, "singleRewardConfig": _CODE_REWARD}),
    ("gemini-2.5-flash", "distillationSpec", {"promptDatasetUri": TRAINING_DATA, "baseTeacherModel": "gemini-3.1-pro"}),
    ("gemini-2.5-flash", "fullFineTuningSpec", _DATA),
    ("gemini-2.5-flash", "preferenceOptimizationSpec", _DATA),
    ("veo-3.0-generate-001", "veoTuningSpec", _DATA),
    ("veo-3.0-generate-001", "veoLoraTuningSpec", _DATA),
    ("acme/model@1", "partnerModelTuningSpec", _DATA),
    ("google/gemma3@gemma-3-27b-it", "supervisedTuningSpec", _DATA),
)
_BESIDE = {"supervisedTuningSpec": {"outputUri": "gs://acme/out"}}


_GEMINI_FIELDS = {
    **dict.fromkeys(("generateContent", "streamGenerateContent", "countTokens"), ("contents",)),
    "transferOwnership": ("emailAddress",),
    "permissions": ("granteeType", "emailAddress", "role"),
}
TUNED_MODEL = {k: _GEMINI_BODY[k] for k in ("baseModel", "displayName", "tuningTask")}


@dataclass
class Maker:
    """Makes requests, and remembers names that answers had."""

    chance: Random
    names: list[str] = field(default_factory=list)
    rudeness: float = 0.0

    def request(self) -> Request:
        """Some request of one of the services; half of them ask for nothing strange."""
        self.rudeness = self.chance.choice((0.0, 0.0, 0.02, 0.15))
        surface = self.chance.choice((self._vertex, self._vertex, self._vertex, self._gemini, self._storage))
        return self._anything() if self._is_rude(0.3) else surface()

    def _is_rude(self, share: float = 1.0) -> bool:
        return self.chance.random() < self.rudeness * share

    def _vertex(self) -> Request:
        document = self.chance.choice(discovery.VERTEX)
        method = self.chance.choice(methods_of(document))
        path = self._path(method["flatPath"])
        reference = method.get("request", {}).get("$ref", "")
        body = self._message(discovery.document(document)["schemas"], reference, 0) if reference else {}
        if reference.endswith("TuningJob") and self.chance.random() < 0.5:
            body |= {"baseModel": "gemini-2.5-flash", "supervisedTuningSpec": {"trainingDatasetUri": TRAINING_DATA}}
        elif reference.endswith("V1beta1TuningJob"):
            body = self._of_another_method(body)
        return Request(method["httpMethod"], f"/{path}", self._query(method), self._headers(), self._bytes(body))

    def _of_another_method(self, drawn: Json) -> Json:
        """A body of one method with what was drawn for it laid over."""
        base, spec, fields = self.chance.choice(_METHODS)
        found = drawn.get(spec, {})
        return {
            "baseModel": base,
            **_BESIDE.get(spec, {}),
            spec: {**fields, **found} if isinstance(found, dict) else found,
        }

    def _gemini(self) -> Request:
        verb, template = self.chance.choice(_GEMINI)
        path = "/".join(
            quote(self._segment()) if s == "{}" else s.replace("{}", "tune-me") for s in template.split("/")
        )
        wanted = _GEMINI_FIELDS.get(template.rpartition(":")[2].rpartition("/")[2], tuple(_GEMINI_BODY)[:6])
        body = {k: v for k, v in _GEMINI_BODY.items() if k in wanted and self.chance.random() < 0.9}
        version = self.chance.choice(("v1", "v1beta", "v1alpha"))
        query = (
            urlencode({"tunedModelId": "tune-me"}) if verb == "POST" and self.chance.random() < 0.3 else self._query({})
        )
        return Request(verb, f"/{version}/{path}", query, self._headers(), self._bytes(self._spoilt(body)))

    def _storage(self) -> Request:
        method = self.chance.choice(methods_of(discovery.STORAGE))
        roots = {"storage.objects.insert": "upload/", "storage.objects.get": self.chance.choice(("", "download/"))}
        path = self._path(f"{roots.get(method['id'], '')}storage/v1/{method['path']}")
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
        if wanted and not self._is_rude(3):
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
        kept = known.get(name, "") if not self._is_rude() else ""
        return quote(kept or self._segment(), safe="@") + (f":{verb}" if verb else "")

    def _segment(self) -> str:
        return self.chance.choice(_SEGMENTS if self._is_rude(5) else ("tune-me", "train.jsonl", "1"))

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
        chosen = self.chance.sample(names, min(len(names), self.chance.choice((0, 0, 0, 1, 1, 2))))
        asked = {name: self.chance.choice(values if self._is_rude(5) else ("1", "name", "2")) for name in chosen}
        return urlencode(asked, errors="replace")

    def _message(self, schemas: Json, reference: str, depth: int) -> Json:
        properties = schemas[reference].get("properties", {})
        share = 0.4 if depth < 2 else 0.1
        chosen = [k for k in properties if self.chance.random() < share]
        return {key: self._value(schemas, properties[key], depth + 1) for key in chosen[:12]}

    def _value(self, schemas: Json, kind: Json, depth: int) -> Any:
        if self._is_rude() or depth > 6:
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
            "string": ("3", "text", TRAINING_DATA),
            "integer": (3,),
            "number": (0.5,),
            "boolean": (True,),
        }
        return self.chance.choice(plain.get(kind["type"], _STRANGE))

    def _spoilt(self, body: Json) -> Json:
        """With a strange value somewhere."""
        if body and self._is_rude(4):
            key = self.chance.choice(list(body))
            inner = body[key]
            is_nested = isinstance(inner, dict) and self.chance.random() < 0.7
            body = {**body, key: self._spoilt(inner) if is_nested else self.chance.choice(_STRANGE)}
        return body

    def _bytes(self, body: Json) -> bytes:
        text = json.dumps(body, allow_nan=True).encode("utf-8", "surrogatepass")
        if not self._is_rude():
            return text if body or self.chance.random() < 0.5 else b""
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


@cache
def methods_of(name: str) -> list[Json]:
    """The methods of a document that tuning needs, and a few of the others."""
    found = list(discovery.methods_in(discovery.document(name)))
    if name == discovery.STORAGE:
        return [
            m
            for m in found
            if re.search(r"storage\.(objects|buckets)\.(?!.*(Iam|[rR]estore|lock|relocate|move|view))", m["id"])
        ]
    places = [m for m in found if any(f"/locations/{{locationsId}}/{c}" in m["flatPath"] for c in _COLLECTIONS)]
    # Every method that tuning needs, and of the others one in ten.
    return [m for n, m in enumerate(places) if _NEEDED.search(m["id"]) or n % 40 == 0]
