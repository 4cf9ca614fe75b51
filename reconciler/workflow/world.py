"""The effects that a workflow needs, put together in the room `session` (or by a test)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from reconciler.backends.base import Backend, Storage
from reconciler.core.catalog import Catalog
from reconciler.core.clock import Clock
from reconciler.core.codes_lock import lock_error
from reconciler.core.contradictions import contradictions
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.gate_forecast import generation_price
from reconciler.core.generation import GenerationFacts
from reconciler.core.lock import Author, Lock, Training
from reconciler.core.model import Address, CopySource
from reconciler.core.notices import Sink
from reconciler.core.settings import Allow, GenerationPrice, Workspace
from reconciler.core.situation import PlanOptions
from reconciler.core.store import LockStore
from reconciler.core.times import day_of
from reconciler.core.tuned_from import tuned_from
from reconciler.files.data_contents import DataContents
from reconciler.files.data_differences import DataDifferences
from reconciler.files.token_counts import TokenCounts
from reconciler.policy.rules import NO_POLICIES, Policies
from reconciler.render.values import Banner

if TYPE_CHECKING:
    from reconciler.gate import Bench


def _no_neighbour(source: CopySource) -> Lock:
    detail = f"Nothing here reads the lock of workspace {source.workspace}."
    raise lock_error("LOCK024", detail, path=source.lock)


@dataclass(frozen=True, slots=True)
class World:
    """`target` is `google` or `emulator:ID`; `poll_s` how often a training is looked at.

    `commit` is the one that the specs are at, "" where nobody knows; `by` who has approved what this run records.
    `neighbour` reads the lock of another workspace, and raises ReconcilerError where there is none. `bench` is what
    gates are judged with, made for whoever judges. `sinks` are told what becomes of models. `policies` are what plans
    are judged by, and `banner` says in whose name.
    """

    workspace: Workspace
    target: str
    backends: Mapping[str, Backend]
    storage: Storage
    store: LockStore
    clock: Clock
    catalog: Catalog = field(default_factory=Catalog)
    parallelism: int = 8
    poll_s: float = 5.0
    counts: TokenCounts | None = None
    commit: str = ""
    by: Author | None = None
    contents: DataContents = field(default_factory=DataContents)
    differences: DataDifferences = field(default_factory=DataDifferences)
    neighbour: Callable[[CopySource], Lock] = _no_neighbour
    bench: Callable[[], Bench] | None = None
    sinks: tuple[Sink, ...] = ()
    policies: Policies = NO_POLICIES
    banner: Banner = field(default_factory=Banner)

    @property
    def judging(self) -> Bench:
        """What gates are judged with; without one that the session made, nothing is kept and no file is read."""
        if self.bench is not None:
            bench = self.bench()
        else:
            from reconciler.gate import Bench

            bench = Bench(self.clock, parallelism=self.parallelism)
        return replace(bench, base=self.base, facts=self.facts, price=self.price, price_of_base=self.price_of_base)

    def base(self, address: Address, training: Training) -> str:
        """The base model that it goes back to, through those that it was tuned from; "" where nobody knows."""
        return tuned_from(self.store.lock, address, training)

    def facts(self, address: Address, training: Training) -> GenerationFacts:
        """What the base model of a training makes of settings, as far as is known."""
        return self.catalog.generation(address.backend, self.base(address, training))

    def price(self, address: Address, training: Training) -> GenerationPrice | None:
        """What its answers cost, where somebody wrote it."""
        return self.price_of_base(self.base(address, training))

    def price_of_base(self, base: str) -> GenerationPrice | None:
        """What the answers of a base model cost, such as a judge's."""
        return generation_price(base, self.catalog, self.workspace.generation_prices)

    @property
    def today(self) -> date:
        """UTC."""
        return day_of(self.clock.now())

    def options(
        self,
        *,
        targets: frozenset[Address] | None = None,
        replace: frozenset[Address] = frozenset(),
        exclude: frozenset[Address] = frozenset(),
    ) -> PlanOptions:
        """Plan options of this workspace; `targets` None is everything."""
        known = self.workspace
        return PlanOptions(
            workspace=known.name,
            staging_uri=known.uploads_uri,
            replace=replace,
            targets=targets,
            exclude=exclude,
            most_dropped_percent=known.limits.max_dropped_percent,
            promotes={a.address: _because(a) for a in known.allow if a.kind == "promote" and self.today <= a.until},
        )

    def trusted_lock(self) -> Lock:
        """The lock, once it is certain that it is this target's and this workspace's.

        Before the cloud is read: compared with another cloud, every model would look gone.
        """
        lock = self.store.read()
        path = self.workspace.lock
        if lock.target and lock.target != self.target:
            raise lock_error(
                "LOCK004",
                f"It was written against {lock.target}; this run talks to {self.target}.",
                path=path,
                fix="Choose the other target (--emulator), or another lock (--lock).",
            )
        if lock.workspace and lock.workspace != self.workspace.name:
            raise lock_error(
                "LOCK005",
                f"It is of workspace {lock.workspace}; this run is of {self.workspace.name}.",
                path=path,
                fix="Restore metadata.name in the workspace file, or choose another lock.",
            )
        return lock

    def sound_lock(self) -> Lock:
        """The same, for whoever acts on it: a lock that contradicts itself is refused whole."""
        lock = self.trusted_lock()
        found = contradictions(lock, self.workspace.lock)
        if found:
            raise ReconcilerError(*found)
        return lock


def _because(allow: Allow) -> str:
    return f"allowed until {allow.until}: {allow.reason}"
