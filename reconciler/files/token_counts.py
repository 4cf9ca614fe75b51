"""What the service counted of training data, kept for plans: by the identity of the bytes and the base model.

Only ever a shortcut, as the other caches are: what is missing or damaged is estimated instead.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from reconciler.core.model import Identity
from reconciler.files.bounds import CACHED, bytes_of
from reconciler.files.data_cache import keep_private


class TokenCount(msgspec.Struct, frozen=True):
    """Billable tokens of one epoch, and who counted them when."""

    tokens: int
    counted_by: str


class TokenCounts:
    """One small file a count; safe to share and to delete at any time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def known(self, base_model: str, identity: Identity) -> TokenCount | None:
        """What was counted of these bytes for this base model."""
        place = self._place(base_model, identity)
        if place is None:
            return None
        try:
            found = msgspec.json.decode(bytes_of(place, CACHED), type=TokenCount)
        except (OSError, ValueError):
            return None
        return found if found.tokens >= 0 else None

    def keep(self, base_model: str, identity: Identity, count: TokenCount) -> None:
        """Remember it; a folder that cannot be written to is no reason to fail."""
        place = self._place(base_model, identity)
        if place is not None:
            keep_private(place, msgspec.json.encode(count))

    def _place(self, base_model: str, identity: Identity) -> Path | None:
        """Size and crc32c are what both a local file and an object have."""
        if not identity.crc32c or identity.size is None:
            return None
        name = f"{base_model}\0{identity.crc32c}\0{identity.size}"
        return self._folder / f"{hashlib.sha256(name.encode()).hexdigest()}.json"
