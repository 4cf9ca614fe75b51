"""One Model that holds versions of two addresses: refused before it is paid for, and patched by neither where it is so.

A training that starts from a tuned model makes a new version of its parent's Model where their display names are
equal. Where the parent is named by `ref`, that is seen when the specs are loaded (SPEC044); where it is named by its
resource name, only the cloud tells. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.core.adopt import is_named
from reconciler.core.change import Change, Plan
from reconciler.core.codes_plan import tell
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.lock import Lock, Role
from reconciler.core.model import Address, Json, Live, LiveTraining

_DISPLAY_NAME = "tunedModelDisplayName"


def shared_models(lock: Lock) -> Mapping[str, list[Address]]:
    """Models by name without the version, each with the addresses that have one of it: two or more."""
    holders: dict[str, set[Address]] = {}
    for text, entry in lock.entries.items():
        address = Address.parse(text)
        for training in entry.trainings.values():
            if training.left_model and training.role is not Role.FAILED:
                holders.setdefault(training.model.partition("@")[0], set()).add(address)
    return {model: sorted(found) for model, found in sorted(holders.items()) if len(found) > 1}


def check_parents(plan: Plan, lock: Lock, live: Live) -> Iterator[Diagnostic]:
    """Refuse a training that would become a version of a Model which is not the address's own."""
    for change in plan.changes:
        parent = _parent_of(change)
        found = next((t for t in live.trainings.values() if parent and is_named(t, parent)), None)
        if found is None or not change.action.trains or _is_own(change, found, lock):
            continue
        shown = _display_name(found)
        if change.submission and shown and shown == change.submission.in_place.get(_DISPLAY_NAME):
            yield tell(
                "PLAN120",
                Severity.ERROR,
                f"{parent} is shown as {shown!r}, as {change.address} would be: its training would become a version of "
                "that Model.",
                fix=f"Give {change.address} a {_DISPLAY_NAME} of its own.",
                address=str(change.address),
                where=change.declared.where if change.declared else None,
            )


def _parent_of(change: Change) -> str:
    """The parent that a spec names by its resource name; "" where it has none."""
    told: Json = change.submission.training.get("preTunedModel") if change.submission else None
    name = told.get("tunedModelName") if isinstance(told, Mapping) else ""
    return name if isinstance(name, str) else ""


def _is_own(change: Change, found: LiveTraining, lock: Lock) -> bool:
    """Whether it is tuned further from itself: the versions of its Model are its own."""
    entry = lock.entry(change.renamed_from or change.address) or lock.entry(change.address)
    return entry is not None and any(t.job == found.resource_name for t in entry.trainings.values())


def _display_name(live: LiveTraining) -> str:
    model = live.model.partition("@")[0]
    carrier = next((c for c in live.carriers if c.resource_name.partition("@")[0] == model), None)
    return str(carrier.fields.get(_DISPLAY_NAME) or "") if carrier else ""
