"""What `tuneform doctor` found, with the command that mends each."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.core.codes_doctor import is_of_specs_alone
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.plurals import counted
from reconciler.render.style import Style
from reconciler.render.terminal.banner import render_banner
from reconciler.render.terminal.diagnostics import diagnostic_lines
from reconciler.render.terminal.layout import closed
from reconciler.render.values import Banner


def render_findings(found: Sequence[Diagnostic], banner: Banner, style: Style) -> str:
    """One block a finding; how many there are at the end."""
    lines = [render_banner(banner, style).rstrip("\n"), ""]
    if not found:
        return closed([*lines, "Specs, lock and cloud agree."])
    for diagnostic in found:
        lines += [*diagnostic_lines(diagnostic, style), ""]
    mendable = [d for d in found if d.severity is not Severity.NOTE]
    others = [d for d in mendable if not is_of_specs_alone(d)]
    agree = "The lock and the cloud agree" if mendable else "Specs, lock and cloud agree"
    notes = counted(len(found) - len(mendable), "note") if len(found) > len(mendable) else ""
    parts = [counted(len(mendable), "finding")] if mendable else []
    total = f"{', '.join([*parts, notes] if notes else parts)}."
    return closed([*lines, total if others else f"{agree}; {total}" if mendable else f"{agree}. {notes}."])
