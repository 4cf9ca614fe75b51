"""What a decision may look at besides its own entry: the whole lock, the services' traits, and who has places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from reconciler.core.carry.seen import Spent
from reconciler.core.copying import is_copy
from reconciler.core.graves import Graves
from reconciler.core.lock import Entry, Lock, Milestone, Phase, Training
from reconciler.core.model import Address, LiveTraining
from reconciler.core.settings import Limits
from reconciler.core.times import seconds_of

INTENT_FRESH_S = 30.0
"""A create goes out within these seconds of its intent, else it is announced anew. Ours."""


@dataclass(frozen=True, slots=True)
class Traits:
    """How a service differs for whoever carries changes out (backends/base.Backend)."""

    limits_concurrency: bool
    create_is_safe_to_repeat: bool
    longest_create_s: float
    keeps_job_records: bool
    has_inline_examples: bool = False

    @property
    def intent_lasts_s(self) -> float:
        """Seconds from an intent to the last moment at which its create can be carried out, its run killed or not."""
        return INTENT_FRESH_S + self.longest_create_s


@dataclass(frozen=True)
class RunFacts:
    """As they are now. `examples` are digests of the inline examples at hand, `files` the local training files.

    `in_flight` says that another process may be in the middle of a request that changes something; where nobody can
    see that, a run `marks_changes` that take something away.
    """

    lock: Lock
    workspace: str
    traits: Mapping[str, Traits]
    limits: Limits = field(default_factory=Limits)
    locations: frozenset[str] = frozenset()
    examples: Mapping[Address, str] = field(default_factory=dict)
    files: Mapping[Address, str] = field(default_factory=dict)
    quotas: Mapping[str, Spent] = field(default_factory=dict)
    strangers: Mapping[str, tuple[LiveTraining, ...]] = field(default_factory=dict)
    over: frozenset[str] = frozenset()
    in_flight: bool = False
    marks_changes: bool = False
    now: float = 0.0

    def of(self, address: Address) -> Traits:
        """The service's that an address names."""
        return self.traits[address.backend]

    def entry(self, address: Address) -> Entry:
        """An empty one where the address is not locked."""
        return self.lock.entry(address) or Entry()

    def places_taken(self, project: str) -> int:
        """By trainings of this lock that are sent, or about to be, and not known to have ended."""
        return self.held.get(project, Counter()).total()

    @cached_property
    def held(self) -> Mapping[str, Counter[str]]:
        """Who has places in each project's quota, by address: how many."""
        found: dict[str, Counter[str]] = {}
        for address, entry in self.lock.by_address:
            for project, count in self.places(address, entry).items():
                found.setdefault(project, Counter())[str(address)] += count
        return found

    def holders(self, project: str) -> list[str]:
        """Addresses of this lock whose trainings have places in a project's quota."""
        return list(self.held.get(project, ()))

    def after(self, address: Address, lock: Lock, quotas: Mapping[str, Spent]) -> RunFacts:
        """The facts once something was recorded of one address. What is known of the others is not counted anew."""
        facts = replace(self, lock=lock, quotas=quotas)
        if "held" in self.__dict__:
            text = str(address)
            held = {project: Counter(by) for project, by in self.held.items()}
            for by in held.values():
                by.pop(text, None)
            for project, count in self.places(address, facts.entry(address)).items():
                held.setdefault(project, Counter())[text] = count
            facts.__dict__["held"] = held
        return facts

    @cached_property
    def under_way(self) -> Mapping[tuple[str, str], set[str]]:
        """Locations in which this lock has, or is about to have, jobs that have not ended: by backend and project."""
        found: dict[tuple[str, str], set[str]] = {}
        for address, entry in self.lock.by_address:
            open_ones = [t.submission for t in entry.trainings.values() if t.is_open]
            for submission in (*open_ones, *(a.submission for a in entry.approved if a.action.trains and a.submission)):
                found.setdefault((address.backend, submission.project), set()).add(submission.location)
        return found

    @cached_property
    def graves(self) -> Graves:
        """What was forgotten."""
        return Graves.of(self.lock)

    @cached_property
    def jobs(self) -> frozenset[str]:
        """Every job that the lock has."""
        return frozenset(t.job for e in self.lock.entries.values() for t in e.trainings.values() if t.job)

    def places(self, address: Address, entry: Entry) -> Counter[str]:
        """In each project's quota, those of one entry's trainings."""
        traits = self.of(address)
        if not traits.limits_concurrency:
            return Counter()
        return Counter(t.submission.project for t in entry.trainings.values() if self._takes_place(t, traits))

    def unanswered(self, project: str) -> int:
        """Creates of this lock that may have made a job whose name nobody knows yet."""
        return sum(
            t.submission.project == project and not t.job and self._takes_place(t, traits)
            for address, entry in self.lock.by_address
            if (traits := self.of(address)).limits_concurrency
            for t in entry.trainings.values()
        )

    def _takes_place(self, training: Training, traits: Traits) -> bool:
        """A create that was announced longer ago than lists may lag made a job that is seen, or none."""
        if not training.is_open or training.phase is Phase.APPLIED or is_copy(training.submission):
            return False
        if training.job:
            return training.job not in self.over
        announced = seconds_of(training.at(Milestone.INTENDED))
        return self.now - announced < self.limits.list_lag_s + traits.intent_lasts_s
