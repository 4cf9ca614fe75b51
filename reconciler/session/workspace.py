"""The workspace of a session, and what it decides about base models and training data."""

from __future__ import annotations

import os
from pathlib import Path

from reconciler.core.catalog import Catalog
from reconciler.core.diagnostics import ReconcilerError, in_order
from reconciler.core.settings import Workspace
from reconciler.files import catalog
from reconciler.files.settings_file import load_workspace, settings_path
from reconciler.session.settings import Settings
from reconciler.session.specs import broken
from reconciler.version import __version__
from reconciler.workflow.data import Rules


def read_workspace(chosen: Settings) -> Workspace:
    """The workspace alone, defaults where it has no file; raises ReconcilerError with its mistakes."""
    workspace, mistakes = load_workspace(Path(chosen.folder), chosen.workspace, __version__)
    if any(d.is_error for d in mistakes):
        raise ReconcilerError(*in_order(mistakes))
    return workspace


NO_WORKSPACE = Workspace(name="no-workspace")
"""Outside of any: nothing is anybody's there."""


def is_here(chosen: Settings) -> bool:
    """Whether there is a workspace, or something that should be one: one that is asked for by its name should."""
    folder = Path(chosen.folder)
    own = (settings_path(folder, None), str(folder / "specs"))
    return bool(chosen.workspace) or any(os.path.lexists(path) for path in own)


def find_workspace(chosen: Settings) -> Workspace:
    """The workspace of a lock. Its own file says all; without one it may stand among the specs.

    What is wrong with a spec keeps nobody from it. Raises ReconcilerError where there is none.
    """
    if os.path.lexists(settings_path(Path(chosen.folder), chosen.workspace)):
        return read_workspace(chosen)
    from reconciler.files.specs import load

    loaded = load(chosen.folder, workspace=chosen.workspace, catalog_of=catalog_of)
    if not loaded.is_settled:
        raise broken(loaded)
    return loaded.workspace


def catalog_of(workspace: Workspace) -> Catalog:
    """The shipped catalogue, or the one that the workspace names, with its corrections.

    Raises ReconcilerError where that cannot be had: it is fetched once, and kept.
    """
    return catalog.catalog_of(workspace, _fetched)


def _fetched(url: str, most: int) -> bytes:
    # Nobody who fetches nothing pays for the import.
    from reconciler.backends.download import downloaded

    return downloaded(url, most)


def rules_of(workspace: Workspace) -> Rules:
    """How the workspace wants training data to be checked."""
    return Rules(workspace.data_rules, workspace.path, catalog_of(workspace))
