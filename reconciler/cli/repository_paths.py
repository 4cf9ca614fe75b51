"""Paths in messages as a code host wants them: from the top of the repository, wherever the run stands in it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from reconciler.cli.command_line import command_line
from reconciler.core.diagnostics import Diagnostic, Location


def from_repository(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """With the folder of -C, or the one below the checkout that the job works in, before each relative path."""
    before = _folder_of_the_run()
    return [_moved(d, before) for d in diagnostics] if before else list(diagnostics)


def _folder_of_the_run() -> str:
    """From GITHUB_WORKSPACE where the run is inside it, else from where it was started; "" for that place itself."""
    here = os.path.realpath(os.curdir)
    top = os.environ.get("GITHUB_WORKSPACE", "")
    inside = os.path.relpath(here, os.path.realpath(top)) if top else os.pardir
    if Path(inside).parts[:1] != (os.pardir,):
        return "" if inside == os.curdir else inside
    given = command_line().started_in
    return "" if not given or Path(given).is_absolute() else os.path.normpath(given)


def _moved(diagnostic: Diagnostic, before: str) -> Diagnostic:
    where = diagnostic.where
    if where is None or not where.path or where.path.startswith("<") or Path(where.path).is_absolute():
        return diagnostic
    path = os.path.normpath(str(Path(before) / where.path))
    return replace(diagnostic, where=Location(path, where.line, where.column))
