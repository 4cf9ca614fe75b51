"""What we say to people: one message is a value with a code, a place and a way to mend it.

Codes come in families: SPEC (the user's files), DATA (training data), LOCK, API (the services),
PLAN (what a plan may not do), GATE and BUG. Each has a paragraph in docs/reference/errors.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from reconciler.core import exits
from reconciler.core.suggest import SuggestedCommand


class Severity(Enum):
    """How much a diagnostic matters: an ERROR ends the run, a WARNING or a NOTE never does."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


class Location(NamedTuple):
    """A place in a file of the user's. `line` and `column` count from 1; 0 means unknown."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.path
        return f"{self.path}:{self.line}:{self.column}" if self.column else f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Explained:
    """A row of a table of codes: the summary of its diagnostics, and what docs/reference/errors.md says of it.

    A code decides nothing. What follows from one is a typed field of its row (codes_api.ApiCode, for instance).
    """

    summary: str
    paragraph: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One message.

    `summary` never contains the user's text, so that it can be recognised and searched; `detail` has
    the value; `fix` is an imperative or a question; a `command` stands alone on its line: `suggest(…)` for one of ours,
    text for another program's. `more` counts those of the same code and file behind it that were counted alone.
    """

    code: str
    severity: Severity
    summary: str
    detail: str = ""
    fix: str = ""
    where: Location | None = None
    address: str | None = None
    command: SuggestedCommand | str = ""
    more: int = 0

    @property
    def is_error(self) -> bool:
        """Whether this diagnostic ends the run."""
        return self.severity is Severity.ERROR

    def __repr__(self) -> str:
        place = self.where or self.address or ""
        return f"<{self.severity.value} {self.code}: {self.summary}{f' ({place})' if place else ''}: {self.detail}>"

    @property
    def sort_key(self) -> tuple[str, int, int, int, str, str]:
        """File order first, then severity, then code: the order in which people read them."""
        place = self.where or Location(self.address or "")
        return (place.path, place.line, place.column, self.severity.rank, self.code, self.detail)


class ReconcilerError(Exception):
    """The run cannot go on. Raised once, caught once, in the command line."""

    def __init__(self, *diagnostics: Diagnostic, exit_code: int = exits.FAILED) -> None:
        super().__init__("; ".join(f"{d.code} {d.summary}: {d.detail}" for d in diagnostics))
        self.diagnostics = diagnostics
        self.exit_code = exit_code


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sorted by place, without exact repeats."""
    return sorted(dict.fromkeys(diagnostics), key=lambda d: d.sort_key)
