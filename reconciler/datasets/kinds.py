"""What examples are that no format knows: texts alone, questions alone, or a pair under other names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.core.suggest import suggest
from reconciler.datasets.findings import Breach
from reconciler.datasets.lexical import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NO_FORMAT = "DATA300"

_QUESTIONS = ("prompt", "question", "query", "instruction", "input", "user", "human", "context", "problem")
_ANSWERS = ("answer", "response", "output", "completion", "reply", "assistant", "bot", "target", "solution", "ideal")
_TEXTS = ("text", "content", "document", "body", "page_content", "passage", "abstract", "title", "article")
_LABELS = ("label", "labels", "category", "class", "rationale", "sentiment", "tags")
_SHAREGPT = ("conversations", "conversation", "dialog", "dialogue", "turns", "history")
_BY_MAP = f"{suggest('dataset', 'convert').quoted} takes them by --map question=… and --map answer=…."
_SCALAR = re.compile(rb'(?:"|-?\d|true|false|null)')
_LINES = 50


def unknown_row(row: Mapping[str, Any]) -> str:
    """What an example without a known format seems to be, by the names of its keys."""
    if not row:
        return "The object is empty."
    keys = [key for key in row if not key.lower().strip("_").endswith("id")]
    inside = next((k for k, v in row.items() if isinstance(v, list) and v and isinstance(v[0], dict)), None)
    if len(row) == 1 and inside is not None and inside.lower() not in _SHAREGPT:
        return f'The examples seem to stand below "{shorten(inside, 20)}": give that list, or its objects one a line.'
    named = ", ".join(shorten(key, 20) for key in sorted(row)[:6])
    return f"{_guess({key.lower() for key in keys})} Its keys: {named}."


def _guess(keys: set[str]) -> str:
    question, answer = (next((k for k in names if k in keys), "") for names in (_QUESTIONS, _ANSWERS))
    if question and answer:
        how = suggest("dataset", "convert", "--map", f"question={question}", "--map", f"answer={answer}").quoted
        return f"A question and an answer under other names: {how} takes them."
    near = next((name for name in ("content", "messages", "contents") if keys & {name, name + "s", f"{name}_"}), "")
    if keys & set(_SHAREGPT):
        return "A conversation under other names: give it as contents, or as messages with role and content."
    if question:
        has_several = any(key.startswith(_ANSWERS) for key in keys)
        several = "Prompts with several answers: give each as a preference of two, or keep the better one."
        return several if has_several else "Prompts without answers."
    if keys & set(_LABELS) and (keys & set(_TEXTS) or keys <= set(_LABELS)):
        return f"Texts with labels, and no pair of question and answer. {_BY_MAP}"
    if keys & set(_TEXTS) and len(keys) <= 3:  # a title or a source may stand beside the text
        return "A text corpus: texts without a question and an answer."
    return 'Did you mean "contents"?' if near else "Nothing in it is a question with an answer."


def text_problem(start: bytes) -> Breach | None:
    """A file in which nothing is an example, because nothing is an object."""
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"[") and text[1:].lstrip().startswith(b'"'):
        return Breach(NO_FORMAT, detail="It is a list of texts, and no text has an answer.")
    lines = [line.strip() for line in text.split(b"\n")[:_LINES]]
    if any(line.startswith((b"{", b"[")) or _SCALAR.match(line) for line in lines if line):
        return None
    return Breach(NO_FORMAT, detail=_plain_text(lines))


def _plain_text(lines: Iterable[bytes]) -> str:
    head = next((line for line in lines if line), b"")
    if head.startswith((b"gs://", b"https://", b"http://")):
        return "It is a list of addresses, and no list of examples."
    if b"text_input" in head or b"input_text" in head or head.lower() in (b"prompt,completion", b"question,answer"):
        return "It is a table: its name has to end in .csv, and commas have to stand between its cells."
    if head.endswith(b":") or head == b"---":
        return "It is YAML or plain text, and no line is a JSON object."
    return "It is plain text: no line is a JSON object."
