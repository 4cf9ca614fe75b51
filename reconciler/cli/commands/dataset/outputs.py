"""Files that commands over training data write: each a name of its own, overwritten only with --force."""

from __future__ import annotations

import os

from reconciler.cli.destinations import Destination, Replaces, destination
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError


def place_for(path: str, *, force: bool) -> Destination:
    """Looked at before anything is read."""
    fix = "Say --force to overwrite it, or name another file."
    return destination(path, Replaces.ANYTHING if force else Replaces.NOTHING, fix=fix)


def check_apart(file: str, *paths: str, fix: str) -> None:
    """Two sides in one file, or over what they are made from, would lose lines."""
    places = [os.path.realpath(path) for path in (file, *paths)]
    if len(set(places)) < len(places):
        detail = f"{', '.join(paths)}: one file for two things."
        raise ReconcilerError(run_diagnostic("RUN016", detail, fix=fix))


def plain(words: str) -> str:
    """Names of files and keys are other people's: they must not move anybody's cursor."""
    from reconciler.datasets.excerpt import harmless

    return "".join(harmless(character) for character in words)
