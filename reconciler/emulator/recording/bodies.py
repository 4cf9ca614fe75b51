"""JSON bodies, walked along their published schema: what has a meaning for everybody stays, every other text goes.

A field that no schema has is kept by its name where the service sent it, which is what a recording is for; what it
holds is not. In a request it may be anybody's slip of the pen, and gets a pseudonym.
"""

from __future__ import annotations

import re
from typing import Any

from reconciler.emulator.definitions import Definitions, FieldType, camel
from reconciler.emulator.recording import vocabulary, wording
from reconciler.emulator.recording.naming import Namer

Json = dict[str, Any]

_NAME_OF_FIELD = re.compile(r"[a-z][A-Za-z]{1,40}")
_NAME_OF_VALUE = re.compile(r"[A-Z][A-Z_]{2,60}")
_INTEGER = re.compile(r"-?\d{1,20}")
_LONG_NUMBER = 10
"""Digits from which on a number is an id: no count of a training has as many."""
_DURATION = re.compile(r"-?\d{1,12}(\.\d{1,9})?s")
_STATUS = ("GoogleRpcStatus", "Status")
_MAPS = {"labels": ("label", "value"), "metadata": ("key", "value"), "userLabels": ("label", "value")}
_OBJECTS = ("name", "prefixes")
_KINDS = {
    **dict.fromkeys(("bucket", "sourceBucket", "destinationBucket"), "bucket"),
    **dict.fromkeys(("email", "emailAddress", "entity", "serviceAccount", "user"), "account"),
    **dict.fromkeys(("projectNumber", "project"), "project"),
    **dict.fromkeys(("deployedModelId", "id", "responseId", "etag", "nextPageToken", "pageToken", "generation"), "id"),
}
_LEFT_OUT = ("md5Hash", "crc32c")
"""Digests of contents that are not kept."""


class BodyScrubber:
    """Scrubs bodies of one service."""

    def __init__(self, definitions: Definitions | None, namer: Namer, *, is_answer: bool, is_storage: bool) -> None:
        self._definitions = definitions
        self._namer = namer
        self._is_answer = is_answer
        self._is_storage = is_storage

    def message(self, schema: str, value: Any) -> Any:
        """A value of that schema ("": of none)."""
        return self._value(value, FieldType("message", name=schema), "")

    def error(self, value: Any) -> Any:
        """The body of an error: every text in it is taken for a message."""
        match value:
            case dict():
                return {self._key_of_error(k): self._error_value(k, v) for k, v in value.items()}
            case list():
                return [self.error(v) for v in value]
            case str():
                return value if vocabulary.is_public(value) else wording.scrubbed(value, self._namer)
            case _:
                return _number(value, self._namer)

    def _error_value(self, key: str, value: Any) -> Any:
        is_type = key == "@type" and isinstance(value, str) and vocabulary.TYPE_URL.fullmatch(value)
        return value if is_type else self.error(value)

    def _key_of_error(self, key: str) -> str:
        return key if key in vocabulary.KEYS or key in vocabulary.fields() else self._namer.text(key, "key")

    def _value(self, value: Any, kind: FieldType | None, key: str) -> Any:
        match value:
            case dict():
                return self._dict(value, kind, key)
            case list():
                item = kind.item if kind and kind.kind == "list" else kind
                return [self._value(v, item, key) for v in value]
            case str():
                return self._text(value, kind, key)
            case _:
                return _number(value, self._namer)

    def _dict(self, value: Json, kind: FieldType | None, key: str) -> Json:
        if kind and kind.kind == "list":
            kind = kind.item  # one object where a list is declared is taken
        if kind and kind.kind == "map" and "@type" not in value:
            words = _MAPS.get(key, ("key", "value"))
            return {self._map_key(k, words[0]): self._entry(v, kind.item, words[1]) for k, v in value.items()}
        if kind and kind.kind == "message" and kind.name in _STATUS:
            found: Json = self.error(value)
            return found
        schema = self._schema_of(value, kind)
        known = self._definitions.fields(schema) if self._definitions and schema else {}
        return dict(self._entries(value, known, is_message=bool(known) or "@type" in value))

    def _schema_of(self, value: Json, kind: FieldType | None) -> str:
        if kind and kind.kind == "message" and "@type" not in value:
            return kind.name
        # What is packed into an operation says its type.
        named = str(value.get("@type", "")).rpartition(".")[2]
        return next((n for n in (named, f"GoogleCloudAiplatformV1{named}") if self._has(n)), "")

    def _has(self, schema: str) -> bool:
        return bool(self._definitions and schema and self._definitions.is_known(schema))

    def _entries(self, value: Json, known: dict[str, FieldType], *, is_message: bool) -> list[tuple[str, Any]]:
        found = []
        for key, item in value.items():
            if key in _LEFT_OUT and self._is_storage:
                continue
            name = key if key in known else camel(key)
            if name in known:
                found.append((key, self._value(item, known[name], name)))
            else:
                found.append((self._unknown_key(key, is_message=is_message), self._value(item, None, key)))
        return found

    def _unknown_key(self, key: str, *, is_message: bool) -> str:
        if key in vocabulary.KEYS or key in vocabulary.fields():
            return key
        if is_message and self._is_answer and _NAME_OF_FIELD.fullmatch(key):
            return key
        return self._namer.part(key, "key")

    def _typed(self, value: str, kind: str) -> str | None:
        """A text whose type says what it may be; None for one that may be anything."""
        match kind:
            case "enum":
                return value if self._is_answer and _NAME_OF_VALUE.fullmatch(value) else None
            case "int64" | "uint64" | "int32" | "uint32" if _INTEGER.fullmatch(value):
                return value if len(value) < _LONG_NUMBER else self._namer.part(value, "number")
            case "duration":
                return value if _DURATION.fullmatch(value) else None
            case "bytes":
                return "AAAA"
            case "fieldmask":
                return mask(value, self._namer)
            case _:
                return None

    def _map_key(self, key: str, kind: str) -> str:
        return key if key in vocabulary.KEYS else self._namer.part(key, kind)

    def _entry(self, value: Any, kind: FieldType | None, word: str) -> Any:
        if isinstance(value, str):
            return self._namer.text(value, word)
        return self._value(value, kind, "")

    def _text(self, value: str, kind: FieldType | None, key: str) -> str:
        if key == "@type" and self._is_answer and vocabulary.TYPE_URL.fullmatch(value):
            return value
        typed = self._typed(value, kind.kind if kind else "")
        if typed is not None:
            return typed
        if self._is_storage and key in _OBJECTS and not _is_bucket(value):
            return self._namer.object(value)
        return self._namer.text(value, _KINDS.get(key, "text"))


def _is_bucket(value: str) -> bool:
    return "/" not in value and "." not in value


def _number(value: Any, namer: Namer) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10 ** (_LONG_NUMBER - 1):
        return int(namer.part(str(abs(value)), "number"))
    return value


def mask(value: str, namer: Namer) -> str:
    """A selection of fields: their names stay."""

    def word(match: re.Match[str]) -> str:
        known = vocabulary.fields() | vocabulary.KEYS
        return match[0] if match[0] in known else namer.part(match[0], "key")

    return re.sub(r"[\w@-]+", word, value)
