"""One line as text: what is wrong with it before anybody asks what it means, and where a path stands in it.

This is the slow and exact way. The check takes it for lines that the fast way could not vouch for.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.datasets.findings import Problem
from reconciler.datasets.spelling import SNAKE_CASE, camel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.findings import Path

MAX_DEPTH = 100
"""Levels of nesting that protocol buffers read by default."""

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
_INVISIBLE = re.compile("[\u0000\u0085\u2028\u2029]|\\\\u(?:0000|0085|2028|2029)")
_BLANK = re.compile(r"[ \t\n\r]*")
# Possessive: a text of megabytes must not be remembered step by step.
_BRACKET = re.compile(r'[\[\]{}]|"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A line as far as it could be read. `row` is None when it is no object."""

    text: str
    row: dict[str, Any] | None
    problems: tuple[Problem, ...]
    has_snake_case: bool = False
    """Whether a field of the API is spelt in snake_case somewhere."""


def decode_line(raw: bytes) -> Decoded:
    """Read one line, with every reason why it is not good JSON."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as exc:
        return _undecodable(raw, exc)
    if "\0" in text:
        return Decoded(text, None, (Problem("DATA205", at=text.index("\0")),))
    return decode_text(text)


def decode_text(text: str) -> Decoded:
    """The same for text that is known to be UTF-8 without NUL."""
    too_deep = _depth_problem(text)
    if too_deep:
        return Decoded(text, None, (too_deep,))
    seen = _Seen()
    try:
        row = json.loads(text, object_pairs_hook=seen.object, parse_constant=seen.constant)
    except json.JSONDecodeError as exc:
        return Decoded(text, None, (_syntax_problem(text, exc),))
    except ValueError:
        return Decoded(text, None, (Problem("DATA201", detail="A number has too many digits.", at=0),))
    problems = tuple(_problems_of_good_json(text, seen))
    if not isinstance(row, dict):
        kind = Problem("DATA209", detail=f"The line is {kind_of(row)}.", at=0)
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


def _problems_of_good_json(text: str, seen: _Seen) -> Iterator[Problem]:
    if seen.constants:
        yield Problem("DATA202", at=_index_of_constant(text))
    if seen.duplicates:
        yield from _duplicate_keys(text)
    if "\\u" in text:
        yield from _lone_surrogates(text)
    invisible = _INVISIBLE.search(text)
    if invisible and not _is_escaped_backslash(text, invisible.start()):
        yield Problem("DATA206", at=invisible.start(), detail=_code_point(invisible.group()))


def _is_escaped_backslash(text: str, index: int) -> bool:
    r"""Whether the backslash at `index` is the second of a pair: \\u2028 is six plain characters."""
    before = text[:index]
    return text[index] == "\\" and (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _code_point(found: str) -> str:
    return f"U+{ord(found):04X}" if len(found) == 1 else f"U+{found[2:].upper()}"


def _undecodable(raw: bytes, exc: UnicodeDecodeError) -> Decoded:
    text = raw.decode(errors="replace")
    at = len(raw[: exc.start].decode(errors="replace"))
    detail = f"Byte {raw[exc.start]:02X}: {exc.reason}."
    return Decoded(text, None, (Problem("DATA110", detail=detail, at=at),))


def _syntax_problem(text: str, exc: json.JSONDecodeError) -> Problem:
    if exc.msg == "Extra data":
        return Problem("DATA208", at=exc.pos)
    if exc.pos >= len(text.rstrip()):
        return Problem("DATA201", detail=f"The line ends too early: {exc.msg}.", at=exc.pos)
    if text[exc.pos : exc.pos + 1] == "'":
        return Problem("DATA201", detail="Texts and keys stand in double quotes.", at=exc.pos)
    return Problem("DATA201", detail=f"{exc.msg}.", at=exc.pos)


def _depth_problem(text: str) -> Problem | None:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return None
    depth = 0
    for index in _brackets(text):
        depth += 1 if text[index] in "[{" else -1
        if depth > MAX_DEPTH:
            return Problem("DATA207", detail=f"More than {MAX_DEPTH} levels.", at=index)
    return None


def _brackets(text: str) -> Iterator[int]:
    """Indexes of the brackets outside strings."""
    return (found.start() for found in _BRACKET.finditer(text) if text[found.start()] != '"')


def _lone_surrogates(text: str) -> Iterator[Problem]:
    """The first escape of a surrogate that is not half of a pair: enough to find the line."""
    high_ends_at = -1
    high_at = -1
    for escape in _ESCAPE.finditer(text):
        code = int(escape[1], 16) if escape[1] else 0
        if high_at >= 0 and not (0xDC00 <= code < 0xE000 and escape.start() == high_ends_at):
            yield Problem("DATA203", at=high_at)
            return
        is_low = 0xDC00 <= code < 0xE000
        if is_low and high_at < 0:
            yield Problem("DATA203", at=escape.start())
            return
        high_at = escape.start() if 0xD800 <= code < 0xDC00 else -1
        high_ends_at = escape.end()
    if high_at >= 0:
        yield Problem("DATA203", at=high_at)


def _index_of_constant(text: str) -> int:
    for token in _scalars(text):
        if text.startswith(("NaN", "Infinity", "-Infinity"), token):
            return token
    return 0


def _scalars(text: str) -> Iterator[int]:
    return (index for index, _path in walk(text) if text[index] not in '"[{')


def _duplicate_keys(text: str) -> Iterator[Problem]:
    seen: set[Path] = set()
    for index, path in walk(text, keys=True):
        if path in seen:
            yield Problem("DATA204", path=path, detail=f'"{shorten(str(path[-1]))}"', at=index)
            return
        seen.add(path)


def locate(text: str, path: Path) -> int:
    """Character index at which the value at `path` starts, or of the nearest thing above that exists."""
    best = len(text) - len(text.lstrip())
    steps = 0
    for index, found in walk(text, toward=path):
        if len(found) > steps or not steps:
            best, steps = index, len(found)
    return best


def walk(text: str, *, toward: Path | None = None, keys: bool = False) -> Iterator[tuple[int, Path]]:
    """Every value with its index and path, outermost first; of keys only, with the key's own index.

    With `toward`, only the values on the way to that path. Expects text that parses.
    """
    yield from _walk_value(text, _skip(text, 0), (), toward, keys)


def _walk_value(text: str, index: int, path: Path, toward: Path | None, keys: bool) -> Iterator[tuple[int, Path]]:
    if not keys:
        yield index, path
    if text[index] not in "[{":
        return
    for key_index, value_index, step in _members(text, index):
        child = (*path, step)
        if toward is not None and not _is_toward(child, toward):
            continue
        if keys and isinstance(step, str):
            yield key_index, child
        yield from _walk_value(text, value_index, child, toward, keys)


def _is_toward(child: Path, toward: Path) -> bool:
    wanted = toward[: len(child)]
    last = child[-1]
    here = camel(last) if isinstance(last, str) else last
    return len(child) <= len(toward) and (last == wanted[-1] or here == wanted[-1])


def _members(text: str, index: int) -> Iterator[tuple[int, int, str | int]]:
    """Index of key (or value), index of value, and step, for each member of the container at `index`."""
    is_object = text[index] == "{"
    index = _skip(text, index + 1)
    count = 0
    while text[index] not in "]}":
        key_index = index
        step: str | int = count
        if is_object:
            step, index = _DECODER.raw_decode(text, index)
            index = _skip(text, _skip(text, index) + 1)
        yield key_index, index, step
        index = _skip(text, _end_of_value(text, index))
        if text[index] == ",":
            index = _skip(text, index + 1)
        count += 1


def _end_of_value(text: str, index: int) -> int:
    _, end = _DECODER.raw_decode(text, index)
    return int(end)


# Positions are wanted, not values: a number of ten thousand digits is a text like others.
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
