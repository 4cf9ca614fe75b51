"""Pieces of markdown that hold whatever text they are given, without it becoming markup or a mention."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from reconciler.core.diagnostics import Diagnostic
from reconciler.render.commands import sentence, shell_line
from reconciler.render.values import Banner
from reconciler.render.words import escape, shorten

# What means something inside a line; what does at its beginning never stands there.
_PUNCTUATION = re.compile(r"([\\`*_\[\]<>|~$&])")
_NOT_IN_SPANS = re.compile(r"[`|\\]")
_REFERENCE = re.compile(r"([@#])(?=\w)")
_FACT_MAX = 200
"""Characters of one fact in the first line: a name longer than this must not push the plan out."""


def prose(text: str) -> str:
    """Text in a paragraph or a cell. An empty comment keeps `@name` from becoming a mention, `#1` a link."""
    parts = _REFERENCE.split(escape(text))
    return "".join(f"{_escaped(p)}<!-- -->" if p in ("@", "#") else _escaped(p) for p in parts)


def unbroken(text: str) -> str:
    """The same, on one line however narrow its column is."""
    return prose(text).replace(" ", "&nbsp;")


def _escaped(text: str) -> str:
    return _PUNCTUATION.sub(_backslash, text)


def _backslash(match: re.Match[str]) -> str:
    return f"\\{match[1]}"


def markup(text: str) -> str:
    """Text inside HTML tags, where no markdown is read."""
    return _REFERENCE.sub(r"\1<!-- -->", html.escape(escape(text), quote=True).replace("&#x27;", "'"))


def code(text: str) -> str:
    """Text as code, usable in a table.

    In a cell a span of backticks has no way to hold a pipe behind a backslash; an element has.
    """
    inner = escape(text)
    if not inner.strip():
        return ""
    return f"<code>{prose(text)}</code>" if _NOT_IN_SPANS.search(inner) else f"`{inner}`"


def fenced(lines: Iterable[str], language: str = "") -> list[str]:
    """A code block whose fence nothing in it can close. The lines are escaped already."""
    body = list(lines)
    fence = "`" * max(3, max(map(_longest_run, body), default=0) + 1)
    return [f"{fence}{language}", *body, fence]


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table; cells are markdown already."""
    found = list(rows)
    if not found:
        return []
    return [row(heads), "|" + " --- |" * len(heads), *map(row, found)]


def row(cells: Sequence[str]) -> str:
    """One line of a table."""
    return f"| {' | '.join(cells)} |"


def target_line(banner: Banner) -> str:
    """The first line of every document."""
    first, *rest = (prose(shorten(part, _FACT_MAX)) for part in banner.parts)
    return " · ".join([f"**{first}**", *rest])


def marker(kind: str, workspace: str) -> str:
    """A hidden comment by which the next run finds this one again and replaces it."""
    name = re.sub(r"-{2,}", "-", re.sub(r"[^A-Za-z0-9_.-]", "-", workspace))
    return f"<!-- tuneform:{kind}:{name.strip('-')} -->"


def diagnostic(found: Diagnostic) -> list[str]:
    """One diagnostic: its headline, and what the user wrote in a block below."""
    place = str(found.where) if found.where else found.address or ""
    head = f"**{found.severity.value} {escape(found.code)}**: {prose(found.summary)}"
    body = [escape(line) for line in found.detail.split("\n") if line.strip()]
    body += [f"fix: {escape(sentence(found.fix))}"] if found.fix else []
    body += [f"  {escape(shell_line(found.command))}"] if found.command else []
    return [f"{head} ({code(place)})" if place else head, "", *(fenced(body) if body else []), ""]


def size_of(text: str) -> int:
    """Characters as code hosts count them: beyond the basic plane two each."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
