"""Diagnostics as compilers show them: `file:line:col: error CODE: summary`, then what and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.render.commands import sentence, shell_line
from reconciler.render.style import Style, Tone
from reconciler.render.terminal.layout import closed
from reconciler.render.words import escape, paragraphs, wrap

_TONES = {Severity.ERROR: Tone.BAD, Severity.WARNING: Tone.WARNING, Severity.NOTE: Tone.RUNNING}


def render_diagnostics(diagnostics: Iterable[Diagnostic], style: Style) -> str:
    """All of them in the order given; nothing between, as editors and grep expect."""
    return closed(line for diagnostic in diagnostics for line in diagnostic_lines(diagnostic, style))


def heads(diagnostics: Iterable[Diagnostic], style: Style) -> str:
    """The first line of each: where, which and what."""
    return closed(_head(diagnostic, style) for diagnostic in diagnostics)


def diagnostic_lines(diagnostic: Diagnostic, style: Style) -> list[str]:
    """One diagnostic. The first line stays whole for tools that read it, a command for people who copy it."""
    return [_head(diagnostic, style), *_body(diagnostic, style, by=2)]


def note_lines(diagnostic: Diagnostic, style: Style, *, by: int = 0) -> list[str]:
    """The same as part of something longer, where lines must fit: the first one wraps as well.

    Inside a change (`by` above 0) the address stands above, so no place is named.
    """
    place = _place(diagnostic) if by == 0 else ""
    label = f"{diagnostic.severity.value} {diagnostic.code}:"
    words = " ".join(part for part in (place and f"{place}:", label, escape(diagnostic.summary)) if part)
    first, *rest = wrap(words, style.width - by - 2)
    painted = first.replace(label, style.paint(label, _TONES[diagnostic.severity]), 1)
    lines = [" " * by + painted, *(" " * (by + 2) + line for line in rest)]
    return lines + _body(diagnostic, style, by=by + 2)


def _body(diagnostic: Diagnostic, style: Style, *, by: int) -> list[str]:
    indent, room = " " * by, style.width - by
    lines = [indent + line for line in paragraphs(diagnostic.detail, room)] if diagnostic.detail else []
    if diagnostic.fix:
        lines += [indent + line for line in wrap(f"fix: {escape(sentence(diagnostic.fix))}", room)]
    if diagnostic.command:
        lines.append(f"{indent}  {escape(shell_line(diagnostic.command))}")
    return lines


def _place(diagnostic: Diagnostic) -> str:
    return escape(str(diagnostic.where) if diagnostic.where else diagnostic.address or "")


def _head(diagnostic: Diagnostic, style: Style) -> str:
    place = _place(diagnostic)
    label = style.paint(f"{diagnostic.severity.value} {diagnostic.code}:", _TONES[diagnostic.severity])
    prefix = f"{style.paint(place, Tone.STRONG)}: " if place else ""
    return f"{prefix}{label} {escape(diagnostic.summary)}"
