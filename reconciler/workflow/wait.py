"""wait: finish what was approved."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.apply import WaitOptions, finish_approved
from reconciler.core import events as ev
from reconciler.workflow.runs import Examples, run_of
from reconciler.workflow.saved_lock import saved
from reconciler.workflow.telling import telling
from reconciler.workflow.world import World


def finish(world: World, examples: Examples, wait: WaitOptions) -> Iterator[ev.Event]:
    """`wait`: what is approved in the lock, and nothing else. Of the specs it needs inline examples alone."""
    world.sound_lock()
    with saved(world):
        yield from telling(world, finish_approved(run_of(world, examples), wait))
