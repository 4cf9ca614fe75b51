"""A spec that was just written, as everything else will read it."""

from __future__ import annotations

from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.model import Address, Declared
from reconciler.files.specs import load
from reconciler.session.data import known_data
from reconciler.session.settings import Settings
from reconciler.session.workspace import catalog_of


def declared_alone(chosen: Settings, path: str, address: Address, text: str | None = None) -> Declared:
    """From that file alone, or from the `text` that would stand in it (`path` is `-` then)."""
    loaded = load(chosen.folder, workspace=chosen.workspace, files=(path,), stdin=text, catalog_of=catalog_of)
    errors = [d for d in loaded.diagnostics if d.is_error]
    if loaded.desired is None or address not in loaded.desired.models:
        raise ReconcilerError(*errors)
    return known_data(loaded, complete=False, folder=chosen.folder).desired.models[address]
