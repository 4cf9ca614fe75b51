"""The gate's report in markdown."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.gate_result import AddressGate, GateCheck, GateResult, Verdict
from reconciler.core.plurals import counted
from reconciler.render.commands import shell_line
from reconciler.render.markdown.text import code, diagnostic, fenced, marker, markup, table, target_line
from reconciler.render.values import Banner
from reconciler.render.words import escape, flat, shorten, spell

_SIGNS = {Verdict.PASSED: "✅", Verdict.FAILED: "❌", Verdict.IN_PROGRESS: "⏳"}
_WORDS = {Verdict.PASSED: "passed", Verdict.FAILED: "failed", Verdict.IN_PROGRESS: "in progress"}
_HEADS = ("", "Address", "Verdict", "Checks")
_VALUE_MAX = 200


def render_gate(result: GateResult, banner: Banner) -> str:
    """The verdicts in a table, and below it the checks that do not hold."""
    title = f"### {_SIGNS[result.verdict]} Gate {_WORDS[result.verdict]}"
    body = table(_HEADS, map(_cells, result.addresses))
    nothing = ["Nothing was checked, and a gate over nothing does not pass."]
    top = [target_line(banner), "", marker("gate", banner.workspace), "", title, ""]
    failed = [line for gate in result.addresses for line in _section(gate)]
    return "\n".join([*top, *(body or nothing), "", *failed]).rstrip("\n") + "\n"


def _cells(gate: AddressGate) -> tuple[str, ...]:
    held = sum(check.passed for check in gate.checks)
    count = f"{held} of {len(gate.checks)}" if gate.checks else ""
    return (_SIGNS[gate.verdict], code(str(gate.address)), _WORDS[gate.verdict], count)


def _section(gate: AddressGate) -> Iterator[str]:
    broken = [check for check in gate.checks if not check.passed]
    if not broken and not gate.command:
        yield from (line for warning in gate.warnings for line in diagnostic(warning))
        return
    words = f"{counted(len(broken), 'check does', 'checks do')} not hold"
    yield f"<details open><summary><b>{markup(str(gate.address))}</b> {words}</summary>"
    yield ""
    yield from fenced(line for check in broken for line in _check(check))
    yield ""
    if gate.command:
        yield from [*fenced([escape(shell_line(gate.command))], "sh"), ""]
    yield from (line for warning in gate.warnings for line in diagnostic(warning))
    yield from ("</details>", "")


def _check(check: GateCheck) -> Iterator[str]:
    values = (("wanted", check.wanted), ("got", check.got))
    compared = [f"{word} {shorten(spell(value), _VALUE_MAX)}" for word, value in values if value is not None]
    yield f"{flat(check.name)}: {', '.join(compared)}" if compared else flat(check.name)
    if check.why:
        yield f"  {flat(check.why)}"
