"""The world of one apply or wait. It does not change while the run lasts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from reconciler.apply.perform import Judge, Performer
from reconciler.backends.base import Backend, Storage
from reconciler.core.carry.facts import RunFacts, Traits
from reconciler.core.carry.seen import Memory
from reconciler.core.clock import Clock
from reconciler.core.dialects import DIALECTS
from reconciler.core.digest import digest
from reconciler.core.model import Address
from reconciler.core.settings import Limits
from reconciler.core.store import LockStore


@dataclass(frozen=True)
class Run:
    """`examples` are inline pairs by address, `files` the local training files, where specs are at hand.

    `locations` are where the project may have jobs besides those of the lock; `parallelism` is how many effects are
    performed side by side.
    """

    store: LockStore
    backends: Mapping[str, Backend]
    storage: Storage
    clock: Clock
    workspace: str
    judge: Judge
    limits: Limits = field(default_factory=Limits)
    locations: frozenset[str] = frozenset()
    examples: Mapping[Address, Sequence[tuple[str, str]]] = field(default_factory=dict)
    files: Mapping[Address, str] = field(default_factory=dict)
    parallelism: int = 1

    @cached_property
    def digests(self) -> Mapping[Address, str]:
        """Of the inline examples, as a submission names its data (workflow/data.with_pairs)."""
        return {address: digest([[text, output] for text, output in p]) for address, p in self.examples.items()}

    @property
    def performer(self) -> Performer:
        """Who performs its effects."""
        return Performer(self.backends, self.storage, self.clock, self.judge, self.examples, self.parallelism)

    def facts(self, memory: Memory) -> RunFacts:
        """What decisions may look at now."""
        return RunFacts(
            self.store.lock,
            self.workspace,
            {name: traits_of(backend) for name, backend in self.backends.items()},
            limits=self.limits,
            locations=self.locations,
            examples=self.digests,
            files=self.files,
            quotas=memory.quotas,
            strangers=memory.strangers,
            over=memory.over,
            in_flight=bool(memory.in_flight),
            marks_changes=memory.in_flight is None,
            now=self.clock.now(),
        )


def traits_of(backend: Backend) -> Traits:
    """How this service differs for whoever carries changes out."""
    return Traits(
        limits_concurrency=backend.limits_concurrency,
        create_is_safe_to_repeat=backend.create_is_safe_to_repeat,
        longest_create_s=backend.longest_create_s,
        keeps_job_records=backend.keeps_job_records,
        has_inline_examples=DIALECTS[backend.name].has_inline_data,
    )
