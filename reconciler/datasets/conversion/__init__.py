"""Other services' and older formats to the one that is asked for, one example at a time."""

from __future__ import annotations

import json
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.core.plurals import counted
from reconciler.datasets.conversion.example import Conversation, NotConvertibleError
from reconciler.datasets.conversion.judged import judged_reading
from reconciler.datasets.conversion.mapped import LOOKED_AT, ColumnMap
from reconciler.datasets.conversion.mending import mended_examples
from reconciler.datasets.conversion.readers import READERS
from reconciler.datasets.conversion.writers import WRITERS
from reconciler.datasets.findings import Breach
from reconciler.datasets.formats import Format, Method, recognise
from reconciler.datasets.kinds import unknown_row
from reconciler.datasets.lines import MOST_BYTES
from reconciler.datasets.row_check import RowCheck
from reconciler.datasets.rules import all_rules
from reconciler.datasets.spelling import double_spellings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.datasets.lexical import Decoded
    from reconciler.datasets.source import Source

__all__ = ["WRITERS", "ColumnMap", "Converted", "NotConverted", "convert"]


class Converted(NamedTuple):
    """One example in the format that is asked for, as one line without its end."""

    line: int
    """Where it started in the source."""
    text: str
    notes: tuple[str, ...] = ()
    """What was left out or changed."""
    kind: str = ""
    """What it was taken for."""


class NotConverted(NamedTuple):
    """One example that could not be converted, and why."""

    line: int
    """0 where all were converted that could be, and what they make together is refused."""
    reason: str
    kind: str = ""
    """What it was taken for, where that was clear."""


def convert(source: Source, to: Format, columns: ColumnMap | None = None) -> Iterator[Converted | NotConverted]:
    """Every example of a file, in its order, as it goes by: memory does not grow with the file.

    With `columns` the parts of an example are taken from there, and nothing is recognised. Raises UnreadableError for
    what is no regular file, and ReconcilerError (RUN090) for a column that none of the first examples has.
    """
    conversion = _Conversion(source.format, to, columns)
    examples = mended_examples(source)
    if columns is not None:
        looked_at = list(islice(examples, LOOKED_AT))
        columns.check(example.decoded.row for example in looked_at if example.decoded.row is not None)
        examples = chain(looked_at, examples)
    for line, decoded, notes in examples:
        yield conversion.of(line, decoded, *notes)
    yield from (NotConverted(0, why) for why in conversion.refusals_of_the_whole())


class _Conversion:
    """One file on its way to one format."""

    def __init__(self, hint: Format | None, to: Format, columns: ColumnMap | None) -> None:
        self._columns = columns
        self._hint = hint
        self._method = Method.OPEN_MODEL if hint is Format.MESSAGES else None
        self._to = to
        self._checks = RowCheck(to)

    def of(self, line: int, decoded: Decoded, *notes: str) -> Converted | NotConverted:
        """One example; what the check would refuse is not converted, whatever it was made from."""
        broken = next((p for p in decoded.problems if decoded.row is None or p.rule in _WITHOUT_MEANING), None)
        if broken is not None or decoded.row is None:
            return NotConverted(line, _why_broken(broken or Breach("DATA201")))
        kind, read = self._reading(decoded.row)
        if read is None:
            return NotConverted(line, f"No format that can be tuned on. {unknown_row(decoded.row)}")
        try:
            example = read(decoded.row)
            text = _spelt(WRITERS[self._to](example))
        except NotConvertibleError as exc:
            return NotConverted(line, str(exc), kind)
        why = self._checks.first_error(text)
        if why:
            return NotConverted(line, why, kind)
        return Converted(line, text, (*notes, *_given_twice(decoded), *example.notes), kind)

    def _reading(self, row: dict[str, Any]) -> tuple[str, Callable[[dict[str, Any]], Conversation] | None]:
        """(what it is taken for, how it is read)."""
        if self._columns is not None:
            return "the columns that --map names", self._columns.read
        kind = self._hint or recognise(row, self._method)
        if self._to is Format.JUDGED_PROMPTS:
            kind, read = judged_reading(row, kind)
            return kind.title, read
        return kind.title, READERS.get(kind)

    def refusals_of_the_whole(self) -> list[str]:
        """What the check says of the result as a file."""
        return self._checks.of_the_whole()


def _spelt(row: dict[str, Any]) -> str:
    """Strict JSON on one line, which UTF-8 can spell."""
    try:
        text = json.dumps(row, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError as exc:
        raise NotConvertibleError("A number is larger than any that JSON readers take.") from exc
    except RecursionError as exc:
        raise NotConvertibleError("It is nested too deep.") from exc
    try:
        size = len(text.encode())
    except UnicodeEncodeError as exc:
        raise NotConvertibleError("A text holds half of a surrogate pair.") from exc
    if size > MOST_BYTES:
        raise NotConvertibleError(_why_broken(Breach("DATA114", detail=f"The line has {counted(size, 'byte')}.")))
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
