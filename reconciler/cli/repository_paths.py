"""Paths in messages as a code host wants them: from the top of the repository, wherever the run stands in it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from reconciler.cli.command_line import command_line
from reconciler.core.diagnostics import Diagnostic, Location

_TOPS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")


def from_repository(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """With the folder of -C, or the one below the checkout that the job works in, before each relative path."""
    before = _folder_of_the_run()
    return [_moved(d, before) for d in diagnostics] if before else list(diagnostics)


def path_from_repository(path: str) -> str:
    """The same for one path; an address, and what is no relative path, stays as it is."""
    if not path or path.startswith("<") or "://" in path or Path(path).is_absolute():
        return path
    return os.path.normpath(str(Path(_folder_of_the_run()) / path))


def _folder_of_the_run() -> str:
    """From the top of the checkout where it is known, else from where it was started; "" for that place itself.

    The job says where that is (GITHUB_WORKSPACE, CI_PROJECT_DIR), as long as the run is inside; else .git does.
    """
    here = os.path.realpath(os.curdir)
    tops = (os.path.realpath(top) for name in _TOPS if (top := os.environ.get(name, "")))
    for top in (*tops, *(str(folder) for folder in (Path(here), *Path(here).parents) if (folder / ".git").exists())):
        inside = os.path.relpath(here, top)
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
