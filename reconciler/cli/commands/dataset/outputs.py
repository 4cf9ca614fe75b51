"""Files that commands over training data write: overwritten only with --force."""

from __future__ import annotations

from reconciler.cli.destinations import Destination, Replaces, destination


def place_for(path: str, *, force: bool) -> Destination:
    """Looked at before anything is read."""
    fix = "Say --force to overwrite it, or name another file."
    return destination(path, Replaces.ANYTHING if force else Replaces.NOTHING, fix=fix)
