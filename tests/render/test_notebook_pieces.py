"""What a notebook shows: well-formed, without a way to run anything, and of no effect on what stands beside it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest

from reconciler.core.diagnostics import Diagnostic, Location, Severity
from reconciler.render.html import notebook
from reconciler.render.html.frame import report_css
from reconciler.render.html.scoped import scoped_sheet
from reconciler.render.values import Outcome, Output
from tests.render.builders import EMULATOR, ROUTER, a_gate, a_history, every_action, status_rows
from tests.render.curves import a_training as some_curves
from tests.render.reading_html import read, strict

_HOSTILE = '</style><script>alert(1)</script><img src=x onerror="alert(1)">'


def _wrong(text: str = "epochs is 0") -> Diagnostic:
    return Diagnostic("SPEC012", Severity.ERROR, "Epochs out of range", text, text, Location(text, 7, 3))


PIECES: Mapping[str, Callable[[], str]] = {
    "plan": lambda: notebook.plan_piece(every_action(), EMULATOR),
    "messages": lambda: notebook.messages_piece([_wrong()], "fine"),
    "no messages": lambda: notebook.messages_piece([], "fine"),
    "gate": lambda: notebook.gate_piece(a_gate(), EMULATOR),
    "curves": lambda: notebook.curves_piece([some_curves()]),
    "status": lambda: notebook.status_piece(status_rows(), EMULATOR),
    "history": lambda: notebook.history_piece(a_history(), EMULATOR),
    "outputs": lambda: notebook.outputs_piece([Output(ROUTER, "1", "projects/1/endpoints/2", "projects/1/models/3")]),
    "outcome": lambda: notebook.outcome_piece(Outcome(), lambda outcome: f"{len(outcome.done)} done\n"),
    "progress": lambda: notebook.progress_piece(1, 2, "vertex/router  queued"),
    "text": lambda: notebook.text_piece("one\n\n  two\n"),
}


@pytest.mark.parametrize("name", PIECES)
def test_a_piece_is_well_formed_and_has_no_id_that_another_may_have(name: str) -> None:
    text = PIECES[name]()

    page = read(text)
    strict(text)
    assert [(tag, names["id"]) for tag, names in page.tags if "id" in names] == []
    assert [names["href"] for tag, names in page.tags if "href" in names] == []
    assert {tag for tag, _ in page.tags} & {"script", "link", "iframe", "meta"} == set()


@pytest.mark.parametrize("name", PIECES)
def test_every_rule_of_a_piece_is_about_its_own_sheet_alone(name: str) -> None:
    text = PIECES[name]()
    css = text.partition("<style>")[2].partition("</style>")[0]

    selectors = [s.strip() for s in re.findall(r"([^{}]+)\{", css) if not s.strip().startswith("@media")]

    sheet = re.search(r'class="tuneform (tuneform-[0-9a-f]{8})"', text)
    assert sheet is not None
    assert len(selectors) > 10
    assert [s for s in selectors if f".tuneform.{sheet[1]}" not in s] == []


def test_the_same_piece_is_the_same_text() -> None:
    assert {name: made() for name, made in PIECES.items()} == {name: made() for name, made in PIECES.items()}


def test_a_sheet_has_what_its_markup_needs_and_no_more() -> None:
    plain, table = scoped_sheet("<p>words</p>"), scoped_sheet('<table><td class="n">1</td></table>')

    assert "td.n" in table.css
    assert "td.n" not in plain.css
    assert ".chart" not in table.css + plain.css
    assert len(plain.css) < len(report_css()) / 2


def test_dark_is_what_the_host_says_and_not_the_system() -> None:
    css = scoped_sheet("<p>words</p>").css

    assert "prefers-color-scheme" not in css
    assert '[data-jp-theme-light="false"]' in css
    assert css.count("--card:") == 2


@pytest.mark.parametrize("text", [_HOSTILE, "&lt;b&gt;", "\x1b[31m", "]]>"])
def test_what_people_wrote_is_text(text: str) -> None:
    shown = notebook.messages_piece([_wrong(text)], "fine") + notebook.text_piece(text)

    assert {tag for tag, _ in read(shown).tags} & {"script", "img", "b"} == set()


def test_long_tables_are_cut_and_counted() -> None:
    outputs = [Output(ROUTER, f"{n}", "e", "m") for n in range(1_000)]

    shown = notebook.outputs_piece(outputs)

    assert shown.count("<tr>") == 201
    assert "And 800 more." in shown
