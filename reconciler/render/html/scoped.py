"""The style sheet of a page, for a piece of another page: it reaches that piece alone, and has no more than that needs.

A notebook is one page of many outputs, each with a style of its own, in a theme of its own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

from reconciler.render.html.frame import report_css

ROOT: Final = "tuneform"
"""A class of the element that is a whole piece; the other one says which sheet is its own."""
_SCOPE: Final = f".{ROOT}.SHEET"
"""Two classes, so that a rule of ours goes before one that the host has for all its outputs."""
_DARK_HOSTS: Final = (
    '[data-jp-theme-light="false"]',
    ".vscode-dark",
    ".vscode-high-contrast:not(.vscode-high-contrast-light)",
    'html[theme="dark"]',
    '[data-theme="dark"]',
)
"""JupyterLab and Notebook, VS Code, Colab, Jupyter Book: each says so on an element around all outputs. What the system
of the reader prefers is not the theme of the host: where that says nothing, a piece is light on a ground of its own."""
_PAGE: Final = re.compile(r"(?:html|body|nav|main|h[1-5]|footer|\.skip|\.tiles|\.facts|\.many|a\b)")
"""What a page has and a piece has not."""
_RULE: Final = re.compile(r"([^{}]+)\{([^{}]*)\}")
_MEDIA: Final = re.compile(r"@media ([^{]+)\{((?:[^{}]*\{[^{}]*\})*)\s*\}")


class _Rule(NamedTuple):
    """A selector with its declarations, and the elements and classes without which it means nothing."""

    selector: str
    declarations: str
    needs: frozenset[str]
    media: str = ""


class ScopedSheet(NamedTuple):
    """A sheet, and the class without which it means nothing: pieces with other sheets on the same page are not its."""

    css: str
    class_: str


def scoped_sheet(markup: str) -> ScopedSheet:
    """Of the style sheet what this markup needs. The same markup has the same one, whenever it is made."""
    there = _names_in(markup)
    lines = [*_colours(), *_own_css()]
    for rule in _rules():
        if rule.needs <= there:
            written = f"{_SCOPE} {rule.selector} {{{rule.declarations}}}"
            lines.append(f"@media {rule.media}{{{written}}}" if rule.media else written)
    css = "\n".join(lines)
    class_ = f"{ROOT}-{hashlib.sha256(css.encode()).hexdigest()[:8]}"
    return ScopedSheet(css.replace(_SCOPE, f".{ROOT}.{class_}"), class_)


def _names_in(markup: str) -> frozenset[str]:
    elements = re.findall(r"<([a-z][a-z0-9]*)", markup)
    classes = (f".{name}" for value in re.findall(r'class="([^"]*)"', markup) for name in value.split())
    return frozenset([*elements, *classes])


@cache
def _colours() -> tuple[str, ...]:
    """The light ones for everybody, and the dark ones in a host that says that it is dark."""
    media = {query.strip(): body for query, body in _MEDIA.findall(report_css())}
    light = _declarations(_MEDIA.sub("", report_css()), ":root").replace("light dark", "light")
    dark = _declarations(media["(prefers-color-scheme: dark)"], ":root")
    hosts = ", ".join(_DARK_HOSTS)
    return f"{_SCOPE} {{{light}}}", f":is({hosts}) {_SCOPE} {{color-scheme: dark; {dark}}}"


def _declarations(css: str, selector: str) -> str:
    return next(_in_one_line(said) for name, said in _RULE.findall(css) if name.strip() == selector)


@cache
def _own_css() -> tuple[str, ...]:
    """What a piece needs beside: a ground and a font, and the tables of the host undone."""
    css = resources.files("reconciler.render.html").joinpath("notebook.css").read_text(encoding="utf-8")
    return tuple(f"{_SCOPE}{_below(name)} {{{_in_one_line(said)}}}" for name, said in _RULE.findall(css))


def _below(selector: str) -> str:
    found = selector.strip()
    return "" if found == ":scope" else f" {found}"


@cache
def _rules() -> tuple[_Rule, ...]:
    css = report_css()
    narrow = next(body for query, body in _MEDIA.findall(css) if "max-width" in query)
    return (*_rules_of(_MEDIA.sub("", css)), *_rules_of(narrow, "(max-width: 40rem)"))


def _rules_of(css: str, media: str = "") -> Iterator[_Rule]:
    for selectors, declarations in _RULE.findall(css):
        for selector in map(str.strip, selectors.split(",")):
            if not (_PAGE.match(selector) or selector in (":root", "*") or selector.startswith("section")):
                yield _Rule(selector, _in_one_line(declarations), frozenset(_needed(selector)), media)


def _needed(selector: str) -> Iterator[str]:
    plain = re.sub(r":(?:not\([^)]*\)|[a-z-]+)", "", selector)
    yield from (f".{name}" for name in re.findall(r"\.([A-Za-z][\w-]*)", plain))
    yield from re.findall(r"(?:^|(?<=[\s>]))[a-z][a-z0-9]*", plain)


def _in_one_line(declarations: str) -> str:
    return " ".join(declarations.split())
