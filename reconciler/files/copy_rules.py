"""Rules of specs that copy another workspace's model (`from`): what cannot be beside it, and whose it cannot be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.core.codes_spec import spec_error
from reconciler.core.copying import FROM
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.settings import Workspace
from reconciler.files.exclusions import excluded
from reconciler.files.raw import raw_at, raw_text
from reconciler.files.yaml_tree import Document

_ABOUT_TRAINING = (("existing",), ("extra",), ("task",), ("serve", "checkpoint"), ("rebase",))
"""What `tuneform` says of a training alone: a copy has no checkpoints to choose from."""


def copy_mistakes(document: Document, workspace: Workspace | None) -> Iterator[Diagnostic]:
    """Nothing is said of a spec that trains."""
    source = raw_at(document.value, "spec", FROM)
    if not isinstance(source, Mapping):
        return
    yield from excluded(document, _ABOUT_TRAINING, "from", "nothing is trained for a copy")
    named = raw_text(source, "workspace") or ""
    if workspace is not None and named and named == workspace.name:
        where = document.place(("spec", FROM, "workspace"))
        detail = f"{named} is the workspace in force."
        fix = "Name another workspace, or tune its model further with preTunedModel."
        yield spec_error("SPEC066", where, detail, fix)
