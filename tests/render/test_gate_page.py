"""The gate's report as one HTML file: what it says, what it keeps to itself, and that it can do nothing."""

from __future__ import annotations

from dataclasses import replace

from reconciler.core.gate_result import GateResult
from reconciler.render.html.frame import policy
from reconciler.render.html.gate_page import render_gate
from tests.conftest import Golden
from tests.render.builders import GOOGLE, a_gate_on_evidence
from tests.render.reading_html import strict, without_style


def rendered(result: GateResult, *, answers: bool = False) -> str:
    return render_gate(result, GOOGLE, "2026-11-30T08:00:00Z", "0.2.0", answers=answers)


def test_the_page_of_a_gate(golden: Golden) -> None:
    golden("gate.html", without_style(rendered(a_gate_on_evidence())))


def test_answers_stand_in_it_where_somebody_asks_for_them() -> None:
    without, shown = rendered(a_gate_on_evidence()), rendered(a_gate_on_evidence(), answers=True)

    assert ("a secret answer" in without, "a secret answer" in shown) == (False, True)
    assert ("It holds no examples and no answers." in without, "holds answers of models" in shown) == (True, True)
    assert "&lt;b&gt;no&lt;/b&gt;" in shown


def test_every_address_has_a_section_that_is_linked_to() -> None:
    result = a_gate_on_evidence()

    page = strict(rendered(result))

    headings = {heading.get("id") for heading in page.iter("h2")}
    links = {link.get("href", "").removeprefix("#") for link in page.iter("a")} - {"main"}
    assert headings == {"glance", *(str(gate.address) for gate in result.addresses)} == links


def test_the_page_may_load_and_run_nothing() -> None:
    text = rendered(a_gate_on_evidence())

    assert text.startswith("<!DOCTYPE html>\n<!-- gate by tuneform 1.0 -->\n")
    assert policy().replace("'", "&#x27;") in text or policy() in text
    assert "<script" not in text


def test_a_gate_over_nothing_does_not_pass_here_either() -> None:
    text = rendered(replace(a_gate_on_evidence(), addresses=()))

    assert "a gate over nothing does not pass" in text


def test_so_many_flipped_items_are_counted_beyond_what_is_shown() -> None:
    result = a_gate_on_evidence()
    *others, gate = result.addresses
    many = replace(gate, flips=tuple(replace(gate.flips[0], line=n) for n in range(1, 251)))

    text = rendered(GateResult((*others, many)))

    assert "And 50 more." in text
