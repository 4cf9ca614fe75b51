"""What an example asks and what it answers, as texts, whatever its format; and when two ask almost the same."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from reconciler.datasets.conversion.example import NotConvertibleError
from reconciler.datasets.conversion.readers import READERS
from reconciler.datasets.formats import Format, Method, recognise
from reconciler.datasets.lexical import MAX_CONTAINERS
from reconciler.datasets.rows.fields import list_at, object_at, objects
from reconciler.datasets.rows.measure import label_of, pieces

if TYPE_CHECKING:
    from collections.abc import Mapping

_AROUND = ".,;:!?\u2026\"'`\u201c\u201d\u2018\u2019\u00ab\u00bb()\u00bf\u00a1\u3002\u3001\uff0c\uff1f\uff01"
"""Punctuation that says nothing at either end of a word; in the middle it does, as in 1.5."""


class AskedExample(NamedTuple):
    """One example: its question with the system instruction, as it was written, and its answer."""

    question: str
    label: str
    """The answer where it may be the name of a class, else ""."""


def decoded_row(text: bytes) -> dict[str, Any] | None:
    """The object of one line; None for anything else, and for what would take memory out of proportion."""
    if text.count(b"{") + text.count(b"[") > MAX_CONTAINERS:
        return None
    try:
        row = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def asked_by(row: Mapping[str, Any], method: Method | None = None) -> AskedExample | None:
    """None for what is no example of a format that is known."""
    kind = recognise(row, method)
    if kind in (Format.VERTEX_SFT, Format.PREFERENCE):
        return _of_contents(row)
    if kind in (Format.JUDGED_PROMPTS, Format.PROMPTS):
        return _of_prompt(row)
    reader = READERS.get(kind)
    if reader is None:
        return None
    try:
        example = reader(dict(row))
    except NotConvertibleError:
        return None
    answers = [content for score, content in example.completions if score > 0]
    before = example.contents if answers else example.contents[:-1]
    learnt = answers[:1] or example.contents[-1:]
    return _asked([*example.system, *_texts(before)], learnt)


def _of_contents(row: Mapping[str, Any]) -> AskedExample | None:
    """The service's own form, without the detour: most rows have it."""
    contents = objects(list_at(row, "contents"))
    system = _texts([object_at(row, "systemInstruction") or object_at(row, "system_instruction")])
    if "completions" in row:
        rated = objects(list_at(row, "completions"))
        best = [object_at(one, "completion") for one in rated if one.get("score") == 1]
        return _asked([*system, *_texts(contents)], best[:1])
    return _asked([*system, *_texts(contents[:-1])], contents[-1:])


def _of_prompt(row: Mapping[str, Any]) -> AskedExample | None:
    """A question that nobody answers there."""
    system = _texts([object_at(row, "systemInstruction") or object_at(row, "system_instruction")])
    question = [*system, *_texts(objects(list_at(row, "contents")))]
    return AskedExample("\n".join(question), "") if question else None


def _asked(question: list[str], learnt: list[dict[str, Any]]) -> AskedExample | None:
    if not question or not learnt:
        return None
    return AskedExample("\n".join(question), label_of(_said(learnt[0])))


def _texts(contents: list[dict[str, Any]]) -> list[str]:
    return [text for content in contents for text in _said(content)]


def _said(content: dict[str, Any]) -> list[str]:
    """As `pieces` has it; most turns are one text."""
    parts = content.get("parts")
    if isinstance(parts, list) and len(parts) == 1 and isinstance(parts[0], dict):
        text = parts[0].get("text")
        if isinstance(text, str):
            return [text]
    return pieces(content)


def likeness(question: str) -> str:
    """The same for questions that differ in case, in white space, or in the punctuation around words."""
    folded = unicodedata.normalize("NFC", question).casefold()
    words = [bare for word in folded.split() if (bare := word.strip(_AROUND))]
    return " ".join(words) or question
