"""Which answers a trial still needs, in which order, and how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import islice

from reconciler.core.digest import digest
from reconciler.core.evidence.draws import shuffled
from reconciler.core.gate_spec import Heldout, Trial
from reconciler.core.questions import HeldoutItem


class Side(Enum):
    """Whose answer."""

    NEW = "new"
    OLD = "old"


@dataclass(frozen=True, slots=True)
class Ask:
    """One answer that is needed: of whom, to which item, and the how manieth."""

    side: Side
    item: HeldoutItem
    sample: int


def seed_of(heldout: Heldout) -> int:
    """The order in which items are asked: the same for the same set, and nobody chooses it."""
    return int(digest(heldout.content or heldout.uri)[:8], 16)


def in_order(items: Sequence[HeldoutItem], heldout: Heldout) -> tuple[HeldoutItem, ...]:
    """By the seed. To stop early is harmless only where the order has nothing to do with the answers."""
    return shuffled(items, seed_of(heldout))


def every_answer(trial: Trial, ordered: Sequence[HeldoutItem], *, has_rival: bool) -> Iterator[Ask]:
    """All that a whole trial asks; both models of one item together, so that what is known is known in pairs."""
    sides = (Side.NEW, Side.OLD) if has_rival else (Side.NEW,)
    return (Ask(side, item, sample) for item in ordered for side in sides for sample in range(1, trial.samples + 1))


def missing(wanted: Iterator[Ask], is_known: Callable[[Ask], bool], most: int) -> tuple[Ask, ...]:
    """The next that nobody has asked."""
    return tuple(islice((ask for ask in wanted if not is_known(ask)), most))
