"""Two runs on one lock, and one that is stopped, killed or not read in the middle: nothing is lost, twice or untold."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.apply import WaitOptions, loop
from reconciler.backends.base import BackendError, StoredObject
from reconciler.core import events as ev
from reconciler.core.carry import effects as fx
from reconciler.core.carry.facts import RunFacts, Traits
from reconciler.core.carry.next_effect import next_effect
from reconciler.core.carry.seen import Key, Memory, OfChange, Seen
from reconciler.core.lock import Approved, Role
from reconciler.core.model import Action, Address, Desired
from reconciler.files.lock_json import decode_lock
from reconciler.files.lockfile import LockFile
from reconciler.workflow.apply import apply_changes
from reconciler.workflow.garbage import FoundGarbage, delete_uploads
from reconciler.workflow.planning import Planned
from reconciler.workflow.world import World
from tests.fakes.clock import rfc3339
from tests.fakes.cloud import SUCCEEDED, fault
from tests.fakes.crash import Effects, MortalStore
from tests.fakes.specs import a_file, a_gemini_spec, a_lock, a_spec, a_training, an_entry, pairs_as_text
from tests.fakes.stage import NO_WAIT, Stage, run_to_its_end
from tests.races.bucket import Bucket, SharedStage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, [a_spec()])


def _beside(stage: Stage) -> Stage:
    other = Stage(stage.folder, list(stage.specs))
    other.clock, other.cloud, other.limits = stage.clock, stage.cloud, stage.limits
    return other


def _until(events: Iterator[ev.Event], kind: type[ev.Event]) -> list[ev.Event]:
    seen: list[ev.Event] = []
    for event in events:
        seen.append(event)
        if isinstance(event, kind):
            break
    return seen


def _started(stage: Stage, world: World, wait: WaitOptions = NO_WAIT) -> Iterator[ev.Event]:
    return apply_changes(world, lambda: stage.planned(world), wait)


# Decisions of a batch are made from one lock, and performed after another one was read


def test_a_disposal_that_was_taken_back_is_not_carried_out_by_a_run_that_decided_before(stage: Stage) -> None:
    specs = [a_spec("a"), a_spec("b"), a_spec("c")]
    stage.specs = list(specs)
    assert stage.apply().error is None
    stage.specs = []
    events = _started(stage, stage.world(), WaitOptions())
    _until(events, ev.ChangeDone)
    other = _beside(stage)
    other.specs = [a_spec("b"), a_spec("c")]
    assert other.apply(NO_WAIT).error is None
    assert [stage.cloud.has_model(stage.cloud.job_of(n)) for n in "bc"] == [True, True]

    run_to_its_end(events)

    assert [stage.cloud.has_model(stage.cloud.job_of(n)) for n in "bc"] == [True, True]


def test_a_create_that_was_cancelled_while_another_one_was_recorded_is_not_sent(stage: Stage) -> None:
    """The hold reads the lock anew, and so every effect that was decided before looks as if decided after."""
    stage.specs = [a_spec("a"), a_spec("b"), a_spec("c")]
    events = _started(stage, stage.world())
    _until(events, ev.Submitted)
    other = _beside(stage)
    for name in "bc":
        other.forget(f"vertex/{name}")

    run_to_its_end(events)

    assert [stage.cloud.jobs_named(n) for n in "abc"] == [1, 0, 0]


# What a run remembers of an intent is about that intent


class _Sleeps(LockFile):
    """A process that is stopped before the look at the lock that comes before its first create."""

    meanwhile: Callable[[], object] | None = None

    def is_as_read(self) -> bool:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        return super().is_as_read()


def test_a_run_that_slept_before_its_create_does_not_take_the_newer_intent_of_another_for_its_own(
    stage: Stage,
) -> None:
    other = _beside(stage)
    store = _Sleeps(stage.path, stage.clock)

    def meanwhile() -> None:
        stage.clock.time += 10_000.0
        stage.cloud.fail("create", "lost")
        other.wait(NO_WAIT)

    store.meanwhile = meanwhile
    world = replace(stage.world(), store=store)

    outcome = run_to_its_end(_started(stage, world))

    assert outcome.error is None
    assert (stage.cloud.jobs_made, stage.cloud.twice) == (1, [])


def test_when_a_create_of_this_run_was_over_says_nothing_of_a_newer_one_of_another_run(stage: Stage) -> None:
    """Both look for the job of the first; one of them is stopped, and goes on when the other has sent a second."""
    other = _beside(stage)
    stage.cloud.list_lag_s = 500.0
    stage.cloud.fail("create", "unanswered")

    def meanwhile() -> None:
        stage.clock.time += 10_000.0
        stage.cloud.fail("create", "lost")
        other.wait(NO_WAIT)

    stage.clock.meanwhile.append(meanwhile)

    outcome = stage.apply(WaitOptions(timeout_s=11_000.0))

    assert outcome.error is None
    assert (stage.cloud.jobs_made, stage.cloud.twice) == (1, [])


# What a run remembers of a change is about that change


def test_an_update_that_is_approved_after_one_of_the_same_run_is_carried_out_and_not_only_closed(
    stage: Stage,
) -> None:
    stage.apply()
    stage.specs = [a_spec(display="one"), a_spec("long")]
    other = _beside(stage)
    other.specs = [a_spec(display="two"), a_spec("long")]

    def approved_and_killed() -> None:
        events = other.applying()
        _until(events, ev.ChangeStarted)
        del events

    stage.clock.meanwhile.append(approved_and_killed)

    outcome = stage.apply()

    assert outcome.error is None
    job = stage.cloud.job_of("router")
    assert {f.get("displayName", f.get("tunedModelDisplayName")) for f in job.resources.values()} == {"two"}


# A look that failed


def test_a_list_that_failed_for_one_change_does_not_break_another_that_comes_to_need_it(stage: Stage) -> None:
    stage.cloud.fail("create", "unanswered")
    stage.apply(NO_WAIT)
    stage.specs = [a_spec(), a_spec("second")]
    stage.cloud.fail("find", "unavailable")

    outcome = stage.apply(NO_WAIT)

    assert outcome.error is None
    assert stage.cloud.jobs_named("second") <= 1


def test_a_list_that_failed_for_one_tuned_model_does_not_break_another(stage: Stage) -> None:
    stage.specs = [a_gemini_spec("first"), a_gemini_spec("second")]
    stage.cloud.fail("find", "unavailable")

    outcome = stage.apply(NO_WAIT)

    assert outcome.error is None


# The stream of events


def test_a_plan_that_is_made_again_after_its_uploads_tells_of_each_change_once(stage: Stage) -> None:
    stage.specs = [a_spec(data=a_file())]
    other = _beside(stage)
    other.specs = [a_spec(data=a_file()), a_spec("second")]
    world, between = stage.world(), iter([1])
    other.is_complete = False

    def derive() -> Planned:
        planned = stage.planned(world, targets=["vertex/router"])
        for _ in between:
            other.specs = [a_spec("second")]
            other.apply(NO_WAIT)
        return planned

    outcome = run_to_its_end(apply_changes(world, derive, NO_WAIT))

    assert outcome.error is None
    assert [e.address for e in outcome.events if isinstance(e, ev.ChangeStarted)] == [Address.parse("vertex/router")]
    assert len(outcome.of(ev.Uploaded)) == 1


# What is sent is what was approved


def test_examples_of_a_change_that_another_run_approved_meanwhile_are_not_those_of_this_run(stage: Stage) -> None:
    stage.specs = [a_gemini_spec("numbers"), a_spec("long")]
    other = _beside(stage)
    new = (("5", "6"), ("7", "8"))
    other.specs = [a_gemini_spec("numbers", pairs=new), a_spec("long")]
    stage.cloud.end_next("long", replace(SUCCEEDED))

    def approved_and_killed() -> None:
        _until(other.applying(), ev.ChangeStarted)

    stage.clock.meanwhile.append(lambda: setattr(stage.clock, "time", stage.clock.time + 5.0))
    stage.clock.meanwhile.append(approved_and_killed)

    stage.apply()

    learnt = {stage.cloud.read[j.name] for j in stage.cloud.jobs.values() if j.markers.attempt == "2"}
    assert learnt <= {pairs_as_text(new)}


# Where nobody sees the other machine


def test_a_mark_that_a_killed_run_left_is_waited_for_as_long_as_it_counts(tmp_path: Path) -> None:
    bucket = Bucket()
    stage = SharedStage.on(bucket, tmp_path, a_spec())
    stage.apply()
    spec, stage.specs = stage.specs, []
    stage.is_complete = True
    world = stage.world(_Dies())
    assert run_to_its_end(apply_changes(world, lambda: stage.planned(world), WaitOptions())).killed
    stage.specs = spec

    outcome = stage.apply()

    assert outcome.codes == []


class _Dies(Effects):
    """A run that is killed when it is about to delete."""

    def boundary(self, label: str) -> None:
        if label == "before dispose":
            self.is_dead = True
        Effects.boundary(self, label)


# Ctrl-C comes between two effects: what is in flight then is recorded


def test_creates_in_flight_when_the_reader_goes_away_are_recorded_with_their_answers(stage: Stage) -> None:
    stage.specs = [a_spec("a"), a_spec("b")]
    world = replace(stage.world(), parallelism=2)
    vertex = world.backends["vertex"]
    create = vertex.create

    class _Slow:
        def __getattr__(self, name: str) -> object:
            return getattr(vertex, name)

        def create(self, submission: object, markers: object, examples: object) -> object:
            if markers.name == "b":  # type: ignore[attr-defined]
                time.sleep(0.2)
            return create(submission, markers, examples)  # type: ignore[arg-type]

    world = replace(world, backends={**world.backends, "vertex": _Slow()})  # type: ignore[dict-item]
    events = _started(stage, world)
    _until(events, ev.Submitted)

    events.close()  # type: ignore[attr-defined]
    time.sleep(0.4)

    assert [stage.cloud.jobs_named(n) for n in "ab"] == [1, 1]
    jobs = [t.job for n in "ab" for t in stage.entry(f"vertex/{n}").trainings.values()]
    assert all(jobs)


# What it costs


@pytest.mark.parametrize("number", [2000])
def test_what_waits_is_asked_again_in_time_that_grows_with_its_number(number: int) -> None:
    def took_s(count: int) -> float:
        keys = [Key(Address("vertex", f"m{n}")) for n in range(count)]
        waits = {key: fx.Wait() for key in keys}
        began = time.process_time()
        loop._still_waiting(waits, list(keys), loop._Turn(Memory(), waits=waits))
        return time.process_time() - began

    assert took_s(number) < 20 * max(took_s(number // 8), 0.002)


def test_a_disposal_that_lasts_longer_than_its_mark_is_marked_anew(stage: Stage) -> None:
    """One mark for a change, however many models it disposes of one after the other."""
    spec = a_spec()
    training = a_training(spec, role=Role.DEPOSED)
    begun = rfc3339(stage.clock.now() - 590.0)
    approved = Approved(action=Action.DELETE, disposes=("1",), deposed=True, begun=begun, at=begun)
    entry = an_entry(spec, training, approved=(approved,))
    lock = a_lock([(spec, entry)])
    traits = Traits(True, False, 60.0, True)
    facts = RunFacts(lock, "acme", {"vertex": traits}, marks_changes=True, now=stage.clock.now())
    seen = Seen(OfChange(0.0))

    step = next_effect(spec.address, entry, approved, seen, facts, stage.clock.now())

    assert isinstance(step, fx.Save), step


# Uploads


def test_an_upload_that_is_deleted_between_its_look_and_the_approval_is_not_what_a_create_names(stage: Stage) -> None:
    """It was there, so that nothing was uploaded; a gc that read the lock before the approval took it away."""
    stage.specs = [a_spec(data=a_file())]
    world = stage.world()
    (record,) = (r for c in stage.planned(world).plan.changes if c.submission for r in c.submission.data if r.sent_uri)
    stage.cloud.objects[record.sent_uri] = a_file().identity
    stored = StoredObject(record.sent_uri, 10, rfc3339(stage.clock.now() - 1e6), "1")
    swept = FoundGarbage((), (stored,), replace(_beside(stage).planned(), desired=Desired({})))
    events = _started(stage, world)
    _until(events, ev.Uploaded)

    list(delete_uploads(_beside(stage).world(), lambda: swept, swept))
    run_to_its_end(events)

    assert set(stage.cloud.read.values()) == {"rows"}


# A lock in Cloud Storage that does not answer


def test_a_lock_that_cannot_be_asked_before_a_create_loses_no_answer_of_another_create(tmp_path: Path) -> None:
    bucket = Bucket()
    stage = SharedStage.on(bucket, tmp_path, a_spec("a"), a_spec("b"), a_spec("c"))
    stage.cloud.slow["create"] = 20.0
    world = stage.world()

    class _Fails(MortalStore):
        asked = 0

        def is_as_read(self) -> bool:
            self.asked += 1
            if self.asked == 3:
                raise fault("unavailable", "read", "the lock")
            return super().is_as_read()

    store = world.store
    world = replace(world, store=_Fails(store.inner, store.effects), parallelism=2)  # type: ignore[attr-defined]
    with pytest.raises(BackendError):
        list(_started(stage, world))

    lock = decode_lock(bucket.content(), "")[0]
    made = {j.markers.name for j in stage.cloud.jobs.values()}
    known = {a.partition("/")[2] for a, e in lock.entries.items() for t in e.trainings.values() if t.job}
    assert made <= known


def test_what_one_change_has_to_say_is_heard_though_another_one_ends_the_run(stage: Stage) -> None:
    stage.specs = [a_spec("a"), a_spec("b")]
    stage.cloud.fail("create", "lost", "401")

    outcome = stage.apply()

    assert outcome.codes == ["RUN005", "API111"]


def test_a_change_that_is_cancelled_while_its_create_is_answered_keeps_the_name_of_its_job(stage: Stage) -> None:
    """The answer is known: nobody has to look for the job for ten minutes before it can be cancelled."""
    other = _beside(stage)
    world = stage.world()
    vertex = world.backends["vertex"]
    create = vertex.create
    stage.cloud.list_lag_s = 500.0

    class _Meets:
        def __getattr__(self, name: str) -> object:
            return getattr(vertex, name)

        def create(self, *sent: object) -> object:
            made = create(*sent)  # type: ignore[arg-type]
            other.cancel("vertex/router", NO_WAIT)
            return made

    world = replace(world, backends={**world.backends, "vertex": _Meets()})  # type: ignore[dict-item]
    run_to_its_end(_started(stage, world))

    assert stage.entry().trainings["1"].job
    assert stage.cloud.calls("cancel")
