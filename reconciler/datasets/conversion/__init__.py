"""Other services' and older formats to the one that is asked for, one example at a time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.datasets.conversion.apart import parts_of
from reconciler.datasets.conversion.example import NotConvertibleError
from reconciler.datasets.conversion.readers import READERS
from reconciler.datasets.conversion.writers import WRITERS
from reconciler.datasets.examples import examples_of
from reconciler.datasets.findings import Breach
from reconciler.datasets.formats import Format, Method, recognise
from reconciler.datasets.kinds import unknown_row
from reconciler.datasets.lexical import decode_text
from reconciler.datasets.row_check import RowCheck
from reconciler.datasets.rules import all_rules
from reconciler.datasets.spelling import double_spellings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.lexical import Decoded
    from reconciler.datasets.source import Source

__all__ = ["WRITERS", "Converted", "NotConverted", "convert"]


class Converted(NamedTuple):
    """One example in the format that is asked for, as one line without its end."""

    line: int
    """Where it started in the source."""
    text: str
    notes: tuple[str, ...] = ()
    """What was left out or changed."""


class NotConverted(NamedTuple):
    """One example that could not be converted, and why."""

    line: int
    """0 where all were converted that could be, and what they make together is refused."""
    reason: str


def convert(source: Source, to: Format) -> Iterator[Converted | NotConverted]:
    """Every example of a file, in its order, as it goes by: memory does not grow with the file.

    Raises UnreadableError for what is no regular file.
    """
    conversion = _Conversion(source.format, to)
    for line, decoded, _ in examples_of(source):
        parts = parts_of(decoded.text) if decoded.row is None and _is_apart(decoded) else None
        if parts is None:
            yield conversion.of(line, decoded)
        for text, note in parts or ():
            yield conversion.of(line, decode_text(text), note)
    yield from (NotConverted(0, why) for why in conversion.refusals_of_the_whole())


class _Conversion:
    """One file on its way to one format."""

    def __init__(self, hint: Format | None, to: Format) -> None:
        self._hint = hint
        self._method = Method.OPEN_MODEL if hint is Format.MESSAGES else None
        self._to = to
        self._checks = RowCheck(to)

    def of(self, line: int, decoded: Decoded, *notes: str) -> Converted | NotConverted:
        """One example; what the check would refuse is not converted, whatever it was made from."""
        broken = next((p for p in decoded.problems if decoded.row is None or p.rule in _WITHOUT_MEANING), None)
        if broken is not None or decoded.row is None:
            return NotConverted(line, _why_broken(broken or Breach("DATA201")))
        kind = self._hint or recognise(decoded.row, self._method)
        if kind is Format.UNKNOWN:
            return NotConverted(line, f"No format that can be tuned on. {unknown_row(decoded.row)}")
        try:
            example = READERS[kind](decoded.row)
            text = _spelt(WRITERS[self._to](example))
        except NotConvertibleError as exc:
            return NotConverted(line, str(exc))
        why = self._checks.first_error(text)
        if why:
            return NotConverted(line, why)
        return Converted(line, text, (*notes, *_given_twice(decoded), *example.notes))

    def refusals_of_the_whole(self) -> list[str]:
        """What the check says of the result as a file."""
        return self._checks.of_the_whole()


def _is_apart(decoded: Decoded) -> bool:
    return any(problem.rule in _APART for problem in decoded.problems)


_APART = frozenset({"DATA201", "DATA208"})


def _spelt(row: dict[str, Any]) -> str:
    """Strict JSON on one line, which UTF-8 can spell."""
    try:
        text = json.dumps(row, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError as exc:
        raise NotConvertibleError("A number is larger than any that JSON readers take.") from exc
    except RecursionError as exc:
        raise NotConvertibleError("It is nested too deep.") from exc
    try:
        text.encode()
    except UnicodeEncodeError as exc:
        raise NotConvertibleError("A text holds half of a surrogate pair.") from exc
    return _without_line_separators(text)


_WITHOUT_MEANING = frozenset({"DATA202", "DATA203"})
"""Good enough for Python's json module, and nothing that JSON could say again: NaN, half a character."""


def _why_broken(problem: Breach) -> str:
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
