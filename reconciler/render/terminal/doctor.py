"""What `tuneform doctor` found, with the command that mends each."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.core.diagnostics import Diagnostic
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
    noun = "finding" if len(found) == 1 else "findings"
    return closed([*lines, f"{len(found)} {noun}."])
