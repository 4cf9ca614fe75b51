"""What every page stands in: head with a policy that lets it do nothing, a way past the top, and who it is about."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources

from reconciler.render.html.markup import Content, Element, StyleSheet, el, written
from reconciler.render.html.pieces import code
from reconciler.render.html.times import moment
from reconciler.render.values import Banner


def page(first_line: str, title: str, *parts: Content) -> str:
    """The whole file: one element, which needs nothing else."""
    head = el("head", *_meta(), el("title", title), el("style", StyleSheet(report_css())))
    skip = el("a", "To the content", href="#main", class_="skip")
    return f"<!DOCTYPE html>\n{first_line}\n" + written(el("html", head, el("body", skip, *parts), lang="en")) + "\n"


def contents(links: Iterable[tuple[str, str]]) -> Element:
    """Links to sections, each with its address and its words."""
    items = (el("li", el("a", words, href=f"#{name}")) for name, words in links)
    return el("nav", el("ul", *items), aria_label="Sections")


def top(banner: Banner, at: str, commit: str = "") -> Element:
    """Which workspace, of whom, and when."""
    who = f"EMULATOR {banner.emulator}" if banner.emulator else "Google"
    place = "" if banner.emulator else " ".join(part for part in (banner.project, banner.location) if part)
    parts: tuple[tuple[str, Content], ...] = (
        ("Target", f"{who} {place}".rstrip()),
        ("Lock", code(banner.lock)),
        ("Commit", code(commit[:12])),
        ("Made", moment(at)),
    )
    said = [part for name, value in parts if value for part in (el("span", f"{name} ", el("strong", value)), " ")]
    return el("header", el("h1", banner.workspace or "tuneform"), el("p", *said, class_="facts"))


@cache
def report_css() -> str:
    """The one style sheet of every page."""
    return resources.files("reconciler.render.html").joinpath("report.css").read_text(encoding="utf-8")


def policy() -> str:
    """Nothing is loaded, sent or run, from here or elsewhere; the one style sheet is known by its digest."""
    digest = base64.b64encode(hashlib.sha256(report_css().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _meta() -> Iterator[Element]:
    yield el("meta", charset="utf-8")
    yield el("meta", http_equiv="Content-Security-Policy", content=policy())
    yield el("meta", name="viewport", content="width=device-width, initial-scale=1")
    yield el("meta", name="color-scheme", content="light dark")
    yield el("meta", name="referrer", content="no-referrer")
    yield el("meta", name="robots", content="noindex")
