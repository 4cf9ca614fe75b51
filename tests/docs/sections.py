"""Parts of pages that are made: between `<!-- made: NAME -->` and `<!-- end: NAME -->`, from the code itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_PART = re.compile(r"(<!-- made: (?P<name>[\w-]+)[^\n]*-->\n)(?P<body>.*?)(<!-- end: (?P=name) -->)", re.DOTALL)


def names_in(text: str) -> list[str]:
    """The made parts of a page."""
    return [found["name"] for found in _PART.finditer(text)]


def part_of(text: str, name: str) -> str:
    """What a page has for a part now."""
    return next(found["body"] for found in _PART.finditer(text) if found["name"] == name)


def with_part(text: str, name: str, body: str) -> str:
    """The page with that part made anew."""
    return _PART.sub(lambda found: f"{found[1]}{body}{found[4]}" if found["name"] == name else found[0], text)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; bars inside cells are escaped."""
    return "".join(_row(cells) for cells in (heads, ["---"] * len(heads), *rows))


def _row(cells: Sequence[str]) -> str:
    escaped = [cell.replace("|", "\\|") for cell in cells]
    return f"| {' | '.join(escaped)} |\n"
