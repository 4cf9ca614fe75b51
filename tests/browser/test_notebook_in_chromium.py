"""Pieces of a notebook in a real browser: several of them on a page whose style is for everything, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import Page, a_page, found
from tests.render.test_notebook_pieces import PIECES

pytestmark = [
    pytest.mark.skipif(found() is None, reason="no Chromium is installed here"),
    pytest.mark.slow,
    pytest.mark.xdist_group("chromium"),
]
_HOST = """
.out table { table-layout: fixed; margin: 0 auto; color: black; font-size: 12px; border: none }
.out td, .out th, .out tr { text-align: right; vertical-align: middle; border: none; white-space: normal }
.out tbody tr:nth-child(odd) { background: #f5f5f5 }
.out ul:not(.list-inline) { list-style: disc; padding-left: 2em }
.out code { background: #eee }
.out p { margin: 0 0 1em }
"""
"""What JupyterLab and nbconvert say of all outputs."""
_LOOK = """(selector => { const e = document.querySelector(selector), s = getComputedStyle(e),
  row = getComputedStyle(e.parentElement);
  return [s.textAlign, s.borderTopWidth, s.color, row.backgroundColor] })"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with a_page(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def _opened(page: Page, folder: Path, names: list[str], *, is_light: bool = True) -> Page:
    outputs = "".join(f'<div class="out" id="{number}">{PIECES[name]()}</div>' for number, name in enumerate(names))
    theme = f'data-jp-theme-light="{str(is_light).lower()}"'
    beside = '<div class="out"><table><tr><td class="n mark" id="beside">1</td></tr></table></div>'
    file = folder / "page.html"
    file.write_text(
        f'<!DOCTYPE html><meta charset="utf-8"><style>{_HOST}</style><body {theme}>{outputs}{beside}', encoding="utf-8"
    )
    page.open(file)
    return page


def test_a_piece_looks_the_same_alone_and_among_others(page: Page, tmp_path: Path) -> None:
    alone = _opened(page, tmp_path, ["status"]).value(f"{_LOOK}('[id=\"0\"] tbody td')")
    among = _opened(page, tmp_path, ["status", *PIECES]).value(f"{_LOOK}('[id=\"0\"] tbody td')")

    assert among == alone
    assert alone == ["left", "1px", "rgb(23, 32, 42)", "rgba(0, 0, 0, 0)"]


def test_a_piece_reaches_nothing_beside_it(page: Page, tmp_path: Path) -> None:
    bare = _opened(page, tmp_path, []).value(f"{_LOOK}('#beside')")
    beside = _opened(page, tmp_path, list(PIECES)).value(f"{_LOOK}('#beside')")

    assert beside == bare


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_theme_is_that_of_the_host(page: Page, tmp_path: Path, scheme: str) -> None:
    page.looks(1000, scheme=scheme)
    light = _opened(page, tmp_path, ["plan"], is_light=True).value(
        "getComputedStyle(document.querySelector('.tuneform')).color"
    )
    dark = _opened(page, tmp_path, ["plan"], is_light=False).value(
        "getComputedStyle(document.querySelector('.tuneform')).color"
    )

    assert (light, dark) == ("rgb(23, 32, 42)", "rgb(231, 236, 242)")


def test_nothing_complains_and_nothing_is_asked_for(page: Page, tmp_path: Path) -> None:
    _opened(page, tmp_path, list(PIECES))

    assert page.complaints == []
    assert page.requests == [(tmp_path / "page.html").as_uri()]
