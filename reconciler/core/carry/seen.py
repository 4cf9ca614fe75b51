"""What a run knows beyond the lock: what was answered in this tick, and little that has to be remembered longer.

Values: each step makes new ones (core/carry/remember.py). Keys are changes, not addresses: an address may have one
change of its own and one of its deposed models.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeVar, cast

from reconciler.core.carry.effects import Effect, Trouble
from reconciler.core.lock import Approved, Milestone, Training
from reconciler.core.model import Address, LiveTraining

T = TypeVar("T")


class Key(NamedTuple):
    """Which change."""

    address: Address
    deposed: bool = False


@dataclass(frozen=True, slots=True)
class OfChange:
    """What one change has been through in this run.

    `approved` is which one it was then: where another one stands in its place, all but the intent is forgotten.
    `announced` is the number of its intent among those of this run, until its create was sent; 0 for none of its own.
    `intent` is which one that is, by attempt and time: `announced`, `over_s` and `is_clear` are about it alone, and say
    nothing of one that another run has announced since.
    `over_s` is when a create without an answer can last have been carried out, where this run saw it end. `tries`
    counts creates that never left this machine, `silent` ticks in a row without an answer. Nothing is asked before
    `not_before`. It `is_clear` that an intent which was announced anew has no job yet: its create goes out.
    `trouble` is what failed in this tick, the create itself where it is `of_create`; its job `is_new` where this tick
    found or made it. Attempts that this run has seen end, has let serve, and left nothing of, are `ended`, `served` and
    `disposed`; it `is_patched`, and `is_aliased`, where that is recorded.
    """

    began_s: float
    approved: Approved | None = None
    announced: int = 0
    intent: tuple[str, str] = ("", "")
    over_s: float | None = None
    tries: int = 0
    silent: int = 0
    not_before: float = 0.0
    is_clear: bool = False
    is_given_up: bool = False
    disposed: frozenset[str] = frozenset()
    trouble: Trouble | None = None
    of_create: bool = False
    is_new: bool = False
    ended: frozenset[str] = frozenset()
    served: frozenset[str] = frozenset()
    is_patched: bool = False
    is_aliased: bool = False

    def of_intent(self, attempt: str, training: Training | None) -> OfChange:
        """Without what is about another intent than the lock has."""
        if training is None or self.intent == (attempt, training.at(Milestone.INTENDED)):
            return self
        if not (self.announced or self.is_clear or self.over_s is not None):
            return self
        return replace(self, announced=0, is_clear=False, over_s=None)


@dataclass(frozen=True, slots=True)
class Spent:
    """A quota that a create met: how many in a row did, until when nobody asks again, and who had places then."""

    refusals: int = 0
    not_before: float = 0.0
    strangers: tuple[LiveTraining, ...] = ()


@dataclass(frozen=True, slots=True)
class Memory:
    """All of it.

    `answers` and `troubles` are of this tick. `strangers` are jobs in progress that are not ours, by project, until
    somebody has to look again; `over` the jobs that the cloud says have ended, whatever the lock still says of them.
    `intents` counts those of this run; `in_flight` is whether another process was in the middle of a request
    that changes something when the tick began, None where nobody can see that.
    """

    changes: Mapping[Key, OfChange] = field(default_factory=dict)
    answers: Mapping[Effect[Any], object] = field(default_factory=dict)
    troubles: Mapping[Effect[Any], Trouble] = field(default_factory=dict)
    quotas: Mapping[str, Spent] = field(default_factory=dict)
    strangers: Mapping[str, tuple[LiveTraining, ...]] = field(default_factory=dict)
    over: frozenset[str] = frozenset()
    intents: int = 0
    in_flight: bool | None = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What one change may look at of it."""

    of_change: OfChange
    answers: Mapping[Effect[Any], object] = field(default_factory=dict)
    troubles: Mapping[Effect[Any], Trouble] = field(default_factory=dict)

    def answer(self, effect: Effect[T]) -> T | None:
        """None where nobody has answered in this tick."""
        return cast("T | None", self.answers.get(effect))

    def trouble(self, effect: Effect[Any]) -> Trouble | None:
        """Why there is no answer, where it was asked for."""
        return self.troubles.get(effect)
