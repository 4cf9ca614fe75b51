"""Which scorer it is: what is kept of its scores counts for the same one alone."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from reconciler.core.digest import digest
from reconciler.core.gate_spec import Scorer
from reconciler.core.sizes import MIB
from reconciler.scoring.judge import RECIPE

_LARGEST: Final = 64 * MIB
"""Of a file that a command names: an interpreter is one, too."""


def scorer_digest(scorer: Scorer, folder: Path | None = None) -> str:
    """20 hex digits of all that decides a score: what the spec says, and the files that its command names in `folder`.

    What such a program imports, or asks of others, is not known here.
    """
    named = [[word, _content(Path(folder or ".") / word)] for word in scorer.command]
    made_of = [scorer.metric.value, scorer.schema, named, scorer.judge, scorer.rubric, RECIPE if scorer.judge else ""]
    return digest(made_of)[:20]


def command_content(scorer: Scorer, folder: Path) -> str:
    """20 hex digits of the files below `folder` that the command names, "" where it names none.

    It is a part of the gate, which is the same wherever it is held: what lies elsewhere differs between machines.
    """
    within = folder.resolve()
    named = [[word, _content(folder / word)] for word in _words(scorer) if _is_below(folder / word, within)]
    known = [[word, content] for word, content in named if content]
    return digest(known)[:20] if known else ""


def _words(scorer: Scorer) -> tuple[str, ...]:
    """Those that may name a file here: a program without a slash is looked for in PATH."""
    program, *arguments = scorer.command or ("",)
    return (program, *arguments) if "/" in program else tuple(arguments)


def _is_below(path: Path, folder: Path) -> bool:
    try:
        return path.resolve().is_relative_to(folder)
    except (OSError, ValueError):  # ValueError: a NUL in its name
        return False


def _content(path: Path) -> str:
    """The sha256 of a file; "" for a word that names none."""
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return ""
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return ""
