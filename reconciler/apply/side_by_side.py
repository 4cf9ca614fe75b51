"""Effects of different changes, performed side by side; their answers come in the order of the effects."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
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
Still = Callable[[Effect[Any], tuple[Key, ...]], Effect[Any] | None]
"""The effect as it is decided now, where it still is what those changes need; else None."""


def performed(
    run: Run, effects: Effects, intents: int, halted: Sequence[object], still: Still, late: list[Reply]
) -> Iterator[list[Reply]]:
    """Some answers at a time, as soon as they are there; nothing more is begun once something is in `halted`.

    What changes the cloud is decided once more just before, by the lock as it is then: between the decision and its
    turn others were performed and recorded, and each record has read the lock anew.
    """
    waiting = deque(effects.items())
    if run.parallelism <= 1 or len(waiting) <= 1:
        while waiting and not halted:
            effect, keys = waiting.popleft()
            now = _as_decided_now(effect, keys, still)
            yield [Reply(effect, keys, Stale() if now is None else _perform(run, now, intents))]
        return
    with threads(min(run.parallelism, len(waiting))) as pool:
        running: deque[tuple[Effect[Any], tuple[Key, ...], Future[object]]] = deque()
        try:
            while running or (waiting and not halted):
                while waiting and len(running) < run.parallelism and not halted:
                    effect, keys = waiting.popleft()
                    now = _as_decided_now(effect, keys, still)
                    if now is None:
                        yield [Reply(effect, keys, Stale())]
                        continue
                    running.append((now, keys, pool.submit(_perform, run, now, intents)))
                if running:
                    yield _ready(running)
        finally:
            # Whoever stops to listen, or fails, leaves none unanswered that may have changed something.
            late += [Reply(e, keys, f.result()) for e, keys, f in running if e.changes_cloud and not f.exception()]


def _ready(running: deque[tuple[Effect[Any], tuple[Key, ...], Future[object]]]) -> list[Reply]:
    """The answer of the first, and those after it that are there by then."""
    running[0][2].result()
    ready = []
    while running and running[0][2].done():
        effect, keys, future = running.popleft()
        ready.append(Reply(effect, keys, future.result()))
    return ready


def _as_decided_now(effect: Effect[Any], keys: tuple[Key, ...], still: Still) -> Effect[Any] | None:
    return still(effect, keys) if effect.changes_cloud else effect


def _perform(run: Run, effect: Effect[Any], intents: int) -> object:
    if not effect.changes_cloud:
        return run.performer.perform(effect, intents)
    with run.store.changing():
        return run.performer.perform(effect, intents)
