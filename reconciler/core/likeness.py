"""What somebody may have meant: the nearest of the names that there are, at a cost that neither side can raise."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import islice
from typing import Final

_LONGEST: Final = 200
"""Characters. A longer word is no slip of the pen."""
_COMPARED: Final = 500
"""Names, of those with about as many characters."""


def nearest(word: str, names: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """One of the names, or None where none is near. `cutoff` is as difflib has it."""
    if len(word) > _LONGEST:
        return None
    least, most = cutoff / (2 - cutoff) * len(word), (2 - cutoff) / cutoff * len(word)
    alike = (name for name in names if least <= len(name) <= most)
    return next(iter(difflib.get_close_matches(word, islice(alike, _COMPARED), n=1, cutoff=cutoff)), None)
