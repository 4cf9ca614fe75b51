"""The gate's report in markdown."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.gate_result import AddressGate, Breakdown, GateCheck, GateResult, Verdict
from reconciler.core.plurals import counted
from reconciler.core.suggest import suggest
from reconciler.render.commands import shell_line
from reconciler.render.markdown.sheet import COMMENT, Room, Sheet, joined
from reconciler.render.markdown.text import code, diagnostic, fenced, marker, markup, row, table, target_line
from reconciler.render.values import Banner
from reconciler.render.verdicts import VERDICT_WORDS, facts_of, rows_of
from reconciler.render.words import escape, flat, shorten, spell

_SIGNS = {Verdict.PASSED: "✅", Verdict.FAILED: "❌", Verdict.IN_PROGRESS: "⏳", Verdict.INCONCLUSIVE: "❔"}
_HEADS = ("", "Address", "Verdict", "Checks")
_VALUE_MAX = 200
_NAME_MAX = 40


def render_gate(result: GateResult, banner: Banner, *, room: Room = COMMENT) -> str:
    """The verdicts in a table, and below it the checks that do not hold; what does not fit is counted."""
    title = f"### {_SIGNS[result.verdict]} Gate {VERDICT_WORDS[result.verdict]}"
    top = [target_line(banner), "", marker("gate", banner.workspace), "", title, ""]
    nothing = ["Nothing was checked, and a gate over nothing does not pass."]
    heads = [row(_HEADS), row(["---"] * len(_HEADS))] if result.addresses else nothing
    total = len(result.addresses)
    sheet = Sheet(room)
    sheet.need([*top, *heads, "", _left_out(room, total, total), ""])
    found = sorted(result.addresses, key=lambda gate: gate.verdict is Verdict.PASSED)
    rows = sheet.take(([row(_cells(gate))] for gate in found), share=0.5)
    sections = sheet.take(list(_section(gate)) for gate in found[: len(rows)])
    missing = _left_out(room, total - len(rows), len(rows) - len(sections))
    parts = [*top, *heads, *joined(rows), "", *joined(sections), *([missing] if missing else [])]
    return "\n".join(parts).rstrip("\n") + "\n"


def _left_out(room: Room, addresses: int, details: int) -> str:
    parts = [
        counted(addresses, "address", "addresses") if addresses else "",
        f"the details of {counted(details, 'more address', 'more addresses')}" if details else "",
    ]
    left_out = ", ".join(part for part in parts if part)
    whole = code(shell_line(suggest("gate")))
    return f"_Left out, because {room.name} has a limit: {left_out}. {whole} shows all._" if left_out else ""


def _cells(gate: AddressGate) -> tuple[str, ...]:
    held = sum(check.passed for check in gate.checks)
    count = f"{held} of {len(gate.checks)}" if gate.checks else ""
    return (_SIGNS[gate.verdict], code(str(gate.address)), VERDICT_WORDS[gate.verdict], count)


def _section(gate: AddressGate) -> Iterator[str]:
    broken = [check for check in gate.checks if not check.passed]
    facts = list(facts_of(gate))
    rows = rows_of(gate)
    if not broken and not gate.command and not facts:
        yield from (line for warning in gate.warnings for line in diagnostic(warning))
        return
    words = f"{counted(len(broken), 'check does', 'checks do')} not hold" if broken else "its evidence"
    yield f"<details{' open' if broken else ''}><summary><b>{markup(str(gate.address))}</b> {words}</summary>"
    yield ""
    shown = [check for check in gate.checks if not check.passed or (facts and check.got is not None)]
    yield from fenced([*(line for check in shown for line in _check(check)), *(f"{a}: {b}" for a, b in facts)])
    yield ""
    if rows:
        yield from table(("", "Items", "Now", "Before"), map(_row, rows))
        yield ""
    if gate.command:
        yield from [*fenced([escape(shell_line(gate.command))], "sh"), ""]
    yield from (line for warning in gate.warnings for line in diagnostic(warning))
    yield from ("</details>", "")


def _row(of: Breakdown) -> tuple[str, ...]:
    before = "" if of.old is None else f"{of.old:.1%}"
    return (code(shorten(of.name, _NAME_MAX)), str(of.items), f"{of.new:.1%}", before)


def _check(check: GateCheck) -> Iterator[str]:
    values = (("wanted", check.wanted), ("got", check.got))
    compared = [f"{word} {shorten(spell(value), _VALUE_MAX)}" for word, value in values if value is not None]
    yield f"{flat(check.name)}: {', '.join(compared)}" if compared else flat(check.name)
    if check.why:
        yield f"  {flat(check.why)}"
