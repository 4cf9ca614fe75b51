"""HTML read by two parsers of the standard library: one that is as lenient as browsers are, and one of strict XML."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

_VOID = frozenset({"br", "meta"})


@dataclass
class Read(HTMLParser):
    """What a page holds. Raises AssertionError for an element that is not closed, or closed by another."""

    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs), f"{tag} has an attribute twice"
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def read(text: str) -> Read:
    """As a browser would."""
    page = Read()
    page.feed(text)
    page.close()
    assert page.open == []
    return page


def strict(text: str) -> ET.Element:
    """As XML: the same elements, or ParseError."""
    return ET.fromstring(text)


def without_style(text: str) -> str:
    """For golden files: the style sheet has a file of its own."""
    text = re.sub(r"<style>.*?</style>", "<style>…</style>", text, flags=re.DOTALL)
    return re.sub(r"sha256-[^&]+", "sha256-…", text)
