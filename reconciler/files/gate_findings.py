"""What is said of a gate that is right by itself: prices and models that it needs, and what it wastes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from reconciler.core.catalog import BaseModel, Catalog
from reconciler.core.codes_spec import spec_error, spec_warning
from reconciler.core.diagnostics import Diagnostic, Location
from reconciler.core.dialects import dialect_of, of_base_model
from reconciler.core.gate_forecast import unpriced
from reconciler.core.gate_spec import GateSpec, Metric, Scorer, Trial
from reconciler.core.likeness import nearest
from reconciler.core.model import Declared
from reconciler.core.plurals import counted
from reconciler.core.settings import Workspace
from reconciler.files.programs import program_of

_ALIKE: Final = 0.8
"""How near a name must be to a known one to be a likely misspelling of it."""


def gate_findings(
    declared: Declared, workspace: Workspace | None, folder: Path, catalog: Catalog | None
) -> Iterator[Diagnostic]:
    """Errors and warnings. Nothing is said of what workspace and catalogue decide where they are not known."""
    gate = declared.gate
    if gate is None:
        return
    if workspace is not None and catalog is not None:
        yield from _price(declared, gate, workspace, catalog)
    if gate.trial is not None:
        yield from _majority(declared, gate.trial)
        yield from _scorer(declared, gate.trial.scorer, folder)
        if gate.trial.scorer.metric is Metric.JUDGE and catalog is not None:
            yield from _judge(declared, gate.trial.scorer.judge, workspace or Workspace(), catalog)


def _price(declared: Declared, gate: GateSpec, workspace: Workspace, catalog: Catalog) -> Iterator[Diagnostic]:
    """Of a model that is tuned from another one, the plan says it."""
    base = dialect_of(declared.address).base_of(declared.training)
    if gate.max_cost is None or not base:
        return
    why = unpriced(gate, (base,), catalog, workspace.generation_prices)
    if why:
        fix = f"Set generate for it under prices in {workspace.path}, or remove maxCost."
        detail = f"maxCost is {gate.max_cost.amount:g} {gate.max_cost.currency}, and {why}."
        yield spec_error("SPEC073", declared.at("tuneform.gate.maxCost"), detail, fix)


def _majority(declared: Declared, trial: Trial) -> Iterator[Diagnostic]:
    if trial.samples % 2 == 0 and not trial.scorer.metric.is_score:
        detail = f"Of {counted(trial.samples, 'answer')} to an item the majority decides, which half of them is not."
        where = declared.at("tuneform.gate.samples")
        yield spec_warning("SPEC071", where, detail, f"Use an odd number, such as {trial.samples + 1}.")


def _scorer(declared: Declared, scorer: Scorer, folder: Path) -> Iterator[Diagnostic]:
    if scorer.metric is Metric.COMMAND and program_of(scorer.command[0], folder) is None:
        name = scorer.command[0]
        beside = "in the workspace folder" if "/" in name else "in PATH"
        fix = "Correct the name, or its permissions; in CI it may be there when the gate runs."
        yield spec_warning(
            "SPEC076", declared.at("tuneform.gate.command"), f"There is no program {name} {beside}.", fix
        )


def _judge(declared: Declared, judge: str, workspace: Workspace, catalog: Catalog) -> Iterator[Diagnostic]:
    """A name that looks like a known one with the same numbers is a mistake; another one may be newer than we are."""
    surface, where = of_base_model(judge).name, declared.at("tuneform.gate.judge")
    known = catalog.find(surface, judge)
    if known is not None:
        yield from _routed(known, where)
        return
    names = [m.name for m in catalog.models if m.surface == surface]
    near = nearest(judge, [name for name in names if _digits(name) == _digits(judge)], cutoff=_ALIKE)
    if near:
        yield spec_error("SPEC074", where, f"There is no base model {judge}.", f'Did you mean "{near}"?')
    else:
        fix = f"Correct the name, or add it under models in {workspace.path} if it is newer than this version."
        yield spec_warning("SPEC074", where, f"{judge} is not in the catalogue of base models.", fix)


def _routed(judge: BaseModel, where: Location) -> Iterator[Diagnostic]:
    """Scores of before and after that day are those of two judges."""
    if judge.routed_to:
        since = f" since {judge.deprecated}" if judge.deprecated else ""
        detail = f"{judge.name} is deprecated, and its questions go to {judge.routed_to}{since}."
        yield spec_warning("SPEC094", where, detail, f"Name {judge.routed_to}, so that you know who judges.")


def _digits(name: str) -> list[str]:
    return re.findall(r"[0-9]+", name)
