"""What an approved change needs next, as a table: a state of the lock and of what was seen, and the step that follows.

Each row reads as a sentence: "approved ..., the lock has ..., seen was ...: then ...".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from msgspec import to_builtins

from reconciler.core import events as ev
from reconciler.core.answers import Created, Disposal
from reconciler.core.carry import effects as fx
from reconciler.core.carry.facts import RunFacts, Traits
from reconciler.core.carry.next_effect import next_effect
from reconciler.core.carry.seen import OfChange, Seen, Spent
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.faults import Fault
from reconciler.core.gate_spec import Bound, GateSpec
from reconciler.core.judgement import Judged
from reconciler.core.lock import (
    Approved,
    CheckpointRecord,
    Entry,
    EvaluationRecord,
    Measured,
    Milestone,
    Phase,
    Role,
    ServedCheckpoint,
    Training,
)
from reconciler.core.markers import owner_key
from reconciler.core.model import Action, Carrier, Checkpoint, Declared, Lifecycle, LiveTraining, Promote, Status
from reconciler.core.settings import Limits
from tests.fakes.specs import a_gemini_spec, a_live_training, a_lock, a_spec, a_training, an_entry, markers, submitted

NOW = 1_790_000_000.0
SPEC = a_spec()
CHILD = a_spec("child", parent="router")
NUMBERS = a_gemini_spec("router")
VERTEX = Traits(limits_concurrency=True, create_is_safe_to_repeat=False, longest_create_s=100.0, keeps_job_records=True)
GEMINI = Traits(
    limits_concurrency=False,
    create_is_safe_to_repeat=True,
    longest_create_s=100.0,
    keeps_job_records=False,
    has_inline_examples=True,
)
GATE = GateSpec(metrics={"eval_total_loss": Bound(max=0.5)})
AWAY = fx.Trouble(Fault.TRANSIENT, run_diagnostic("RUN006", "It is away."))
FORBIDDEN = fx.Trouble(Fault.AUTH, run_diagnostic("RUN007", "It may not be asked."))
ENDED = fx.Trouble(Fault.AUTH, run_diagnostic("RUN008", "The credentials have ended."), ends_run=True)
REFUSED = fx.Trouble(Fault.REJECTED, run_diagnostic("RUN009", "It is refused."))
LOST = fx.Trouble(Fault.TRANSIENT, run_diagnostic("RUN006", "The answer was lost."), may_have_worked=True)


SENT = fx.Create(SPEC.address, "1", submitted(SPEC), markers(SPEC), 0.0)
"""Effects are equal by what they are about."""


TOLD = {"ended": frozenset("1")}
"""Its end is recorded by this run."""


def at(seconds: float) -> str:
    """A time of the lock's, so long before now."""
    return datetime.fromtimestamp(NOW - seconds, UTC).isoformat().replace("+00:00", "Z")


def approved(action: Action, spec: Declared = SPEC, **more: Any) -> Approved:
    """A change of attempt 1 unless said otherwise."""
    trains = {"submission": submitted(spec)} if action.trains else {}
    return Approved(**{"action": action, "attempt": "1", "at": at(60), **trains, **more})


def intended(seconds: float = 0.0, spec: Declared = SPEC) -> Training:
    """A create that was announced so long ago."""
    times = {"intended": at(seconds)}
    return a_training(spec, role=Role.CANDIDATE, phase=Phase.INTENDED, job="", state="", times=times)


def running(spec: Declared = SPEC, **more: Any) -> Training:
    return a_training(spec, role=Role.CANDIDATE, **more)


def ended_well() -> Training:
    """Trained, recorded as that, and not serving yet."""
    return a_training(SPEC, role=Role.CANDIDATE, phase=Phase.APPLIED, times={"ended": at(9), "DATA_SEEN": at(9)})


def live(status: Status = Status.READY, spec: Declared = SPEC, attempt: str = "1", **more: Any) -> LiveTraining:
    return a_live_training(spec, attempt, status=status, **more)


def polled(training: LiveTraining | None, attempt: str = "1", turn: int = 0) -> dict[Any, Any]:
    return {fx.Poll(SPEC.address, attempt, running(), turn): fx.Polled(training)}


def shown(*trainings: LiveTraining, began_s: float = NOW, intents: int = 9, spec: Declared = SPEC) -> dict[Any, Any]:
    """A list of the spec's place."""
    by_owner = {owner_key(t.markers): (t,) for t in trainings}
    look = fx.Look(spec.address.backend, spec.project, spec.location)
    return {look: fx.Shown(began_s, intents, by_owner)}


def step(
    change: Approved,
    *trainings: Training,
    spec: Declared = SPEC,
    seen: Mapping[Any, Any] | None = None,
    memory: Mapping[str, Any] | None = None,
    others: Mapping[str, Entry] | None = None,
    facts: Mapping[str, Any] | None = None,
    entry: Mapping[str, Any] | None = None,
) -> fx.Step:
    """The next step of a change whose entry has these trainings."""
    numbered = {str(number): t for number, t in enumerate(trainings, start=1)}
    own = an_entry(spec, **{"trainings": numbered, "approved": (change,), **(entry or {})})
    lock = a_lock({str(spec.address): own, **(others or {})})
    known = RunFacts(
        lock,
        "acme",
        {"vertex": VERTEX, "gemini": GEMINI},
        **{"limits": Limits(concurrent_jobs=1), "strangers": {spec.project: ()}, "now": NOW, **(facts or {})},
    )
    answers = {k: v for k, v in (seen or {}).items() if not isinstance(v, fx.Trouble)}
    troubles = {k: v for k, v in (seen or {}).items() if isinstance(v, fx.Trouble)}
    mine = own.trainings.get(change.attempt)
    intent = (change.attempt, mine.at(Milestone.INTENDED) if mine else "")
    of_change = OfChange(**{"began_s": NOW - 60, "intent": intent, **(memory or {})})
    return next_effect(spec.address, own, change, Seen(of_change, answers, troubles), known, NOW)


def words(found: fx.Step) -> str:  # noqa: PLR0911 - one a kind of step
    """The step as the table says it."""
    match found:
        case fx.Save(events=events):
            return "save " + " ".join(type(e).__name__ for e in events)
        case fx.Wait(queued=queued) if queued:
            return queued
        case fx.Wait(events=events):
            return " ".join(["wait", *(type(e).__name__ for e in events)])
        case fx.Done(events=events):
            (*_, last) = events
            return f"done {last.outcome}".strip() if isinstance(last, ev.ChangeDone) else "?"
        case fx.Fail(events=events, left=left):
            (*before, last) = events
            code = last.diagnostic.code if isinstance(last, ev.ChangeFailed) else "?"
            return " ".join(["fail", code, *(type(e).__name__ for e in before), *(["and is left"] if left else [])])
        case fx.Stop(diagnostic=diagnostic):
            return f"stop {diagnostic.code}"
        case _:
            return f"{type(found).__name__.lower()} {getattr(found, 'attempt', '')}".strip()


CREATE, REPLACE = approved(Action.CREATE), approved(Action.REPLACE, attempt="2", cancels=("1",))
AWAIT, UPDATE = approved(Action.AWAIT), approved(Action.UPDATE, in_place={"tunedModelDisplayName": "router"})
DELETE = approved(Action.DELETE, disposes=("1",), attempt="", removes_entry=True)
CANCEL = approved(Action.CANCEL, cancels=("1",), attempt="")

BEFORE_THE_CREATE = {
    "what was not begun is announced before anything is sent": (step(CREATE), "save Intended"),
    "nobody has looked who holds the places: they are counted first": (
        step(CREATE, facts={"strangers": {}}),
        "count",
    ),
    "a stranger holds the only place": (
        step(CREATE, facts={"strangers": {SPEC.project: (live(Status.IN_PROGRESS),)}}),
        "queued: waits for a place (limits.concurrentJobs is 1; held by "
        "projects/acme-ml/locations/us-central1/tuningJobs/router-1 since 2026-09-01 00:00 UTC)",
    ),
    "another address of this lock holds the only place": (
        step(CREATE, others={"vertex/other": an_entry(a_spec("other"), running(a_spec("other")))}),
        "queued: waits for a place (limits.concurrentJobs is 1; held by vertex/other)",
    ),
    "a create that was announced so long ago that no list can lag any more takes no place": (
        step(CREATE, others={"vertex/other": an_entry(a_spec("other"), intended(9999, a_spec("other")))}),
        "save Intended",
    ),
    "the service has said that its quota is spent, until a time that is to come": (
        step(CREATE, facts={"quotas": {SPEC.project: Spent(1, NOW + 9)}}),
        "queued: waits for the service's quota",
    ),
    "its parent is still to be trained": (
        step(
            approved(Action.CREATE, CHILD),
            spec=CHILD,
            others={"vertex/router": an_entry(SPEC, running(), approved=(AWAIT,))},
        ),
        "queued: waits for vertex/router to be trained",
    ),
    "its parent has no model and nothing will make one": (
        step(approved(Action.CREATE, CHILD), spec=CHILD, others={"vertex/router": an_entry(SPEC, running())}),
        "fail RUN003",
    ),
    "the Gemini API's inline examples are not at hand": (
        step(approved(Action.CREATE, NUMBERS), spec=NUMBERS),
        "fail RUN008",
    ),
    "they are at hand": (
        step(
            approved(Action.CREATE, NUMBERS),
            spec=NUMBERS,
            facts={"examples": {NUMBERS.address: submitted(NUMBERS).data[0].sha256}},
        ),
        "save Intended",
    ),
    "nothing was approved to be sent": (
        step(approved(Action.CREATE, submission=None)),
        "done nothing was approved to be sent",
    ),
    "a look of this tick failed, and its intent is taken back already": (
        step(CREATE, memory={"trouble": AWAY, "silent": 1}),
        "wait Noted",
    ),
    "it failed in the tick before as well, which people have heard": (
        step(CREATE, memory={"trouble": AWAY, "silent": 2}),
        "wait",
    ),
    "a look of its place failed in this tick for another change: it could not look either": (
        step(CREATE, memory={"silent": 1}, seen={fx.Look("vertex", SPEC.project, SPEC.location): AWAY}),
        "wait Noted",
    ),
    "the service has asked for a pause that is not over": (
        step(AWAIT, running(), memory={"not_before": NOW + 1}),
        "wait",
    ),
}

THE_CREATE = {
    "an intent is durable: one list says whether its job is there": (
        step(CREATE, intended(), memory={"announced": 1}),
        "look",
    ),
    "the list was begun before the intent was durable: it proves nothing": (
        step(CREATE, intended(), memory={"announced": 2}, seen=shown(intents=1)),
        "look",
    ),
    "the list shows nothing of it, and nothing was sent before": (
        step(CREATE, intended(), memory={"announced": 1}, seen=shown()),
        "create 1",
    ),
    "the list shows its job, which another lock made": (
        step(CREATE, intended(), memory={"announced": 1}, seen=shown(live(Status.IN_PROGRESS))),
        "save Submitted",
    ),
    "the list shows a job that has ended well: what is left of it is looked up": (
        step(CREATE, intended(), memory={"announced": 1}, seen=shown(live())),
        "settle",
    ),
    "an earlier run announced it, and its create may have been sent: lists may lag": (
        step(CREATE, intended(300), seen=shown()),
        "wait Waiting",
    ),
    "it was announced so long ago that a list would show it: it goes out, announced anew": (
        step(CREATE, intended(9999), seen=shown()),
        "save Intended",
    ),
    "the same while another process is in the middle of a request": (
        step(CREATE, intended(9999), seen=shown(), facts={"in_flight": True}),
        "wait Waiting",
    ),
    "it was announced anew, and is fresh": (step(CREATE, intended(1), memory={"is_clear": True}), "create 1"),
    "its turn came too late, and nothing was sent": (
        step(
            CREATE,
            intended(1),
            memory={"is_clear": True},
            seen={SENT: fx.NotSent()},
        ),
        "save Intended",
    ),
    "the service has made it": (
        step(CREATE, intended(), seen={SENT: Created("jobs/1", "P")}),
        "save Submitted",
    ),
    "the service has refused it": (
        step(CREATE, intended(), seen={SENT: REFUSED}),
        "save IntentWithdrawn",
    ),
    "once that intent is out of the lock, the change has failed": (
        step(CREATE, memory={"trouble": REFUSED, "of_create": True}),
        "fail RUN009",
    ),
    "nobody knows whether it worked: the intent stays, and it is looked up": (
        step(CREATE, intended(), seen={SENT: LOST}),
        "wait Noted",
    ),
    "it never left this machine, and is tried again": (
        step(CREATE, memory={"trouble": AWAY, "of_create": True, "tries": 1}),
        "queued: waits for the service to answer",
    ),
    "it never left this machine for the third time": (
        step(CREATE, memory={"trouble": AWAY, "of_create": True, "tries": 3}),
        "fail RUN006",
    ),
    "the credentials have ended: the run does": (
        step(CREATE, memory={"trouble": ENDED, "of_create": True}),
        "stop RUN008",
    ),
    "a look fails for an intent of this run, of which nothing was sent": (
        step(CREATE, intended(), memory={"announced": 1}, seen={fx.Look("vertex", SPEC.project, SPEC.location): AWAY}),
        "save IntentWithdrawn",
    ),
    "a look fails for an intent that may have been sent: it stays": (
        step(CREATE, intended(300), memory={"silent": 1}, seen={fx.Look("vertex", SPEC.project, SPEC.location): AWAY}),
        "wait Noted",
    ),
    "a create of the Gemini API that may have been sent is asked for by its id": (
        step(approved(Action.CREATE, NUMBERS), intended(5, NUMBERS), spec=NUMBERS, seen=shown(spec=NUMBERS)),
        "find 1",
    ),
    "its job was made a moment ago: nobody looks at it in the same tick": (
        step(CREATE, running(), memory={"is_new": True}),
        "wait",
    ),
}

WHILE_IT_TRAINS = {
    "a training is looked at": (step(AWAIT, running()), "poll 1"),
    "it goes on": (step(AWAIT, running(), seen=polled(live(Status.IN_PROGRESS))), "wait Waiting"),
    "it does not answer": (
        step(AWAIT, running(), memory={"silent": 1}, seen={fx.Poll(SPEC.address, "1", running()): AWAY}),
        "wait Noted",
    ),
    "nobody may look at it: it goes on all the same, and the next run finishes it": (
        step(AWAIT, running(), seen={fx.Poll(SPEC.address, "1", running()): FORBIDDEN}),
        "fail RUN007 and is left",
    ),
    "the credentials end": (step(AWAIT, running(), seen={fx.Poll(SPEC.address, "1", running()): ENDED}), "stop RUN008"),
    "it failed": (step(AWAIT, running(), seen=polled(live(Status.FAILED))), "fail RUN001 TrainingEnded"),
    "somebody cancelled it": (step(AWAIT, running(), seen=polled(live(Status.CANCELLED))), "fail RUN002 TrainingEnded"),
    "it has read its data: the object is looked at again": (
        step(AWAIT, running(), seen=polled(live(Status.IN_PROGRESS, has_read_data=True))),
        "identify",
    ),
    "it ended well": (
        step(AWAIT, running(times={"DATA_SEEN": at(9)}), seen=polled(live())),
        "save TrainingEnded",
    ),
    "the training is not there any more": (step(AWAIT), "done nothing is left to wait for"),
}


def _gated(**more: Any) -> Approved:
    return approved(Action.AWAIT, gate=to_builtins(GATE), **more)


def _judged(refused: str) -> dict[Any, Any]:
    return polled(live()) | {fx.Judge(SPEC.address, "1", running(), GATE): Judged(refused)}


def _serving(**more: Any) -> Training:
    return a_training(SPEC, times={"ended": at(9), "served": at(5), "DATA_SEEN": at(9)}, **more)


TWO = ServedCheckpoint(wanted="2", checkpoint_id="2")
SECOND = CheckpointRecord(checkpoint_id="2", epoch=2, step=20, endpoint="e2")
WITH_TWO = live(checkpoints=(Checkpoint("2", 2, 20, "e2"),))
GONE = replace(WITH_TWO, endpoints_gone=("e2",))


KEPT = Measured(checkpoints={"2": {"eval_total_loss": 0.4}})


def _two(**more: Any) -> Training:
    return _serving(checkpoints=(SECOND,), **more)


def _as_two(found: LiveTraining) -> dict[Any, Any]:
    return polled(WITH_TWO) | polled(found, turn=2)


ANOTHER_CHECKPOINT = {
    "it is looked at as it would serve": (
        step(approved(Action.UPDATE, checkpoint="2"), _two(), seen=polled(WITH_TWO)),
        "poll 1",
    ),
    "the best one is chosen by what the lock has of its curves": (
        step(approved(Action.UPDATE, checkpoint="best eval_total_loss"), _two(measured=KEPT), seen=_as_two(WITH_TWO)),
        "save CheckpointChosen",
    ),
    "the best one is chosen by the service's own evaluation": (
        step(
            approved(Action.UPDATE, checkpoint="best evaluation/exact"),
            _two(evaluations=(EvaluationRecord(checkpoint_id="2", scores={"exact": 0.7}),)),
            seen=_as_two(WITH_TWO),
        ),
        "save CheckpointChosen",
    ),
    "no curve has the scores of an evaluation that there was not": (
        step(approved(Action.UPDATE, checkpoint="best evaluation/exact"), _two(measured=KEPT), seen=polled(WITH_TWO)),
        "fail RUN041",
    ),
    "the curves are read where the lock has nothing of that metric": (
        step(approved(Action.UPDATE, checkpoint="best train_total_loss"), _two(measured=KEPT), seen=polled(WITH_TWO)),
        "readcurves 1",
    ),
    "its endpoint is there": (
        step(approved(Action.UPDATE, checkpoint="2"), _two(), seen=_as_two(WITH_TWO)),
        "save CheckpointChosen",
    ),
    "its endpoint is not there: the one that answers now goes on": (
        step(approved(Action.UPDATE, checkpoint="2"), _two(), seen=_as_two(GONE)),
        "fail RUN041",
    ),
    "back to the last one": (
        step(approved(Action.UPDATE, checkpoint="last"), _two(checkpoint=TWO, endpoint="e2"), seen=polled(GONE)),
        "save CheckpointChosen",
    ),
    "back to the last one, whose endpoint is not there": (
        step(
            approved(Action.UPDATE, checkpoint="last"),
            _two(checkpoint=TWO, endpoint="e2"),
            seen=polled(live(endpoint_exists=False)),
        ),
        "fail RUN041",
    ),
    "a successor whose checkpoint lost its endpoint does not serve": (
        step(
            approved(Action.AWAIT, checkpoint="2"),
            msgspec.structs.replace(ended_well(), checkpoints=(SECOND,), checkpoint=TWO, endpoint="e2"),
            memory=TOLD,
            seen=polled(GONE),
        ),
        "fail RUN007",
    ),
    "a successor serves at its checkpoint, whatever became of the endpoint of the last one": (
        step(
            approved(Action.AWAIT, checkpoint="2"),
            msgspec.structs.replace(ended_well(), checkpoints=(SECOND,), checkpoint=TWO, endpoint="e2"),
            memory=TOLD,
            seen=polled(replace(WITH_TWO, endpoint_exists=False)),
        ),
        "save Served",
    ),
}


def _aliased(number: str, *changed: str) -> dict[Any, Any]:
    return {fx.Alias(SPEC.address, number, running(), "", ()): changed}


def _with_alias(action: Action, alias: str, **more: Any) -> fx.Step:
    """The second training serves, the first one did before it."""
    first = _serving(role=Role.DEPOSED)
    change = approved(action, attempt="2", alias=alias, in_place=dict(an_entry(SPEC).in_place))
    memory = {"is_patched": True, **more.pop("memory", {})}
    return step(change, first, _serving(), memory=memory, entry={"alias": "production"}, **more)


POLLED_SECOND = polled(live(attempt="2"), attempt="2")
ITS_ALIAS = {
    "what serves gets it first": (
        _with_alias(Action.UPDATE, "production", seen=POLLED_SECOND),
        "alias 2",
    ),
    "then it is taken from the others": (
        _with_alias(Action.UPDATE, "production", seen=POLLED_SECOND | _aliased("2", "m2@1")),
        "alias 1",
    ),
    "that is recorded": (
        _with_alias(Action.UPDATE, "production", seen=POLLED_SECOND | _aliased("2", "m2@1") | _aliased("1")),
        "save AliasMoved",
    ),
    "where it was so already there is nothing to record": (
        _with_alias(Action.UPDATE, "production", seen=POLLED_SECOND | _aliased("2") | _aliased("1")),
        "done",
    ),
    "another name is recorded even where it was so already": (
        _with_alias(Action.UPDATE, "live", seen=POLLED_SECOND | _aliased("2") | _aliased("1")),
        "save AliasMoved",
    ),
    "a spec without one has it taken": (_with_alias(Action.UPDATE, "", seen=POLLED_SECOND), "alias 2"),
    "once that is recorded it is done": (
        _with_alias(Action.UPDATE, "production", seen=POLLED_SECOND, memory={"is_aliased": True}),
        "done",
    ),
    "what was rolled back to gets it when it serves": (
        _with_alias(Action.RESTORE, "production", seen=POLLED_SECOND),
        "alias 2",
    ),
    "a service that does not answer is asked again": (
        _with_alias(
            Action.UPDATE,
            "production",
            seen=POLLED_SECOND | {fx.Alias(SPEC.address, "2", running(), "", ()): AWAY},
        ),
        "wait Noted",
    ),
}
BEFORE_IT_SERVES = {
    "an earlier run has recorded that: this one says it again": (
        step(AWAIT, ended_well(), seen=polled(live())),
        "save TrainingEnded",
    ),
    "without a gate it serves": (
        step(AWAIT, ended_well(), memory=TOLD, seen=polled(live())),
        "save Served",
    ),
    "its model is not there": (
        step(AWAIT, ended_well(), memory=TOLD, seen=polled(live(model_exists=False))),
        "fail RUN007",
    ),
    "its endpoint is not there": (
        step(AWAIT, ended_well(), memory=TOLD, seen=polled(live(endpoint_exists=False))),
        "fail RUN007",
    ),
    "its gate is asked": (step(_gated(), ended_well(), memory=TOLD, seen=polled(live())), "judge 1"),
    "its gate lets it": (step(_gated(), ended_well(), memory=TOLD, seen=_judged("")), "save Served"),
    "its gate refuses it": (
        step(_gated(), ended_well(), memory=TOLD, seen=_judged("worse")),
        "fail RUN004 GateRefused",
    ),
    "it serves and carries everything": (
        step(AWAIT, _serving(), seen=polled(live())),
        f"done {live().endpoint}",
    ),
    "it serves and was edited while it trained": (
        step(approved(Action.AWAIT, in_place={"tunedModelDisplayName": "new"}), _serving(), seen=polled(live())),
        "patch 1",
    ),
    "it is patched": (
        step(
            approved(Action.AWAIT, in_place={"tunedModelDisplayName": "new"}),
            _serving(),
            seen=polled(live()) | {fx.Patch(SPEC.address, "1", running(), live(), {}): ("models/1",)},
        ),
        "save Updated",
    ),
    "its patch was carried out and not answered: that is recorded, without another one": (
        step(
            approved(Action.AWAIT, in_place={"tunedModelDisplayName": "new"}),
            _serving(),
            seen=polled(live(carriers=(Carrier("models/1", {"tunedModelDisplayName": "new"}),))),
        ),
        "save Updated",
    ),
    "that is recorded": (
        step(
            approved(Action.AWAIT, in_place={"tunedModelDisplayName": "new"}),
            _serving(),
            memory={"is_patched": True},
            seen=polled(live()),
        ),
        f"done {live().endpoint}",
    ),
    "an update of what serves is patched at once": (
        step(approved(Action.UPDATE, in_place={"tunedModelDisplayName": "new"}), _serving(), seen=polled(live())),
        "patch 1",
    ),
    "an update that changes the lock alone is recorded without a request": (
        step(approved(Action.UPDATE, in_place=dict(an_entry(SPEC).in_place)), _serving(), seen=polled(live())),
        "save Updated",
    ),
    "there is nothing left to update": (step(UPDATE), "done nothing is left to update"),
    "a deposed model is restored": (
        step(approved(Action.RESTORE), _serving(role=Role.DEPOSED), seen=polled(live())),
        "save Served",
    ),
    "there is nothing left to restore": (step(approved(Action.RESTORE)), "done nothing is left to restore"),
}


def _in_place(**more: Any) -> Training:
    """What the service deploys at the endpoint of the model that serves, as attempt 1."""
    submission = msgspec.structs.replace(submitted(SPEC), rebases="jobs/0", same_endpoint=True)
    times = {"ended": at(9), "DATA_SEEN": at(9)}
    return msgspec.structs.replace(running(times=times, **more), submission=submission)


_MANUAL = {"lifecycle": Lifecycle(promote=Promote.MANUAL)}
SERVED_BEFORE = a_training(SPEC, "0")

AT_THE_SAME_ENDPOINT = {
    "it serves already: no gate is asked": (
        step(_gated(), _in_place(phase=Phase.APPLIED), memory=TOLD, seen=polled(live())),
        "save Served",
    ),
    "it serves already: nobody has to promote it": (
        step(AWAIT, _in_place(phase=Phase.APPLIED), memory=TOLD, seen=polled(live()), entry=_MANUAL),
        "save Served",
    ),
    "it ended well in spite of a cancel: it serves": (
        step(CANCEL, _in_place(), SERVED_BEFORE, seen=polled(live())),
        "save TrainingEnded Served",
    ),
    "it ended well before its successor began: it serves": (
        step(
            approved(Action.REPLACE, attempt="3", cancels=("1",), gate={}),
            _in_place(),
            SERVED_BEFORE,
            seen=polled(live()),
        ),
        "save TrainingEnded Served",
    ),
    "and the cancel says so": (
        step(CANCEL, _serving()),
        "done attempt 1 succeeded while it was cancelled: it serves, at the endpoint that it was made for",
    ),
    "it failed, and nothing was replaced": (
        step(CANCEL, _in_place(), SERVED_BEFORE, seen=polled(live(Status.FAILED))),
        "save TrainingEnded",
    ),
}


def _asked_to_end(seen: Mapping[Any, Any], **more: Any) -> fx.Step:
    return step(CANCEL, running(**more), seen={**seen, fx.Cancel(SPEC.address, "1", running()): True})


ENDINGS = {
    "what is to be cancelled is looked at first": (step(CANCEL, running()), "poll 1"),
    "it runs: the service is asked to end it": (
        step(CANCEL, running(), seen=polled(live(Status.IN_PROGRESS))),
        "cancel 1",
    ),
    "it was asked: that is recorded": (_asked_to_end(polled(live(Status.IN_PROGRESS))), "save CancelRequested"),
    "and then it is looked at once more": (
        _asked_to_end(polled(live(Status.IN_PROGRESS)), cancel_requested=at(0)),
        "poll 1",
    ),
    "it is ending": (
        _asked_to_end(polled(live(Status.IN_PROGRESS), turn=1), cancel_requested=at(0)),
        "wait Waiting",
    ),
    "it has ended": (step(CANCEL, running(), seen=polled(live(Status.CANCELLED))), "save TrainingEnded"),
    "it has ended well, and what is cancelled does not begin to serve": (
        step(CANCEL, running(), seen=polled(live())),
        "save TrainingEnded",
    ),
    "it ended well all the same": (
        step(CANCEL, a_training(SPEC, role=Role.DEPOSED)),
        "done attempt 1 succeeded while it was cancelled: its model is deposed, not lost",
    ),
    "it ended well and what it made is gone: its end is recorded": (
        step(CANCEL, running(), seen=polled(live(model_exists=False))),
        "save TrainingEnded",
    ),
    "and that is all that there is to record": (
        step(CANCEL, ended_well(), memory=TOLD, seen=polled(live(model_exists=False))),
        "done",
    ),
    "the service knows it no more": (step(CANCEL, running(), seen=polled(None)), "save Disposed"),
    "nothing of it is left": (step(CANCEL), "done"),
    "a create without an answer has to be found before it can be cancelled": (step(CANCEL, intended(300)), "look"),
    "lists may lag": (step(CANCEL, intended(300), seen=shown()), "wait Waiting"),
    "it is certain that nothing came of it": (step(CANCEL, intended(9999), seen=shown()), "save IntentWithdrawn"),
    "what is outdated is ended before its successor begins": (step(REPLACE, running()), "poll 1"),
    "a replacement begins once that has ended": (
        step(approved(Action.REPLACE, attempt="2", cancels=("1",)), a_training(SPEC, role=Role.FAILED)),
        "save Intended",
    ),
    "what is replaced while it runs serves if it ends well and nothing serves": (
        step(REPLACE, running(), seen=polled(live())),
        "save TrainingEnded Served",
    ),
    "a model is deleted": (step(DELETE, _serving()), "dispose 1"),
    "its deletion goes on": (
        step(DELETE, _serving(), seen={fx.Dispose(SPEC.address, "1", running()): Disposal((), "an operation")}),
        "wait Waiting",
    ),
    "nothing of it is left any more": (
        step(DELETE, _serving(), seen={fx.Dispose(SPEC.address, "1", running()): Disposal((("m", "deleted"),))}),
        "save ResourceGone Disposed",
    ),
    "and then the change is done": (step(DELETE, _serving(), memory={"disposed": frozenset("1")}), "done"),
    "where nobody sees what others do, a deletion is marked before it begins": (
        step(DELETE, _serving(), facts={"marks_changes": True}),
        "save ChangeBegun",
    ),
    "the mark is taken off while nothing is asked": (
        step(
            approved(Action.DELETE, disposes=("1",), attempt="", begun=at(1)),
            _serving(),
            facts={"marks_changes": True},
            seen={fx.Dispose(SPEC.address, "1", running()): Disposal((), "an operation")},
        ),
        "wait Waiting ChangeBegun",
    ),
    "a deposed model that serves again by now is not deleted": (
        step(approved(Action.DELETE, disposes=("1",), attempt="", deposed=True), _serving()),
        "done",
    ),
    "to forget asks nobody": (step(approved(Action.FORGET, attempt=""), _serving()), "done"),
}

TABLES = {
    **BEFORE_THE_CREATE,
    **THE_CREATE,
    **WHILE_IT_TRAINS,
    **ANOTHER_CHECKPOINT,
    **ITS_ALIAS,
    **BEFORE_IT_SERVES,
    **AT_THE_SAME_ENDPOINT,
    **ENDINGS,
}


@pytest.mark.parametrize("sentence", TABLES)
def test_next(sentence: str) -> None:
    found, expected = TABLES[sentence]

    assert words(found) == expected


def test_no_effect_that_changes_the_cloud_is_decided_without_an_approved_change_of_its_kind() -> None:
    decided = {type(found) for found, _ in TABLES.values() if isinstance(found, fx.Effect) and found.changes_cloud}

    assert decided == {fx.Create, fx.Patch, fx.Alias, fx.Cancel, fx.Dispose}


def test_what_served_at_the_endpoint_before_is_deposed_when_the_new_model_does() -> None:
    found = step(CANCEL, _in_place(), SERVED_BEFORE, seen=polled(live()))

    assert isinstance(found, fx.Save)
    (_, served) = found.events
    assert isinstance(served, ev.Served)
    assert (served.attempt, served.deposed) == ("1", "2")
