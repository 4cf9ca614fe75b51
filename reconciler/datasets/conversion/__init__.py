"""Other services' and older formats to the one that is wanted, one example at a time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.datasets.conversion.example import NotConvertibleError
from reconciler.datasets.conversion.readers import READERS
from reconciler.datasets.conversion.writers import WRITERS
from reconciler.datasets.examples import examples_of
from reconciler.datasets.findings import Problem
from reconciler.datasets.formats import Format, Method, recognise
from reconciler.datasets.rules import all_rules
from reconciler.datasets.spelling import double_spellings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.lexical import Decoded
    from reconciler.datasets.source import Source

__all__ = ["WRITERS", "Converted", "NotConverted", "convert"]


class Converted(NamedTuple):
    """One example in the wanted format, as one line without its end."""

    line: int
    """Where it started in the source."""
    text: str
    notes: tuple[str, ...] = ()
    """What was left out or changed."""


class NotConverted(NamedTuple):
    """One example that could not be converted, and why."""

    line: int
    reason: str


def convert(source: Source, to: Format) -> Iterator[Converted | NotConverted]:
    """Every example of a file, in its order, as it goes by: memory does not grow with the file.

    Raises UnreadableError for what is no regular file.
    """
    method = Method.OPEN_MODEL if source.format is Format.MESSAGES else None
    for line, decoded, _ in examples_of(source):
        yield _converted(line, decoded, source.format, to, method)


def _converted(
    line: int, decoded: Decoded, hint: Format | None, to: Format, method: Method | None
) -> Converted | NotConverted:
    broken = next((p for p in decoded.problems if decoded.row is None or p.rule in _WITHOUT_MEANING), None)
    if broken is not None or decoded.row is None:
        return NotConverted(line, _why_broken(broken or Problem("DATA201")))
    kind = hint or recognise(decoded.row, method)
    if kind is Format.UNKNOWN:
        return NotConverted(line, _why_unknown(decoded.row))
    try:
        example = READERS[kind](decoded.row)
        row = WRITERS[to](example)
    except NotConvertibleError as exc:
        return NotConverted(line, str(exc))
    text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
    return Converted(line, _without_line_separators(text), (*_given_twice(decoded), *example.notes))


_WITHOUT_MEANING = frozenset({"DATA202", "DATA203"})
"""Good enough for Python's json module, and nothing that JSON could say again: NaN, half a character."""


def _why_broken(problem: Problem) -> str:
    rule = all_rules()[problem.rule]
    return " ".join(words for words in (f"{rule.title}.", problem.words, rule.fix) if words)


def _given_twice(decoded: Decoded) -> Iterator[str]:
    if any(problem.rule == "DATA204" for problem in decoded.problems):
        yield "a key stood twice, and the last one was kept"
    if decoded.row is not None and decoded.has_snake_case and next(double_spellings(decoded.row), None):
        yield "a field stood in both spellings, and the one in camelCase was kept"


def _without_line_separators(text: str) -> str:
    r"""U+2028 and its like as escapes: equal JSON, which no reader of lines can cut in two."""
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\x85", "\\u0085")


def _why_unknown(row: dict[str, Any]) -> str:
    keys = ", ".join(sorted(row)[:6])[:60]
    return f"No known format has these keys: {keys}." if keys else "The object is empty."
