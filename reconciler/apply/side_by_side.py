"""Effects of different changes, performed side by side; their answers come in the order of the effects."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reconciler.apply.run import Run
from reconciler.backends.threads import threads
from reconciler.core.carry.effects import Effect, Stale
from reconciler.core.carry.remember import Reply
from reconciler.core.carry.seen import Key

if TYPE_CHECKING:
    from concurrent.futures import Future

Effects = Mapping[Effect[Any], tuple[Key, ...]]
"""With the changes that asked for each."""


def performed(run: Run, effects: Effects, intents: int, halted: Sequence[object]) -> Iterator[list[Reply]]:
    """Some answers at a time, as soon as they are there; nothing more is begun once something is in `halted`.

    What changes the cloud is not performed where another run has written the lock since it was decided.
    """
    waiting = deque(effects.items())
    if run.parallelism <= 1 or len(waiting) <= 1:
        while waiting and not halted:
            effect, keys = waiting.popleft()
            yield [Reply(effect, keys, _perform(run, effect, intents) if _is_due(run, effect) else Stale())]
        return
    with threads(min(run.parallelism, len(waiting))) as pool:
        running: deque[tuple[Effect[Any], tuple[Key, ...], Future[object]]] = deque()
        while running or (waiting and not halted):
            while waiting and len(running) < run.parallelism and not halted:
                effect, keys = waiting.popleft()
                if not _is_due(run, effect):
                    yield [Reply(effect, keys, Stale())]
                    continue
                running.append((effect, keys, pool.submit(_perform, run, effect, intents)))
            if running:
                yield _ready(running)


def _ready(running: deque[tuple[Effect[Any], tuple[Key, ...], Future[object]]]) -> list[Reply]:
    """The answer of the first, and those after it that are there by then."""
    running[0][2].result()
    ready = []
    while running and running[0][2].done():
        effect, keys, future = running.popleft()
        ready.append(Reply(effect, keys, future.result()))
    return ready


def _is_due(run: Run, effect: Effect[Any]) -> bool:
    return not effect.changes_cloud or run.store.is_as_read()


def _perform(run: Run, effect: Effect[Any], intents: int) -> object:
    if not effect.changes_cloud:
        return run.performer.perform(effect, intents)
    with run.store.changing():
        return run.performer.perform(effect, intents)
