"""Text stays text: whatever is not one of our own elements is escaped, in every place where text can stand."""

from __future__ import annotations

import pytest
from hypothesis import given

from reconciler.render.html.markup import StyleSheet, el, written
from reconciler.render.words import escape
from tests.render import strategies as some
from tests.render.reading_html import read, strict


@given(some.any_text)
def test_any_text_is_read_as_that_text_and_as_nothing_else(text: str) -> None:
    made = written(el("p", text, title=text, data_more=text))

    for attributes, said in (
        (read(made).tags[0][1], "".join(read(made).texts)),
        (dict(strict(made).attrib), strict(made).text or ""),
    ):
        assert said == escape(text)
        assert attributes == {"title": escape(text), "data-more": escape(text)}
    assert len(read(made).tags) == 1


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "' onmouseover='alert(1)",
        "</style><script>alert(1)</script>",
        "]]><!-- ",
        "&lt;b&gt;",
        "\u202e\x00\x1b[31m",
        "\ud800",
    ],
)
def test_no_text_becomes_markup(text: str) -> None:
    made = written(el("a", text, el("b", text), href=text))

    page = read(made)

    assert [tag for tag, _ in page.tags] == ["a", "b"]
    assert page.comments == []
    assert made.replace("\n", "").isprintable()


def test_a_name_that_is_not_ours_is_refused() -> None:
    for name in ("script", "b onclick=x", "", "b>"):
        with pytest.raises(AssertionError):
            el(name)
    with pytest.raises(AssertionError):
        el("b", **{"x y": "1"})


def test_a_style_sheet_cannot_be_ended_by_what_it_holds() -> None:
    with pytest.raises(AssertionError):
        StyleSheet("p { color: red } </style>")


def test_what_is_nothing_leaves_nothing() -> None:
    assert written(el("p", None, "", [None, []], hidden=None)) == "<p></p>"
