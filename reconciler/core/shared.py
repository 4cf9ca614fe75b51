"""One Model that holds versions of two addresses: refused before it is paid for, and patched by neither where it is so.

A training that starts from a tuned model makes a new version of its parent's Model where their display names are
equal. Where the parent is named by `ref`, that is seen when the specs are loaded (SPEC044); where it is named by its
resource name, only the cloud knows. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.core import diff
from reconciler.core.adopt import is_named
from reconciler.core.change import Change, Plan
from reconciler.core.codes_plan import plan_diagnostic
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.dialect import Dialect
from reconciler.core.dialects import dialect_of
from reconciler.core.lock import Lock, Role
from reconciler.core.model import Address, Live, LiveTraining


def shared_models(lock: Lock) -> Mapping[str, list[Address]]:
    """Models by name without the version, each with the addresses that have one of it: two or more."""
    holders: dict[str, set[Address]] = {}
    for address, entry in lock.by_address:
        for training in entry.trainings.values():
            if training.left_model and training.role is not Role.FAILED:
                holders.setdefault(training.model.partition("@")[0], set()).add(address)
    return {model: sorted(found) for model, found in sorted(holders.items()) if len(found) > 1}


def check_parents(plan: Plan, lock: Lock, live: Live) -> Iterator[Diagnostic]:
    """Refuse a training that would become a version of a Model which is not the address's own."""
    for change in plan.changes:
        dialect = dialect_of(change.address)
        parent = _parent_of(change, dialect) if dialect.adds_versions else ""
        found = next((t for t in live.trainings.values() if parent and is_named(t, parent)), None)
        if found is None or not change.action.trains or _is_own(change, found, lock):
            continue
        shown = _display_name(found, dialect)
        if change.submission and shown and shown == change.submission.in_place.get(dialect.display_name):
            yield plan_diagnostic(
                "PLAN120",
                Severity.ERROR,
                f"{parent} is shown as {shown!r}, as {change.address} would be: its training would become a version of "
                "that Model.",
                fix=f"Give {change.address} a {dialect.display_name} of its own.",
                address=str(change.address),
                where=change.declared.where if change.declared else None,
            )


def _parent_of(change: Change, dialect: Dialect) -> str:
    """The parent that a spec names by its resource name; "" where it has none."""
    name = diff.at(change.submission.training, dialect.parent_name) if change.submission else ""
    return name if isinstance(name, str) else ""


def _is_own(change: Change, found: LiveTraining, lock: Lock) -> bool:
    """Whether it is tuned further from itself: the versions of its Model are its own."""
    entry = lock.entry(change.renamed_from or change.address) or lock.entry(change.address)
    return entry is not None and any(t.job == found.resource_name for t in entry.trainings.values())


def _display_name(live: LiveTraining, dialect: Dialect) -> str:
    model = live.model.partition("@")[0]
    carrier = next((c for c in live.carriers if c.resource_name.partition("@")[0] == model), None)
    return str(carrier.fields.get(dialect.display_name) or "") if carrier else ""
