"""What a check has to say: findings with a place, counted in full and kept up to a bound."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from reconciler.core.diagnostics import Diagnostic, Location, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Path = tuple[str | int, ...]
"""A path inside one example: keys and indexes from 0."""

KEPT_PER_RULE = 100
"""Findings of one rule that are kept with their place; the rest are counted only (the bound is ours)."""


class Breach(NamedTuple):
    """What one rule says about one example, before the place in the file is known."""

    rule: str
    path: Path = ()
    detail: str | Callable[[], str] = ""
    """A function where the words cost more than the look: only those of findings that are kept are called."""
    at: int | None = None
    """Character index inside the example's text where it is known better than by the path."""

    @property
    def words(self) -> str:
        """The detail as it is shown."""
        return self.detail if isinstance(self.detail, str) else self.detail()


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule broken at one place. It never carries text of an example longer than a key or a role.

    `line` and `column` count from 1, in characters; 0 means the whole file. `offset` is the byte at
    which the line starts, so that an excerpt can be read again for a person who asks for one.
    """

    rule: str
    severity: Severity
    title: str
    detail: str = ""
    fix: str = ""
    line: int = 0
    column: int = 0
    json_path: str = ""
    offset: int = -1

    def diagnostic(self, name: str) -> Diagnostic:
        """The same as a message like every other of ours."""
        detail = f"{self.json_path}: {self.detail}" if self.json_path and self.detail else self.detail
        where = Location(name, self.line, self.column)
        return Diagnostic(self.rule, self.severity, self.title, detail, self.fix, where)

    def moved(self, *, lines: int, bytes_: int) -> Finding:
        """The same finding in a file that has so much in front of it."""
        offset = self.offset + bytes_ if self.offset >= 0 else self.offset
        return replace(self, line=self.line + lines if self.line else 0, offset=offset)


def json_path(path: Path) -> str:
    """`contents[0].parts[1].text`, as people and `jq` write it."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def worst(findings: Iterable[Finding]) -> Severity | None:
    """The most serious severity among them."""
    return min((f.severity for f in findings), key=lambda s: s.rank, default=None)
