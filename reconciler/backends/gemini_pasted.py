"""What people paste for a tuned model of the Gemini API: its id, its name, the address of a page of AI Studio. Pure."""

from __future__ import annotations

import re
from urllib.parse import unquote

_ID = r"[a-z0-9][a-z0-9-]{0,62}"
_IN_A_PAGE = re.compile(rf"tuned[-_]?models[/=]({_ID})", re.IGNORECASE)
_BARE = re.compile(r"[a-z][a-z0-9-]{0,62}")


def names_of(pasted: str) -> tuple[str, ...]:
    """The resource name, or none where it is no name of this service.

    An address has it in its path or in its query, `?model=tunedModels%2Fx`: AI Studio has moved its pages.
    """
    text = pasted.strip()
    if text.startswith("tunedModels/"):
        return (text,)
    if "://" in text or text.startswith("//"):
        found = _IN_A_PAGE.search(unquote(text))
        return (f"tunedModels/{found[1]}",) if found else ()
    return (f"tunedModels/{text}",) if _BARE.fullmatch(text) else ()
