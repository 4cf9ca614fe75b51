"""Bodies against the discovery documents inside google-api-python-client, field by field and without mercy.

The documents say less than the protos do: which enums have which numbers, and which zero is a value. Both are said
here, where it matters.
"""

from __future__ import annotations

import base64
import binascii
import importlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

Json = dict[str, Any]

VERTEX = ("aiplatform.v1", "aiplatform.v1beta1")
STORAGE = "storage.v1"

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}|\.\d{6}|\.\d{9})?Z")
_INTEGERS = {
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
}
_PATTERNS = {
    "google-datetime": _TIMESTAMP,
    "date-time": _TIMESTAMP,
    "google-duration": re.compile(r"-?\d+(\.\d{1,9})?s"),
    "google-fieldmask": re.compile(r"[a-zA-Z.]+(,[a-zA-Z.]+)*"),
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
}
ANY_PREFIX = "type.googleapis.com/"

# Fields with presence (proto3 `optional` or in a oneof): their zero is a value, so an answer may hold it. The documents
# do not tell; the descriptors inside google-cloud-aiplatform do.
_ZERO_IS_A_VALUE = {"TuningJob.baseModel", "Candidate.finishMessage", "Part.text", "DeployedModel.sharedResources"}


@dataclass(frozen=True, slots=True)
class Method:
    """One published method: what it takes and what it answers, as names of schemas ("" for nothing)."""

    document: str
    id: str
    query: frozenset[str]
    body: str
    answer: str


@dataclass(frozen=True, slots=True)
class Body:
    """How a body is read: who wrote it decides what may stand in it."""

    is_answer: bool
    has_numbers_for_enums: bool = False


@cache
def document(name: str) -> Json:
    """One document as shipped."""
    file = resources.files("googleapiclient").joinpath("discovery_cache", "documents", f"{name}.json")
    found: Json = json.loads(file.read_bytes())
    return found


@cache
def _index(name: str) -> Mapping[tuple[str, int, str], list[tuple[list[str], Json]]]:
    """Methods by verb, number of segments and custom verb."""
    found: dict[tuple[str, int, str], list[tuple[list[str], Json]]] = {}
    base: str = document(name)["servicePath"] if name == STORAGE else ""
    for method in methods_in(document(name)):
        path, _, action = f"{base}{method.get('flatPath', method['path'])}".partition(":")
        template = path.split("/")
        found.setdefault((method["httpMethod"], len(template), action), []).append((template, method))
    return found


def methods_in(node: Json) -> Iterator[Json]:
    """Every method below a node of a document."""
    yield from node.get("methods", {}).values()
    for resource in node.get("resources", {}).values():
        yield from methods_in(resource)


def method_of(name: str, verb: str, path: str) -> Method | None:
    """The published method for a path without its leading slash; None where the document has none."""
    segments = path.split("/")
    segments[-1], _, action = segments[-1].partition(":")
    for template, method in _index(name).get((verb, len(segments), action), ()):
        if all(t.startswith("{") or t == s for t, s in zip(template, segments, strict=True)):
            common = document(name).get("parameters", {})
            places = {k for k, p in method.get("parameters", {}).items() if p["location"] == "query"}
            request, response = method.get("request", {}), method.get("response", {})
            return Method(
                name, method["id"], frozenset(places | set(common)), request.get("$ref", ""), response.get("$ref", "")
            )
    return None


def violations(name: str, schema: str, value: object, how: Body, path: str = "") -> Iterator[str]:
    """Every way in which a body is not what the document says, as sentences."""
    yield from _Reader(name, how).message(schema, value, path)


class _Reader:
    def __init__(self, name: str, how: Body) -> None:
        self._name = name
        self._schemas: Json = document(name)["schemas"]
        self._how = how

    def message(self, schema: str, value: object, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{path}: {value!r:.60} is no {schema}"
            return
        definition = self._schemas[schema]
        properties = definition.get("properties", {})
        for key, item in value.items():
            where = f"{path}.{key}".lstrip(".")
            if key in properties:
                yield from self._field(schema, key, properties[key], item, where)
            elif not (key == "@type" and path) and "additionalProperties" not in definition:
                yield f"{where}: {schema} has no such field"

    def _field(self, schema: str, key: str, kind: Json, item: object, where: str) -> Iterator[str]:
        if self._how.is_answer and _is_default(item) and not self._keeps_default(schema, key):
            yield f"{where}: the default {item!r} is written out; answers leave defaults out"
        if not self._how.is_answer and kind.get("readOnly"):
            yield f"{where}: {schema}.{key} is output only and was sent"
        yield from self._value(kind, item, where)

    def _keeps_default(self, schema: str, key: str) -> bool:
        short = re.sub(r"^GoogleCloudAiplatformV1(beta1)?", "", schema)
        # Cloud Storage's answers are no proto-JSON: "0" and false are written out.
        return self._name == STORAGE or f"{short}.{key}" in _ZERO_IS_A_VALUE

    def _value(self, kind: Json, item: object, where: str) -> Iterator[str]:
        if "$ref" in kind:
            yield from self.message(kind["$ref"], item, where)
        elif kind["type"] == "array":
            yield from self._list(kind, item, where)
        elif kind["type"] == "object":
            yield from self._map(kind, item, where)
        elif kind["type"] == "any":
            return
        elif not (self._is_text(kind, item) if kind["type"] == "string" else _is_of_type(kind, item)):
            wanted = kind.get("format", kind["type"]) if "enum" not in kind else "one of its enum"
            yield f"{where}: {item!r:.60} is not {wanted}"

    def _list(self, kind: Json, item: object, where: str) -> Iterator[str]:
        if not isinstance(item, list):
            yield f"{where}: {item!r:.60} is no list"
            return
        for n, one in enumerate(item):
            yield from self._value(kind["items"], one, f"{where}[{n}]")

    def _map(self, kind: Json, item: object, where: str) -> Iterator[str]:
        if not isinstance(item, dict):
            yield f"{where}: {item!r:.60} is no object"
            return
        inner = kind.get("additionalProperties", {"type": "any"})
        if inner["type" if "type" in inner else "$ref"] == "any" and "@type" in str(inner.get("description", "")):
            yield from self._typed(item, where)
            return
        for key, one in item.items():
            yield from self._value(inner, one, f"{where}.{key}")

    def _typed(self, item: Json, where: str) -> Iterator[str]:
        """A google.protobuf.Any: what it holds is checked by the type it names."""
        url = str(item.get("@type", ""))
        package, _, name = url.removeprefix(ANY_PREFIX).rpartition(".")
        schema = schema_of(package, name)
        if not url.startswith(ANY_PREFIX):
            yield f"{where}: an Any without a type URL"
        elif schema in self._schemas:
            yield from self.message(schema, item, where)
        elif url != f"{ANY_PREFIX}google.protobuf.Empty" and not package.startswith("google.rpc"):
            yield from (f"{where}: {wrong}" for wrong in _as_message(package, name, item))

    def _is_text(self, kind: Json, item: object) -> bool:
        if "enum" in kind:
            names = kind["enum"]
            if self._how.has_numbers_for_enums:
                return isinstance(item, int) and not isinstance(item, bool)
            return item in names and not str(item).endswith("_UNSPECIFIED")
        form = kind.get("format", "")
        return isinstance(item, str) and _has_form(form, item)


def _as_message(package: str, name: str, item: Json) -> Iterator[str]:
    """Against google-cloud-aiplatform's protos, which have some metadata of operations that no document has."""
    from google.protobuf import json_format

    version = package.removeprefix("google.cloud.aiplatform.")
    known = importlib.import_module(f"google.cloud.aiplatform_{version}") if version in {"v1", "v1beta1"} else None
    message = getattr(known, name, None)
    if message is None:
        yield f"nothing published is called {package}.{name}"
        return
    try:
        json_format.ParseDict({k: v for k, v in item.items() if k != "@type"}, message.pb()())
    except json_format.ParseError as error:
        yield str(error)


def _is_of_type(kind: Json, item: object) -> bool:
    if kind["type"] == "boolean" or isinstance(item, bool):
        return kind["type"] == "boolean" and isinstance(item, bool)
    if kind["type"] == "number":
        return isinstance(item, (int, float))
    low, high = _INTEGERS[kind.get("format", "int32")]
    return isinstance(item, int) and low <= item <= high


def _has_form(form: str, item: str) -> bool:
    if form in _INTEGERS:
        low, high = _INTEGERS[form]
        return re.fullmatch(r"0|-?[1-9]\d*", item) is not None and low <= int(item) <= high
    if form == "byte":
        return _is_base64(item)
    return form not in _PATTERNS or _PATTERNS[form].fullmatch(item) is not None


def _is_base64(item: str) -> bool:
    try:
        base64.b64decode(item, validate=True)
    except binascii.Error:
        return False
    return True


def _is_default(item: object) -> bool:
    return item in ("", "0", 0, False, None) or item == []


def schema_of(package: str, name: str) -> str:
    """`google.cloud.aiplatform.v1` and `Model` are the schema `GoogleCloudAiplatformV1Model`."""
    return "".join(part[:1].upper() + part[1:] for part in package.split(".")) + name
