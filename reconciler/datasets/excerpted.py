"""A few rows of a file as a person reads them: question and answer, short and harmless."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from reconciler.core.dataset_difference import ExcerptedRow
from reconciler.datasets.differing import rows_of
from reconciler.datasets.excerpt import WIDTH, harmless
from reconciler.datasets.patterns import pattern_problems
from reconciler.datasets.sides import sides_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from reconciler.datasets.differing import NumberedRow
    from reconciler.datasets.source import Source

HIDDEN = "(not shown: it has the form of a secret or of personal data)"
_READ_MOST = 1 << 16
"""Characters of one text that are looked at; a longer one is judged by its beginning, which is all that is shown."""


def excerpted(source: Source, numbers: Collection[int]) -> dict[int, ExcerptedRow]:
    """The rows with these numbers (differing.py), at most WIDTH characters of each side; reads to the last of them."""
    wanted, found = set(numbers), {}
    if not wanted:
        return {}
    for row in rows_of(source):
        if row.number in wanted:
            found[row.number] = _excerpted(row)
            if len(found) == len(wanted):
                break
    return found


def _excerpted(row: NumberedRow) -> ExcerptedRow:
    value = row.row if row.row is not None else _decoded(row.text)
    if not isinstance(value, dict):
        raw = row.text if isinstance(row.text, str) else row.text.decode(errors="replace")
        return ExcerptedRow(row.line, _short(raw), "")
    asked, answer = sides_of(value)
    return ExcerptedRow(row.line, _short(_said(_last(asked))), "" if answer is None else _short(_said(answer)))


def _decoded(text: bytes | str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return None


def _last(asked: Mapping[str, Any]) -> Any:
    """The turn that is answered, where it is a conversation."""
    turns = next((asked[key] for key in ("contents", "messages") if isinstance(asked.get(key), list)), None)
    return turns[-1] if turns else asked


def _said(value: Any) -> str:
    """The texts in it, one after the other."""
    return " ".join(_texts(value))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key != "role":
                yield from _texts(item)
    elif value is not None:
        yield str(value)


def _short(text: str) -> str:
    seen = text[:_READ_MOST]
    if any(True for _ in pattern_problems({"text": seen})):
        return HIDDEN
    shown = ""
    for character in seen:
        piece = harmless(character)
        if len(shown) + len(piece) >= WIDTH:
            return f"{shown}…"
        shown += piece
    return shown
