"""A second training of exactly what serves: sent twice by an unlucky network, or by another clone.

It was paid for, so it is neither forgotten nor left to run: a running one is cancelled, and a finished
one is kept as deposed, where the next plans treat it like any other old model.
"""

from __future__ import annotations

from reconciler.core import notes
from reconciler.core.aliases import taken_with
from reconciler.core.attempts import is_of, next_attempt
from reconciler.core.change import Adoption, Change, Reason, ReasonCode
from reconciler.core.lock import Role
from reconciler.core.model import Action
from reconciler.core.situation import Situation, is_alive


def take_in(case: Situation, change: Change) -> Change | None:
    """The change that stands beside the address's own, as one of a deposed training does; None without duplicates."""
    serving = case.entry.serving
    if serving is None or case.entry.candidate is not None or change.action is Action.ADOPT:
        return None
    duplicates = [t for t in case.matching if is_alive(t) and is_of(t, serving[1].submission)]
    if not duplicates or case.is_outdated(serving[1]):
        return None
    first = int(next_attempt(case.entry, case.marked, case.wanted))
    attempts = {t.resource_name: str(first + number) for number, t in enumerate(duplicates)}
    running = [t for t in duplicates if not t.is_ready]
    return Change(
        case.address,
        Action.ADOPT,
        Reason(ReasonCode.DUPLICATE, "trained twice from this spec and data; the second is deposed"),
        fields=tuple(taken_with(case, duplicates)),
        submission=case.wanted,
        lifecycle=case.entry.lifecycle,
        adopts=tuple(Adoption(name, attempt, Role.DEPOSED) for name, attempt in attempts.items()),
        cancels=tuple(attempts[t.resource_name] for t in running),
        deposed=True,
        is_housekeeping=True,
        notes=tuple(notes.duplicate(case.address, t) for t in running),
    )
