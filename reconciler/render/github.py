"""Diagnostics as annotations of a GitHub Actions job: workflow commands on stdout, one a line."""

# Without `from __future__ import annotations`, whose name the one public function here has too.
from collections.abc import Iterable, Iterator, Sequence

from reconciler.core.alike import number_of
from reconciler.core.diagnostics import Diagnostic, Severity, in_order
from reconciler.core.plurals import counted
from reconciler.render.commands import sentence, shell_line
from reconciler.render.words import escape

ANNOTATIONS_MAX = 10
"""GitHub shows this many of each kind per step and drops the rest without a word."""
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def annotations(diagnostics: Iterable[Diagnostic]) -> str:
    """The worst first; where a kind has more than fit, its last annotation counts the others."""
    found = in_order(diagnostics)
    lines = [line for s in Severity for line in _of(s, [d for d in found if d.severity is s])]
    return "".join(f"{line}\n" for line in lines)


def _of(severity: Severity, found: Sequence[Diagnostic]) -> Iterator[str]:
    total = number_of(found)
    fits = total <= ANNOTATIONS_MAX
    shown = found if fits else found[: ANNOTATIONS_MAX - 1]
    yield from map(_annotation, shown)
    if not fits:
        more = counted(total - len(shown), severity.value)
        yield f"::{_COMMANDS[severity]} title=More::+{more} more: see the log"


def _annotation(diagnostic: Diagnostic) -> str:
    properties = [f"{key}={_property(value)}" for key, value in _properties(diagnostic)]
    return f"::{_COMMANDS[diagnostic.severity]} {','.join(properties)}::{_message(diagnostic)}"


def _properties(diagnostic: Diagnostic) -> Iterator[tuple[str, str]]:
    if where := diagnostic.where:
        yield "file", where.path
        if where.line:
            yield "line", str(where.line)
            if where.column:
                yield "col", str(where.column)
    yield "title", f"{diagnostic.code}: {diagnostic.summary}"


def _message(diagnostic: Diagnostic) -> str:
    address = f"{diagnostic.address}: " if diagnostic.address else ""
    fix = f"fix: {sentence(diagnostic.fix)}" if diagnostic.fix else ""
    texts = [diagnostic.detail or diagnostic.summary, fix, shell_line(diagnostic.command)]
    lines = [escape(line) for text in texts if text for line in text.split("\n")]
    return _data(escape(address) + "\n".join(lines))


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(escape(text)).replace(":", "%3A").replace(",", "%2C")
