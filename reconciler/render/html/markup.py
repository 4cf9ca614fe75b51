"""HTML in which text cannot become markup: what is text is escaped where it is written, and nowhere else.

A page is a tree of elements. Their names and the names of attributes are our own literals; everything else is text, and
is escaped by its type. The one exception is a StyleSheet, which is a file of ours. Written so, a page is HTML5 and
well-formed XML at once: every element is closed, every attribute has a value.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from reconciler.render.words import escape

Content: TypeAlias = "Element | StyleSheet | str | Iterable[Content] | None"
"""None is nothing; text is text."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_EMPTY = frozenset({"br", "line", "meta", "polyline"})
"""Elements without an end tag of their own."""
_INLINE = frozenset({"a", "b", "br", "code", "em", "small", "span", "strong", "summary", "td", "th", "time", "title"})
"""What never begins a new line in the file: a line break between two of them would be a space."""


@dataclass(frozen=True, slots=True)
class StyleSheet:
    """The text of a file of ours, as it is."""

    css: str

    def __post_init__(self) -> None:
        assert not re.search(r"[<&]|]]>", self.css), "what could end a style sheet has no place in one"


@dataclass(frozen=True, slots=True)
class Element:
    """One element. `attributes` are written in their order."""

    name: str
    attributes: Mapping[str, str]
    content: tuple[Content, ...]


def el(name: str, /, *content: Content, **attributes: str | None) -> Element:
    """An element; `class_` is `class`, `aria_label` is `aria-label`; an attribute that is None is left out."""
    named = {_spelt(key): value for key, value in attributes.items() if value is not None}
    assert _spelt(name) == name, f"{name}: names are ours"
    assert name != "script", "a report runs nothing"
    return Element(name, named, content)


def held(content: Content) -> Content:
    """The same with nothing that is made while it is written, so that it can be written twice."""
    if isinstance(content, Element):
        return Element(content.name, content.attributes, tuple(map(held, content.content)))
    if content is None or isinstance(content, str | StyleSheet):
        return content
    return tuple(map(held, content))


def written(content: Content) -> str:
    """As text of a file."""
    pieces: list[str] = []
    _write(content, pieces.append)
    return "".join(pieces).lstrip("\n")


@cache
def _spelt(key: str) -> str:
    """There are a few dozen of them."""
    name = key.rstrip("_").replace("_", "-")
    assert _NAME.fullmatch(name), f"{key}: names are ours"
    return name


def _write(content: Content, put: Callable[[str], None]) -> None:
    if isinstance(content, str):
        put(html.escape(escape(content), quote=False))
    elif isinstance(content, Element):
        _write_element(content, put)
    elif isinstance(content, StyleSheet):
        put(content.css)
    elif content is not None:
        for part in content:
            _write(part, put)


def _write_element(element: Element, put: Callable[[str], None]) -> None:
    name = element.name
    put(f"<{name}" if name in _INLINE else f"\n<{name}")
    for key, text in element.attributes.items():
        put(f' {key}="{html.escape(escape(text))}"')
    if name in _EMPTY:
        put("/>")
        return
    put(">")
    for part in element.content:
        _write(part, put)
    put(f"</{name}>")
