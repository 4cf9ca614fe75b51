"""Query parameters: each by what it means; what is nobody's known parameter keeps neither name nor value."""

from __future__ import annotations

import re

from reconciler.emulator.recording import vocabulary
from reconciler.emulator.recording.bodies import mask
from reconciler.emulator.recording.naming import Namer

SECRET = frozenset(
    ("key", "access_token", "oauth_token", "accessToken", "quotaUser", "userIp", "userProject", "callback")
)
"""Never kept, neither the value nor a pseudonym of it."""
_MASKS = ("fields", "updateMask", "readMask", "update_mask", "read_mask", "orderBy", "order_by")
_OBJECTS = ("name", "prefix", "startOffset", "endOffset", "matchGlob")
_IDS = ("tunedModelId", "endpointId", "modelId", "upload_id", "pageToken", "page_token")
_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[\w./@*-]+|.', re.DOTALL)
_OPERATORS = frozenset(("AND", "OR", "NOT", "owner", "writers", "readers", "asc", "desc"))


def scrubbed_query(pairs: list[tuple[str, str]], known: frozenset[str], namer: Namer) -> tuple[str, ...]:
    """The parameters that are kept, in their order; `known` are those of the method."""
    kept = []
    for name, value in pairs:
        if name in SECRET:
            continue
        if name in known or name in vocabulary.PARAMETERS or name in vocabulary.fields():
            kept.append(f"{name}={_value(name, value, namer)}")
        else:
            kept.append(f"{namer.part(name, 'parameter')}={namer.text(value)}")
    return tuple(kept)


def _value(name: str, value: str, namer: Namer) -> str:
    if name in _MASKS:
        return mask(value, namer)
    if name == "filter":
        return _filter(value, namer)
    if name in _OBJECTS:
        return namer.object(value)
    if name == "project":
        return namer.part(value, "project")
    return namer.text(value, "id" if name in _IDS else "text")


def _filter(value: str, namer: Namer) -> str:
    return "".join(_token(token, namer) for token in _TOKEN.findall(value))


def _token(token: str, namer: Namer) -> str:
    if token.startswith('"'):
        return f'"{namer.text(token[1:-1], "value")}"' if len(token) > 1 else token
    if token in _OPERATORS or vocabulary.is_public(token) or (len(token) == 1 and not token.isalnum()):
        return token if token.isascii() else namer.text(token)
    head, dot, rest = token.partition(".")
    if token in vocabulary.fields() or (dot and all(part in vocabulary.fields() for part in token.split("."))):
        return token
    if dot and head in vocabulary.fields():
        return f"{head}.{namer.part(rest, 'label')}"
    return namer.text(token, "value")
