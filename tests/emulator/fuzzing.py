"""Requests that nobody sane would send: drawn from the published schemas, then bent."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from reconciler.emulator import ConnectionCut, Emulator, Request
from reconciler.emulator.definitions import Definitions, FieldType, load, snake
from tests.emulator.strictness import answer_problems

if TYPE_CHECKING:
    from reconciler.emulator.definitions import ApiMethod

NASTY: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**400, 1.5, -0.0, 1e308, 1e-320),
    *("", " ", "0", "-1", "1e999", "NaN", "Infinity", "\x00", "\u202e", "é" * 300, "💥", "%00", "../../x", "a\nb"),
    *("projects/p/locations/l/models/1@1", "gs://b/o.jsonl", "gs://", "2024-01-01T00:00:00Z", "999999999999999999999s"),
    *([], {}, [[]], [None], {"": None}, {"a": {"b": [1, {"c": None}]}}, [[[[[[]]]]]]),
)
TEXTS = (
    *(
        'a="b"',
        "labels.a:*",
        "(((",
        "NOT NOT a=b",
        'x = "',
        "a:b OR",
        "displayName,labels",
        "*",
        "name(",
        "a(b(c))",
        ",,",
    ),
    *(
        "-1",
        "0",
        "1",
        "1000000",
        "99999999999999999999",
        "abc",
        "é",
        "true",
        "sse",
        "media",
        "json;enum-encoding=int",
        "AAAA",
    ),
)
_RAW = (
    b"",
    b"{",
    b"[",
    b"nul",
    b'{"a":',
    b"{'a': 1,}",
    b"\xff\xfe",
    b"[" * 500,
    b'{"a":' * 400,
    b'"\\ud800"',
    b"{a:1}",
    b"1e999",
    b'{"labels": {"a": ' + b"9" * 5000 + b"}}",
)


@dataclass
class Fuzzer:
    """Draws requests, sends them and complains about answers that no service may give."""

    emulator: Emulator
    random: Random
    names: dict[str, list[str]] = field(default_factory=dict)
    statuses: dict[int, int] = field(default_factory=dict)
    working: list[tuple[str, str, Any]] = field(default_factory=list)  # verb, target, body

    def __post_init__(self) -> None:
        self._surfaces = [
            ("v1", "/v1/", load("vertex.v1")),
            ("v1beta1", "/v1beta1/", load("vertex.v1beta1")),
            ("v1beta", "/v1beta/", load("gemini.v1beta")),
            ("v1", "/v1/", load("gemini.v1beta")),
            (
                "v1",
                self.random.choice(["/storage/v1/", "/upload/storage/v1/", "/download/storage/v1/"]),
                load("storage.v1"),
            ),
        ]

    def request(self) -> Request:
        """One request: drawn from the schemas, or one that works with a single value bent."""
        if self.working and self.random.random() < 0.3:
            verb, target, body = self.random.choice(self.working)
            path, _, query = target.partition("?")
            return Request(verb, path, query, {}, json.dumps(self.bent(body)).encode())
        _, root, definitions = self.random.choice(self._surfaces)
        method = self.random.choice(list(definitions.methods.values()))
        path = root + self._path(method)
        return Request(method.verb, path, self._query(method), self._headers(), self._body(definitions, method))

    def bent(self, value: Any) -> Any:
        """A copy with one value or key changed, or none."""
        if isinstance(value, dict) and value:
            key = self.random.choice(list(value))
            if self.random.random() < 0.15:
                return {(k + "x" if k == key else k): v for k, v in value.items()}
            return {**value, key: self.bent(value[key])}
        if isinstance(value, list) and value:
            return [self.bent(value[0]), *value[1:]]
        return value if self.random.random() < 0.3 else self.random.choice(NASTY)

    def send(self, request: Request) -> None:
        """Fails with the request when the answer is a bug."""
        try:
            response = self.emulator.handle(request)
        except ConnectionCut:
            return
        body = b"".join(response.chunks)
        headers = {k.lower(): v for k, v in response.headers}
        self.statuses[response.status] = self.statuses.get(response.status, 0) + 1
        assert response.status < 500 or response.status == 501, (request, response.status, body)
        if "content-length" in headers:
            assert int(headers["content-length"]) == len(body), request
        if headers.get("content-type", "").startswith("application/json") and body and "alt=media" not in request.query:
            answer = json.loads(body)
            if response.status == 200:
                assert answer_problems(request, answer) == [], request
            self._remember(answer)

    def _remember(self, body: Any) -> None:
        """Names that answers carry are used in later requests: most drawn ones would only be absent."""
        for value in _strings(body):
            parts = value.split("/")
            for collection, name in pairwise(parts):
                known = self.names.setdefault(collection, [])
                if name and " " not in name and name not in known and len(known) < 30:
                    known.append(name)

    def _path(self, method: ApiMethod) -> str:
        parts = method.path.split("/")
        return "/".join(self._segment(parts, n) for n in range(len(parts)))

    def _segment(self, parts: list[str], n: int) -> str:
        name, colon, action = parts[n].partition(":")
        if not name.startswith("{"):
            return parts[n]
        known = self.names.get(parts[n - 1] if n else "", [])
        if known and self.random.random() < 0.9:
            return self.random.choice(known) + colon + action
        drawn = self.random.choice(
            [*(str(x) for x in NASTY if isinstance(x, str)), *TEXTS, "acme", "us-central1", "global"]
        )
        return quote(drawn, safe="") + colon + action

    def _query(self, method: ApiMethod) -> str:
        names = [*sorted(method.query), "alt", "$alt", "fields", "uploadType", "upload_id", "nonsense"]
        chosen = [n for n in names if self.random.random() < (0.25 if n in method.query else 0.05)]
        return urlencode([(n, self.random.choice([*TEXTS, *self.names.get("tokens", [])])) for n in chosen])

    def _headers(self) -> dict[str, str]:
        drawn = {
            "content-type": self.random.choice(
                ["application/json", "multipart/related; boundary=x", "multipart/related", ""]
            ),
            "range": self.random.choice(["bytes=0-1", "bytes=-5", "bytes=9-1", "bytes=a", "x", ""]),
            "content-range": self.random.choice(["bytes 0-1/2", "bytes */*", "bytes 5-1/*", "x", "", ""]),
            "x-goog-hash": self.random.choice(["crc32c=AAAA", "md5", ",,=", "", ""]),
        }
        return {k: v for k, v in drawn.items() if v}

    def _body(self, definitions: Definitions, method: ApiMethod) -> bytes:
        if self.random.random() < 0.05:
            return self.random.choice(_RAW)
        if not method.body and self.random.random() < 0.9:
            return b""
        body = self._message(definitions, method.body or "TuningJob", 0)
        return json.dumps(body, ensure_ascii=self.random.random() < 0.5).encode("utf-8", "surrogatepass")

    def _message(self, definitions: Definitions, schema: str, depth: int) -> dict[str, Any]:
        fields = definitions.fields(schema)
        chosen = [n for n in fields if self.random.random() < (0.3 if len(fields) > 12 else 0.6)]
        found = {n: self._value(definitions, fields[n], depth) for n in chosen}
        if self.random.random() < 0.03:
            found[self.random.choice(["nonsense", "", "__proto__", "name\x00"])] = 1
        return {snake(n) if self.random.random() < 0.3 else n: v for n, v in found.items()}

    def _value(self, definitions: Definitions, kind: FieldType, depth: int) -> Any:
        if self.random.random() < 0.06:
            return self.random.choice(NASTY)
        match kind.kind:
            case "list" if kind.item:
                return [self._value(definitions, kind.item, depth + 1) for _ in range(self.random.randrange(3))]
            case "map" if kind.item:
                return {self.random.choice(TEXTS): self._value(definitions, kind.item, depth + 1)}
            case "message":
                return self._message(definitions, kind.name, depth + 1) if depth < 5 else {}
            case "enum":
                return self.random.choice([n for pair in kind.numbers for n in pair])
            case _:
                return self._scalar(kind.kind)

    def _scalar(self, kind: str) -> Any:
        known = [v for values in self.names.values() for v in values[:3]]
        texts = [*TEXTS, *known, "models/gemini-1.5-flash-001-tuning", "gemini-3.5-flash", "gs://acme-data/train.jsonl"]
        texts += self.names.get("full", [])
        if kind in {"string", "any", "fieldmask"}:
            return self.random.choice(texts)
        if kind in {"timestamp", "duration", "bytes"}:
            return self.random.choice(["2024-01-01T00:00:00Z", "3.5s", "AAAA", "x"])
        return self.random.choice([0, 1, 2, "3", 0.5, 100, -1]) if kind != "bool" else self.random.random() < 0.5


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [s for v in value.values() for s in _strings(v)]
    if isinstance(value, list):
        return [s for v in value for s in _strings(v)]
    return [value] if isinstance(value, str) else []
