"""The gate's report for people: a verdict per address, the checks that failed, and the sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from reconciler.core.gate_result import AddressGate, GateCheck, GateResult, Verdict
from reconciler.core.plurals import counted
from reconciler.render.commands import shell_line
from reconciler.render.style import Style, Tone
from reconciler.render.terminal.banner import banner_lines
from reconciler.render.terminal.diagnostics import note_lines
from reconciler.render.terminal.layout import INDENT, closed, cut
from reconciler.render.values import Banner
from reconciler.render.words import escape, flat, paragraphs, spell, wrap

_VALUE_MAX = 120
"""Columns of a value: a model's answer can be long."""
_WORDS = {Verdict.PASSED: "passed", Verdict.FAILED: "failed", Verdict.IN_PROGRESS: "in progress"}
_MARKS = {Verdict.PASSED: "✓", Verdict.FAILED: "✗", Verdict.IN_PROGRESS: "…"}
_TONES = {Verdict.PASSED: Tone.GOOD, Verdict.FAILED: Tone.BAD, Verdict.IN_PROGRESS: Tone.RUNNING}


def render_gate(result: GateResult, banner: Banner, style: Style, *, verbose: bool = False) -> str:
    """The whole report. Checks that hold are counted, and shown where `verbose` asks."""
    blocks = [line for gate in result.addresses for line in _address(gate, style, verbose=verbose)]
    return closed([*banner_lines(banner, style), "", *blocks, *([""] if blocks else []), *_summary(result, style)])


def _address(gate: AddressGate, style: Style, *, verbose: bool) -> Iterator[str]:
    tone = _TONES[gate.verdict]
    mark = style.paint(style.mark(_MARKS[gate.verdict]), tone)
    held = sum(check.passed for check in gate.checks)
    count = f" ({held} of {counted(len(gate.checks), 'check')})" if gate.checks else ""
    name = style.paint(escape(str(gate.address)), Tone.STRONG)
    yield f"{mark} {name}  {style.paint(_WORDS[gate.verdict], tone)}{count}"
    for check in gate.checks:
        if verbose or not check.passed:
            yield from _check(check, gate.verdict, style)
    for warning in gate.warnings:
        yield from note_lines(warning, style, by=INDENT)
    if gate.command:
        yield " " * (INDENT + 2) + style.paint(escape(shell_line(gate.command)), Tone.STRONG)


def _check(check: GateCheck, verdict: Verdict, style: Style) -> Iterator[str]:
    """`✗ eval_total_loss: wanted at most 0.8, got 0.93`, the reason below."""
    state = Verdict.PASSED if check.passed else verdict
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


def _summary(result: GateResult, style: Style) -> Iterator[str]:
    found = Counter(gate.verdict for gate in result.addresses)
    parts = [f"{found[verdict]} {_WORDS[verdict]}" for verdict in Verdict if found[verdict]]
    words = _WORDS[result.verdict]
    why = ", ".join(parts) if parts else "nothing was checked, and a gate over nothing does not pass"
    first, *rest = wrap(f"Gate {words}: {why}.", style.width)
    head = f"Gate {words}"
    yield style.paint(head, _TONES[result.verdict]) + first[len(head) :]
    yield from rest
