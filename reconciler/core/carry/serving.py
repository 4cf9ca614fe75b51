"""What lets a trained model serve: it is there, its gate lets it, and it carries what was edited while it trained."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from reconciler.core import compare
from reconciler.core import events as ev
from reconciler.core.advance import as_declared
from reconciler.core.carried import ours_on
from reconciler.core.carry.alias import move_alias
from reconciler.core.carry.case import Case
from reconciler.core.carry.checkpoint import choose
from reconciler.core.carry.effects import Fail, Judge, Patch, Save, Step, Wait
from reconciler.core.carry.holding import answers_at, hold, waits
from reconciler.core.checkpoints import is_answering
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.evidence.conclusion import Conclusion
from reconciler.core.gate_spec import GateSpec
from reconciler.core.judgement import Judged, StillJudging, judge_of, recorded, too_many_dropped
from reconciler.core.lock import Judgement, Milestone, Role, Training
from reconciler.core.model import Action, Fields, LiveTraining, Progress
from reconciler.core.pins import is_by_hand
from reconciler.core.plurals import counted


def serve(case: Case, live: LiveTraining) -> Step:
    """Gate, let it serve, and patch what was edited while it trained. What is not there cannot serve."""
    if not live.model_exists:
        return _is_not_there(case, live, f"its model {live.model}")
    attempt = case.approved.attempt
    training = case.training(attempt)
    assert training is not None
    serving = case.entry.serving
    chosen = choose(case, training, live)
    if chosen is not None:
        return chosen
    if not is_answering(training, live):
        return _is_not_there(case, live, "its endpoint")
    if serving is None or serving[0] != attempt:
        return _judged_first(case, training, live)
    patched = patch(case, training, live) if _wants_patch(case, training, live) else None
    return (
        patched
        or move_alias(case, training)
        or case.done(answers_at(training, live) or live.model, took_s=_took_s(case, training))
    )


def _is_not_there(case: Case, live: LiveTraining, missing: str) -> Step:
    return case.fails("RUN007", f"{live.resource_name} ended {live.state} and {missing} is not there.")


def _judged_first(case: Case, training: Training, live: LiveTraining) -> Step:
    """Its gate, then a person where it waits for one. What the service put in its endpoint itself serves already."""
    if training.submission.same_endpoint:
        return _let_serve(case, training, live, None)
    judged = _judged(case, training) if _asks_gate(case, training) else None
    if isinstance(judged, Step):
        return judged
    return hold(case, training, live, judged) if waits(case) else _let_serve(case, training, live, judged)


def _let_serve(case: Case, training: Training, live: LiveTraining, judged: Judgement | None) -> Step:
    """In place of what serves now. What it does not carry yet is patched after that."""
    wanted, serving = case.approved.in_place, case.entry.serving
    is_whole = wanted is not None and not to_patch(case, training, wanted, live)
    in_place = wanted if wanted is not None and is_whole else ours_on(case.entry, training, live.carriers)
    deposed = serving[0] if serving else ""
    attempt, pin, by_whom = case.approved.attempt, case.approved.pin, case.approved.promotion
    made = (live.model, answers_at(training, live))
    return Save((ev.Served(case.address, attempt, *made, in_place, case.at, deposed, judged, pin, by_whom),))


def _asks_gate(case: Case, training: Training) -> bool:
    """A person who chooses an attempt has judged it; what waits is judged once."""
    if is_by_hand(case.approved):
        return False
    if training.role is Role.PENDING:
        by = judge_of(training, gate_of(case.approved.gate), case.facts.limits.max_dropped_percent)
        return training.judged is not None and training.judged.by not in ("", by)
    return _is_to_be_judged(training)


def _is_to_be_judged(training: Training) -> bool:
    """A successor; and what came in as deposed and never served by this lock: a gate may have refused it elsewhere."""
    if training.role is Role.CANDIDATE or training.gate_refused:
        return True
    has_served = bool({Milestone.SERVED, Milestone.DEPOSED} & training.times.keys())
    return training.role is Role.DEPOSED and training.judged is None and not has_served


def _judged(case: Case, training: Training) -> Judgement | Step | None:
    """By what it was judged and let serve; or the question, or the refusal."""
    gate, most = gate_of(case.approved.gate), case.facts.limits.max_dropped_percent
    by = judge_of(training, gate, most)
    words = too_many_dropped(training, most)
    if words:
        dropped = Judged(words, conclusion=Conclusion.FAILED)
        return _refused(case, "RUN022", words, recorded(dropped, by, training.judged))
    if gate is None:
        return None
    serving = case.entry.serving
    judged = case.ask(Judge(case.address, case.approved.attempt, training, gate, serving[1] if serving else None))
    if isinstance(judged, Step):
        return judged
    if isinstance(judged, StillJudging):
        return Wait((_judging(case, judged),))
    if judged.refused:
        code = "RUN061" if judged.conclusion is Conclusion.INCONCLUSIVE else "RUN004"
        return _refused(case, code, judged.refused, recorded(judged, by, training.judged))
    return recorded(judged, by, training.judged)


def _judging(case: Case, judged: StillJudging) -> ev.Waiting:
    """How far the questions are. The next look goes on where this one ended: what was answered is kept."""
    progress = Progress(
        100.0 * judged.known / max(1, judged.wanted), detail=f"{judged.known} of {counted(judged.wanted, 'answer')}"
    )
    return ev.Waiting(case.address, case.approved.attempt, "JUDGING", progress, case.elapsed_s)


def _refused(case: Case, code: str, words: str, judged: Judgement) -> Step:
    refused = ev.GateRefused(case.address, case.approved.attempt, words, case.at, judged)
    diagnostic = run_diagnostic(code, words, address=str(case.address))
    undecided = judged.conclusion == Conclusion.INCONCLUSIVE.value
    return Fail((refused, ev.ChangeFailed(case.address, case.action, diagnostic, undecided=undecided)))


def _wants_patch(case: Case, training: Training, live: LiveTraining) -> bool:
    """Something was edited while it trained; or a restored one is recorded as it is declared now."""
    wanted = case.approved.in_place
    differs = wanted is not None and bool(to_patch(case, training, wanted, live))
    # A patch was not answered, or a killed run could not record it.
    is_behind = wanted is not None and case.entry.in_place != as_declared(wanted)
    return differs or is_behind or (case.action is Action.RESTORE and case.approved.submission is not None)


def _took_s(case: Case, training: Training) -> float:
    """Of a training since it was submitted, by whichever run; of anything else since this run took it up."""
    submitted = training.at(Milestone.SUBMITTED) if case.action.trains or case.action is Action.AWAIT else ""
    return case.since_s(submitted) if submitted else case.elapsed_s


def gate_of(value: Mapping[str, object] | None) -> GateSpec | None:
    """The gate that was approved, from the lock."""
    return None if value is None else msgspec.convert(value, GateSpec)


def patch(case: Case, training: Training, live: LiveTraining) -> Step | None:
    """Make the Model and the Endpoint carry what was approved; None once that is recorded."""
    if case.memory.is_patched:
        return None
    wanted = case.approved.in_place or {}
    fields = to_patch(case, training, wanted, live)
    patched: tuple[str, ...] | Step = ()
    if fields:
        patched = case.ask(Patch(case.address, case.approved.attempt, training, live, fields))
    if isinstance(patched, Step):
        return patched
    return Save((ev.Updated(case.address, wanted, case.entry.lifecycle, patched, case.approved.submission),))


def to_patch(case: Case, training: Training, wanted: Fields, live: LiveTraining) -> Fields:
    """What of the mutable fields the Model or the Endpoint does not carry yet, or carries still.

    Compared with what this training was sent with or last given, not with what served before it.
    """
    ours = ours_on(case.entry, training, live.carriers)
    changes = compare.in_place_changes(wanted, ours, live.carriers, {})
    return compare.patch_of(c for c in changes if c.resource_name)
