"""Digests of content by the sha256 of the bytes, kept so that no file is read and no object downloaded twice for one.

Only ever a shortcut, as the other caches are: what is missing or damaged is worked out again.
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from reconciler.core.model import Identity
from reconciler.files.bounds import CACHED, bytes_of
from reconciler.files.data_cache import keep_private

_NAME = re.compile(r"[0-9a-f]{64}")


class KnownContent(msgspec.Struct, frozen=True):
    """What bytes with one sha256 hold: the digest of their content, and what Cloud Storage knows them by."""

    content: str
    crc32c: str
    size: int

    def identity(self, sha256: str) -> Identity:
        """The bytes themselves."""
        return Identity(crc32c=self.crc32c, size=self.size, sha256=sha256)


class DataContents:
    """One small file a digest; safe to share and to delete at any time. Without a folder, of this process alone."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._seen: dict[str, KnownContent] = {}

    def known(self, sha256: str, recipe: str) -> KnownContent | None:
        """What was found of these bytes by this recipe."""
        found = self._seen.get(sha256) or self._read(sha256)
        return found if found is not None and found.content.startswith(f"{recipe}:") else None

    def keep(self, sha256: str, known: KnownContent) -> None:
        """Remember it; a folder that cannot be written to is no reason to fail."""
        self._seen[sha256] = known
        place = self._place(sha256)
        if place is not None:
            keep_private(place, msgspec.json.encode(known))

    def _read(self, sha256: str) -> KnownContent | None:
        place = self._place(sha256)
        try:
            return msgspec.json.decode(bytes_of(place, CACHED), type=KnownContent) if place else None
        except (OSError, ValueError):
            return None

    def _place(self, sha256: str) -> Path | None:
        return self._folder / f"{sha256}.json" if self._folder and _NAME.fullmatch(sha256) else None
