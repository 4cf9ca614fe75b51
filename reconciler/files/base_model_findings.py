"""What is said of a spec's base model by the catalogue alone, before anything is observed."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core import diff
from reconciler.core.catalog import BaseModel, Catalog
from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.dialects import dialect_of
from reconciler.core.generation import GenerationFacts, why_not_tuned_with
from reconciler.core.model import Declared
from reconciler.core.settings import Workspace

_PARAMETERS = "reinforcementTuningSpec.hyperParameters"
_LEVEL, _BUDGET = f"{_PARAMETERS}.thinkingLevel", f"{_PARAMETERS}.thinkingBudget"


def base_model_findings(declared: Declared, workspace: Workspace, catalog: Catalog) -> Iterator[Diagnostic]:
    """Errors where pages rule out for the base model what the spec asks for: the service would refuse every job.

    A model that is taken as it stands, or copied, is tuned by nobody here; whether a base model is tuned at all, and of
    what is tuned further, the plan says.
    """
    dialect = dialect_of(declared.address)
    base = dialect.base_of(declared.training)
    known = catalog.find(dialect.name, base) if base else None
    if known is None or declared.existing:
        return
    yield from _method(declared, known, workspace, catalog)
    yield from _thinking(declared, known, workspace)


def _method(declared: Declared, known: BaseModel, workspace: Workspace, catalog: Catalog) -> Iterator[Diagnostic]:
    """A method that pages leave out of what the base model offers."""
    dialect = dialect_of(declared.address)
    if not known.methods or workspace.catalog == "historic":
        return
    method = dialect.method_of(declared.training)
    if known.offers(method.word) is False:
        offered = " and ".join(known.methods)
        detail = f"For {known.name} there is {offered} tuning, not {method.word} tuning (as of {catalog.as_of})."
        fix = f"Choose another base model, or correct models.{known.name}.methods in {workspace.path}."
        yield spec_error("SPEC091", declared.at(method.field), detail, fix)


def _thinking(declared: Declared, known: BaseModel, workspace: Workspace) -> Iterator[Diagnostic]:
    """A thinking that the base model has not: a job takes one of the two fields."""
    level, budget = (diff.at(declared.training, field) for field in (_LEVEL, _BUDGET))
    field, thinking = (_LEVEL, level) if level is not None else (_BUDGET, budget)
    asked = thinking.lower() if isinstance(thinking, str) else thinking
    why = why_not_tuned_with(asked, known.generation) if isinstance(asked, str | int) else ""
    if why:
        name = field.rpartition(".")[2]
        detail = f"{name} is {thinking} for {known.name}: {why} (as of {known.generation.as_of or known.as_of})."
        corrected = f"correct models.{known.name}.generation in {workspace.path}"
        fix = f"{_way_out(field, known.generation)}, or {corrected}."
        yield spec_error("SPEC099", declared.at(field), detail, fix)


def _way_out(field: str, facts: GenerationFacts) -> str:
    if facts.never_thinks:
        return "Remove it"
    levels = ", ".join(level.upper() for level in facts.levels or ())
    if field == _BUDGET:
        return f"Write thinkingLevel instead ({levels})" if levels else "Choose a number in that range"
    return f"Use one of {levels}" if levels else "Write thinkingBudget instead"
