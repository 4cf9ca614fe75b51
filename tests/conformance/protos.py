"""Bodies of the Gemini API against the protos of google-ai-generativelanguage: there is no discovery document.

A body is parsed without ignoring anything, and written again by protobuf itself: whatever comes out different was not
the canonical form (a default written out, an enum's number, another spelling, int64 as a number).
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

Json = dict[str, Any]

PACKAGE = "google.ai.generativelanguage"

# Verb and path after the version -> service, method as the client's transport names it.
_ROUTES = (
    ("POST", r"tunedModels", "ModelService", "CreateTunedModel"),
    ("GET", r"tunedModels", "ModelService", "ListTunedModels"),
    ("GET", r"tunedModels/[^/:]+", "ModelService", "GetTunedModel"),
    ("PATCH", r"tunedModels/[^/:]+", "ModelService", "UpdateTunedModel"),
    ("DELETE", r"tunedModels/[^/:]+", "ModelService", "DeleteTunedModel"),
    ("GET", r"models", "ModelService", "ListModels"),
    ("GET", r"models/[^/:]+", "ModelService", "GetModel"),
    ("POST", r"(tunedM|m)odels/[^/:]+:generateContent", "GenerativeService", "GenerateContent"),
    ("POST", r"(tunedM|m)odels/[^/:]+:streamGenerateContent", "GenerativeService", "StreamGenerateContent"),
    ("POST", r"models/[^/:]+:countTokens", "GenerativeService", "CountTokens"),
    ("POST", r"tunedModels/[^/:]+/permissions", "PermissionService", "CreatePermission"),
    ("GET", r"tunedModels/[^/:]+/permissions", "PermissionService", "ListPermissions"),
    ("GET", r"tunedModels/[^/:]+/permissions/[^/:]+", "PermissionService", "GetPermission"),
    ("PATCH", r"tunedModels/[^/:]+/permissions/[^/:]+", "PermissionService", "UpdatePermission"),
    ("DELETE", r"tunedModels/[^/:]+/permissions/[^/:]+", "PermissionService", "DeletePermission"),
    ("POST", r"tunedModels/[^/:]+:transferOwnership", "PermissionService", "TransferOwnership"),
    ("GET", r"tunedModels/[^/:]+/operations", "Operations", "ListOperations"),
    ("GET", r"tunedModels/[^/:]+/operations/[^/:]+", "Operations", "GetOperation"),
    ("POST", r"tunedModels/[^/:]+/operations/[^/:]+:cancel", "Operations", "CancelOperation"),
)
_OPERATIONS = {"ListOperations": "ListOperationsResponse", "GetOperation": "Operation", "CancelOperation": ""}
_TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{3}|\d{6}|\d{9}))?Z")


def method_of(verb: str, path: str) -> tuple[str, str] | None:
    """Service and method for a path without its version; None where the API has none."""
    for wanted, pattern, service, method in _ROUTES:
        if verb == wanted and re.fullmatch(pattern, path):
            return service, method
    return None


def answer_violations(service: str, method: str, body: Json) -> Iterator[str]:
    """What is wrong with an answer."""
    yield from _compare(_answer_type(service, method), body)


def request_violations(service: str, method: str, body: Json) -> Iterator[str]:
    """What is wrong with a request's body."""
    field, message = _body_type(service, method)
    if message is None:
        if body:
            yield f"{method} takes no body"
        return
    yield from _compare(message, body)
    if field == "*":
        return


def _compare(message: Any, body: Json) -> Iterator[str]:
    from google.protobuf import json_format

    importlib.import_module(f"{PACKAGE}_v1beta")  # registers what an Any may hold
    try:
        parsed = json_format.Parse(json.dumps(body), message())
    except json_format.ParseError as error:
        yield f"{message.DESCRIPTOR.name}: {error}"
        return
    yield from differences(body, json_format.MessageToDict(parsed), message.DESCRIPTOR.name)


def differences(given: object, canonical: object, path: str) -> Iterator[str]:
    """Where a body differs from what protobuf writes for it."""
    if isinstance(given, dict) and isinstance(canonical, dict):
        for key in sorted(given.keys() | canonical.keys()):
            if key not in canonical:
                yield f"{path}.{key}: {given[key]!r:.40} is spelt otherwise, or a default that is written out"
            elif key in given:
                yield from differences(given[key], canonical[key], f"{path}.{key}")
    elif isinstance(given, list) and isinstance(canonical, list) and len(given) == len(canonical):
        for n, (one, other) in enumerate(zip(given, canonical, strict=True)):
            yield from differences(one, other, f"{path}[{n}]")
    elif not _same(given, canonical):
        yield f"{path}: {given!r:.60} would be written {canonical!r:.60}"


def _same(given: object, canonical: object) -> bool:
    if isinstance(given, str) and isinstance(canonical, str) and _TIMESTAMP.fullmatch(given):
        # protobuf writes as few digits as will do, the service six or nine.
        return _instant(given) == _instant(canonical)
    if isinstance(given, (int, float)) and isinstance(canonical, (int, float)):
        return type(given) is bool is type(canonical) or abs(given - canonical) <= 1e-6 * abs(canonical)
    return type(given) is type(canonical) and given == canonical


def _instant(text: str) -> tuple[datetime, str]:
    found = _TIMESTAMP.fullmatch(text)
    assert found is not None, text
    return datetime.fromisoformat(found[1]), (found[2] or "").ljust(9, "0")


@cache
def _answer_type(service: str, method: str) -> Any:
    from google.longrunning import operations_pb2
    from google.protobuf import empty_pb2

    if service == "Operations":
        return getattr(operations_pb2, _OPERATIONS[method]) if _OPERATIONS[method] else empty_pb2.Empty
    found = _stub(service, method).__call__.__annotations__.get("return")
    if found is None:
        return empty_pb2.Empty
    if method == "StreamGenerateContent":
        found = importlib.import_module(f"{PACKAGE}_v1beta").GenerateContentResponse
    return found if hasattr(found, "DESCRIPTOR") else found.pb()


@cache
def _body_type(service: str, method: str) -> tuple[str, Any]:
    if service == "Operations":
        return "", None
    base = getattr(_base_transport(service), f"_Base{method}")
    field = base._get_http_options()[0].get("body", "")
    if not field:
        return "", None
    request = _stub(service, method).__call__.__annotations__["request"]
    if field == "*":
        return field, request.pb()
    return field, request.meta.fields[field].message.pb()


def _stub(service: str, method: str) -> Any:
    transport = importlib.import_module(f"{PACKAGE}_v1beta.services.{_module(service)}.transports.rest")
    return getattr(getattr(transport, f"{service}RestTransport"), f"_{method}")


def _base_transport(service: str) -> Any:
    transport = importlib.import_module(f"{PACKAGE}_v1beta.services.{_module(service)}.transports.rest_base")
    return getattr(transport, f"_Base{service}RestTransport")


def _module(service: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", service).lower()
