"""How what a run knows beyond the lock follows from answers, from recorded facts, and from the end of a tick. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from msgspec import structs

from reconciler.core import events as ev
from reconciler.core.carry.effects import Count, Create, Effect, Jobs, Stale, Trouble
from reconciler.core.carry.facts import RunFacts
from reconciler.core.carry.seen import Key, Memory, OfChange, Spent
from reconciler.core.faults import Fault
from reconciler.core.lock import Approved, Entry
from reconciler.core.model import Address
from reconciler.core.places import quota_wait_s


@dataclass(frozen=True, slots=True)
class Reply:
    """An effect that was performed, for which changes, and what came of it."""

    effect: Effect[Any]
    keys: tuple[Key, ...]
    answer: object


def taken_up(memory: Memory, changes: Mapping[Key, Approved], now: float) -> Memory:
    """Changes that this run begins to look after: also another one in the place of one that it has looked after."""
    new = {
        key: _of_another(memory.changes.get(key), approved, now)
        for key, approved in changes.items()
        if not is_known(memory, key, approved)
    }
    return replace(memory, changes={**memory.changes, **new}) if new else memory


def is_known(memory: Memory, key: Key, approved: Approved) -> bool:
    """Whether this run looks after this very change."""
    known = memory.changes.get(key)
    return known is not None and known.approved == _as_identity(approved)


def _as_identity(approved: Approved) -> Approved:
    """A mark comes and goes, more may become due to be disposed of, and it is the same change."""
    return structs.replace(approved, begun="", disposes=()) if approved.begun or approved.disposes else approved


def _of_another(known: OfChange | None, approved: Approved, now: float) -> OfChange:
    """An intent is the entry's, and stays this run's; a service that asked for a pause did not ask the change."""
    fresh = OfChange(began_s=now, approved=_as_identity(approved))
    if known is None:
        return fresh
    return replace(
        fresh,
        announced=known.announced,
        intent=known.intent,
        over_s=known.over_s,
        is_clear=known.is_clear,
        not_before=known.not_before,
    )


def with_answers(memory: Memory, answered: Iterable[Reply], facts: RunFacts) -> Memory:
    """What came of effects, for the rest of this tick and for what lasts longer. `facts` are those of now."""
    for one in answered:
        if isinstance(one.answer, Stale):
            continue
        if isinstance(one.answer, Trouble):
            memory = _with_trouble(memory, one, one.answer, facts.now)
        else:
            memory = replace(memory, answers={**memory.answers, one.effect: one.answer})
        if isinstance(one.effect, Create):
            memory = _after_create(memory, one, facts.now)
        if isinstance(one.effect, Count) and isinstance(one.answer, Jobs):
            memory = _counted(memory, one.effect, one.answer, facts)
    return memory


def _with_trouble(memory: Memory, one: Reply, trouble: Trouble, now: float) -> Memory:
    hit = {key: _troubled(memory.changes[key], one.effect, trouble, now) for key in one.keys}
    return replace(memory, changes={**memory.changes, **hit}, troubles={**memory.troubles, one.effect: trouble})


def with_event(memory: Memory, key: Key, event: ev.Fact, before: Entry) -> Memory:  # noqa: PLR0911 - one an event
    """What is recorded now, as far as the lock alone does not show it. `before` is the entry without it."""
    known = memory.changes[key]
    match event:
        case ev.Intended() if event.attempt in before.trainings:
            answers = {e: a for e, a in memory.answers.items() if not _is_create(e, event)}
            known = known.of_intent(event.attempt, before.trainings[event.attempt])
            known = replace(known, is_clear=True, intent=(event.attempt, event.at))
            return _with(replace(memory, answers=answers), key, known)
        case ev.Intended():
            intents = memory.intents + 1
            known = replace(known, announced=intents, intent=(event.attempt, event.at), is_clear=False, over_s=None)
            return _with(replace(memory, intents=intents), key, known)
        case ev.Submitted() if not event.found:
            quotas = {project: replace(spent, refusals=0) for project, spent in memory.quotas.items()}
            return _with(replace(memory, quotas=quotas), key, _sent(known, is_new=True))
        case ev.IntentWithdrawn() | ev.Submitted():
            return _with(memory, key, _sent(known, is_new=isinstance(event, ev.Submitted)))
        case ev.Disposed():
            return _with(memory, key, replace(known, disposed=known.disposed | {event.attempt}))
        case ev.TrainingEnded():
            return _with(memory, key, replace(known, ended=known.ended | {event.attempt}))
        case ev.Served():
            return _with(memory, key, replace(known, served=known.served | {event.attempt}))
        case ev.Updated():
            return _with(memory, key, replace(known, is_patched=True))
        case ev.AliasMoved():
            return _with(memory, key, replace(known, is_aliased=True))
        case _:
            return memory


def given_up(memory: Memory, key: Key) -> Memory:
    """A change that stays approved and is not looked at again in this run."""
    return _with(memory, key, replace(memory.changes[key], is_given_up=True))


def next_tick(memory: Memory, now: float, *, looks_for_places: bool) -> Memory:
    """Answers are old after a wait; `now` is before it.

    Who holds the places is looked at again where everything waits for one.
    """
    changes = {
        key: replace(
            known,
            silent=known.silent if _is_silent(known, now) else 0,
            trouble=None,
            of_create=False,
            is_new=False,
        )
        for key, known in memory.changes.items()
    }
    strangers: Mapping[str, Any] = {} if looks_for_places else memory.strangers
    return replace(memory, changes=changes, answers={}, troubles={}, strangers=strangers)


def given_up_addresses(memory: Memory) -> frozenset[Address]:
    """Whose own change nobody looks at any more in this run."""
    return frozenset(key.address for key, known in memory.changes.items() if known.is_given_up and not key.deposed)


def _is_silent(known: OfChange, now: float) -> bool:
    """It did not answer; or nobody asked, because it has said when it may be asked again."""
    return known.not_before > now or (known.trouble is not None and not known.of_create)


def _with(memory: Memory, key: Key, known: OfChange) -> Memory:
    return replace(memory, changes={**memory.changes, key: known})


def _sent(known: OfChange, *, is_new: bool) -> OfChange:
    """Nothing of an intent is left to be remembered."""
    return replace(known, announced=0, is_clear=False, over_s=None, is_new=is_new)


def _troubled(known: OfChange, effect: Effect[Any], trouble: Trouble, now: float) -> OfChange:
    is_create = isinstance(effect, Create)
    is_first = known.trouble is None
    not_before = known.not_before
    if trouble.retry_after_s and not (is_create and trouble.fault is Fault.QUOTA):
        not_before = now + trouble.retry_after_s
    return replace(
        known,
        trouble=trouble,
        of_create=is_create,
        silent=known.silent + (is_first and not is_create),
        not_before=not_before,
    )


def _after_create(memory: Memory, one: Reply, now: float) -> Memory:
    """It was sent: its intent is nobody's secret any more. Of one that may have worked, it is known when it ended."""
    (key,) = one.keys
    known = memory.changes[key]
    trouble = one.answer
    if not isinstance(trouble, Trouble):
        return memory
    if trouble.may_have_worked:
        return _with(memory, key, replace(known, announced=0, is_clear=False, over_s=now))
    if trouble.fault is Fault.QUOTA:
        assert isinstance(one.effect, Create)
        return _spent(memory, one.effect.submission.project, trouble, now)
    if trouble.fault is Fault.AUTH:
        return memory
    return _with(memory, key, replace(known, tries=known.tries + 1))


def _spent(memory: Memory, project: str, trouble: Trouble, now: float) -> Memory:
    """Asked less and less often; who has places is looked at again then."""
    before = memory.quotas.get(project, Spent())
    strangers = memory.strangers.get(project, before.strangers)
    refusals = before.refusals + 1
    spent = Spent(refusals, now + quota_wait_s(trouble.retry_after_s, refusals), strangers)
    left = {p: found for p, found in memory.strangers.items() if p != project}
    return replace(memory, quotas={**memory.quotas, project: spent}, strangers=left)


def _counted(memory: Memory, count: Count, jobs: Jobs, facts: RunFacts) -> Memory:
    """Who has places besides this lock. A create of ours whose answer was lost has one, and may be among the others."""
    over = memory.over | {job.resource_name for job in jobs.found if job.status.is_terminal}
    others = [j for j in jobs.found if not j.status.is_terminal and j.resource_name not in facts.jobs]
    number = max(0, len(others) - facts.unanswered(count.project))
    strangers = tuple(others[-number:]) if number else ()
    return replace(memory, over=over, strangers={**memory.strangers, count.project: strangers})


def _is_create(effect: Effect[Any], event: ev.Intended) -> bool:
    return isinstance(effect, Create) and (effect.address, effect.attempt) == (event.address, event.attempt)
