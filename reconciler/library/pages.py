"""Texts that calls return: an answer of a model, and a report. Both are texts wherever a text is wanted."""

from __future__ import annotations

import html
from typing import Final, Self

from reconciler.core.diagnostics import Diagnostic
from reconciler.core.plurals import counted

_HEIGHT: Final = "42rem"


class PromptAnswer(str):
    """What a model answered. `warnings` say what its base model ignored of the settings."""

    __slots__ = ("warnings",)
    warnings: tuple[Diagnostic, ...]

    def __new__(cls, text: str, warnings: tuple[Diagnostic, ...] = ()) -> Self:
        """The text itself, with what was said about the settings."""
        made = super().__new__(cls, text)
        made.warnings = warnings
        return made


class ReportPage(str):
    """One HTML file. `trouble` is what could not be read; a notebook shows the page in a frame that may run nothing."""

    __slots__ = ("exit_code", "trouble")
    trouble: tuple[Diagnostic, ...]
    exit_code: int

    def __new__(cls, text: str, trouble: tuple[Diagnostic, ...] = (), exit_code: int = 0) -> Self:
        """The text itself, with how the command would end."""
        made = super().__new__(cls, text)
        made.trouble, made.exit_code = trouble, exit_code
        return made

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {counted(len(self), 'character')}>"

    def _repr_html_(self) -> str:
        style = f"width: 100%; height: {_HEIGHT}; border: 1px solid #8886; border-radius: 10px"
        return f'<iframe sandbox title="Report" style="{style}" srcdoc="{html.escape(self)}"></iframe>'
