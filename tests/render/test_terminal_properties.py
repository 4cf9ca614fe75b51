"""Whatever a name or a service says, terminal output stays within its width and its escapes."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.change import Plan
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.events import Event
from reconciler.core.gate_result import GateResult
from reconciler.render.commands import shell_line
from reconciler.render.style import Palette, Style
from reconciler.render.terminal.banner import render_banner
from reconciler.render.terminal.diagnostics import render_diagnostics
from reconciler.render.terminal.events import render_event
from reconciler.render.terminal.gate import render_gate
from reconciler.render.terminal.plan import render_plan
from reconciler.render.terminal.show import render_entry
from reconciler.render.terminal.status import render_status
from reconciler.render.values import Banner, StatusRow
from reconciler.render.words import escape, shorten, width_of, wrap
from tests.render import strategies as some
from tests.render.builders import EMULATOR, GOOGLE, ROUTER, a_gate, all_events, an_entry, every_action, status_rows

LABEL_COLUMNS = 16
"""Indentation and label that may stand before a word."""


def assert_fits(text: str, width: int, *, whole: frozenset[str] = frozenset()) -> None:
    """Longer lines are one word that cannot be broken, or stand among `whole`: commands."""
    for line in text.split("\n"):
        assert line.isprintable(), line
        longest = max((width_of(word) for word in line.split(" ")), default=0)
        assert width_of(line) <= width or longest > width - LABEL_COLUMNS or line.strip() in whole, line


widths = st.integers(40, 140)


def _commands(diagnostics: tuple[Diagnostic, ...]) -> set[str]:
    return {escape(shell_line(d.command)).strip() for d in diagnostics}


@given(some.plans, widths, st.booleans())
def test_any_plan_fits(plan: Plan, width: int, unicode: bool) -> None:
    commands = {escape(shell_line(c.command)).strip() for c in plan.changes} | _commands(plan.diagnostics)
    commands |= {text for c in plan.changes for text in _commands(c.notes)}
    # A resource name is copied, so it is never broken, not even where it has spaces.
    names = {text for c in plan.changes for text in (*c.resources, *(a.resource_name for a in c.adopts))}
    names |= {f"seen on {f.resource_name}" for c in plan.changes for f in c.fields}

    text = render_plan(plan, EMULATOR, Style(width, unicode=unicode), verbose=True)

    whole = {
        line.strip() for line in text.split("\n") if any(escape(name).strip() in line for name in names if name.strip())
    }
    assert_fits(text, width, whole=frozenset(commands | whole))


@given(some.plans)
def test_colour_adds_nothing_but_colour(plan: Plan) -> None:
    plain = render_plan(plan, EMULATOR, Style())

    coloured = render_plan(plan, EMULATOR, Style(palette=Palette.ON))

    lines = [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", coloured).split("\n")]
    assert lines == plain.split("\n")


def test_without_unicode_our_own_characters_are_ascii() -> None:
    style = Style(unicode=False)
    texts = [
        render_plan(every_action(), GOOGLE, style),
        render_status(status_rows(), GOOGLE, style),
        render_gate(a_gate(), GOOGLE, style, verbose=True),
        render_entry(ROUTER, an_entry(), GOOGLE, style),
        *(render_event(event, style) for event in all_events()),
    ]

    assert [text for text in texts if not text.isascii()] == []


@given(st.lists(some.rows, max_size=3), some.gates, widths)
def test_any_status_and_gate_are_printable(rows: list[StatusRow], gate: GateResult, width: int) -> None:
    texts = [render_status(rows, EMULATOR, Style(width)), render_gate(gate, EMULATOR, Style(width), verbose=True)]

    assert all(line.isprintable() for text in texts for line in text.split("\n"))


@given(st.lists(some.diagnostics, max_size=3))
def test_any_diagnostics_are_printable(diagnostics: list[Diagnostic]) -> None:
    text = render_diagnostics(diagnostics, Style())

    assert all(line.isprintable() for line in text.split("\n"))
    assert sum(bool(re.search(r"(error|warning|note) [A-Z]+\d+: ", line)) for line in text.split("\n")) >= len(
        diagnostics
    )


@given(some.events)
def test_any_event_is_one_printable_line(event: Event) -> None:
    assert render_event(event, Style()).isprintable()


@given(some.banners, widths)
def test_any_banner_is_printable(banner: Banner, width: int) -> None:
    text = render_banner(banner, Style(width))

    assert all(line.isprintable() for line in text.split("\n"))
    assert text.startswith(("EMULATOR", "Google"))


@given(some.any_text, st.integers(8, 60))
def test_a_shortened_value_fits_and_keeps_both_ends(text: str, room: int) -> None:
    shown = shorten(escape(text), room)

    assert width_of(shown) <= room
    if "…" in shown and "…" not in text:
        head, tail = shown.split("…")
        assert escape(text).startswith(head)
        assert escape(text).endswith(tail)


@given(some.any_text, st.integers(8, 60))
def test_wrapping_loses_no_word(text: str, room: int) -> None:
    assert " ".join(wrap(escape(text), room)) == escape(text)


@given(some.any_text)
def test_escaped_text_is_printable_and_printable_text_stays(text: str) -> None:
    assert escape(text).isprintable()
    assert escape(escape(text)) == escape(text)
