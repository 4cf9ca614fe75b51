"""List filters: comparisons of fields joined by AND, OR and NOT, with parentheses.

Source: documented (`=`, `!=`, `:`, labels.key=value, labels.key:*, labels:key, both spellings of a field); what each
list supports beyond that is assumed to be any field that it answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from reconciler.emulator.definitions import camel
from reconciler.emulator.errors import invalid

Json = dict[str, Any]
Predicate = Callable[[Json], bool]

MAX_LENGTH = 4_000
_TOKEN = re.compile(r'\s*(?:(")((?:[^"\\]|\\.)*)"|(!=|<=|>=|[=:<>()-])|([^\s()=:<>!"]+))')
_Token = tuple[str, str]  # ("text" | "word" | "sign", value)


def parse(text: str, *, id_field: str) -> Predicate:
    """A predicate over answered resources; an empty filter keeps everything. Raises ApiError 400.

    `id_field` names the resource's own id in a filter: the last part of its name.
    """
    if not text.strip():
        return lambda _: True
    if len(text) > MAX_LENGTH:
        raise invalid("The filter is too long.")
    parser = _Parser(_tokens(text), id_field, text)
    predicate = parser.either()
    if parser.rest:
        raise parser.error()
    return predicate


def _tokens(text: str) -> list[_Token]:
    tokens, at = [], 0
    stripped = text.rstrip()
    while at < len(stripped):
        match = _TOKEN.match(stripped, at)
        if not match:
            raise invalid(f"Invalid filter: {text[:200]}")
        if match[1]:
            tokens.append(("text", re.sub(r"\\(.)", r"\1", match[2])))
        else:
            tokens.append(("sign", match[3]) if match[3] else ("word", match[4]))
        at = match.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[_Token], id_field: str, text: str) -> None:
        self.rest = tokens
        self._id_field = id_field
        self._text = text
        self._depth = 0

    def either(self) -> Predicate:
        found = [self._both()]
        while self._takes("word", "OR"):
            found.append(self._both())
        return found[0] if len(found) == 1 else lambda doc: any(p(doc) for p in found)

    def _both(self) -> Predicate:
        found = [self._one()]
        while self.rest and self.rest[0] not in (("word", "OR"), ("sign", ")")):
            self._takes("word", "AND")
            found.append(self._one())
        return found[0] if len(found) == 1 else lambda doc: all(p(doc) for p in found)

    def _one(self) -> Predicate:
        self._depth += 1
        if self._depth > 400:
            raise self.error()
        if self._takes("word", "NOT") or self._takes("sign", "-"):
            negated = self._one()
            return lambda doc: not negated(doc)
        if self._takes("sign", "("):
            inner = self.either()
            if not self._takes("sign", ")"):
                raise self.error()
            return inner
        return self._comparison()

    def _comparison(self) -> Predicate:
        path = self._path()
        if not self.rest or self.rest[0][0] != "sign" or self.rest[0][1] in "()-":
            raise self.error()
        sign = self.rest.pop(0)[1]
        value = self._value()
        return lambda doc: _compare(_lookup(doc, path, self._id_field), sign, value)

    def _path(self) -> list[str]:
        kind, word = self.rest.pop(0) if self.rest else ("", "")
        if kind not in ("word", "text"):
            raise self.error()
        parts = [p for p in word.split(".") if p]
        if word.endswith(".") and self.rest and self.rest[0][0] == "text":
            parts.append(self.rest.pop(0)[1])
        if not parts:
            raise self.error()
        return [camel(parts[0]), *parts[1:]]

    def _value(self) -> str:
        if not self.rest or self.rest[0][0] == "sign":
            raise self.error()
        value = self.rest.pop(0)[1]
        # A time of day has colons of its own and need not be quoted.
        while len(self.rest) > 1 and self.rest[0] == ("sign", ":") and self.rest[1][0] == "word":
            value += ":" + self.rest[1][1]
            del self.rest[:2]
        return value

    def _takes(self, kind: str, value: str) -> bool:
        if self.rest and self.rest[0] == (kind, value):
            self.rest.pop(0)
            return True
        return False

    def error(self) -> Exception:
        return invalid(f"Invalid filter: {self._text[:200]}")


def _lookup(doc: Json, path: list[str], id_field: str) -> Any:
    if path == [id_field] and id_field != "name":
        return str(doc.get("name", "")).rpartition("/")[2].partition("@")[0]
    if path == ["baseModelName"]:
        return doc.get("labels", {}).get("google-vertex-llm-tuning-base-model-id")
    value: Any = doc
    for part in path:
        value = value.get(part, value.get(camel(part))) if isinstance(value, dict) else None
    return value


def _compare(value: Any, sign: str, wanted: str) -> bool:
    if sign == "!=":
        return not _compare(value, "=", wanted)
    if value is None:
        return False
    if sign == ":":
        return _has(value, wanted)
    if isinstance(value, bool):
        value = str(value).lower()
    if sign == "=":
        return _equal(value, wanted)
    first, second = _comparable(value, wanted)
    return bool(
        first <= second
        if sign == "<="
        else first >= second
        if sign == ">="
        else first < second
        if sign == "<"
        else first > second
    )


def _equal(value: Any, wanted: str) -> bool:
    text = str(value)
    if wanted.endswith("*") and len(wanted) > 1:
        return text.startswith(wanted[:-1])
    return text == wanted


def _has(value: Any, wanted: str) -> bool:
    if wanted == "*":
        return True
    if isinstance(value, (dict, list)):
        return wanted in value
    return wanted.casefold() in str(value).casefold()


def _comparable(value: Any, wanted: str) -> tuple[Any, Any]:
    try:
        return float(value), float(wanted)
    except (TypeError, ValueError):
        return str(value), wanted


def ordered(docs: list[Json], order: str, allowed: tuple[str, ...]) -> list[Json]:
    """Documents in the order that an `orderBy` text asks for. Raises ApiError 400."""
    for part in reversed([p.split() for p in order.split(",") if p.strip()]):
        field = camel(part[0])
        if field not in allowed or len(part) > 2 or part[1:] not in ([], ["asc"], ["desc"]):
            raise invalid(f"Invalid order by: {order[:200]}")
        docs = sorted(docs, key=lambda doc: str(doc.get(field, "")), reverse=part[1:] == ["desc"])
    return docs
