"""What `--exclude` leaves out of a plan: what is named, under any of its names, and what depends on it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.claims import Claims
from reconciler.core.model import Address, Declared, Desired


def left_out(desired: Desired, claims: Claims, named: frozenset[Address]) -> frozenset[Address]:
    """Addresses, declared or locked, that a plan does not touch.

    What is tuned from a model that is left out would be trained from an older one, and a sweep without one of its
    trials would choose among the others: they are left out as well.
    """
    out = _meant(desired, claims, named)
    needing: dict[Address, list[Address]] = {}
    for address, declared in desired.models.items():
        for needed in _needs(declared):
            needing.setdefault(needed, []).append(address)
    frontier = list(out)
    while frontier:
        new = [a for a in needing.get(frontier.pop(), ()) if a not in out]
        out.update(new)
        frontier += new
    return _with_locked(claims, out, named)


def spared(desired: Desired, claims: Claims, named: frozenset[Address]) -> frozenset[Address]:
    """The same of a plan that destroys: what depends on it may go."""
    return _with_locked(claims, _meant(desired, claims, named), named)


def _meant(desired: Desired, claims: Claims, named: frozenset[Address]) -> set[Address]:
    """The specs that are named, by their own name or by that of their entry; a sweep is all of its trials."""
    out = {a for a in desired.models if a in named or claims.of.get(a) in named}
    sweeps = (desired.models[address].sweep for address in tuple(out))
    return out | {trial for sweep in sweeps if sweep for trial in sweep.trials if trial in desired.models}


def _needs(declared: Declared) -> Iterator[Address]:
    if declared.parent is not None:
        yield declared.parent
    yield from declared.sweep.trials if declared.sweep else ()


def _with_locked(claims: Claims, out: set[Address], named: frozenset[Address]) -> frozenset[Address]:
    return frozenset({*out, *named, *(claims.of[a] for a in out if a in claims.of)})
