"""Requests generated from the definitions, method by method: what of them is answered as published.

    python -m tests.conformance.variants > docs/reference/conformance.md

Each method of the emulator gets one request without anything beside what it needs, and one more for every field that
its body may have (with a value of its type, and with one of another type), for every value of an enum, for a field's
other spelling, and for every parameter of the query. What an answer has to look like is read from Google's discovery
documents and protos, which the emulator's excerpts were cut from but which it never reads.
"""

from __future__ import annotations

import copy
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from reconciler.emulator import Emulator, Request
from reconciler.emulator.definitions import Definitions, FieldType, load, snake
from reconciler.emulator.registry import HANDLERS
from tests.conformance.exchanges import Exchange, answer_violations
from tests.conformance.served import DAY_S, training_data
from tests.conformance.strange_requests import TRAINING_DATA, TUNED_MODEL

Json = dict[str, Any]
Path = tuple[str, ...]

SERVICES = ("vertex.v1", "vertex.v1beta1", "gemini.v1beta", "storage.v1")
ROOTS = {"vertex.v1": "/v1/", "vertex.v1beta1": "/v1beta1/", "gemini.v1beta": "/v1beta/", "storage.v1": "/storage/v1/"}
DEEPEST = 3
PARENT = "projects/acme/locations/us-central1"
PROMPT: Json = {"contents": [{"role": "user", "parts": [{"text": "What is the capital of Kenya?"}]}]}
BASE_MODEL = "gemini-3.5-flash"
COLUMNS = ("variants", "answered", "refused", "not emulated", "as published")


@dataclass(frozen=True)
class Variant:
    """One request of a method, and what is special about it."""

    method: str
    special: str
    request: Request


@dataclass(frozen=True)
class Place:
    """What there is in an emulator that can be named in a path or a body."""

    params: Mapping[str, str]
    bodies: Mapping[str, Json]


def furnished() -> tuple[Emulator, Place]:
    """An emulator in which most methods find something. Its names are the same every time."""
    emulator = Emulator.open(None, speed="instant", catalog="historic", seed=1, now=lambda: DAY_S)

    def ask(verb: str, target: str, body: object = None) -> Any:
        path, _, query = target.partition("?")
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        response = emulator.handle(Request(verb, path, query, {}, data))
        found = json.loads(b"".join(response.chunks))
        assert response.status == 200, found
        return found

    ask("POST", "/upload/storage/v1/b/acme/o?uploadType=media&name=train.jsonl", training_data())
    ask("POST", "/v1beta/tunedModels?tunedModelId=tune-me", TUNED_MODEL)
    grantee = {"granteeType": "USER", "emailAddress": "ada@acme.example", "role": "READER"}
    permission = ask("POST", "/v1beta/tunedModels/tune-me/permissions", grantee)["name"]
    job = ask("POST", f"/v1/{PARENT}/tuningJobs", _training())["name"]
    made = ask("GET", f"/v1/{job}")
    model, endpoint = made["tunedModel"]["model"].partition("@")[0], made["tunedModel"]["endpoint"]
    operation = ask("POST", f"/v1/{PARENT}/models:copy", {"sourceModel": model})["name"]
    board = ask("GET", f"/v1/{PARENT}/tensorboards")["tensorboards"][0]["name"]
    experiment = ask("GET", f"/v1/{board}/experiments")["tensorboardExperiments"][0]["name"]
    run = ask("GET", f"/v1/{experiment}/runs")["tensorboardRuns"][0]["name"]
    series = ask("GET", f"/v1/{run}/timeSeries")["tensorboardTimeSeries"][0]["name"]
    names = (job, model, endpoint, operation, board, experiment, run, series, made["experiment"])
    last = [name.rpartition("/")[2] for name in names]
    keys = ("tuningJob", "model", "endpoint", "operation", "tensorboard", "experiment", "run", "timeSerie", "context")
    params = {**dict(zip(keys, last, strict=True)), "timeSeries": last[7], "tunedModel": "tune-me"}
    params |= {"project": "acme", "location": "us-central1", "publisher": "google", "metadataStore": "default"}
    params |= {"permission": permission.rpartition("/")[2], "bucket": "acme", "object": "train.jsonl"}
    return emulator, Place(params, _bodies(job, model))


def _training() -> Json:
    spec = {"trainingDatasetUri": TRAINING_DATA, "hyperParameters": {"epochCount": 1}}
    return {"baseModel": "gemini-2.5-flash", "supervisedTuningSpec": spec}


def _bodies(job: str, model: str) -> dict[str, Json]:
    """What a method needs to be carried out, by the end of its id."""
    deployed = {"model": model, "displayName": "x"}
    return {
        "tuningJobs.create": _training(),
        "rebaseTunedModel": {"tunedModelRef": {"tuningJob": job}},
        "models.copy": {"sourceModel": model},
        "mergeVersionAliases": {"versionAliases": ["best"]},
        "models.patch": {"displayName": "x"},
        "endpoints.create": {"displayName": "x"},
        "endpoints.patch": {"displayName": "x"},
        "endpoints.update": {"endpoint": {"displayName": "x"}},
        "deployModel": {"deployedModel": deployed},
        "undeployModel": {"deployedModelId": "1"},
        "generateContent": PROMPT,
        "streamGenerateContent": PROMPT,
        "countTokens": PROMPT,
        "tunedModels.create": TUNED_MODEL,
        "tunedModels.patch": {"displayName": "x"},
        "permissions.create": {"granteeType": "USER", "emailAddress": "bo@acme.example", "role": "READER"},
        "permissions.patch": {"role": "WRITER"},
        "transferOwnership": {"emailAddress": "bo@acme.example"},
        "buckets.insert": {"name": "acme-more"},
        "objects.insert": {"name": "another"},
        "objects.compose": {"sourceObjects": [{"name": "train.jsonl"}]},
    }


def variants_of(service: str, place: Place) -> Iterator[Variant]:
    """All of them, method by method in the order of their names."""
    definitions = load(service)
    surface = service.partition(".")[0]
    for name in sorted(definitions.methods):
        if f"{surface}.{name}" in HANDLERS:
            yield from _of_method(service, definitions, name, place)


def _of_method(service: str, definitions: Definitions, name: str, place: Place) -> Iterator[Variant]:
    method = definitions.methods[name]
    params = {**place.params, "model": BASE_MODEL} if _is_of_base_model(service, name) else place.params
    target = ROOTS[service] + "/".join(_filled(part, params) for part in method.path.split("/"))
    ends = (body for end, body in place.bodies.items() if name == end or name.endswith(f".{end}"))
    base = next(ends, {})
    query = "updateMask=displayName" if "updateMask" in method.query else ""

    def variant(special: str, body: Json, more: str = "") -> Variant:
        return Variant(name, special, _request(name, method.verb, target, "&".join(filter(None, (query, more))), body))

    yield variant("", base)
    for argument in sorted(method.query):
        for value in ("1", "x"):
            yield variant(f"?{argument}={value}", base, f"{argument}={value}")
    for path, kind in fields_of(definitions, method.body) if method.body else ():
        for special, value in values_of(kind):
            yield variant(f"{'.'.join(path)} = {special}", with_value(base, path, value))
        if path[-1] != snake(path[-1]):
            spelt = (*path[:-1], snake(path[-1]))
            yield variant(".".join(spelt), with_value(_without(base, path), spelt, sample_of(kind)))


def _is_of_base_model(service: str, method: str) -> bool:
    """Elsewhere a model is one of the registry."""
    return service.startswith("gemini") or method.startswith("publishers.")


def _filled(part: str, params: Mapping[str, str]) -> str:
    name, colon, action = part.partition(":")
    if not name.startswith("{"):
        return part
    known = params.get(name[1:-1], "acme" if "ucket" in name else "train.jsonl" if "bject" in name else "1")
    return f"{known}{colon}{action}"


def _request(name: str, verb: str, target: str, query: str, body: Json) -> Request:
    text = json.dumps(body).encode() if body or verb not in {"GET", "DELETE"} else b""
    if name != "objects.insert":
        return Request(verb, target, query, {"content-type": "application/json"}, text)
    query = "&".join(filter(None, ("uploadType=multipart", query)))
    parts = (b"Content-Type: application/json\r\n\r\n" + text, b"Content-Type: text/plain\r\n\r\nhello")
    whole = b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + b"--x--"
    return Request(verb, f"/upload{target}", query, {"content-type": "multipart/related; boundary=x"}, whole)


def fields_of(
    definitions: Definitions, schema: str, above: Path = (), seen: Path = ()
) -> Iterator[tuple[Path, FieldType]]:
    """Every field that a client may set, with those of the messages inside."""
    if len(above) > DEEPEST or schema in seen:
        return
    for name, kind in sorted(definitions.fields(schema).items()):
        if kind.is_output_only:
            continue
        yield (*above, name), kind
        inner = _innermost(kind)
        if inner.kind == "message":
            yield from fields_of(definitions, inner.name, (*above, name), (*seen, schema))


def _innermost(kind: FieldType) -> FieldType:
    while kind.kind in {"list", "map"} and kind.item is not None:
        kind = kind.item
    return kind


def values_of(kind: FieldType) -> Iterator[tuple[str, Any]]:
    """(what it is, the value): one of its type, or each value of an enum, and one of another type."""
    inner = _innermost(kind)
    if inner.kind == "enum":
        for name, _ in inner.numbers:
            yield name, _wrapped(kind, name)
    else:
        yield "a value", sample_of(kind)
    if inner.kind != "any":
        yield "another type", "x" if inner.kind == "message" else {"a": [1]}


def sample_of(kind: FieldType) -> Any:
    """A value of the type."""
    inner = _innermost(kind)
    if inner.kind == "enum":
        return _wrapped(kind, inner.numbers[-1][0])
    return _wrapped(kind, _SAMPLES.get(inner.kind, "x"))


_SAMPLES: Json = {
    "message": {},
    "any": {},
    "int64": "1",
    "uint64": "1",
    "int32": 1,
    "uint32": 1,
    "double": 0.5,
    "float": 0.5,
    "bool": True,
    "bytes": "AAAA",
    "timestamp": "2026-11-18T11:12:40Z",
    "duration": "3.5s",
    "fieldmask": "displayName",
}


def _wrapped(kind: FieldType, value: Any) -> Any:
    if kind.item is None:
        return value
    return [_wrapped(kind.item, value)] if kind.kind == "list" else {"k": _wrapped(kind.item, value)}


def with_value(base: Json, path: Path, value: Any) -> Json:
    """A copy of the body with a value at the path; a list on the way is gone through by its first element."""
    body = copy.deepcopy(base)
    at: Any = body
    for step in path[:-1]:
        found = at.get(step)
        if isinstance(found, list):
            found = found[0] if found and isinstance(found[0], dict) else at.__setitem__(step, [{}]) or at[step][0]
        elif not isinstance(found, dict):
            found = at.setdefault(step, {})
        at = found
    at[path[-1]] = value
    return body


def _without(base: Json, path: Path) -> Json:
    """A copy of the body without that field, so that its other spelling does not stand beside it."""
    body = copy.deepcopy(base)
    at: Any = body
    for step in path[:-1]:
        at = at.get(step, {}) if isinstance(at, dict) else {}
        at = at[0] if isinstance(at, list) and at else at
    if isinstance(at, dict):
        at.pop(path[-1], None)
    return body


@cache
def generated() -> dict[str, int]:
    """How many there are of each `service method`; nothing is sent but what furnishes."""
    emulator, place = furnished()
    emulator.close()
    return dict(Counter(f"{service} {v.method}" for service in SERVICES for v in variants_of(service, place)))


def sent(service: str) -> tuple[dict[str, Counter[str]], list[str]]:
    """By method what came of its variants, each method with an emulator of its own; and what was not as published."""
    counts: dict[str, Counter[str]] = {}
    wrong: list[str] = []
    emulator, place = furnished()
    for variant in variants_of(service, place):
        if variant.method not in counts:
            emulator.close()
            emulator, _ = furnished()
            counts[variant.method] = Counter()
        response = emulator.handle(variant.request)
        headers = {key.lower(): value for key, value in response.headers}
        exchange = Exchange(variant.request, response.status, headers, b"".join(response.chunks))
        found = [*answer_violations(exchange)] + ["is a failure"] * (response.status >= 500 and response.status != 501)
        wrong += [f"{variant.method} {variant.special}: {exchange}: {problem}" for problem in found]
        kind = "answered" if response.status < 400 else "not emulated" if response.status == 501 else "refused"
        counts[variant.method].update(["variants", kind, *([] if found else ["as published"])])
    emulator.close()
    return counts, wrong


HEAD = """\
<!-- Written by python -m tests.conformance.variants; do not edit. -->
# What of the emulator is proven

**{passed:,} of {total:,} requests that are generated from Google's definitions are answered as published**, on this
commit.

Every method of the emulator is sent one request for each field that its body may have ({deepest} levels deep), with a
value of its type and with one of another type, for each value of an enum, for the other spelling of each field, and for
each parameter of its query. *As published* means: of the status, the fields, the types and the form of errors that
Google's discovery documents and protos say, and never a failure of the emulator's own. *Answered* ones were carried
out; *refused* ones got an error of the service's kind, and most were made to get one; *not emulated* ones got 501. That
the service would refuse the same ones is not proven by this: see
[what is assumed](../emulator.md#where-each-behaviour-comes-from).

Beside these, requests that are drawn at random are sent in every run of the tests (`tests/conformance/test_fuzz.py`,
`tests/emulator/test_fuzz.py`), and [Google's own clients](../contributing.md) run against it unmodified.
"""


def page() -> str:
    """The page, after all of them have been sent."""
    found = {service: sent(service)[0] for service in SERVICES}
    sums = {service: sum(counts.values(), Counter()) for service, counts in found.items()}
    total = sum(sums.values(), Counter())
    parts = [HEAD.format(passed=total["as published"], total=total["variants"], deepest=DEEPEST + 1)]
    parts.append(_table("service", {**sums, "all": total}))
    for service, counts in found.items():
        parts += [f"## {service}\n", _table("method", counts)]
    return "\n".join(parts)


def _table(first: str, rows: Mapping[str, Counter[str]]) -> str:
    lines = [f"| {first} | {' | '.join(COLUMNS)} |", f"|---|{'---:|' * len(COLUMNS)}"]
    lines += [f"| `{name}` | {' | '.join(f'{counts[c]:,}' for c in COLUMNS)} |" for name, counts in rows.items()]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.stdout.write(page())
