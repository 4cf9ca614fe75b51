"""What is learnt of held-out items in Cloud Storage before a plan: as much as of a local set, by one download.

Only of a set that the plan will have asked, and of one that is small: a gate holds its items in memory anyway.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from reconciler.backends.base import BackendError
from reconciler.core.change import Change, Plan
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.gate_forecast import asks_items
from reconciler.core.heldout_sets import heldout_uri
from reconciler.core.model import Declared, Live
from reconciler.core.sizes import MIB
from reconciler.workflow.local_data import LocalData
from reconciler.workflow.local_heldout import heldout_counted
from reconciler.workflow.world import World

MOST_BYTES: Final = 16 * MIB
"""Of a larger set a plan says that nobody has counted it. Ours."""


def with_remote_items(world: World, plan: Plan, live: Live) -> tuple[Plan, list[Diagnostic]]:
    """The plan whose gates know how many items they ask; and what is wrong with these, or what so few cannot prove.

    A set that cannot be read now is read again by whoever judges, who says why.
    """
    downloads: dict[str, bytes | None] = {}
    findings: list[Diagnostic] = []
    changes: list[Change] = []
    local = LocalData(world.workspace.data_rules, world.catalog)
    for change in plan.changes:
        declared = change.declared
        data = _download(world, declared, live, downloads) if declared is not None and asks_items(change) else None
        if declared is not None and data is not None:
            known, found = heldout_counted(declared, data, local)
            findings += (replace(d, address=str(change.address)) for d in found)
            changes.append(replace(change, declared=known))
        else:
            changes.append(change)
    return replace(plan, changes=tuple(changes)), findings


def _download(world: World, declared: Declared, live: Live, known: dict[str, bytes | None]) -> bytes | None:
    uri = heldout_uri(declared)
    seen = live.identities.get(uri)
    if not uri or seen is None or seen.size is None or seen.size > MOST_BYTES:
        return None
    if uri not in known:
        try:
            known[uri] = b"".join(world.storage.chunks(uri))
        except BackendError:
            known[uri] = None
    return known[uri]
