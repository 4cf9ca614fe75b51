"""What is said of a gate that is right by itself: prices and models that it needs, and what it wastes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from reconciler.core.codes_spec import spec_error, spec_warning
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.dialects import dialect_of, of_base_model
from reconciler.core.gate_forecast import unpriced
from reconciler.core.gate_spec import GateSpec, Metric, Scorer, Trial
from reconciler.core.likeness import nearest
from reconciler.core.model import Declared
from reconciler.core.plurals import counted
from reconciler.core.settings import Workspace
from reconciler.files.catalog import shipped_catalog
from reconciler.files.programs import program_of

_ALIKE: Final = 0.8
"""How near a name must be to a known one to be a likely misspelling of it."""


def gate_findings(declared: Declared, workspace: Workspace | None, folder: Path) -> Iterator[Diagnostic]:
    """Errors and warnings. Nothing is said of what the workspace decides where it is not known."""
    gate = declared.gate
    if gate is None:
        return
    if workspace is not None:
        yield from _price(declared, gate, workspace)
    if gate.trial is not None:
        yield from _majority(declared, gate.trial)
        yield from _scorer(declared, gate.trial.scorer, workspace or Workspace(), folder)


def _price(declared: Declared, gate: GateSpec, workspace: Workspace) -> Iterator[Diagnostic]:
    """Of a model that is tuned from another one, the plan says it."""
    base = dialect_of(declared.address).base_of(declared.training)
    if gate.max_cost is None or not base:
        return
    why = unpriced(gate, (base,), shipped_catalog(), workspace.generation_prices)
    if why:
        fix = f"Set generate for it under prices in {workspace.path}, or remove maxCost."
        detail = f"maxCost is {gate.max_cost.amount:g} {gate.max_cost.currency}, and {why}."
        yield spec_error("SPEC073", declared.at("tuneform.gate.maxCost"), detail, fix)


def _majority(declared: Declared, trial: Trial) -> Iterator[Diagnostic]:
    if trial.samples % 2 == 0 and not trial.scorer.metric.is_score:
        detail = f"Of {counted(trial.samples, 'answer')} to an item the majority decides, which half of them is not."
        where = declared.at("tuneform.gate.samples")
        yield spec_warning("SPEC071", where, detail, f"Use an odd number, such as {trial.samples + 1}.")


def _scorer(declared: Declared, scorer: Scorer, workspace: Workspace, folder: Path) -> Iterator[Diagnostic]:
    if scorer.metric is Metric.COMMAND and program_of(scorer.command[0], folder) is None:
        name = scorer.command[0]
        beside = "in the workspace folder" if "/" in name else "in PATH"
        fix = "Correct the name, or its permissions; in CI it may be there when the gate runs."
        yield spec_warning(
            "SPEC076", declared.at("tuneform.gate.command"), f"There is no program {name} {beside}.", fix
        )
    if scorer.metric is Metric.JUDGE:
        yield from _judge(declared, scorer.judge, workspace)


def _judge(declared: Declared, judge: str, workspace: Workspace) -> Iterator[Diagnostic]:
    """A name that looks like a known one with the same numbers is a mistake; another one may be newer than we are."""
    surface = of_base_model(judge).name
    if judge in workspace.models or shipped_catalog().find(surface, judge) is not None:
        return
    names = [m.name for m in shipped_catalog().models if m.surface == surface] + list(workspace.models)
    where = declared.at("tuneform.gate.judge")
    near = nearest(judge, [name for name in names if _digits(name) == _digits(judge)], cutoff=_ALIKE)
    if near:
        yield spec_error("SPEC074", where, f"There is no base model {judge}.", f'Did you mean "{near}"?')
    else:
        fix = f"Correct the name, or add it under models in {workspace.path} if it is newer than this version."
        yield spec_warning("SPEC074", where, f"{judge} is not in the catalogue of base models.", fix)


def _digits(name: str) -> list[str]:
    return re.findall(r"[0-9]+", name)
