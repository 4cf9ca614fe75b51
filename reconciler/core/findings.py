"""What is found wrong, kept up to a bound and counted in full: a file can be wrong in more places than anybody reads.

Of one code and file the first hundred are kept. The last of them says how many more there are, so that the sum is exact
wherever it is shown. Who finds something asks for room first, and words what is kept alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from reconciler.core.diagnostics import Diagnostic

KEPT_PER_CODE: Final = 100
"""Of one code in one file."""

_Key = tuple[str, str]


class Findings:
    """Diagnostics in the order in which they are found."""

    def __init__(self, diagnostics: Iterable[Diagnostic] = ()) -> None:
        self._kept: list[Diagnostic] = []
        self._counts: Counter[_Key] = Counter()
        self._last: dict[_Key, int] = {}
        self._address = ""
        self.extend(diagnostics)

    @property
    def count(self) -> int:
        """How many were found, kept or not."""
        return self._counts.total()

    def has_room(self, code: str, path: str) -> bool:
        """Count one more of this code in this file; whether it is kept, and so worth its words."""
        self._counts[code, path] += 1
        return self._counts[code, path] <= KEPT_PER_CODE

    def keep(self, diagnostic: Diagnostic) -> None:
        """One that there was room for."""
        if self._address and not diagnostic.address:
            diagnostic = replace(diagnostic, address=self._address)
        self._last[_key(diagnostic)] = len(self._kept)
        self._kept.append(diagnostic)

    def add(self, diagnostic: Diagnostic) -> None:
        """One whose words cost nothing."""
        key = _key(diagnostic)
        if self.has_room(*key):
            self.keep(replace(diagnostic, more=0) if diagnostic.more else diagnostic)
        self._counts[key] += diagnostic.more

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        """All of them, with what they say of others."""
        for diagnostic in diagnostics:
            self.add(diagnostic)

    @contextmanager
    def about(self, address: str) -> Iterator[None]:
        """What is found inside is about this address, unless it says another one."""
        before, self._address = self._address, address
        try:
            yield
        finally:
            self._address = before

    def all(self) -> list[Diagnostic]:
        """Those that are kept; the last of each code and file says how many more there are."""
        kept = list(self._kept)
        for key, index in self._last.items():
            more = self._counts[key] - KEPT_PER_CODE
            if more > 0:
                kept[index] = replace(kept[index], more=more)
        return kept


def _key(diagnostic: Diagnostic) -> _Key:
    return diagnostic.code, diagnostic.where.path if diagnostic.where else ""
