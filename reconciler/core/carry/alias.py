"""What lets the alias of a version follow what serves: it is given first, and taken from the others after that.

What is taken in as deposed may have it by another lock's doing: then it is taken in the same change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.core import events as ev
from reconciler.core.aliases import ours, versions
from reconciler.core.carry.case import Case
from reconciler.core.carry.effects import Alias, Save, Step
from reconciler.core.lock import Role, Training


def move_alias(case: Case, training: Training) -> Step | None:
    """None once it is recorded, and where the spec asks for none and asked for none before."""
    wanted, attempt = case.approved.alias, case.approved.attempt
    names = ours(case.entry, wanted)
    if case.memory.is_aliased or not names:
        return None
    others = [(a, t, "") for a, t in versions(case.entry) if a != attempt]
    changed = _changed(case, ((attempt, training, wanted), *others), names)
    if not isinstance(changed, tuple):
        return changed
    if not changed and case.entry.alias == wanted:
        return None
    return Save((ev.AliasMoved(case.address, attempt, wanted, changed),))


def take_alias(case: Case) -> Step | None:
    """Of deposed versions alone; None once that is recorded, and where none of them has ours."""
    names = ours(case.entry, case.entry.alias)
    serving = case.entry.serving
    if case.memory.is_aliased or not names or serving is None:
        return None
    deposed = [(a, t, "") for a, t in versions(case.entry) if t.role is Role.DEPOSED]
    changed = _changed(case, deposed, names)
    if not isinstance(changed, tuple):
        return changed
    return Save((ev.AliasMoved(case.address, serving[0], case.entry.alias, changed),)) if changed else None


def _changed(case: Case, asked: Iterable[tuple[str, Training, str]], names: Sequence[str]) -> tuple[str, ...] | Step:
    """The versions that were changed, each given one alias ("" for none) and without all others of `names`."""
    changed: tuple[str, ...] = ()
    for number, one, given in asked:
        taken = tuple(name for name in names if name != given)
        answer = case.ask(Alias(case.address, number, one, given, taken))
        if not isinstance(answer, tuple):
            return answer
        changed += answer
    return changed
