"""Codes of `tuneform doctor`: what the specs, the lock and the cloud do not agree on."""

from __future__ import annotations

from typing import Any

from reconciler.core.diagnostics import Diagnostic, Explained, Severity

CODES_DOCTOR: dict[str, Explained] = {
    "LOCK101": Explained(
        "Ours by its markers, and nobody knows of it",
        "A model or a running training carries this workspace's markers, and neither a spec nor the lock names its "
        "address: a lock was lost or reverted, or another clone made it. `import` takes it in; `gc` disposes of it.",
    ),
    "LOCK102": Explained(
        "Two models for one address",
        "Besides what the lock knows of an address, a live model carries the same workspace and name: two clones "
        "trained without a shared lock. `gc` disposes of the one that the lock does not know.",
    ),
    "LOCK103": Explained(
        "An endpoint without its model",
        "An endpoint that one of our jobs made is still there, and the model that it served is gone. It serves "
        "nothing, and may cost. `gc` deletes it.",
    ),
    "LOCK104": Explained(
        "A failed job left a model",
        "The service trained and uploaded a model and failed afterwards. Nothing serves it. `gc` deletes it; the "
        "job's record stays, and so does the reason why nothing is trained again.",
    ),
    "LOCK105": Explained(
        "What the lock names is gone",
        "The lock names a model or an endpoint that the cloud does not show any more: somebody deleted it.",
    ),
    "LOCK106": Explained(
        "A journal was left behind",
        "A run ended before it folded its journal into the lock, or is still at work. Every command reads the "
        "journal; `wait` folds it in, and finishes what was approved.",
    ),
    "LOCK107": Explained(
        "An approved change is not done",
        "A run approved it and ended before it was done, and no other has finished it.",
    ),
    "LOCK108": Explained(
        "The lock has what no spec declares",
        "Its spec was removed and nothing was applied since; or the specs are of another folder or branch.",
    ),
    "LOCK109": Explained(
        "One job at two addresses",
        "Two addresses of the lock name the same job: the lock was edited, or joined line by line by version control. "
        "Removing either would delete the other's model, so `plan` and `apply` refuse such a lock (`LOCK012`). "
        "`tuneform lock merge` without a file puts it in order.",
    ),
    "LOCK111": Explained(
        "Specs are not applied",
        "A plan shows changes at addresses of which there is nothing else to say, or it is refused. Whether lock and "
        "cloud agree is another question: `doctor` answers both.",
    ),
    "LOCK112": Explained(
        "Forgotten, and still there",
        "`forget` dropped the address and left the cloud untouched. What it named is alive and may cost, and nobody "
        "manages it. `import` takes it in again; otherwise delete it in the console.",
    ),
    "LOCK113": Explained(
        "Somebody serves a model on an endpoint of ours",
        "A job of ours made the endpoint, our model is gone, and another model is deployed there. Neither `gc` nor a "
        "plan touches it: whoever deployed that model ends it.",
    ),
    "LOCK110": Explained(
        "Trained from a spec, and in no lock",
        "A live model carries the markers of a declared address and was trained from its spec, and the lock does not "
        "know it: the lock was lost, or is an older one. `apply` adopts it.",
    ),
}


_NOTES = frozenset({"LOCK112", "LOCK113"})


def finding(code: str, detail: str, **more: Any) -> Diagnostic:
    """A warning with this code's summary; a note where nothing is to be mended."""
    severity = Severity.NOTE if code in _NOTES else Severity.WARNING
    return Diagnostic(code, severity, CODES_DOCTOR[code].summary, detail, **more)
