"""The limits of a base model, for checks of its training data: the catalogue's, where it says anything."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler import datasets

if TYPE_CHECKING:
    from reconciler.core.catalog import Catalog, ModelLimits
    from reconciler.datasets import DataLimits

_SAME = ("tokens_per_example", "examples", "multimodal_examples", "validation_examples", "file_bytes")
_OTHERWISE = {
    "input_characters": "pair_input_characters",
    "output_characters": "pair_output_characters",
    "min_examples": "fewest_examples",
}


def is_known(catalog: Catalog, base_model: str) -> bool:
    """Whether either service has a base model of this name, as far as the catalogue knows."""
    return any(catalog.find(surface, base_model) for surface in ("vertex", "gemini"))


def limits_of(catalog: Catalog, base_model: str) -> DataLimits:
    """A workspace's corrections of the catalogue count here as well."""
    known = catalog.find("vertex", base_model) or catalog.find("gemini", base_model)
    documented = datasets.DataLimits.for_model(base_model)
    return replace(documented, **_told(known.limits)) if known else documented


def _told(limits: ModelLimits) -> dict[str, Any]:
    names = {**{name: name for name in _SAME}, **_OTHERWISE}
    values = ((ours, getattr(limits, name)) for name, ours in names.items())
    return {ours: value for ours, value in values if value is not None}
