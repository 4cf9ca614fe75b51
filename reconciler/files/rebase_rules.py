"""What cannot stand beside `rebase: sameEndpoint`: whatever would judge a model that serves by then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.core.checkpoints import LAST
from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.model import Promote, Rebase
from reconciler.core.settings import Workspace
from reconciler.files.raw import raw_at
from reconciler.files.yaml_tree import Document

_OURS: Final = ("spec", "tuneform")
_NEW: Final = Rebase.NEW_ENDPOINT.value
_REBASE: Final = "rebase"


def rebase_mistakes(document: Document, workspace: Workspace | None) -> Iterator[Diagnostic]:
    """Nothing is said of the trials of a sweep, which has the mistake itself."""
    if document.is_trial or raw_at(document.value, *_OURS, _REBASE) != Rebase.SAME_ENDPOINT.value:
        return
    for path, words in _judging(document):
        detail = f"The spec has {words}, and with sameEndpoint the new model replaces what serves before that."
        where = document.place((*_OURS, *path), of_key=True)
        yield spec_error("SPEC097", where, detail, f"Write rebase: {_NEW}, or remove {'.'.join(path)}.")
    if workspace is not None and workspace.limits.max_dropped_percent is not None:
        detail = (
            "limits.maxDroppedPercent of the workspace refuses models that were trained on too little, "
            "and with sameEndpoint the new model replaces what serves before that."
        )
        yield spec_error("SPEC097", document.place((*_OURS, _REBASE)), detail, f"Write rebase: {_NEW}.")


def _judging(document: Document) -> Iterator[tuple[tuple[str, ...], str]]:
    """By what a new model is kept from serving, or chosen, each with its place below `tuneform`."""
    for path in (("gate",), ("sweep",)):
        if raw_at(document.value, *_OURS, *path) is not None:
            yield path, f"a {path[0]}"
    if raw_at(document.value, *_OURS, "lifecycle", "promote") == Promote.MANUAL.value:
        yield ("lifecycle", "promote"), f"lifecycle.promote: {Promote.MANUAL.value}"
    if raw_at(document.value, *_OURS, "serve", "checkpoint") not in (None, LAST):
        yield ("serve", "checkpoint"), "serve.checkpoint"
