"""What every value has that a call returns: its JSON, its text and its picture; and the messages among them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Final, overload

from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.plurals import counted
from reconciler.render.style import Style

PLAIN: Final = Style(width=100)
"""How `str()` of a result looks: no colour, and room for a notebook's line."""


class Result(ABC):
    """Base of what calls return. Compare and read them as values; none of them asks anybody anything."""

    __slots__ = ()

    @abstractmethod
    def to_json(self) -> str:
        """The document that the command writes with `--format json`."""

    @abstractmethod
    def _in_short(self) -> str:
        """A few words, for `repr()`."""

    @abstractmethod
    def _repr_html_(self) -> str:
        """The picture in a notebook."""

    def __repr__(self) -> str:
        """`<Plan: 1 to create>`."""
        return f"<{type(self).__name__}: {self._in_short()}>"


class Diagnostics(Result, Sequence[Diagnostic]):
    """Messages in the order of their places. It is true where there are any; `ok` says that none is an error."""

    __slots__ = ("_exit_code", "_found", "_json")

    def __init__(self, found: Sequence[Diagnostic], json: str, exit_code: int = 0) -> None:
        self._found = tuple(found)
        self._json = json
        self._exit_code = exit_code

    @property
    def ok(self) -> bool:
        """Whether the command would end with 0."""
        return self._exit_code == 0

    @property
    def exit_code(self) -> int:
        """How the command would end."""
        return self._exit_code

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Those that are errors."""
        return tuple(found for found in self._found if found.is_error)

    def to_json(self) -> str:
        """The document that the command writes with `--format json`."""
        return self._json

    @overload
    def __getitem__(self, index: int) -> Diagnostic: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Diagnostic, ...]: ...
    def __getitem__(self, index: int | slice) -> Diagnostic | tuple[Diagnostic, ...]:
        return self._found[index]

    def __len__(self) -> int:
        return len(self._found)

    def __str__(self) -> str:
        return text_of(self._found)

    def _in_short(self) -> str:
        return counts_of(self._found) or "nothing"

    def _repr_html_(self) -> str:
        from reconciler.render.html.notebook import messages_piece

        return messages_piece(self._found, "nothing to say")


def text_of(found: Sequence[Diagnostic]) -> str:
    """As the command line shows them."""
    from reconciler.render.terminal.diagnostics import render_diagnostics

    return render_diagnostics(found, PLAIN)


def counts_of(found: Sequence[Diagnostic]) -> str:
    """`1 error, 2 warnings`."""
    totals = ((severity, sum(d.severity is severity for d in found)) for severity in Severity)
    return ", ".join(counted(total, severity.value) for severity, total in totals if total)
