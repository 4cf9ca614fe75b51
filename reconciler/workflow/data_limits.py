"""The limits of a base model, for checks of its training data: the catalogue's, where it says anything."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler import datasets
from reconciler.core.dialects import DIALECTS, dialect_of, of_base_model
from reconciler.core.rewards import references_in, rewards_of

if TYPE_CHECKING:
    from reconciler.core.catalog import BaseModel, Catalog, ModelLimits
    from reconciler.core.generation import GenerationFacts
    from reconciler.core.model import Declared
    from reconciler.datasets import DataLimits

_SAME = ("tokens_per_example", "examples", "multimodal_examples", "validation_examples", "file_bytes")
_OTHERWISE = {
    "input_characters": "pair_input_characters",
    "output_characters": "pair_output_characters",
    "min_examples": "fewest_examples",
}


def is_known(catalog: Catalog, base_model: str) -> bool:
    """Whether either service has a base model of this name, as far as the catalogue knows."""
    return _find(catalog, base_model) is not None


def limits_of(catalog: Catalog, base_model: str) -> DataLimits:
    """A workspace's corrections of the catalogue count here as well."""
    known = _find(catalog, base_model)
    documented = datasets.DataLimits.for_model(base_model)
    return replace(documented, **_given(known.limits), **_thinking(known.generation)) if known else documented


def limits_for(catalog: Catalog, declared: Declared) -> DataLimits:
    """The same for the data of a spec, with the references that its rewards name."""
    base = dialect_of(declared.address).base_of(declared.training)
    return replace(limits_of(catalog, base), references=references_in(rewards_of(declared)))


def _find(catalog: Catalog, base_model: str) -> BaseModel | None:
    # By a name of its own form it is that service's, though the other one may have a model of the same name.
    surfaces = dict.fromkeys((of_base_model(base_model).name, *DIALECTS))
    found = (catalog.find(surface, base_model) for surface in surfaces)
    return next((model for model in found if model is not None), None)


def _thinking(facts: GenerationFacts) -> dict[str, Any]:
    budget = (facts.budget.least, facts.budget.most, facts.budget.can_be_off) if facts.budget else None
    return {"thinking_levels": facts.levels, "thinking_budget": budget}


def _given(limits: ModelLimits) -> dict[str, Any]:
    names = {**{name: name for name in _SAME}, **_OTHERWISE}
    values = ((ours, getattr(limits, name)) for name, ours in names.items())
    return {ours: value for ours, value in values if value is not None}
