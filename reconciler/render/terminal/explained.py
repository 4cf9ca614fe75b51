"""A field of the schema, as a page in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.core.field_page import FieldBelow, FieldPage
from reconciler.render.style import Style, Tone
from reconciler.render.terminal.layout import closed, fact, indented


def render_explained(found: Sequence[FieldPage], style: Style) -> str:
    """One after the other, a line between them."""
    return "\n".join(closed(_lines(one, style)) for one in found)


def _lines(one: FieldPage, style: Style) -> Iterator[str]:
    yield style.paint(one.path, Tone.STRONG)
    yield from indented(one.sentence, style)
    yield from fact("of", ", ".join(one.kinds), style)
    yield from fact("takes", one.takes, style)
    if one.means:
        yield from fact("an edit", one.means, style)
    if one.below:
        yield ""
        yield style.paint("Fields", Tone.STRONG)
        for below in one.below:
            yield from _field(below, style)
    if one.example:
        yield ""
        yield style.paint("Example", Tone.STRONG)
        yield from (f"  {line}" for line in one.example.splitlines())


def _field(below: FieldBelow, style: Style) -> Iterator[str]:
    yield f"  {style.paint(below.name, Tone.PLAIN)}{style.paint(f'{style.dot}{below.takes}', Tone.FAINT)}"
    yield from indented(below.sentence, style, by=4)
