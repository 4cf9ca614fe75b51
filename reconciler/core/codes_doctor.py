"""Codes of `tuneform doctor`: what the specs, the lock and the cloud do not agree on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reconciler.core.diagnostics import Diagnostic, Explained, Severity


@dataclass(frozen=True, slots=True)
class DoctorCode(Explained):
    """A code of doctor's: a warning, or a note where nothing is to be mended."""

    is_note: bool = False
    is_of_specs_alone: bool = False
    """It says that specs are not applied, and nothing of lock and cloud."""


CODES_DOCTOR: dict[str, DoctorCode] = {
    "LOCK101": DoctorCode(
        "Ours by its markers, and recorded nowhere",
        "A model or a running training carries this workspace's markers, and neither a spec nor the lock names its "
        "address: a lock was lost or reverted, or another clone made it. `import` takes it in; `gc` disposes of it.",
    ),
    "LOCK102": DoctorCode(
        "Two models for one address",
        "Besides what the lock knows of an address, a live model carries the same workspace and name: two clones "
        "trained without a shared lock. `gc` disposes of the one that the lock does not know.",
    ),
    "LOCK103": DoctorCode(
        "An endpoint without its model",
        "An endpoint that one of our jobs made is still there, and the model that it served is gone. It serves "
        "nothing, and may cost. `gc` deletes it.",
    ),
    "LOCK104": DoctorCode(
        "A failed job left a model",
        "The service trained and uploaded a model and failed afterwards. Nothing serves it. `gc` deletes it; the "
        "job's record stays, and so does the reason why nothing is trained again.",
    ),
    "LOCK105": DoctorCode(
        "What the lock names is gone",
        "The lock names a model or an endpoint that the cloud does not show any more: somebody deleted it.",
    ),
    "LOCK106": DoctorCode(
        "A journal was left behind",
        "A run ended before it folded its journal into the lock, or is still at work. Every command reads the "
        "journal; `wait` folds it in, and finishes what was approved.",
    ),
    "LOCK107": DoctorCode(
        "An approved change is not done",
        "A run approved it and ended before it was done, and no other has finished it.",
    ),
    "LOCK108": DoctorCode(
        "The lock has what no spec declares",
        "Its spec was removed and nothing was applied since; or the specs are of another folder or branch.",
    ),
    "LOCK109": DoctorCode(
        "One job at two addresses",
        "Two addresses of the lock name the same job: the lock was edited, or joined line by line by version control. "
        "Removing either would delete the other's model, so `plan` and `apply` refuse such a lock (`LOCK012`). "
        "`tuneform lock merge` without a file puts it in order.",
    ),
    "LOCK111": DoctorCode(
        "Specs are not applied",
        "A plan shows changes at addresses of which there is nothing else to say, or it is refused. Whether lock and "
        "cloud agree is another question: `doctor` answers both.",
        is_of_specs_alone=True,
    ),
    "LOCK112": DoctorCode(
        "Forgotten, and still there",
        "`forget` dropped the address and left the cloud untouched. What it named is alive and may cost, and is not "
        "managed. `import` takes it in again; otherwise delete it in the console.",
        is_note=True,
    ),
    "LOCK113": DoctorCode(
        "Somebody serves a model on an endpoint of ours",
        "A job of ours made the endpoint, our model is gone, and another model is deployed there. Neither `gc` nor a "
        "plan touches it: whoever deployed that model ends it.",
        is_note=True,
    ),
    "LOCK114": DoctorCode(
        "Pinned to an earlier attempt",
        "`tuneform rollback` let an earlier attempt serve again. It stays until the spec asks for something else, or "
        "`tuneform promote` lets serve what it was rolled back from (`PLAN026`).",
        is_note=True,
    ),
    "LOCK110": DoctorCode(
        "Trained from a spec, and in no lock",
        "A live model carries the markers of a declared address and was trained from its spec, and the lock does not "
        "know it: the lock was lost, or is an older one. `apply` adopts it.",
    ),
}


def finding(code: str, detail: str, **more: Any) -> Diagnostic:
    """A warning with this code's summary; a note where nothing is to be mended."""
    row = CODES_DOCTOR[code]
    return Diagnostic(code, Severity.NOTE if row.is_note else Severity.WARNING, row.summary, detail, **more)


def is_of_specs_alone(found: Diagnostic) -> bool:
    """Whether lock and cloud may agree all the same."""
    row = CODES_DOCTOR.get(found.code)
    return row is not None and row.is_of_specs_alone
