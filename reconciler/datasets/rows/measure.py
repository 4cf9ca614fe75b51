"""The measures of one example: bytes of text on both sides, media, and what distinguishes it from others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.datasets.native import library
from reconciler.datasets.rows.fields import list_at, object_at, objects

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.datasets.native import Library

LABEL_CHARACTERS = 64
"""An answer up to this length may be the name of a class."""

_BORDER = "\0"
"""Begins what is no text of an example: in one it is a mistake that is named."""

_NOBODY = "\0nobody"
"""In the place of a question where the last turn before the answer is an answer, too."""

IMAGE, DOCUMENT, AUDIO, VIDEO = "image", "document", "audio", "video"


class Measure(NamedTuple):
    """One example. `prompt` and `whole` are 64-bit hashes, comparable within one process only."""

    input_bytes: int
    output_bytes: int
    prompt: int
    whole: int
    label: str = ""
    media: tuple[str, ...] = ()
    turns: int = 0
    resolution: str = ""
    has_system: bool = False
    has_tools: bool = False
    has_settings: bool = False


def hashes(prompt: Sequence[str], answer: Sequence[str], system: Sequence[str] = ()) -> tuple[int, int]:
    """(hash of the prompt, hash of prompt and answer) from their texts, in the order in which they stand.

    As the fast way in use has them, so that a line means the same whichever way it went.
    """
    lib = library()
    return _hashes_in_python(prompt, answer, system) if lib is None else _hashes_by(lib, prompt, answer, system)


def _hashes_by(lib: Library, prompt: Sequence[str], answer: Sequence[str], system: Sequence[str]) -> tuple[int, int]:
    first = lib.chained(prompt, lib.seed)
    # Without the mark an answer in two parts could be the prompt's last and the answer of another example.
    whole = lib.chained(answer if len(answer) == 1 else ("", *answer), first)
    if not system:
        return first, whole
    said = lib.chained(system, lib.seed)
    return lib.folded(said, first), lib.folded(said, whole)


def _hashes_in_python(prompt: Sequence[str], answer: Sequence[str], system: Sequence[str]) -> tuple[int, int]:
    """Built from pairs of texts, so that those of a whole block are had at once: Python keeps a text's hash with it."""
    last = answer[0] if len(answer) == 1 else hash(tuple(answer))
    pairs = [hash(pair) for pair in zip(prompt[:-1:2], prompt[1::2], strict=False)]
    asked = prompt[-1] if len(prompt) % 2 else _NOBODY
    first = hash((*pairs, asked)) if pairs else hash(asked)
    whole = hash((*pairs, hash((asked, last)))) if pairs else hash((asked, last))
    for text in system:
        first, whole = hash((text, first)), hash((text, whole))
    # 0 is a line without an example, and what Python makes of an empty text.
    return first or 1, whole or 1


def text_bytes(text: str) -> int:
    """Length in UTF-8; a lone surrogate counts as the three bytes of its replacement."""
    return len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))


def canonical(value: Any) -> str:
    """The same text for the same JSON value, whatever the order of its keys."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def parts_of(content: object) -> list[dict[str, Any]]:
    """The parts of a turn that are objects."""
    return objects(list_at(content, "parts")) if isinstance(content, dict) else []


def pieces(content: object) -> list[str]:
    """What distinguishes the parts of a turn from others: texts, and every other part as canonical JSON."""
    return [_piece(part) for part in parts_of(content)]


def turn_pieces(content: object, role: str) -> list[str]:
    """The same with what distinguishes the whole turn from others, unless it is one text of the `role` that is due.

    Such plain turns are all that the fast way vouches for, and they need no border.
    """
    found = pieces(content)
    own = str(content.get("role")) if isinstance(content, dict) else ""
    is_plain = own == role and len(found) == 1 and not found[0].startswith(_BORDER)
    return found if is_plain else [f"{_BORDER}{own} {len(found)}", *found]


def _piece(part: dict[str, Any]) -> str:
    text = part.get("text")
    return text if isinstance(text, str) else _BORDER + canonical(part)


def tokens_bytes(content: object) -> int:
    """Bytes of everything in a turn that becomes tokens by its length."""
    return sum(_part_bytes(part) for part in parts_of(content))


def _part_bytes(part: dict[str, Any]) -> int:
    text = part.get("text")
    if isinstance(text, str):
        return text_bytes(text)
    spoken = {k: v for k, v in part.items() if k in {"functionCall", "functionResponse", "executableCode"}}
    return text_bytes(canonical(spoken)) if spoken else 0


def media_of(content: object) -> Iterator[str]:
    """The kind of each medium in a turn."""
    for part in parts_of(content):
        for key in ("fileData", "inlineData"):
            data = object_at(part, key)
            if data:
                yield media_kind(str(data.get("mimeType", "")))


def media_kind(mime_type: str) -> str:
    """image, document, audio or video; anything else counts as a document."""
    family = mime_type.partition("/")[0].lower()
    return family if family in {IMAGE, AUDIO, VIDEO} else DOCUMENT


def label_of(texts: list[str]) -> str:
    """The answer as the name of a class, or "" when it is no such thing."""
    if len(texts) != 1 or len(texts[0]) > LABEL_CHARACTERS:
        return ""
    return texts[0]
