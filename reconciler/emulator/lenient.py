"""A JSON reader as forgiving as Google's: trailing commas, single quotes and bare keys are accepted.

Source: documented (protobuf's json_stream_parser) and recorded (the official notebooks post a trailing comma).
"""

from __future__ import annotations

import math
import re
from typing import Any

import msgspec

MAX_DEPTH = 100
MOST_VALUES = 1_000_000
"""Commas, objects and lists of one body: an empty list takes 3 bytes to send and 64 in memory. Assumed."""
_SPACE = re.compile(r"[ \t\r\n]*")
_BARE_KEY = re.compile(r"[A-Za-z_$][\w$]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_LITERALS = {"true": True, "false": False, "null": None}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


class JsonError(ValueError):
    """The text is not JSON, not even leniently; the message is what the service would say."""


def read_json(text: bytes) -> Any:
    """The value in `text`. Raises JsonError."""
    if len(text) > MOST_VALUES and sum(map(text.count, (b"{", b"[", b","))) > MOST_VALUES:
        raise JsonError(f"Invalid JSON payload received. It has more than {MOST_VALUES} values.")
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return _Reader(_decoded(text)).document()
    return value


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise JsonError("Invalid JSON payload received. Encountered non UTF-8 code points.") from None


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def document(self) -> Any:
        value = self._value(0)
        self._skip_space()
        if self.at < len(self.text):
            raise self._error("Parsing terminated before end of input.")
        return value

    def _value(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise self._error("Message too deep. Max recursion depth reached")
        self._skip_space()
        char = self._peek()
        if char == "{":
            return self._object(depth)
        if char == "[":
            return self._array(depth)
        if char in "\"'" and char:
            return self._string()
        return self._scalar()

    def _object(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self.at += 1
        while not self._takes("}"):
            key = self._key()
            if not self._takes(":"):
                raise self._error("Expected : between key:value pair.")
            found[key] = self._value(depth + 1)
            self._separator("}", "Expected , or } after key:value pair.")
        return found

    def _array(self, depth: int) -> list[Any]:
        found: list[Any] = []
        self.at += 1
        while not self._takes("]"):
            found.append(self._value(depth + 1))
            self._separator("]", "Expected , or ] after array value.")
        return found

    def _separator(self, closing: str, complaint: str) -> None:
        if not self._takes(","):
            self._skip_space()
            if self._peek() != closing:
                raise self._error(complaint)

    def _key(self) -> str:
        self._skip_space()
        if self._peek() in ('"', "'"):
            return self._string()
        match = _BARE_KEY.match(self.text, self.at)
        if not match:
            raise self._error("Expected an object key or }.")
        self.at = match.end()
        return match[0]

    def _string(self) -> str:
        quote, parts = self.text[self.at], []
        self.at += 1
        while True:
            char = self._peek()
            if not char:
                raise self._error("Closing quote expected in string.")
            self.at += 1
            if char == quote:
                break
            parts.append(self._escape() if char == "\\" else char)
        return _joined_surrogates("".join(parts))

    def _escape(self) -> str:
        char = self._peek()
        self.at += 1
        if char != "u":
            return _ESCAPES.get(char, char)
        digits = self.text[self.at : self.at + 4]
        if not re.fullmatch(r"[0-9a-fA-F]{4}", digits):
            raise self._error("Invalid escape sequence.")
        self.at += 4
        return chr(int(digits, 16))

    def _scalar(self) -> Any:
        number = _NUMBER.match(self.text, self.at)
        if number:
            self.at = number.end()
            return self._number(number[0])
        word = _BARE_KEY.match(self.text, self.at)
        if word and word[0] in _LITERALS:
            self.at = word.end()
            return _LITERALS[word[0]]
        raise self._error("Expected a value." if self._peek() else "Unexpected end of string. Expected a value.")

    def _number(self, text: str) -> int | float:
        # As a double throughout where an integer would be larger than one can be.
        value = float(text)
        if not math.isfinite(value):
            raise self._error("Number exceeds the range of double.")
        return value if re.search(r"[.eE]", text) else int(text)

    def _takes(self, char: str) -> bool:
        self._skip_space()
        if self._peek() != char:
            return False
        self.at += 1
        return True

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _skip_space(self) -> None:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def _error(self, complaint: str) -> JsonError:
        start = max(0, self.at - 20)
        excerpt = self.text[start : self.at + 20].replace("\n", " ")
        return JsonError(f"Invalid JSON payload received. {complaint}\n{excerpt}\n{' ' * (self.at - start)}^")


def _joined_surrogates(text: str) -> str:
    """Escaped surrogate pairs as one character; half a pair is no character and becomes U+FFFD."""
    if not any("\ud800" <= c <= "\udfff" for c in text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
