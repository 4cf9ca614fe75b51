"""One line as text: what is wrong with it before anybody asks what it means, and where a path stands in it.

This is the slow and exact way. The check takes it for lines that the fast way could not vouch for.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.datasets.findings import Breach
from reconciler.datasets.spelling import SNAKE_CASE, camel
from reconciler.datasets.syntax import syntax_problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.datasets.findings import Path

MAX_DEPTH = 100
"""Levels of nesting that protocol buffers read by default."""

MAX_CONTAINERS = 1 << 17
"""Objects and lists of one example: a decoded one takes twenty times the bytes in which it is written."""

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
# Everything before the first invisible character, written as itself or as an escape. Possessive, as below.
_VISIBLE = re.compile("(?:[^\\\\\u0000\u0085\u2028\u2029]++|\\\\(?!u(?:0000|0085|2028|2029)).)*+", re.DOTALL)
_BLANK = re.compile(r"[ \t\n\r]*")
# Possessive: a text of megabytes must not be remembered step by step.
_BRACKET = re.compile(r'[\[\]{}]|"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_TOKEN = re.compile(r'[\[\]{},]|"[^"\\]*+(?:\\.[^"\\]*+)*+"|NaN|-?Infinity', re.DOTALL)
_CONSTANTS = frozenset({"NaN", "Infinity", "-Infinity"})


@dataclass(frozen=True, slots=True)
class Decoded:
    """A line as far as it could be read. `row` is None when it is no object."""

    text: str
    row: dict[str, Any] | None
    problems: tuple[Breach, ...]
    has_snake_case: bool = False
    """Whether a field of the API is spelt in snake_case somewhere."""
    column: int = 1
    """Where in its line the text begins, counted from 1."""


def decode_line(raw: bytes) -> Decoded:
    """Read one line, with every reason why it is not good JSON."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as exc:
        return _undecodable(raw, exc)
    if "\0" in text:
        return Decoded(text, None, (Breach("DATA205", at=text.index("\0")),))
    return decode_text(text)


def decode_text(text: str) -> Decoded:
    """The same for text that is known to be UTF-8 without NUL."""
    unreadable = _structure_problem(text)
    if unreadable:
        return Decoded(text, None, (unreadable,))
    seen = _Seen()
    try:
        row = json.loads(text, object_pairs_hook=seen.object, parse_constant=seen.constant)
    except json.JSONDecodeError as exc:
        return Decoded(text, None, (syntax_problem(text, exc),))
    except ValueError:
        return Decoded(text, None, (Breach("DATA201", detail="A number has too many digits.", at=0),))
    problems = tuple(_problems_of_good_json(text, seen))
    if not isinstance(row, dict):
        kind = Breach("DATA209", detail=f"The line is {kind_of(row)}.", at=0)
        return Decoded(text, None, (*problems, kind))
    return Decoded(text, row, problems, seen.snake_case)


class _Seen:
    """What the decoder would pass over in silence."""

    def __init__(self) -> None:
        self.duplicates = False
        self.constants = False
        self.snake_case = False

    def object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        self.duplicates = self.duplicates or len(result) != len(pairs)
        self.snake_case = self.snake_case or not SNAKE_CASE.isdisjoint(result)
        return result

    def constant(self, _name: str) -> None:
        self.constants = True


def _problems_of_good_json(text: str, seen: _Seen) -> Iterator[Breach]:
    if seen.constants:
        yield Breach("DATA202", at=_index_of_constant(text))
    if seen.duplicates:
        yield from _duplicate_keys(text)
    if "\\u" in text:
        yield from _lone_surrogates(text)
    visible = _VISIBLE.match(text)
    if visible and visible.end() < len(text):
        yield Breach("DATA206", at=visible.end(), detail=_code_point(text, visible.end()))


def _code_point(text: str, at: int) -> str:
    return f"U+{text[at + 2 : at + 6].upper()}" if text[at] == "\\" else f"U+{ord(text[at]):04X}"


def _undecodable(raw: bytes, exc: UnicodeDecodeError) -> Decoded:
    text = raw.decode(errors="replace")
    at = len(raw[: exc.start].decode(errors="replace"))
    detail = f"Byte {raw[exc.start]:02X}: {exc.reason}."
    return Decoded(text, None, (Breach("DATA110", detail=detail, at=at),))


def _structure_problem(text: str) -> Breach | None:
    """What would take the parser's stack or memory out of proportion to the text."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return None
    depth = containers = 0
    for token in _BRACKET.finditer(text):
        match text[token.start()]:
            case "[" | "{":
                depth += 1
                containers += 1
            case "]" | "}":
                depth -= 1
            case _:
                continue
        if depth > MAX_DEPTH:
            return Breach("DATA207", detail=f"More than {MAX_DEPTH} levels.", at=token.start())
        if containers > MAX_CONTAINERS:
            return Breach("DATA210", detail=f"More than {MAX_CONTAINERS:,}.", at=token.start())
    return None


def _lone_surrogates(text: str) -> Iterator[Breach]:
    """The first escape of a surrogate that is not half of a pair: enough to find the line."""
    high_ends_at = -1
    high_at = -1
    for escape in _ESCAPE.finditer(text):
        code = int(escape[1], 16) if escape[1] else 0
        if high_at >= 0 and not (0xDC00 <= code < 0xE000 and escape.start() == high_ends_at):
            yield Breach("DATA203", at=high_at)
            return
        is_low = 0xDC00 <= code < 0xE000
        if is_low and high_at < 0:
            yield Breach("DATA203", at=escape.start())
            return
        high_at = escape.start() if 0xD800 <= code < 0xDC00 else -1
        high_ends_at = escape.end()
    if high_at >= 0:
        yield Breach("DATA203", at=high_at)


def _index_of_constant(text: str) -> int:
    return next((token.start() for token in _TOKEN.finditer(text) if token.group() in _CONSTANTS), 0)


def _duplicate_keys(text: str) -> Iterator[Breach]:
    """The first key that an object has twice: one step over each bracket, text and comma, whatever the depth."""
    seen: list[set[str] | None] = []
    path: list[str | int] = []
    is_key = False
    for token in _TOKEN.finditer(text):
        start = token.start()
        match text[start]:
            case "{" | "[" as opening:
                seen.append(set() if opening == "{" else None)
                path.append("" if opening == "{" else 0)
                is_key = opening == "{"
            case "}" | "]":
                seen.pop()
                path.pop()
                is_key = False
            case ",":
                is_key = bool(seen) and seen[-1] is not None
                if seen and isinstance(step := path[-1], int):
                    path[-1] = step + 1
            case _ if is_key and (keys := seen[-1]) is not None:
                is_key = False
                key: str = json.loads(token.group())
                path[-1] = key
                if key in keys:
                    yield Breach("DATA204", path=tuple(path), detail=f'"{shorten(key)}"', at=start)
                    return
                keys.add(key)


def locate(text: str, path: Path) -> int:
    """Character index at which the value at `path` starts, or of the nearest thing above that exists."""
    return locate_all(text, [path])[path]


_Tree = dict[str | int, "_Tree"]


def locate_all(text: str, paths: Iterable[Path]) -> dict[Path, int]:
    """The same for many paths in one walk over the text, which parses: each character is read once or twice."""
    wanted = list(paths)
    tree: _Tree = {}
    for path in wanted:
        below = tree
        for step in path:
            below = below.setdefault(step, {})
    root = len(text) - len(text.lstrip())
    places: dict[Path, int] = {(): root}
    if tree:
        _visit(text, _skip(text, 0), (), tree, places)
    return {path: places[_nearest(path, places)] for path in wanted}


def _nearest(path: Path, places: Mapping[Path, int]) -> Path:
    while path not in places:
        path = path[:-1]
    return path


def _visit(text: str, index: int, path: Path, tree: _Tree, places: dict[Path, int]) -> int:
    """Note where the members stand that `tree` names; the index behind the value."""
    if text[index] not in "[{":
        return _end_of_value(text, index)
    is_object = text[index] == "{"
    index = _skip(text, index + 1)
    count = 0
    while text[index] not in "]}":
        step: str | int = count
        if is_object:
            key, index = _DECODER.raw_decode(text, index)
            index = _skip(text, _skip(text, index) + 1)
            step = key if key in tree else camel(key)
        below = tree.get(step)
        if below is not None:
            places.setdefault((*path, step), index)
        index = _visit(text, index, (*path, step), below, places) if below else _end_of_value(text, index)
        index = _skip(text, index)
        if text[index] == ",":
            index = _skip(text, index + 1)
        count += 1
    return index + 1


def _end_of_value(text: str, index: int) -> int:
    _, end = _DECODER.raw_decode(text, index)
    return int(end)


# Positions matter, not values: a number of ten thousand digits is a text like others.
_DECODER = json.JSONDecoder(parse_int=len, parse_float=len, parse_constant=len)


def _skip(text: str, index: int) -> int:
    found = _BLANK.match(text, index)
    return found.end() if found else index


def kind_of(value: object) -> str:
    """The JSON type of a value, as part of a sentence."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    names: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (str, "a text"),
        ((int, float), "a number"),
        (list, "a list"),
        (dict, "an object"),
    )
    return next((name for kind, name in names if isinstance(value, kind)), "something else")


def shorten(text: str, limit: int = 40) -> str:
    """A key, role or address for a message: one line, cut where it is long."""
    plain = text.encode("unicode_escape").decode() if not text.isprintable() else text
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"
