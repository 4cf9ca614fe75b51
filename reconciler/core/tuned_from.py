"""Which base model a training goes back to, through the models that it was tuned from."""

from __future__ import annotations

from reconciler.core.dialects import dialect_of
from reconciler.core.lock import Lock, Submission, Training
from reconciler.core.model import Address


def base_named(address: Address, submission: Submission) -> str:
    """The base model that a submission names, or that the source of a copy goes back to; "" for neither."""
    source = submission.source
    return dialect_of(address).base_of(submission.training) or (source.base if source else "")


def tuned_from(lock: Lock, address: Address, training: Training) -> str:
    """Its base model by the name that the spec gave it; "" where the lock does not know, as of what was imported."""
    met: set[tuple[Address, str]] = set()
    at: Training | None = training
    while at is not None:
        base = base_named(address, at.submission)
        parent = at.submission.parent
        if base or not parent:
            return base
        address = Address.parse(parent)
        at = _parent(lock, address, at.submission.parent_model)
        if (address, at.job if at else "") in met:
            return ""
        met.add((address, at.job if at else ""))
    return ""


def _parent(lock: Lock, address: Address, model: str) -> Training | None:
    """The training that made the model; the newest where it is gone, since all of an address mostly have one base."""
    entry = lock.entry(address)
    if entry is None or entry.newest is None:
        return None
    made = (training for _, training in entry.in_order if model and training.model == model)
    return next(made, entry.newest[1])
