"""Specs that a clone has not pulled yet, and a model made by hand that one of the clones imports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from reconciler.apply import WaitOptions
from reconciler.core.checks import Permissions
from reconciler.core.events import Event
from reconciler.core.model import Address, Markers
from reconciler.workflow.apply import apply_changes
from reconciler.workflow.importing import plan_import
from tests.fakes.cloud import SUCCEEDED, Job
from tests.fakes.specs import a_spec, submitted
from tests.fakes.stage import EVERYTHING, Stage
from tests.soak.steps import Declare

if TYPE_CHECKING:
    from tests.soak.town import Town

BY_HAND = "legacy"
"""The spec of the imported model, and"""
MADE_BY_HAND = "projects/acme-ml/locations/us-central1/tuningJobs/byhand"
"""the job that made it, without markers."""


def hide(town: Town, name: str, clone: int) -> None:
    """A spec that was written after the last pull of a clone: its lock has never heard of it."""
    names = {name, town.former.get(name, name)}
    entries = town.stages[clone].lock.entries.values()
    known = {n for text in town.stages[clone].lock.entries for n in (Address.parse(text).name,)}
    known |= {n for entry in entries for n in entry.former}
    is_parent = "child" in town.declared and name == town.parent_name
    if name in town.declared and not is_parent and not names & known:
        town.hidden[clone].add(name)


def pull(town: Town) -> None:
    """Locks come with the specs that were applied with them; what was only imported, nobody has committed."""
    entries = [s.lock.entries.get(f"vertex/{BY_HAND}") for s in town.stages]
    is_applied = any(e is not None and e.declared for e in entries)
    for hidden in town.hidden:
        hidden.intersection_update(set() if is_applied else {BY_HAND})


def importing(town: Town, stage: Stage, clone: int) -> Iterator[Event]:
    """`tuneform import`: the spec is written, its model adopted, and the file taken back where that fails."""
    if MADE_BY_HAND in town.cloud.jobs:
        return
    _make(town)
    town.declared[BY_HAND] = Declare(BY_HAND)
    town.hidden[1 - clone].add(BY_HAND)
    stage.specs = town.specs_of(clone)
    (spec,) = [s for s in stage.specs if s.address.name == BY_HAND]
    world = stage.world()
    try:
        plan = lambda: plan_import(world, spec, Permissions(EVERYTHING))  # noqa: E731
        yield from apply_changes(world, plan, WaitOptions(no_wait=True), declares=False)
    finally:
        if stage.lock.entry(spec.address) is None:
            town.declared.pop(BY_HAND, None)


def deleted_unseen(town: Town, only_imported: set[int]) -> Iterator[str]:
    """Whoever has not seen the spec of an imported model does not take it for removed."""
    by = town.cloud.disposed.get(MADE_BY_HAND)
    for clone in only_imported:
        if by == str(town.stages[clone].folder) and BY_HAND in town.declared:
            yield f"clone {clone} deleted what it had never seen the spec of"


def only_imported(town: Town) -> set[int]:
    """The clones whose lock has the imported model, while no specs that they applied have declared it."""
    entries = [s.lock.entries.get(f"vertex/{BY_HAND}") for s in town.stages]
    return {c for c, e in enumerate(entries) if e is not None and not e.declared and BY_HAND in town.hidden[c]}


def _make(town: Town) -> None:
    spec, then = a_spec(BY_HAND), town.cloud.clock.now() - 1000.0
    job = Job("vertex", MADE_BY_HAND, submitted(spec), Markers(), then, then, SUCCEEDED, then, "gemini-2.5-flash")
    town.cloud.jobs[MADE_BY_HAND] = job
    town.cloud.state(job)
