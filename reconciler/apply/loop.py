"""The loop of apply and wait: decide, perform outside the hold, record under it, and wait holding nothing.

A tick is over when every change waits or is over. It has rounds: all changes are asked what they need, what they need
is performed side by side, and each answer is recorded before the next effect of its change is decided.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from reconciler.apply.run import Run
from reconciler.apply.side_by_side import Effects, performed
from reconciler.core import events as ev
from reconciler.core.carry.deciding import is_heard_of, looked_after, open_changes, step_of, to_record
from reconciler.core.carry.effects import Effect, Fail, Save, Step, Stop, Wait
from reconciler.core.carry.remember import Reply, given_up, is_known, next_tick, with_answers, with_event
from reconciler.core.carry.seen import Key, Memory
from reconciler.core.carry.stopping import WaitOptions, approved_of, why_left, why_stop
from reconciler.core.diagnostics import Diagnostic, ReconcilerError
from reconciler.core.model import Address

STILL_RUNNING = 4
_FACTS = 1000
"""No change has so many in a row to record: rather end with a bug than write for ever."""
Waits: TypeAlias = dict[Key, Wait]


@dataclass(frozen=True, slots=True)
class _Turn:
    """What came of asking some changes: what happened, what is to be performed for whom, and who waits."""

    memory: Memory
    happened: tuple[ev.Event, ...] = ()
    effects: Effects = field(default_factory=dict)
    waits: Mapping[Key, Wait] = field(default_factory=dict)
    stops: tuple[Diagnostic, ...] = ()


def finish_approved(
    run: Run, waiting: WaitOptions, only: frozenset[Address | Key] | None = None, begun: Iterable[Key] = ()
) -> Iterator[ev.Event]:
    """Finish what is approved in the lock, exactly that and nothing else. Outside the store's hold.

    `begun` are changes of which people have heard already.
    """
    began_s = run.clock.now() - waiting.spent_s
    memory = looked_after(Memory(), begun, run.store.lock, run.clock.now())
    while True:
        memory, left = yield from _tick(run, memory, only)
        lock = run.store.lock
        why = why_stop(waiting, run.clock.now() - began_s, left, memory, lock) if left else ""
        for key, wait in left.items() if why else ():
            change = approved_of(key, lock)
            if change is not None:
                yield ev.ChangeLeft(key.address, change.action, why_left(key, wait, why, lock), key.deposed)
        if why or not left:
            return
        memory = next_tick(memory, run.clock.now(), looks_for_places=all(wait.queued for wait in left.values()))
        run.clock.sleep(waiting.poll_s)


def _tick(
    run: Run, memory: Memory, only: frozenset[Address | Key] | None
) -> Generator[ev.Event, None, tuple[Memory, Waits]]:
    """Every open change until it waits or is over; answers those that wait.

    A change that is done may leave its last step, the disposal of what it made surplus.
    """
    memory = replace(memory, in_flight=run.store.in_flight())
    run.store.read()
    left: Waits = {}
    while keys := [key for key in open_changes(run.store.lock, memory, only) if key not in left]:
        for key in keys:
            change = approved_of(key, run.store.lock)
            if change is not None and not is_known(memory, key, change):
                yield ev.ChangeStarted(key.address, change.action, key.deposed)
        memory = looked_after(memory, keys, run.store.lock, run.clock.now())
        memory, waits = yield from _rounds(run, memory, keys)
        left |= waits
    for wait in left.values():
        yield from filter(is_heard_of, wait.events)
    return memory, left


def _rounds(run: Run, memory: Memory, keys: Sequence[Key]) -> Generator[ev.Event, None, tuple[Memory, Waits]]:
    """Ask and perform until nothing is to be performed any more. What waits is asked again when others went on."""
    waits: Waits = {}
    asked: Sequence[Key] = keys
    while True:
        turn = _asked(run, memory, asked)
        yield from turn.happened
        memory, stops = turn.memory, list(turn.stops)
        waits = _still_waiting(waits, asked, turn)
        if turn.effects and not stops:
            memory, waits, stops = yield from _carried(run, turn, waits)
        if stops or not turn.effects:
            break
        asked = list(waits)
    if stops:
        for wait in waits.values():
            yield from filter(is_heard_of, wait.events)
        raise ReconcilerError(stops[0], exit_code=STILL_RUNNING)
    return memory, {key: waits[key] for key in keys if key in waits}


def _carried(run: Run, turn: _Turn, waits: Waits) -> Generator[ev.Event, None, tuple[Memory, Waits, list[Diagnostic]]]:
    """Perform what was decided, and what is decided by the answers, until a round has nothing more."""
    memory, effects, stops = turn.memory, turn.effects, list(turn.stops)
    late: list[Reply] = []

    def still(effect: Effect[Any], those: tuple[Key, ...]) -> Effect[Any] | None:
        return _still(run, memory, effect, those)

    try:
        while effects and not stops:
            later: dict[Effect[object], tuple[Key, ...]] = {}
            for replies in performed(run, effects, memory.intents, stops, still, late):
                memory = with_answers(memory, replies, run.facts(memory))
                asked = list(dict.fromkeys(key for reply in replies for key in reply.keys))
                turn = _asked(run, memory, asked)
                yield from turn.happened
                memory = turn.memory
                stops += turn.stops
                waits = _still_waiting(waits, asked, turn)
                for effect, keys in turn.effects.items():
                    later[effect] = (*later.get(effect, ()), *keys)
            effects = later
    except BaseException:
        _record_late(run, memory, late)
        raise
    return memory, waits, stops


def _still(run: Run, memory: Memory, effect: Effect[Any], keys: tuple[Key, ...]) -> Effect[Any] | None:
    """The effect as it is decided by the lock and the memory of now, where it still is what its changes need."""
    if not run.store.is_as_read():
        run.store.read()
    facts = run.facts(memory)
    (first, *others) = [step_of(key, facts, memory) for key in keys]
    return first if isinstance(first, Effect) and all(step == effect for step in (first, *others)) else None


def _record_late(run: Run, memory: Memory, late: Sequence[Reply]) -> None:
    """What was in flight when the run ended: nobody hears of it any more, and the next run need not look for it."""
    if not late:
        return
    memory = with_answers(memory, late, run.facts(memory))
    with suppress(Exception):  # what ended the run must not be hidden
        _asked(run, memory, [key for reply in late for key in reply.keys])


def _still_waiting(waits: Waits, asked: Sequence[Key], turn: _Turn) -> Waits:
    """One that waits for the same as before has been heard already."""
    again = set(asked)
    same = {k for k, wait in turn.waits.items() if k in waits and waits[k].queued == wait.queued}
    kept = {k: w for k, w in waits.items() if k not in again or k in same}
    return kept | {k: w for k, w in turn.waits.items() if k not in same}


def _asked(run: Run, memory: Memory, keys: Sequence[Key]) -> _Turn:
    """What these changes need. Where something is to be recorded the lock is held, and they are asked there anew."""
    memory = looked_after(memory, keys, run.store.lock, run.clock.now())
    facts = run.facts(memory)
    steps = {key: step_of(key, facts, memory) for key in keys}
    if not any(to_record(step) for step in steps.values()):
        return _turn(memory, steps)
    with run.store.hold():
        return _recorded(run, memory, keys)


def _recorded(run: Run, memory: Memory, keys: Sequence[Key]) -> _Turn:
    """Under the hold: ask a change and record what it says, until it says nothing new; then the next."""
    happened: list[ev.Event] = []
    steps: dict[Key, Step] = {}
    memory = looked_after(memory, keys, run.store.lock, run.clock.now())
    facts = run.facts(memory)
    for key in keys:
        step: Step = Save(())
        for _ in range(_FACTS):
            if not isinstance(step, Save):
                break
            step = step_of(key, facts, memory)
            events = to_record(step)
            for event in events:
                before = facts.entry(key.address)
                run.store.record(event)
                memory = with_event(memory, key, event, before)
                facts = facts.after(key.address, run.store.lock, memory.quotas)
            if not (isinstance(step, Save) and step.quiet):
                happened += filter(is_heard_of, events)
            if isinstance(step, Wait):
                step = replace(step, events=tuple(e for e in step.events if e not in events))
        if isinstance(step, Save):
            raise RuntimeError(f"{key} never stops to record")  # noqa: TRY004 - it is no type that is wrong
        steps[key] = step
    turn = _turn(memory, steps)
    return replace(turn, happened=(*happened, *turn.happened))


def _turn(memory: Memory, steps: Mapping[Key, Step]) -> _Turn:
    """Sort the steps by what is to be done about them."""
    effects: dict[Effect[object], tuple[Key, ...]] = {}
    happened: list[ev.Event] = []
    stops: list[Diagnostic] = []
    for key, step in steps.items():
        if isinstance(step, Effect):
            effects[step] = (*effects.get(step, ()), key)
        elif isinstance(step, Fail) and step.left:
            happened += filter(is_heard_of, step.events)
            memory = given_up(memory, key)
        elif isinstance(step, Stop):
            stops.append(step.diagnostic)
    waits = {key: step for key, step in steps.items() if isinstance(step, Wait)}
    return _Turn(memory, tuple(happened), effects, waits, tuple(stops))
