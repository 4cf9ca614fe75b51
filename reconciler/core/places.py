"""Places in the service's quota of jobs at once: who holds them, in words, and how long to wait after a 429. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.core.model import LiveTraining
from reconciler.core.times import moment

_NAMED = 3
_FIRST_WAIT_S = 15.0
_LONGEST_WAIT_S = 300.0


def waits_for(limit: int, ours: Sequence[str], strangers: Sequence[LiveTraining]) -> str:
    """`a place (…)`. It says since when and not for how long, so that it changes only when something does.

    `ours` are addresses of this lock. Strangers' jobs are named in full: they may be anywhere in the project.
    """
    held = _held(ours, strangers)
    return f"a place (limits.concurrentJobs is {limit}{held and '; '}{held})"


def quota_words(ours: Sequence[str], strangers: Sequence[LiveTraining]) -> str:
    """The same after a 429: the quota may be smaller than the limit here, or spent where nobody looks."""
    held = _held(ours, strangers)
    return f"the service's quota{f' ({held})' if held else ''}"


def _held(ours: Sequence[str], strangers: Sequence[LiveTraining]) -> str:
    holders = [
        *sorted(ours),
        *(_holder(t) for t in sorted(strangers, key=lambda t: (moment(t.created), t.resource_name))),
    ]
    more = f" and {len(holders) - _NAMED} more" if len(holders) > _NAMED else ""
    return f"held by {', '.join(holders[:_NAMED])}{more}" if holders else ""


def quota_wait_s(asked_for_s: float | None, refusals: int) -> float:
    """Seconds to wait after the create number `refusals`, counted from 1, that met a spent quota in a row.

    The service's own Retry-After wins; else 15, 30, 60 … up to 300. The figures are ours: a training takes minutes
    at least, so that asking every few seconds brings nothing new.
    """
    if asked_for_s is not None:
        return asked_for_s
    return min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2.0 ** min(refusals - 1, 10))


def _holder(live: LiveTraining) -> str:
    since = f" since {live.created[:16].replace('T', ' ')} UTC" if live.created else ""
    return f"{live.resource_name}{since}"
