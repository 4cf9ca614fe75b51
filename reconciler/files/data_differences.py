"""What two files with known bytes have in common, kept so that no plan downloads and compares the same two twice.

Only ever a shortcut, as the other caches are: what is missing or damaged is worked out again.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from reconciler.core.digest import digest
from reconciler.files.bounds import CACHED, bytes_of
from reconciler.files.data_cache import keep_private


class KnownDifference(msgspec.Struct, frozen=True):
    """Counts of rows, and what the old file holds: its examples, and its tokens as they are estimated."""

    added: int
    removed: int
    relabelled: int
    unchanged: int
    examples: int
    tokens: int


class DataDifferences:
    """One small file a pair; safe to share and to delete at any time. Without a folder, of this process alone."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._seen: dict[str, KnownDifference] = {}

    def known(self, *of: str) -> KnownDifference | None:
        """What was found of these two, named by their digests and by whatever else decides."""
        key = digest(list(of))
        found = self._seen.get(key)
        if found is None and self._folder is not None:
            try:
                found = msgspec.json.decode(bytes_of(self._folder / f"{key}.json", CACHED), type=KnownDifference)
            except (OSError, ValueError):
                return None
        return found

    def keep(self, found: KnownDifference, *of: str) -> None:
        """Remember it; a folder that cannot be written to is no reason to fail."""
        key = digest(list(of))
        self._seen[key] = found
        if self._folder is not None:
            keep_private(self._folder / f"{key}.json", msgspec.json.encode(found))
