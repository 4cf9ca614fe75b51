"""Foreign text on its way into a message: escaped, cut, and without secrets.

What a service, or whoever answers in its place, says is shown to people in a terminal: it must not move
their cursor, reorder their line or hand on a token.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

QUOTE_MAX = 600
HIDDEN = "[hidden]"
_READ_MAX = 20_000

# Printable leaves out control and format characters (bidi marks, zero width, tags), lone surrogates and line
# separators. The zero-width joiner stays: emoji are made with it.
_JOINER = "\u200d"

_SECRETS = re.compile(
    r"""
      -----BEGIN[ ][A-Z ]*PRIVATE[ ]KEY-----.*?(?:-----END[ ][A-Z ]*PRIVATE[ ]KEY-----|$)
    | \bya29\.[\w.\-]+                                  # access token
    | \b1//[\w\-]{10,}                                  # refresh token
    | \bAIza[\w\-]{30,}                                 # API key
    | \bGOCSPX-[\w\-]+                                  # client secret
    | \beyJ[\w\-]{5,}\.[\w\-]{5,}\.[\w\-]*              # JSON web token
    | (?<=Bearer\s)[^\s"',;]+
    | (?<=[?&]key=)[^\s"'&]+
    | (?<=access_token=)[^\s"'&]+
    | (?<=upload_id=)[^\s"'&]+
    | (?<=X-Goog-Signature=)[^\s"'&]+
    | (?<=X-Goog-Credential=)[^\s"'&]+
    | (?<=X-Goog-Security-Token=)[^\s"'&]+
    | (?<=[?&]Signature=)[^\s"'&]+
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)


def cleaned(text: str, secrets: Iterable[str] = (), limit: int = QUOTE_MAX) -> str:
    """`text` on one line, harmless and without secrets; `secrets` are exact values to hide, too."""
    # Hidden before it is cut: half a token is no token to any pattern.
    one_line = " ".join(redacted(text[:_READ_MAX], secrets)[: limit * 4].split())
    safe = "".join(map(_escaped, one_line))
    return safe if len(safe) <= limit else f"{safe[:limit]}…"


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` with everything that looks like a credential hidden."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, HIDDEN)
    return _SECRETS.sub(HIDDEN, text)


def page_title(html: str) -> str:
    """What an HTML page says of itself, for a message; "" where it says nothing."""
    match = re.search(r"<title[^>]*>([^<]{1,200})", html, re.IGNORECASE)
    return cleaned(match[1], limit=120) if match else ""


def _escaped(char: str) -> str:
    if char.isprintable() or char == _JOINER:
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
