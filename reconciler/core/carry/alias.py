"""What lets the alias of a version follow what serves: it is given first, and taken from the others after that."""

from __future__ import annotations

from reconciler.core import events as ev
from reconciler.core.aliases import ours, versions
from reconciler.core.carry.case import Case
from reconciler.core.carry.effects import Alias, Save, Step
from reconciler.core.lock import Training


def move_alias(case: Case, training: Training) -> Step | None:
    """None once it is recorded, and where the spec asks for none and asked for none before."""
    wanted, attempt = case.approved.alias, case.approved.attempt
    names = ours(case.entry, wanted)
    if case.memory.is_aliased or not names:
        return None
    changed: list[str] = []
    others = [(a, t, "") for a, t in versions(case.entry) if a != attempt]
    for number, one, given in ((attempt, training, wanted), *others):
        taken = tuple(name for name in names if name != given)
        answer = case.ask(Alias(case.address, number, one, given, taken))
        if not isinstance(answer, tuple):
            return answer
        changed += answer
    if not changed and case.entry.alias == wanted:
        return None
    return Save((ev.AliasMoved(case.address, attempt, wanted, tuple(changed)),))
