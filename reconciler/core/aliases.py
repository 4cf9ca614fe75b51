"""The alias of a Model's version that follows what serves: what of it is not as the spec says. Pure.

An alias belongs to one Model, and each of its versions may have several. One is asked for by `serve.alias`; all others
are somebody else's, and left alone. Source: models.mergeVersionAliases.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.core.change import Basis, Cause, FieldChange
from reconciler.core.lock import Entry, Training
from reconciler.core.model import LiveTraining, OnChange
from reconciler.core.situation import Situation

ALIAS = "serve.alias"
"""The field that asks for one."""


def ours(entry: Entry, wanted: str) -> tuple[str, ...]:
    """What is ours to give and to take: what the spec says, and what it said when it was last given."""
    return tuple(sorted({wanted, entry.alias} - {""}))


def versions(entry: Entry) -> list[tuple[str, Training]]:
    """The trainings that have a version of a Model, oldest first."""
    return [(attempt, training) for attempt, training in entry.in_order if training.model]


def alias_changes(case: Situation, attempt: str, training: Training, live: LiveTraining) -> list[FieldChange]:
    """What serves lacks it or has one too many; or another version of the address has it."""
    wanted, had = case.declared.alias, case.entry.alias
    if not ours(case.entry, wanted):
        return []
    cause = Cause.EDITED if had != wanted else Cause.DRIFTED
    lacks = bool(wanted) and wanted not in live.aliases
    of_it = [] if had == wanted and not lacks else [_change(had, wanted, cause, training.model if lacks else "")]
    others = ((t, case.seen(t)) for a, t in versions(case.entry) if a != attempt)
    names = ours(case.entry, wanted)
    return [*of_it, *(change for t, seen in others if seen for change in _taken(names, t.model, seen))]


def _taken(names: Iterable[str], model: str, seen: LiveTraining) -> Iterator[FieldChange]:
    for name in names:
        if seen.model_exists and name in seen.aliases:
            yield _change(name, "", Cause.DRIFTED, model)


def taken_with(case: Situation, duplicates: Iterable[LiveTraining]) -> list[FieldChange]:
    """What is taken from trainings that come in as deposed: another lock lets them serve, or did."""
    names = ours(case.entry, case.entry.alias)
    return [change for t in duplicates for change in _taken(names, t.model, t)]


def _change(old: str, new: str, cause: Cause, resource_name: str) -> FieldChange:
    basis = Basis.OBSERVED if cause is Cause.DRIFTED else Basis.LOCKED
    old = "" if cause is Cause.DRIFTED and new else old
    return FieldChange(ALIAS, old or None, new or None, OnChange.IN_PLACE, cause, basis, resource_name)


def off_alias(changes: Iterable[FieldChange]) -> tuple[str, ...]:
    """The versions that do not have what they should."""
    return tuple(dict.fromkeys(change.resource_name for change in changes if change.resource_name))
