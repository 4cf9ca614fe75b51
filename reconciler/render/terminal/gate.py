"""The gate's report for people: a verdict per address, the checks that failed, and the sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from reconciler.core.gate_result import AddressGate, Breakdown, GateCheck, GateResult, Verdict
from reconciler.core.plurals import counted
from reconciler.render.commands import shell_line
from reconciler.render.style import Style, Tone
from reconciler.render.terminal.banner import banner_lines
from reconciler.render.terminal.diagnostics import note_lines
from reconciler.render.terminal.layout import INDENT, closed, cut, fact
from reconciler.render.values import Banner
from reconciler.render.verdicts import VERDICT_WORDS, facts_of, rows_of, state_of
from reconciler.render.words import escape, flat, paragraphs, spell, width_of, wrap

_VALUE_MAX = 120
"""Columns of a value: a model's answer can be long."""
_NAME_MAX = 40
_FLIPS_MAX = 20
_MARKS = {Verdict.PASSED: "✓", Verdict.FAILED: "✗", Verdict.IN_PROGRESS: "…", Verdict.INCONCLUSIVE: "?"}
_TONES = {
    Verdict.PASSED: Tone.GOOD,
    Verdict.FAILED: Tone.BAD,
    Verdict.IN_PROGRESS: Tone.RUNNING,
    Verdict.INCONCLUSIVE: Tone.RUNNING,
}


def render_gate(
    result: GateResult, banner: Banner, style: Style, *, verbose: bool = False, answers: bool = False
) -> str:
    """The whole report. Checks that hold are counted, and shown where `verbose` asks, flipped items for `answers`."""
    blocks = [line for gate in result.addresses for line in _address(gate, style, verbose=verbose, answers=answers)]
    return closed([*banner_lines(banner, style), "", *blocks, *([""] if blocks else []), *_summary(result, style)])


def _address(gate: AddressGate, style: Style, *, verbose: bool, answers: bool) -> Iterator[str]:
    tone = _TONES[gate.verdict]
    mark = style.paint(style.mark(_MARKS[gate.verdict]), tone)
    held = sum(check.passed for check in gate.checks)
    count = f" ({held} of {counted(len(gate.checks), 'check')})" if gate.checks else ""
    name = style.paint(escape(str(gate.address)), Tone.STRONG)
    yield f"{mark} {name}  {style.paint(VERDICT_WORDS[gate.verdict], tone)}{count}"
    for check in gate.checks:
        if verbose or not check.passed:
            yield from _check(check, state_of(check, gate), style)
    for label, words in facts_of(gate):
        yield from fact(label, words, style, by=INDENT + 2)
    yield from _table(rows_of(gate), style)
    if answers:
        yield from _flips(gate, style)
    for warning in gate.warnings:
        yield from note_lines(warning, style, by=INDENT)
    if gate.command:
        yield " " * (INDENT + 2) + style.paint(escape(shell_line(gate.command)), Tone.STRONG)


def _check(check: GateCheck, state: Verdict, style: Style) -> Iterator[str]:
    """`✗ eval_total_loss: wanted at most 0.8, got 0.93`, the reason below."""
    compared = [
        f"{word} {cut(spell(value), _VALUE_MAX, style)}"
        for word, value in (("wanted", check.wanted), ("got", check.got))
        if value is not None
    ]
    words = f"{flat(check.name)}: {', '.join(compared)}" if compared else flat(check.name)
    first, *rest = wrap(words, style.width - INDENT - 2)
    yield f"{' ' * INDENT}{style.paint(style.mark(_MARKS[state]), _TONES[state])} {first}"
    yield from (" " * (INDENT + 2) + line for line in rest)
    if check.why:
        yield from (" " * (INDENT + 2) + line for line in paragraphs(check.why, style.width - INDENT - 2))


def _table(rows: Sequence[Breakdown], style: Style) -> Iterator[str]:
    """Classes or fields below each other, with what the model before was worth."""
    width = max((width_of(cut(escape(row.name), _NAME_MAX, style)) for row in rows), default=0)
    for row in rows:
        name = cut(escape(row.name), _NAME_MAX, style)
        before = "" if row.old is None else f"  (before {row.old:.1%})"
        padding = " " * (width - width_of(name))
        yield f"{' ' * (INDENT + 2)}{name}{padding}  {row.new:>6.1%}{before}  {counted(row.items, 'item')}"


def _flips(gate: AddressGate, style: Style) -> Iterator[str]:
    """What each model answered where only one was right: only where the user asks for it, since it is their data."""
    for flip in gate.flips[:_FLIPS_MAX]:
        yield f"{' ' * (INDENT + 2)}line {flip.line}: {'better' if flip.is_better else 'worse'}"
        yield from fact("wanted", cut(flat(flip.reference), _VALUE_MAX, style), style, by=INDENT + 4)
        for label, text, why in (("new", flip.new, flip.why_new), ("before", flip.old, flip.why_old)):
            said = " ".join(part for part in (cut(flat(text), _VALUE_MAX, style), why and f"({flat(why)})") if part)
            yield from fact(label, said, style, by=INDENT + 4)
    if len(gate.flips) > _FLIPS_MAX:
        yield f"{' ' * (INDENT + 2)}and {counted(len(gate.flips) - _FLIPS_MAX, 'other item')}"


def _summary(result: GateResult, style: Style) -> Iterator[str]:
    found = Counter(gate.verdict for gate in result.addresses)
    parts = [f"{found[verdict]} {VERDICT_WORDS[verdict]}" for verdict in Verdict if found[verdict]]
    words = VERDICT_WORDS[result.verdict]
    why = ", ".join(parts) if parts else "nothing was checked, and a gate over nothing does not pass"
    first, *rest = wrap(f"Gate {words}: {why}.", style.width)
    head = f"Gate {words}"
    yield style.paint(head, _TONES[result.verdict]) + first[len(head) :]
    yield from rest
