"""The gate's report as one HTML file: a section for each address. Answers stand in it where the user asks for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from reconciler.core.gate_result import AddressGate, Breakdown, FlippedItem, GateCheck, GateResult, Verdict
from reconciler.core.lock import Judgement
from reconciler.render.commands import shell_line
from reconciler.render.html.evidence import evidence_of
from reconciler.render.html.frame import contents, page, top
from reconciler.render.html.markup import Content, Element, el
from reconciler.render.html.pieces import Mood, anchor, code, folded, link, mark, messages, section, table
from reconciler.render.values import Banner
from reconciler.render.verdicts import VERDICT_WORDS, facts_of, rows_of, state_of
from reconciler.render.words import flat, shorten, spell

_MARK = "<!-- gate by tuneform 1.0 -->"
_LOOKS = {
    Verdict.PASSED: (Mood.GOOD, "✓"),
    Verdict.FAILED: (Mood.BAD, "✗"),
    Verdict.IN_PROGRESS: (Mood.RUNNING, "…"),
    Verdict.INCONCLUSIVE: (Mood.WARNING, "?"),
}
_VALUE_MAX = 400
"""Characters of a value or an answer."""
_FLIPS_MAX = 200


def render_gate(result: GateResult, banner: Banner, at: str, version: str, *, answers: bool = False) -> str:
    """The whole file; `answers` shows what both models answered where only one is right."""
    title = f"{banner.workspace or 'tuneform'}: gate {VERDICT_WORDS[result.verdict]}"
    shown = (_address(gate, answers=answers) for gate in result.addresses)
    main = el("main", _glance(result), *shown, id="main", tabindex="-1")
    links = [("glance", "At a glance"), *((anchor(gate.address), str(gate.address)) for gate in result.addresses)]
    holds = "It holds answers of models to held-out items." if answers else "It holds no examples and no answers."
    foot = el("footer", el("p", f"Made by tuneform {version}. {holds}"))
    return page(_MARK, title, top(banner, at), contents(links), main, foot)


def _verdict(verdict: Verdict) -> Content:
    mood, sign = _LOOKS[verdict]
    return mark(VERDICT_WORDS[verdict], mood, sign)


def gate_parts(result: GateResult) -> Iterator[Content]:
    """The same where it is a part of something else; without answers, as a page without them."""
    yield from _verdicts(result, linked=False)
    for gate in result.addresses:
        is_open = gate.verdict is not Verdict.PASSED
        inner = el("div", *_judged(gate, answers=False), class_="inner")
        yield folded((_verdict(gate.verdict), f" {gate.address}"), inner, is_open=is_open, class_="card")


def _glance(result: GateResult) -> Element:
    """The whole verdict, and that of each address."""
    return section("glance", "At a glance", *_verdicts(result, linked=True))


def _verdicts(result: GateResult, *, linked: bool) -> tuple[Content, ...]:
    found = Counter(gate.verdict for gate in result.addresses)
    parts = ", ".join(f"{found[verdict]:,} {VERDICT_WORDS[verdict]}" for verdict in Verdict if found[verdict])
    words = parts or "nothing was checked, and a gate over nothing does not pass"
    rows = [
        (link(gate.address) if linked else str(gate.address), _verdict(gate.verdict), _held(gate))
        for gate in result.addresses
    ]
    return (
        el("p", _verdict(result.verdict), f" {words}."),
        table("Verdicts", ("Address", "Verdict", "Checks that hold"), rows),
    )


def _held(gate: AddressGate) -> str:
    return f"{sum(check.passed for check in gate.checks):,} of {len(gate.checks):,}" if gate.checks else ""


def _address(gate: AddressGate, *, answers: bool) -> Element:
    return section(anchor(gate.address), str(gate.address), *_judged(gate, answers=answers))


def _judged(gate: AddressGate, *, answers: bool) -> tuple[Content, ...]:
    facts = [el("div", el("dt", label), el("dd", words)) for label, words in _facts(gate)]
    judged = Judgement(evidence=gate.evidence, looks=gate.looks, answers=gate.answers)
    return (
        el("p", _verdict(gate.verdict)),
        messages(gate.warnings),
        table("Checks", ("Check", "Holds", "Wanted", "Got", "Why not"), [_check(gate, c) for c in gate.checks]),
        el("p", "What to do: ", code(shell_line(gate.command))) if gate.command else None,
        el("dl", *facts) if facts else None,
        *evidence_of(str(gate.address), judged),
        table("By class or field", ("Name", "Items", "Now", "Before"), map(_row, rows_of(gate)), numbers=(1, 2, 3)),
        *_flips(gate, answers=answers),
    )


def _facts(gate: AddressGate) -> Iterator[tuple[str, Content]]:
    yield from ((label, code(name)) for label, name in (("Model", gate.model), ("Endpoint", gate.endpoint)) if name)
    yield from ((label.capitalize(), words) for label, words in facts_of(gate))


def _check(gate: AddressGate, check: GateCheck) -> tuple[Content, ...]:
    values = (None if value is None else shorten(spell(value), _VALUE_MAX) for value in (check.wanted, check.got))
    return check.name, _verdict(state_of(check, gate)), *values, check.why


def _row(row: Breakdown) -> tuple[Content, ...]:
    return row.name, f"{row.items:,}", f"{row.new:.1%}", "" if row.old is None else f"{row.old:.1%}"


def _flips(gate: AddressGate, *, answers: bool) -> Iterator[Content]:
    """By line; the texts are the user's data."""
    heads = ("Line", "Now", *(("Wanted", "New answer", "Answer before") if answers else ()))
    rows = [_flip(flip, answers=answers) for flip in gate.flips[:_FLIPS_MAX]]
    yield table("Items that only one of the two models has right", heads, rows)
    if len(gate.flips) > _FLIPS_MAX:
        yield el("p", f"And {len(gate.flips) - _FLIPS_MAX:,} more.", class_="faint")


def _flip(flip: FlippedItem, *, answers: bool) -> tuple[Content, ...]:
    change = mark("better", Mood.GOOD, "✓") if flip.is_better else mark("worse", Mood.BAD, "✗")
    if not answers:
        return f"{flip.line:,}", change
    texts = ((flip.reference, ""), (flip.new, flip.why_new), (flip.old, flip.why_old))
    return f"{flip.line:,}", change, *(_answer(text, why) for text, why in texts)


def _answer(text: str, why: str) -> Content:
    return [code(shorten(flat(text), _VALUE_MAX)), el("div", why, class_="faint") if why else None]
