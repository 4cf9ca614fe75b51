"""The first line of every output: whose models these are."""

from __future__ import annotations

from reconciler.render.style import Style, Tone
from reconciler.render.terminal.layout import closed, joined
from reconciler.render.values import Banner


def banner_lines(banner: Banner, style: Style) -> list[str]:
    """One line, or as many as the width needs; an emulator stands out."""
    first, *rest = joined(banner.parts, style)
    target, separator, others = first.partition(style.dot)
    tone = Tone.WARNING if banner.emulator else Tone.STRONG
    return [style.paint(target, tone) + style.paint(separator + others, Tone.FAINT)] + [
        style.paint(line, Tone.FAINT) for line in rest
    ]


def render_banner(banner: Banner, style: Style) -> str:
    """The banner alone, and the blank line that stands below it everywhere."""
    return closed([*banner_lines(banner, style), ""])
