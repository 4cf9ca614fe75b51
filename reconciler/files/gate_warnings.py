"""What is said of a gate that can hold: what it wastes, or what may be missing when it is asked."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.codes_spec import spec_warning
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.gate_spec import Trial
from reconciler.core.model import Declared
from reconciler.core.plurals import counted


def gate_warnings(declared: Declared) -> Iterator[Diagnostic]:
    """Of one spec that is right by itself."""
    gate = declared.gate
    if gate is not None and gate.trial is not None:
        yield from _majority(declared, gate.trial)


def _majority(declared: Declared, trial: Trial) -> Iterator[Diagnostic]:
    if trial.samples % 2 == 0 and not trial.scorer.metric.is_score:
        detail = f"Of {counted(trial.samples, 'answer')} to an item the majority decides, which half of them is not."
        where = declared.at("tuneform.gate.samples")
        yield spec_warning("SPEC071", where, detail, f"Use an odd number, such as {trial.samples + 1}.")
