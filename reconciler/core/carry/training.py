"""What makes a training: a place in the quota, an intent, a look, one create, and waiting for its end."""

from __future__ import annotations

from reconciler.core import events as ev
from reconciler.core.answers import Created
from reconciler.core.carry.case import Case
from reconciler.core.carry.copying import brought
from reconciler.core.carry.effects import Count, Create, Fail, Look, NotSent, Save, Step, Stop, Trouble, Wait
from reconciler.core.carry.facts import INTENT_FRESH_S
from reconciler.core.carry.finding import find
from reconciler.core.carry.reports import check_data, ended_badly, note_dropped
from reconciler.core.carry.seen import Spent
from reconciler.core.carry.selecting import is_on_its_way, select
from reconciler.core.carry.serving import serve
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.copying import is_copy
from reconciler.core.diagnostics import Severity
from reconciler.core.faults import Fault
from reconciler.core.lock import Phase, Role, Submission, Training
from reconciler.core.lookup import NotFound
from reconciler.core.model import Address, LiveTraining, Status
from reconciler.core.places import quota_words, waits_for
from reconciler.core.submission import pinned
from reconciler.core.sweeps import is_unresolved

TRIES = 3
"""How often a create that never left this machine is tried in one run."""


def train(case: Case) -> Step:
    """From nothing to a model that serves, as far as it gets now."""
    training = case.training(case.approved.attempt)
    if training is None:
        return _begin(case)
    if training.phase is Phase.INTENDED:
        return _submit(case, training)
    # It has only just begun: nobody learns anything by looking at once.
    return Wait() if case.memory.is_new else attend(case)


def attend(case: Case) -> Step:  # noqa: PLR0911 - one return a stage
    """Look at a submitted training; when it has ended, let it serve or say why not."""
    attempt = case.approved.attempt
    training = case.training(attempt)
    if training is None:
        return case.done("nothing is left to wait for", took_s=0.0)
    live = brought(case, attempt, training) if is_copy(training.submission) else case.poll(attempt, training)
    if isinstance(live, Step):
        return live
    data = check_data(case, attempt, training, live)
    if data is not None:
        return data
    if not live.status.is_terminal:
        return Wait((case.waiting(attempt, training, live),))
    if live.status is not Status.READY:
        ended = ev.TrainingEnded(case.address, attempt, live, case.at)
        return Fail((ended, ev.ChangeFailed(case.address, case.action, ended_badly(case.address, live))))
    if training.role is Role.CANDIDATE and attempt not in case.memory.ended:
        return _ended_well(case, attempt, training, live)
    return serve(case, live)


def _ended_well(case: Case, attempt: str, training: Training, live: LiveTraining) -> Step:
    """Recorded once, with what the service dropped of its data."""
    ended = ev.TrainingEnded(case.address, attempt, live, case.at)
    if training.phase is Phase.APPLIED:
        return Save((ended,))
    notes = note_dropped(case, attempt, training, live)
    return notes if isinstance(notes, Step) else Save((ended, *notes))


# Before anything is sent


def _begin(case: Case) -> Step:  # noqa: PLR0911 - one return for each thing that may be missing
    submission = case.approved.submission
    if submission is None:
        return case.done("nothing was approved to be sent", took_s=0.0)
    after_trouble = _after_trouble(case, submission)
    if after_trouble is not None:
        return after_trouble
    if is_unresolved(submission):
        selected = select(case, submission)
        if isinstance(selected, Step):
            return selected
        submission = selected
    if submission.parent:
        parent = Address.parse(submission.parent)
        model = case.facts.entry(parent).serving
        if is_on_its_way(case, parent):
            return case.queued(f"{parent} to be trained")
        if model is None:
            return case.fails("RUN003", f"{parent} has no model to tune further.")
        submission = pinned(submission, model[1].model)
    no_place = _place(case, submission)
    if no_place is not None:
        return no_place
    if not _has_examples(case, submission):
        return _without_examples(case)
    return Save((ev.Intended(case.address, case.approved.attempt, submission, case.at),))


def _has_examples(case: Case, submission: Submission) -> bool:
    """Inline examples stand in the specs only, and those may be others by now than were approved."""
    if not case.traits.has_inline_examples:
        return True
    approved = submission.data[0].sha256 if submission.data else ""
    at_hand = case.facts.examples.get(case.address)
    return at_hand is not None and at_hand == (approved or at_hand)


def _without_examples(case: Case) -> Step:
    return case.fails("RUN008", f"{case.address} was approved, and its examples are in the specs only.")


def _place(case: Case, submission: Submission) -> Step | None:
    """What a create has to wait for, or None where it may go out.

    The service's quota is one of the whole project: jobs count in every location, whoever made them. Looked at are
    the locations of the lock and of this create, the workspace's own, and those in which base models of the catalogue
    still train.
    """
    if not case.traits.limits_concurrency or is_copy(submission):
        return None
    facts, project = case.facts, submission.project
    spent = facts.quotas.get(project)
    if spent is not None and spent.not_before > case.now:
        return case.queued(quota_words(facts.holders(project), spent.strangers))
    strangers = facts.strangers.get(project)
    if strangers is None:
        return case.ask_or_fail(_count(case, submission))
    limit = facts.limits.concurrent_jobs
    if facts.places_taken(project) + len(strangers) < limit:
        return None
    return case.queued(waits_for(limit, facts.holders(project), strangers))


def _count(case: Case, submission: Submission) -> Count:
    """Of what this lock has under way, this run may carry a part only: what it does not ends all the same."""
    backend, project = case.address.backend, submission.project
    certain = {submission.location, *case.facts.under_way.get((backend, project), ())}
    return Count(backend, project, tuple(sorted(certain)), tuple(sorted(case.facts.locations - certain)))


# The create


def _submit(case: Case, training: Training) -> Step:  # noqa: PLR0911 - one return a stage
    """The job may be there: this create was sent before, or another lock sent it. Find it; else send, if it is safe."""
    attempt = case.approved.attempt
    create = _create(case, training)
    submitted = made_event(case, attempt)
    if submitted is not None:
        return Save((submitted,))
    trouble = case.seen.trouble(create)
    if trouble is not None:
        return _not_created(case, trouble)
    made = case.seen.answer(create)
    if not case.memory.is_clear:
        found = find(case, attempt, training)
        if isinstance(found, Step):
            return _withdrawn(case, found)
        if isinstance(found, LiveTraining):
            return Save((found_event(case, attempt, found),))
        if found is not NotFound.SEND:
            return Wait((case.looking(attempt, training),))
    if not _has_examples(case, training.submission):
        return _without_examples(case)
    if isinstance(made, NotSent) or case.now >= create.fresh_until:
        return Save((ev.Intended(case.address, attempt, training.submission, case.at),))
    return create


def _create(case: Case, training: Training) -> Create:
    attempt = case.approved.attempt
    fresh_until = case.intended_s(training) + INTENT_FRESH_S
    return Create(case.address, attempt, training.submission, case.markers(training, attempt), fresh_until)


def _withdrawn(case: Case, step: Step) -> Step:
    """A look that failed: an intent of this run, of which nothing was sent, is taken back before anything else."""
    failed = isinstance(step, Fail | Wait | Stop) and bool(case.memory.announced)
    return Save((ev.IntentWithdrawn(case.address, case.approved.attempt),)) if failed else step


def _not_created(case: Case, trouble: Trouble) -> Step:
    """Whatever became of it, the lock says that it was about to be sent."""
    if trouble.may_have_worked:
        detail = f"{trouble.diagnostic.detail} It is looked up before anything is sent again."
        return Wait((ev.Noted(run_diagnostic("RUN005", detail, Severity.WARNING, address=str(case.address))),))
    is_quiet = trouble.fault is Fault.QUOTA
    return Save((ev.IntentWithdrawn(case.address, case.approved.attempt),), quiet=is_quiet)


def _after_trouble(case: Case, submission: Submission) -> Step | None:
    """With a look or a create of this tick, whose intent is out of the lock by now; None where there was none.

    A look may have failed for another change: in this tick nothing is announced that it could not look for.
    """
    look = case.seen.trouble(Look(case.address.backend, submission.project, submission.location))
    trouble = case.memory.trouble or look
    if trouble is None:
        return None
    if not case.memory.of_create or trouble.fault is Fault.AUTH:
        return case.failed(trouble)
    if trouble.fault is Fault.QUOTA:
        spent = case.facts.quotas.get(submission.project, Spent())
        return case.queued(quota_words(case.facts.holders(submission.project), spent.strangers))
    if trouble.fault is Fault.TRANSIENT and case.memory.tries < TRIES:
        return case.queued("the service to answer")
    return case.failed_for_good(trouble)


def made_event(case: Case, attempt: str) -> ev.Submitted | None:
    """The answer to a create of this tick, whatever is approved by now."""
    training = case.training(attempt)
    if training is None or training.job:
        return None
    made = case.seen.answer(Create(case.address, attempt, training.submission, case.markers(training, attempt), 0.0))
    if not isinstance(made, Created):
        return None
    return ev.Submitted(case.address, attempt, made.resource_name, made.operation, made.state, case.at)


def found_event(case: Case, attempt: str, live: LiveTraining) -> ev.Submitted:
    """A job that was found by its markers."""
    return ev.Submitted(case.address, attempt, live.resource_name, live.operation, live.state, case.at, found=True)
