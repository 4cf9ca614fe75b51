"""The workspace's settings, as values. files/workspace.py reads them from tuneform.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from reconciler.core.diagnostics import Location


@dataclass(frozen=True, slots=True)
class Limits:
    """`limits:`. What a plan may do before it is refused, and how creates are sent."""

    max_dispose_percent: int = 30
    max_deletes: int = 2
    concurrent_jobs: int = 1
    list_lag_s: float = 600.0


@dataclass(frozen=True, slots=True)
class Budget:
    """`budget:`. None is no limit; amounts are in `currency`."""

    per_job: float | None = None
    per_plan: float | None = None
    currency: str = "USD"
    refuse_unknown: bool = True


@dataclass(frozen=True, slots=True)
class Price:
    """Price of a million training tokens of a base model, with the date it was read."""

    per_million: float
    currency: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Allow:
    """A dated override that a pull request can approve. `kind` is one of core/checks.ALLOWANCES."""

    kind: str
    address: str
    until: date
    reason: str
    where: Location


@dataclass(frozen=True, slots=True)
class Workspace:
    """A named set of models and how to treat it. Paths are relative to the current folder."""

    name: str = ""
    path: str = "tuneform.yaml"
    vertex_project: str = ""
    vertex_location: str = ""
    staging_uri: str = ""
    gemini_project: str = ""
    lock: str = "tuneform.lock"
    limits: Limits = Limits()
    budget: Budget | None = None
    prices: Mapping[str, Price] = field(default_factory=dict)
    allow: tuple[Allow, ...] = ()
    required_version: str = ""
    catalog: str = "current"
