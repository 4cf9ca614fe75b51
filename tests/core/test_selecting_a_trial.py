"""When the address of a sweep is carried out: it waits for its trials, chooses, and copies; or leaves what serves."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from reconciler.core import events as ev
from reconciler.core.carry import effects as fx
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.copying import copied_by
from reconciler.core.curves import MetricPoint
from reconciler.core.evidence.conclusion import Conclusion
from reconciler.core.faults import Fault
from reconciler.core.lock import Approved, Entry, Evidence, Judgement, Role, Submission, SweepRecord, TrialRecord
from reconciler.core.model import Action
from reconciler.core.submission import submission_of
from reconciler.core.sweeps import sweep_of
from tests.core.test_next_effect import approved, at, step
from tests.core.test_plan_of_a_sweep import BOTH, FOUR, LOSS, TWO, a_sweep, copied, record_of, trained
from tests.fakes.specs import OBJECTS, STAGING, a_training, an_entry, model_name

SWEEP = a_sweep(BOTH)


def unresolved(*, by_answers: bool = False) -> Submission:
    """What is approved while trials are open."""
    sent = submission_of(SWEEP, OBJECTS, STAGING)
    assert sent.source is not None
    metric = "exact" if by_answers else LOSS
    trials = tuple(TrialRecord(address=str(t.address)) for t in BOTH)
    record = SweepRecord(metric=metric, by_answers=by_answers, trials=trials)
    return structs.replace(sent, source=structs.replace(sent.source, sweep=record))


def create(**more: Any) -> Approved:
    return Approved(action=Action.CREATE, attempt="1", at=at(60), submission=unresolved(**more))


def others(two: float | None, four: float | None) -> dict[str, Entry]:
    return {str(t.address): an_entry(t, trained(t, loss)) for t, loss in ((TWO, two), (FOUR, four))}


def chosen(found: fx.Step) -> Submission:
    """What is announced to be copied."""
    assert isinstance(found, fx.Save)
    (event,) = found.events
    assert isinstance(event, ev.Intended)
    return event.submission


def test_while_a_trial_is_to_be_trained_it_waits() -> None:
    training = {str(FOUR.address): an_entry(FOUR, trainings={}, approved=(approved(Action.CREATE, FOUR),))}

    found = step(create(), spec=SWEEP, others=others(0.9, 0.7) | training)

    assert isinstance(found, fx.Wait)
    assert found.queued == "queued: waits for 1 of its 2 trials to be trained"


def test_when_all_have_ended_the_best_is_announced_with_what_it_was_chosen_from() -> None:
    sent = chosen(step(create(), spec=SWEEP, others=others(0.9, 0.7)))

    copy, record = copied_by(sent), sweep_of(sent)
    assert copy is not None
    assert record is not None
    assert (copy.model, copy.of.address) == (model_name(FOUR), "vertex/router-ec4")
    assert [t.score for t in record.trials] == [0.9, 0.7]
    assert sent.digest != unresolved().digest


def test_what_a_run_could_not_read_at_the_end_of_a_trial_is_read_before_anything_is_chosen() -> None:
    trial = trained(FOUR, None)
    read = fx.ReadCurves(FOUR.address, "1", trial)
    curves = {LOSS: [MetricPoint(1, 2.0), MetricPoint(9, 0.3)]}

    asked = step(create(), spec=SWEEP, others=others(0.9, None))
    sent = chosen(step(create(), spec=SWEEP, others=others(0.9, None), seen={read: curves}))

    assert asked == read
    assert copied_by(sent).model == model_name(FOUR)  # type: ignore[union-attr]


def test_while_curves_cannot_be_read_nothing_is_chosen() -> None:
    away = fx.Trouble(Fault.TRANSIENT, run_diagnostic("RUN006", "It is away."))
    read = fx.ReadCurves(FOUR.address, "1", trained(FOUR, None))

    found = step(create(), spec=SWEEP, others=others(0.9, None), seen={read: away})

    assert isinstance(found, fx.Wait)


def test_a_trial_without_that_metric_keeps_any_from_being_chosen() -> None:
    read = fx.ReadCurves(FOUR.address, "1", trained(FOUR, None))

    found = step(create(), spec=SWEEP, others=others(0.9, None), seen={read: {}})

    assert isinstance(found, fx.Fail)
    assert "vertex/router-ec4 has no eval_total_loss" in found.events[-1].diagnostic.detail  # type: ignore[union-attr]


def test_where_no_trial_has_a_model_the_change_fails() -> None:
    failed = {str(t.address): an_entry(t, a_training(t, role=Role.FAILED, model="")) for t in BOTH}

    found = step(create(), spec=SWEEP, others=failed)

    assert isinstance(found, fx.Fail)
    assert found.events[-1].diagnostic.code == "RUN045"  # type: ignore[union-attr]


def answered(share: float, judged: int = 9) -> Judgement:
    evidence = Evidence(metric="exact", conclusion=Conclusion.PASSED.value, items=9, judged=judged, new=share)
    return Judgement(conclusion=Conclusion.PASSED.value, evidence=(evidence,))


def test_by_answers_the_larger_share_wins() -> None:
    entries = {
        str(t.address): an_entry(t, structs.replace(trained(t, 0.5), judged=answered(share)))
        for t, share in ((TWO, 0.8), (FOUR, 0.6))
    }

    sent = chosen(step(create(by_answers=True), spec=SWEEP, others=entries))

    assert copied_by(sent).model == model_name(TWO)  # type: ignore[union-attr]


def test_a_trial_whose_answers_are_not_all_there_keeps_any_from_being_chosen() -> None:
    undecided = structs.replace(
        trained(FOUR, 0.1),
        role=Role.FAILED,
        gate_refused="the service did not answer",
        judged=Judgement(conclusion=Conclusion.INCONCLUSIVE.value),
    )
    entries = {
        str(TWO.address): an_entry(TWO, structs.replace(trained(TWO, 0.9), judged=answered(0.2))),
        str(FOUR.address): an_entry(FOUR, undecided),
    }

    found = step(create(by_answers=True), spec=SWEEP, others=entries)

    assert isinstance(found, fx.Fail)
    assert "vertex/router-ec4 has no exact" in found.events[-1].diagnostic.detail  # type: ignore[union-attr]


def replacing() -> Approved:
    return structs.replace(create(), action=Action.REPLACE, attempt="2")


def test_where_what_serves_is_a_copy_of_the_best_still_the_lock_is_told_and_nothing_is_sent() -> None:
    spec, serving = copied(SWEEP, FOUR, record_of((FOUR, 0.7)))

    amended = step(replacing(), serving, spec=spec, others=others(0.9, 0.7))

    assert isinstance(amended, fx.Save)
    (event,) = amended.events
    assert isinstance(event, ev.Updated)
    assert event.submission is not None
    record = sweep_of(event.submission)
    assert record is not None
    assert [t.address for t in record.trials] == ["vertex/router-ec2", "vertex/router-ec4"]


def test_once_the_lock_knows_it_is_done_and_nothing_was_replaced() -> None:
    spec, serving = copied(SWEEP, FOUR, record_of((TWO, 0.9), (FOUR, 0.7)))

    found = step(replacing(), serving, spec=spec, others=others(0.9, 0.7))

    assert isinstance(found, fx.Done)
    (event,) = found.events
    assert isinstance(event, ev.ChangeDone)
    assert (event.action, event.outcome) == (Action.NOOP, f"attempt 1 is the best of 2 trials by {LOSS} still")
