"""Where output goes and how it looks: data on stdout, everything else on stderr."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TextIO

import click

from reconciler.render.style import Palette, Size, Style

_DEFAULT_WIDTH = 80
_MAX_WIDTH = 120


def style_for(stream: TextIO, color: str | None = None) -> Style:
    """NO_COLOR, FORCE_COLOR and the stream decide, unless --color does."""
    is_terminal = stream.isatty()
    width = shutil.get_terminal_size((_DEFAULT_WIDTH, 24)).columns if is_terminal else _DEFAULT_WIDTH
    encoding = (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "")
    return Style(
        width=max(40, min(width, _MAX_WIDTH)),
        palette=Palette(_wants_color(color or _chosen_color(), is_terminal=is_terminal)),
        unicode=encoding.startswith("utf"),
    )


def is_drawn_on(stream: TextIO) -> bool:
    """Whether rows can be drawn again in place there."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def size_of_stderr() -> Size:
    """Of the terminal behind it, now; a guess where it does not say."""
    try:
        columns, lines = os.get_terminal_size(sys.stderr.fileno())
    except OSError:
        columns, lines = 0, 0
    return Size(columns or 80, lines or 24)


def _chosen_color() -> str:
    context = click.get_current_context(silent=True)
    line = context.find_root().obj if context else None
    return str(getattr(line, "color", "") or os.environ.get("TUNEFORM_COLOR", "auto"))


def _wants_color(choice: str, *, is_terminal: bool) -> bool:
    if choice in ("always", "never"):
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return is_terminal and os.environ.get("TERM") != "dumb"


def document_in(form: str, document: str) -> str:
    """JSON as it is, or in YAML."""
    if form != "yaml":
        return document
    from reconciler.files.yaml_text import as_yaml

    return as_yaml(document)


def write(text: str) -> None:
    """Data. A terminal or pipe that cannot show a character gets a stand-in, never an error."""
    stream = sys.stdout
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding))
    stream.flush()
