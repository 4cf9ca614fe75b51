"""What could be imported, as a list to copy commands from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from reconciler.core.model import Address, LiveTraining
from reconciler.core.suggest import SuggestedCommand, suggest
from reconciler.render.commands import shell_line
from reconciler.render.style import Style, Tone
from reconciler.render.terminal.banner import render_banner
from reconciler.render.terminal.layout import closed
from reconciler.render.values import Banner
from reconciler.render.words import escape


class _Candidate(Protocol):
    @property
    def address(self) -> Address: ...
    @property
    def live(self) -> LiveTraining: ...
    @property
    def why(self) -> str: ...


def render_candidates(
    found: Sequence[_Candidate], banner: Banner, style: Style, whole: SuggestedCommand, *, nothing: str
) -> str:
    """One command a line; the one that imports the `whole` of it at the end. `nothing` is said where there is none."""
    lines = [render_banner(banner, style).rstrip("\n"), ""]
    if not found:
        return closed([*lines, nothing])
    for candidate in found:
        base = str(candidate.live.training.get("baseModel", "")) or "base model unknown"
        facts = f"{escape(candidate.why)}{style.dot}{escape(base)}"
        lines.append(f"< {escape(str(candidate.address))}  {style.palette.paint(facts, Tone.FAINT)}")
        taken = suggest("import", candidate.address, candidate.live.resource_name)
        lines.append(f"    {escape(shell_line(taken))}")
    return closed([*lines, "", "To import all but the forgotten:", f"  {shell_line(whole)}"])
