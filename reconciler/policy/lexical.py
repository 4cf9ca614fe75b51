"""What is looked at before the grammar is: how long an expression is, how deep its brackets are, whether texts end.

The grammar's own pattern of a text takes time without end for one that is not closed. So the grammar meets none.
"""

from __future__ import annotations

import re
from typing import Final

from reconciler.core.plurals import counted
from reconciler.policy.terms import ExpressionError

LONGEST: Final = 4_000
"""Characters of one expression."""
DEEPEST: Final = 40
"""Levels of an expression, brackets or others."""

_ESCAPES: Final = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"', "`": "`", "?": "?",
}  # fmt: skip
_ESCAPE: Final = re.compile(
    r"\\(?:(?P<plain>[abfnrtv\\'\"`?])|(?P<code>x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})"
    r"|(?P<octal>[0-3][0-7]{2})|(?P<other>.|\Z))",
    re.DOTALL,
)


def check_text(text: str) -> None:
    """Raise ExpressionError where the grammar should not be asked."""
    if len(text) > LONGEST:
        raise ExpressionError(
            f"It has {counted(len(text), 'character')}; {LONGEST:,} are the most.", 0, "Make several rules of it."
        )
    depth, at = 0, 0
    while at < len(text):
        char = text[at]
        if char in "\"'":
            at = _end_of_text(text, at)
            continue
        if text.startswith("//", at):
            at = _end_of_line(text, at)
            continue
        if char in "([{":
            depth += 1
            if depth > DEEPEST:
                raise too_deep(at)
        depth -= char in ")]}"
        at += 1


def too_deep(at: int) -> ExpressionError:
    """More than DEEPEST levels."""
    return ExpressionError(f"It is nested more than {DEEPEST} levels deep.", at, "Make several rules of it.")


def _end_of_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _end_of_text(text: str, start: int) -> int:
    """After its closing quote. A backslash goes with what follows it, in raw texts too: so the grammar reads them."""
    quote = text[start] * 3 if text.startswith(text[start] * 3, start) else text[start]
    at = start + len(quote)
    while at < len(text):
        if text.startswith(quote, at):
            return at + len(quote)
        if text[at] == "\n" and len(quote) == 1:
            break
        at += 2 if text[at] == "\\" else 1
    raise ExpressionError("A text begins here and does not end.", start, f"Close it with {quote}.")


def text_of(token: str, at: int) -> str:
    """What a text in quotes stands for."""
    is_raw = token[0] in "rR"
    body = token[1:] if is_raw else token
    quotes = 3 if len(body) >= 6 and body[:3] in ('"""', "'''") else 1
    body = body[quotes:-quotes]
    return body if is_raw else _ESCAPE.sub(lambda found: _unescaped(found, at), body)


def _unescaped(found: re.Match[str], at: int) -> str:
    if found["plain"]:
        return _ESCAPES[found["plain"]]
    if found["octal"]:
        return chr(int(found["octal"], 8))
    number = int(found["code"][1:], 16) if found["code"] else None
    if number is None or number > 0x10FFFF or 0xD800 <= number < 0xE000:
        raise ExpressionError(
            f'"{found[0]}" is no escape of CEL.', at, 'Write a backslash twice, or put an r before the text: r"…".'
        )
    return chr(number)
