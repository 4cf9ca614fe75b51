"""What the local training data of specs holds: read only where somebody plans by it, or checks it."""

from __future__ import annotations

from pathlib import Path

from reconciler.files.data_cache import DataCache
from reconciler.files.specs import Loaded
from reconciler.session.clock import SystemClock
from reconciler.session.specs import declared
from reconciler.session.workspace import rules_of
from reconciler.workflow.data import Known, know_data

DATA_CACHE = ".tuneform/cache/data"


def known_data(loaded: Loaded, *, complete: bool, folder: str = ".") -> Known:
    """The specs with what their local data holds; unchanged files are not read again (see DataCache)."""
    workspace = loaded.workspace
    cache = DataCache(Path(folder) / DATA_CACHE, SystemClock().now)
    specs = declared(loaded, complete=complete)
    return know_data(specs, workspace.staging_uri, rules_of(workspace), cache, Path(folder))
