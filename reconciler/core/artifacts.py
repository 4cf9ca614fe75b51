"""What a training leaves that makes no Model: files in a folder of its own. Pure.

Nobody deploys them, so they have no endpoint, no labels and no versions; that they are there is what proves the model.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.change import Change
from reconciler.core.codes_plan import plan_diagnostic
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.lock import Lock
from reconciler.core.model import Markers


def own_folder(uri: str, markers: Markers) -> str:
    """Where one attempt writes below the folder that a spec names: a successor overwrites nothing that is in use.

    Of names that stand in the labels of the job, so that whoever finds the one finds the other.
    """
    return "/".join((uri.rstrip("/"), *filter(None, (markers.workspace, markers.name, markers.attempt))))


def files_left(change: Change, lock: Lock) -> Iterator[Diagnostic]:
    """What a plan that deletes leaves where it is."""
    entry = lock.entry(change.renamed_from or change.address) or lock.entry(change.address)
    known = [entry.trainings[a] for a in change.disposes if a in entry.trainings] if entry else []
    folders = [training.artifacts for training in known if training.artifacts]
    if folders:
        detail = "\n".join(["Nothing is deleted of the files there, and the lock forgets them:", *folders])
        yield plan_diagnostic("PLAN143", Severity.NOTE, detail, address=str(change.address))
