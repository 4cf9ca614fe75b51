"""What the base model of a spec makes of the settings of its gate: said with the plan, before anything is asked."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.catalog import Catalog
from reconciler.core.change import Change
from reconciler.core.diagnostics import Diagnostic, Location
from reconciler.core.generation import AnswerSettings
from reconciler.core.heeded import heeded


def check_gate_settings(change: Change, base: str, catalog: Catalog) -> Iterator[Diagnostic]:
    """Errors for what it refuses, warnings for what it ignores, each at its place in the spec.

    `base` is the base model, a parent's for what is tuned further, or "" where nobody knows.
    """
    declared = change.declared
    if declared is None or declared.gate is None or not base:
        return
    settings = AnswerSettings.of(declared.gate.settings)
    facts = catalog.generation(change.address.backend, base)

    def place(name: str) -> Location:
        return declared.at(f"tuneform.gate.settings.{name}")

    yield from heeded(settings, base, facts, place=place, address=str(change.address))
