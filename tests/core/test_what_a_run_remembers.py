"""What a run knows beyond the lock follows from answers and facts; each change has its own."""

from __future__ import annotations

import pytest

from reconciler.core.carry import effects as fx
from reconciler.core.carry.facts import RunFacts
from reconciler.core.carry.remember import Reply, next_tick, taken_up, with_answers, with_event
from reconciler.core.carry.seen import Key, Memory
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.events import Intended, IntentWithdrawn, Submitted
from reconciler.core.faults import Fault
from reconciler.core.lock import Approved, Entry
from reconciler.core.model import Action, Markers
from tests.fakes.specs import a_lock, a_spec, a_training, submitted

NOW = 1_790_000_000.0
ONE, TWO = Key(a_spec("one").address), Key(a_spec("two").address)
FACTS = RunFacts(a_lock(), "acme", {}, now=NOW)


def _create(key: Key) -> fx.Create:
    return fx.Create(key.address, "1", submitted(a_spec()), Markers(), NOW)


def _trouble(fault: Fault = Fault.TRANSIENT, **more: object) -> fx.Trouble:
    return fx.Trouble(fault, run_diagnostic("RUN006", "It is away."), **more)  # type: ignore[arg-type]


def _known() -> Memory:
    return taken_up(Memory(), dict.fromkeys((ONE, TWO), Approved(action=Action.CREATE)), NOW)


@pytest.mark.parametrize("fault", [Fault.REJECTED, Fault.TRANSIENT, Fault.QUOTA, Fault.AUTH])
def test_answers_that_come_together_are_all_remembered(fault: Fault) -> None:
    """The first create's own figures were written over what had been noted of the second."""
    replies = [Reply(_create(key), (key,), _trouble(fault)) for key in (ONE, TWO)]

    together = with_answers(_known(), replies, FACTS)
    apart = with_answers(with_answers(_known(), replies[:1], FACTS), replies[1:], FACTS)

    assert together == apart
    assert all(together.changes[key].trouble is not None for key in (ONE, TWO))


def test_a_shared_look_that_fails_is_trouble_for_all_who_asked() -> None:
    reply = Reply(fx.Look("vertex", "acme-ml", "us-central1"), (ONE, TWO), _trouble())

    changes = with_answers(_known(), [reply], FACTS).changes

    assert [(c.silent, c.trouble is not None) for c in changes.values()] == [(1, True), (1, True)]


def test_silence_is_counted_by_the_tick_and_ends_with_an_answer() -> None:
    memory = _known()
    poll = fx.Poll(ONE.address, "1", a_training(a_spec()))
    for number in range(3):
        memory = next_tick(with_answers(memory, [Reply(poll, (ONE,), _trouble())], FACTS), NOW, looks_for_places=False)
        assert memory.changes[ONE].silent == number + 1

    answered = with_answers(memory, [Reply(poll, (ONE,), fx.Polled(None))], FACTS)

    assert next_tick(answered, NOW, looks_for_places=False).changes[ONE].silent == 0
    assert memory.changes[TWO].silent == 0


def test_a_pause_that_was_asked_for_is_no_answer_and_no_silence_more() -> None:
    poll = fx.Poll(ONE.address, "1", a_training(a_spec()))
    memory = with_answers(_known(), [Reply(poll, (ONE,), _trouble(retry_after_s=30.0))], FACTS)

    later = next_tick(next_tick(memory, NOW, looks_for_places=False), NOW + 5, looks_for_places=False)

    assert (later.changes[ONE].silent, later.changes[ONE].not_before) == (1, NOW + 30)
    assert next_tick(later, NOW + 31, looks_for_places=False).changes[ONE].silent == 0


def test_a_create_that_may_have_worked_is_nobodys_secret_and_its_end_is_known() -> None:
    memory = with_event(_known(), ONE, Intended(ONE.address, "1", submitted(a_spec()), ""), Entry())
    assert memory.changes[ONE].announced == 1

    memory = with_answers(memory, [Reply(_create(ONE), (ONE,), _trouble(may_have_worked=True))], FACTS)

    assert (memory.changes[ONE].announced, memory.changes[ONE].over_s) == (0, NOW)


def test_an_intent_that_is_announced_anew_is_clear_to_be_sent_and_no_new_one() -> None:
    entry = Entry(trainings={"1": a_training(a_spec())})
    memory = with_event(_known(), ONE, Intended(ONE.address, "1", submitted(a_spec()), ""), entry)

    assert (memory.changes[ONE].is_clear, memory.changes[ONE].announced, memory.intents) == (True, 0, 0)


@pytest.mark.parametrize("over", [IntentWithdrawn(ONE.address, "1"), Submitted(ONE.address, "1", "jobs/1", "", "", "")])
def test_nothing_is_left_of_an_intent_that_is_over(over: IntentWithdrawn | Submitted) -> None:
    memory = with_event(_known(), ONE, Intended(ONE.address, "1", submitted(a_spec()), ""), Entry())

    after = with_event(memory, ONE, over, Entry()).changes[ONE]

    assert (after.announced, after.is_clear, after.over_s) == (0, False, None)


def test_what_was_not_performed_is_no_answer() -> None:
    memory = with_answers(_known(), [Reply(_create(ONE), (ONE,), fx.Stale())], FACTS)

    assert memory == _known()


def test_who_holds_the_places_is_looked_at_again_where_everything_waits_for_one() -> None:
    count = fx.Count("vertex", "acme-ml", ("us-central1",), ())
    memory = with_answers(_known(), [Reply(count, (ONE,), fx.Jobs(()))], FACTS)

    assert next_tick(memory, NOW, looks_for_places=False).strangers == {"acme-ml": ()}
    assert next_tick(memory, NOW, looks_for_places=True).strangers == {}
