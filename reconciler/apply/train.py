"""Steps that make a training: intent, create, look-up, wait, serve."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.apply.data_seen import check_data
from reconciler.apply.dropped import dropped_diagnostic
from reconciler.apply.look import look_for
from reconciler.apply.places import place
from reconciler.apply.run import INTENT_FRESH_S, Next, Run, Steps, gate_of
from reconciler.backends.base import BackendError
from reconciler.core import compare
from reconciler.core import events as ev
from reconciler.core.carried import ours_on
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.faults import Fault
from reconciler.core.job_errors import INVALID_ARGUMENT, remedy_of_job
from reconciler.core.judgement import Judged, judge_of, recorded, too_many_dropped
from reconciler.core.lock import Approved, Judgement, Phase, Role, Submission, Training
from reconciler.core.lookup import Verdict
from reconciler.core.model import Action, Address, Fields, LiveTraining, Progress, Status
from reconciler.core.places import quota_wait_s, quota_words
from reconciler.core.submission import pinned
from reconciler.core.suggest import suggest

_TRIES = 3
"""How often a create that never left this machine is tried in one run."""


def train(run: Run, address: Address, approved: Approved, action: Action) -> Steps:
    """From nothing to a model that serves, as far as it gets now."""
    training = run.training(address, approved.attempt)
    if training is None:
        return (yield from _begin(run, address, approved, action))
    if training.phase is Phase.INTENDED:
        return (yield from _look_up(run, address, approved, action))
    return (yield from attend(run, address, approved, action))


def attend(run: Run, address: Address, approved: Approved, action: Action) -> Steps:
    """Look at a submitted training once; when it has ended, let it serve or say why not."""
    training = run.training(address, approved.attempt)
    if training is None:
        yield run.record(ev.ChangeDone(address, action, 0.0, "nothing is left to wait for"))
        return Next.DONE
    live = run.backend(address).poll(training)
    yield from check_data(run, address, approved.attempt, training, live)
    if not live.status.is_terminal:
        yield run.record(waiting(run, address, approved.attempt, training, live))
        return Next.WAITING
    if live.status is not Status.READY:
        yield run.record(ev.TrainingEnded(address, approved.attempt, live, run.at()))
        yield run.record(ev.ChangeFailed(address, action, _ended_badly(address, live)))
        return Next.FAILED
    if training.role is Role.CANDIDATE:
        yield run.record(ev.TrainingEnded(address, approved.attempt, live, run.at()))
    if training.phase is not Phase.APPLIED:
        yield from _tell_dropped(run, address, approved.attempt)
    return (yield from serve(run, address, approved, action, live))


def serve(run: Run, address: Address, approved: Approved, action: Action, live: LiveTraining) -> Steps:
    """Gate, let it serve, and patch what was edited while it trained. What is not there cannot serve."""
    if not (live.model_exists and live.endpoint_exists):
        missing = "its endpoint" if live.model_exists else f"its model {live.model}"
        detail = f"{live.resource_name} ended {live.state} and {missing} is not there."
        yield run.record(ev.ChangeFailed(address, action, run_diagnostic("RUN007", detail, address=str(address))))
        return Next.FAILED
    attempt = approved.attempt
    training = run.training(address, attempt)
    judged: Judgement | None = None
    if training is not None and _is_to_be_judged(training):
        code, words, judged = _judged(run, address, training, approved)
        if words:
            yield run.record(ev.GateRefused(address, attempt, words, run.at(), judged))
            yield run.record(ev.ChangeFailed(address, action, run_diagnostic(code, words, address=str(address))))
            return Next.FAILED
    wanted = approved.in_place
    differs = training is not None and wanted is not None and bool(_to_patch(run, address, training, wanted, live))
    old = run.entry(address).serving
    if old is None or old[0] != attempt:
        present = ours_on(run.entry(address), training, live.carriers) if training else {}
        in_place = present if differs or wanted is None else wanted
        deposed = old[0] if old else ""
        yield run.record(ev.Served(address, attempt, live.model, live.endpoint, in_place, run.at(), deposed, judged))
    if differs or (action is Action.RESTORE and approved.submission is not None):
        yield from patch(run, address, approved, live)
    took = _took_s(run, address, action, training)
    yield run.record(ev.ChangeDone(address, action, took, live.endpoint or live.model))
    return Next.DONE


def _is_to_be_judged(training: Training) -> bool:
    """A successor; and what came in as deposed and never served by this lock: a gate may have refused it elsewhere."""
    if training.role is Role.CANDIDATE or training.gate_refused:
        return True
    has_served = bool({"served", "deposed"} & training.times.keys())
    return training.role is Role.DEPOSED and training.judged is None and not has_served


def _took_s(run: Run, address: Address, action: Action, training: Training | None) -> float:
    """Of a training since it was submitted, by whichever run; of anything else since this run took it up."""
    submitted = training.times.get("submitted", "") if training and (action.trains or action is Action.AWAIT) else ""
    return run.since_s(submitted) if submitted else run.elapsed_s(address, deposed=False)


def _judged(run: Run, address: Address, training: Training, approved: Approved) -> tuple[str, str, Judgement | None]:
    """Why a successor must not serve, by code and in words, and by what; empty words let it."""
    gate, most = gate_of(approved.gate), run.limits.max_dropped_percent
    by = judge_of(training, gate, most)
    words = too_many_dropped(training, most)
    if words:
        return "RUN022", words, recorded(Judged(words), by)
    if gate is None:
        return "", "", None
    judged = run.judge(run.backend(address), training, gate)
    return "RUN004", judged.refused, recorded(judged, by)


def _tell_dropped(run: Run, address: Address, attempt: str) -> Iterator[ev.Event]:
    training = run.training(address, attempt)
    told = dropped_diagnostic(address, training, run.files.get(address, "")) if training else None
    if told is not None:
        yield ev.Noted(told)


def patch(run: Run, address: Address, approved: Approved, live: LiveTraining) -> Steps:
    """Make the Model and the Endpoint carry what was approved; nothing is sent where they do."""
    entry = run.entry(address)
    training = entry.trainings[approved.attempt]
    wanted = approved.in_place or {}
    fields = _to_patch(run, address, training, wanted, live)
    patched = run.changing(address).update(training, live, fields) if fields else []
    yield run.record(ev.Updated(address, wanted, entry.lifecycle, tuple(patched), approved.submission))
    return Next.DONE


def _to_patch(run: Run, address: Address, training: Training, wanted: Fields, live: LiveTraining) -> Fields:
    """What of the mutable fields the Model or the Endpoint does not carry yet, or carries still.

    Compared with what this training was sent with or last given, not with what served before it.
    """
    ours = ours_on(run.entry(address), training, live.carriers)
    changes = compare.in_place_changes(wanted, ours, live.carriers, {})
    return compare.patch_of(c for c in changes if c.resource_name)


def waiting(run: Run, address: Address, attempt: str, training: Training, live: LiveTraining) -> ev.Waiting:
    """The event of a training that is not over. Its state is saved only when it changed."""
    began = training.times.get("submitted") or training.times.get("adopted", "")
    changed = run.at() if live.state != training.state else ""
    return ev.Waiting(address, attempt, live.state, live.progress, run.since_s(began), changed)


def _begin(run: Run, address: Address, approved: Approved, action: Action) -> Steps:
    submission = approved.submission
    if submission is None:
        yield run.record(ev.ChangeDone(address, action, 0.0, "nothing was approved to be sent"))
        return Next.DONE
    if submission.parent:
        parent = Address.parse(submission.parent)
        model = run.entry(parent).serving
        if _is_on_its_way(run, parent):
            yield ev.Queued(address, f"{parent} to be trained", run.elapsed_s(address, deposed=False))
            return Next.WAITING
        if model is None:
            detail = f"{parent} has no model to tune further."
            yield run.record(ev.ChangeFailed(address, action, run_diagnostic("RUN003", detail, address=str(address))))
            return Next.FAILED
        submission = pinned(submission, model[1].model)
    wait_for = place(run, address, submission)
    if wait_for:
        yield ev.Queued(address, wait_for, run.elapsed_s(address, deposed=False))
        return Next.WAITING
    if not _has_examples(run, address):
        return (yield from _without_examples(run, address, action))
    yield from announce(run, address, approved.attempt, submission)
    run.intents += 1
    run.unsent[address, approved.attempt] = run.intents
    return Next.ANNOUNCED


def announce(run: Run, address: Address, attempt: str, submission: Submission) -> Iterator[ev.Event]:
    """Durable before anything is sent."""
    yield run.record(ev.Intended(address, attempt, submission, run.at()))


def _has_examples(run: Run, address: Address) -> bool:
    """Those of the Gemini API stand in the specs only."""
    return address.backend != "gemini" or bool(run.examples.get(address))


def _without_examples(run: Run, address: Address, action: Action) -> Steps:
    detail = f"{address} was approved, and its examples are in the specs only."
    yield run.record(ev.ChangeFailed(address, action, run_diagnostic("RUN008", detail, address=str(address))))
    return Next.FAILED


def _is_on_its_way(run: Run, parent: Address) -> bool:
    """Whether the parent's own change in this lock will still make or change its model."""
    trains = {
        Action.CREATE.word,
        Action.REPLACE.word,
        Action.AWAIT.word,
        Action.ADOPT.word,
        Action.RESTORE.word,
    }
    entry = run.entry(parent)
    serving = entry.serving[0] if entry.serving else ""
    return any(
        a.action in trains or (a.action == Action.UPDATE.word and a.attempt not in ("", serving))
        for a in entry.approved
        if not a.deposed
    )


def _send(run: Run, address: Address, approved: Approved, action: Action) -> Steps:
    """One POST. Whatever its answer, the lock already says that it was about to be sent."""
    training = run.entry(address).trainings[approved.attempt]
    if not _has_examples(run, address):
        return (yield from _without_examples(run, address, action))
    if run.since_s(training.times["intended"]) >= INTENT_FRESH_S:
        yield from announce(run, address, approved.attempt, training.submission)
    backend = run.changing(address)
    markers = run.markers(address, training, approved.attempt)
    run.unsent.pop((address, approved.attempt), None)
    try:
        created = backend.create(training.submission, markers, run.examples.get(address, ()))
    except BackendError as exc:
        run.over_s[address, approved.attempt] = run.clock.now()
        return (yield from _not_created(run, address, approved, action, exc))
    run.quota_refusals.clear()
    event = ev.Submitted(address, approved.attempt, created.resource_name, created.operation, created.state, run.at())
    yield run.record(event)
    return Next.WAITING


def _not_created(run: Run, address: Address, approved: Approved, action: Action, exc: BackendError) -> Steps:
    if exc.may_have_worked:
        note = run_diagnostic(
            "RUN005",
            f"{exc.diagnostic.detail} It is looked up before anything is sent again.",
            Severity.WARNING,
            address=str(address),
        )
        yield ev.Noted(note)
        return Next.WAITING
    withdrawn = run.record(ev.IntentWithdrawn(address, approved.attempt))
    if exc.fault is Fault.QUOTA:
        project = approved.submission.project if approved.submission else ""
        run.quota_refusals[project] += 1
        run.not_before[project] = run.clock.now() + quota_wait_s(exc.retry_after_s, run.quota_refusals[project])
        words = quota_words(run.holders(project), (run.strangers or {}).get(project, ()))
        run.quota_words[project], run.strangers = words, None
        yield ev.Queued(address, words, run.elapsed_s(address, deposed=False))
        return Next.WAITING
    yield withdrawn
    if exc.fault is Fault.AUTH:
        raise exc
    run.tries[address] = run.tries.get(address, 0) + 1
    if exc.fault is Fault.TRANSIENT and run.tries[address] < _TRIES:
        yield ev.Queued(address, "the service to answer", run.elapsed_s(address, deposed=False))
        return Next.WAITING
    yield run.record(ev.ChangeFailed(address, action, exc.diagnostic))
    return Next.FAILED


def _look_up(run: Run, address: Address, approved: Approved, action: Action) -> Steps:
    """The job may be there: this create was sent before, or another lock sent it. Find it; else send, if it is safe."""
    try:
        answer = look_for(run, address, approved.attempt)
    except BackendError:
        if run.unsent.pop((address, approved.attempt), None) is not None:
            yield run.record(ev.IntentWithdrawn(address, approved.attempt))
        raise
    if answer.found is not None:
        run.unsent.pop((address, approved.attempt), None)
        yield run.record(found_event(run, address, approved.attempt, answer.found))
        return Next.WAITING
    if answer.verdict is Verdict.SEND:
        return (yield from _send(run, address, approved, action))
    training = run.entry(address).trainings[approved.attempt]
    yield looking(run, address, approved.attempt, training)
    return Next.WAITING


def looking(run: Run, address: Address, attempt: str, training: Training) -> ev.Waiting:
    """The event of a look-up that goes on."""
    detail = f"the answer to its create was lost; looked up for {run.limits.list_lag_s:.0f} s"
    since = run.since_s(training.times.get("intended", ""))
    return ev.Waiting(address, attempt, "LOOKING", Progress(detail=detail), since)


def found_event(run: Run, address: Address, attempt: str, live: LiveTraining) -> ev.Submitted:
    """The event of a job that was found by its markers."""
    return ev.Submitted(address, attempt, live.resource_name, live.operation, live.state, run.at(), found=True)


def _ended_badly(address: Address, live: LiveTraining) -> Diagnostic:
    again = suggest("apply", "--replace", address)
    if live.status is Status.CANCELLED:
        detail = f"{live.resource_name} ended {live.state}."
        return run_diagnostic("RUN002", detail, address=str(address), command=again)
    model = live.model if live.model != live.resource_name else ""
    left = f" It left the model {model}." if model else ""
    detail = f'{live.resource_name} ended {live.state}: "{live.error}" (code {live.error_code}).{left}'
    remedy = remedy_of_job(live.error_code, live.error, left_model=model)
    command = remedy.command or ("" if live.error_code == INVALID_ARGUMENT else again)
    return run_diagnostic("RUN001", detail, address=str(address), fix=remedy.fix, command=command)
