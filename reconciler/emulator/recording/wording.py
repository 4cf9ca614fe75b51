"""Messages of errors: the words of a service stay, whatever it repeats of a request or of somebody's data does not."""

from __future__ import annotations

import re

from reconciler.emulator.recording import vocabulary
from reconciler.emulator.recording.naming import Namer, is_resource
from reconciler.emulator.recording.pseudonyms import NAME

GONE = "…"
"""In place of a word that is not known to be the service's."""
_PIECE = re.compile(
    r"""(?P<uri>gs://[^\s"'`,;)\]]+|https?://[^\s"'`,;)\]]+)
      | (?P<resource>(?:projects|tunedModels|publishers|models|operations)/[^\s"'`,;)\]]+)
      | (?P<email>[^\s@"'<>,;:()]+@[^\s@"'<>,;:()]+)
      | (?P<quoted>"[^"]*"|'[^'\s][^']*'|`[^`]*`)
      | (?P<token>[^\s"'`]+)
      | (?P<space>\s+)
      | (?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
_WORD = re.compile(r"[^\W\d_]+|\d+|.", re.DOTALL)
_ADDRESS = re.compile(r"\d{1,9}(?:\.\d{1,9}){2,9}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){3,9}")
"""Of a machine: its parts are small numbers."""
_SPLIT = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_PHRASE = 8
LONGEST = 2_000
"""Characters of a message that are looked at; what comes after is left out."""


def scrubbed(text: str, namer: Namer) -> str:
    """The message without what is anybody's."""
    text = text[:LONGEST]
    for known in namer.pseudonyms.originals():
        # What was met before as somebody's stays that, though every word of it be an ordinary one.
        if len(known) >= _PHRASE and known in text:
            text = text.replace(known, namer.pseudonyms.of(known, "text"))
    return "".join(_piece(match, namer) for match in _PIECE.finditer(text))


def _piece(match: re.Match[str], namer: Namer) -> str:
    text, kind = match[0], match.lastgroup
    if kind in ("space", "mark"):
        return text
    if kind == "quoted":
        inner = text[1:-1]
        if is_resource(inner) or inner.startswith("gs://"):
            return text[0] + scrubbed(inner, namer) + text[-1]
        known = namer.pseudonyms.known(inner)
        stays = inner if _is_plain(inner) else GONE
        return text[0] + (stays if known is None else known) + text[-1]
    if kind in ("uri", "resource", "email"):
        bare = text.rstrip(".:!?")
        return namer.text(bare) + text[len(bare) :]
    return _token(text, namer)


def _token(text: str, namer: Namer) -> str:
    if (known := namer.pseudonyms.known(text)) is not None:
        return known
    if _ADDRESS.search(text):
        return GONE
    if re.search(r"[/.@]\w", text):
        # The name of something, perhaps: its parts may be ordinary words and somebody's all the same.
        return "".join(_part(part, namer) for part in re.split(r"([/.@:])", text))
    return _part(text, namer)


def _part(text: str, namer: Namer) -> str:
    if (known := namer.pseudonyms.known(text)) is not None:
        return known
    if _is_plain(text):
        return text
    found = "".join(word if _is_plain(word) else _known(word, namer) for word in _WORD.findall(text))
    return re.sub(f"(?:{GONE}[-_.:/]?)+{GONE}", GONE, found)


def _known(text: str, namer: Namer) -> str:
    return namer.pseudonyms.known(text) or GONE


def _is_plain(text: str) -> bool:
    """Whether every word of it may stay."""
    return all(_stays(word) for word in _WORD.findall(text))


def _stays(word: str) -> bool:
    if word.isdigit():
        return word.isascii() and len(word) < 9
    if not word[0].isalpha():
        return word.isascii() and not word.isalnum()
    if word.lower() in vocabulary.words():
        return True
    parts = _SPLIT.findall(word)
    return "".join(parts) == word and len(parts) > 1 and all(part.lower() in vocabulary.words() for part in parts)


def comparable(text: str) -> str:
    """A scrubbed message with the pseudonyms out of it as well, so that two of them can be compared."""
    text = re.sub(r"(?:gs://|https?://|projects/|tunedModels/)[^\s\"'`,;)\]]+", "*", text)
    text = re.sub(rf"\b{NAME}x*\b(?: \(\d{{1,9}} long\))?(?:@example\.com)?|\b\d{{10,}}\b", "*", text)
    return re.sub(rf"[*{GONE}]+(?:[-_.:/@ ]*[*{GONE}]+)*", "*", text)
