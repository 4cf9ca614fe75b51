"""Base models as dated data (reconciler/data/catalog.json; core never reads it itself)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class BaseModel:
    """One base model on one service.

    `cut_off` is the last day of new training and `retires` that of serving, where known. `methods` are
    `supervised`, `preference`, …; empty says that the service does not tune it at all. `price` is in
    USD per million training tokens. `default_epochs` None: the service chooses by the data.
    """

    name: str
    surface: str
    methods: tuple[str, ...] = ()
    status: str = "current"
    released: date | None = None
    cut_off: date | None = None
    retires: date | None = None
    replacement: str = ""
    regions: tuple[str, ...] = ()
    adapter_sizes: tuple[int, ...] = ()
    price: float | None = None
    price_source: str = ""
    price_as_of: str = ""
    default_epochs: int | None = None
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Catalog:
    """All known base models by (surface, name), and the day they were read."""

    as_of: str = ""
    models: Mapping[tuple[str, str], BaseModel] = field(default_factory=dict)

    def find(self, surface: str, name: str) -> BaseModel | None:
        """None for a model that this catalogue does not know: a warning, never an error."""
        return self.models.get((surface, name))
