"""The workspace's settings, as values. files/workspace.py reads them from tuneform.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from reconciler.core.diagnostics import Location
from reconciler.core.model import Fields


@dataclass(frozen=True, slots=True)
class Limits:
    """`limits:`. What a plan may do before it is refused, how creates are sent, and what a training may drop.

    `max_dropped_percent` is the share of examples from which on a successor does not serve; None is no limit.
    `max_duration_s` is how long a training may take before it is shown as stuck; None is no limit.
    """

    max_dispose_percent: int = 30
    max_deletes: int = 2
    concurrent_jobs: int = 1
    list_lag_s: float = 600.0
    max_dropped_percent: float | None = None
    max_duration_s: float | None = None


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
class GenerationPrice:
    """Price of a million tokens that a base model, or one tuned from it, reads and writes."""

    input_per_million: float
    output_per_million: float
    currency: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Allow:
    """A dated override that a pull request can approve. `kind` is one of core/checks.ALLOWANCES, or `policy`.

    That one names the `rule` that need not be met.
    """

    kind: str
    address: str
    until: date
    reason: str
    where: Location
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody who is told what becomes of models: a webhook or a file. `kinds` are words of notices.NoticeKind.

    Of a webhook `url` is its address, or `url_env` the variable that has it; its messages are signed with what
    `secret_env` or `secret_file` holds. Paths are relative to the current folder.
    """

    name: str
    kinds: frozenset[str]
    url: str = ""
    url_env: str = ""
    file: str = ""
    secret_env: str = ""
    secret_file: str = ""


class Home(NamedTuple):
    """Where the models of one service are trained; empty where nothing says it, or where there is no such thing."""

    project: str = ""
    location: str = ""


@dataclass(frozen=True, slots=True)
class SpecsFrom:
    """Where the specs of a workspace come from: files and folders, what kustomize renders of a folder, or a pipe.

    Paths are relative to the file of the workspace, as they are written there.
    """

    paths: tuple[str, ...] = ()
    kustomize: str = ""
    stdin: bool = False

    @property
    def name(self) -> str:
        """What the lock calls it, and people read."""
        if self.stdin:
            return "stdin"
        return f"kustomize {self.kustomize}" if self.kustomize else ", ".join(self.paths)


@dataclass(frozen=True, slots=True)
class CatalogFrom:
    """A catalogue of base models in the place of the shipped one: a file, or an address whose content has a digest.

    What was fetched is kept in the file `kept`. Paths are relative to the current folder; `where` is where it is named.
    """

    file: str = ""
    url: str = ""
    sha256: str = ""
    kept: str = ""
    where: Location | None = None

    @property
    def name(self) -> str:
        """What people call it by."""
        return self.file or self.url


@dataclass(frozen=True, slots=True)
class Workspace:
    """A named set of models and how to treat it. Paths are relative to the current folder.

    `homes` say where each service trains what says nothing else, by the first half of addresses.
    `models` are partial rows of the catalogue by name (core/catalog.py: overridden), `data_rules` the severity
    of rules over training data by id: error, warning, note or off.
    """

    name: str = ""
    path: str = "tuneform.yaml"
    homes: Mapping[str, Home] = field(default_factory=dict)
    staging_uri: str = ""
    lock: str = "tuneform.lock"
    limits: Limits = Limits()
    budget: Budget | None = None
    prices: Mapping[str, Price] = field(default_factory=dict)
    generation_prices: Mapping[str, GenerationPrice] = field(default_factory=dict)
    models: Mapping[str, Fields] = field(default_factory=dict)
    data_rules: Mapping[str, str] = field(default_factory=dict)
    allow: tuple[Allow, ...] = ()
    notify: tuple[Receiver, ...] = ()
    required_version: str = ""
    catalog: str = "current"
    catalog_from: CatalogFrom | None = None
    specs: SpecsFrom | None = None
    """None: everything below specs/ beside it."""
    policies: tuple[str, ...] = ()
    """Files of rules, and folders of them."""

    def home(self, backend: str) -> Home:
        """Where a service trains, as far as the workspace says."""
        return self.homes.get(backend, Home())

    @property
    def uploads_uri(self) -> str:
        """The folder of this workspace below stagingUri, which others may share."""
        return f"{self.staging_uri}/{self.name}" if self.staging_uri and self.name else self.staging_uri
