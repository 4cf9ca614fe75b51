"""Reports for tests: a small workspace in which there is one of everything."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from msgspec import structs

from reconciler.core.bills import Bill
from reconciler.core.catalog import BaseModel
from reconciler.core.curves import Curves, MetricPoint
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.gate_spec import Bound, GateSpec, Prompt
from reconciler.core.judgement import digest_of
from reconciler.core.lock import Author, CheckpointRecord, Entry, Evidence, Judgement, Pin, Role, Training
from reconciler.core.model import Address, Declared, Progress, Status
from reconciler.core.training_curves import with_curves
from reconciler.render.report_values import AttemptCurves, Report, ReportedModel
from tests.fakes.specs import a_spec
from tests.render.builders import (
    ENDPOINT,
    GOOGLE,
    JOB,
    MODEL,
    ROUTER,
    TAGGER,
    a_change,
    a_diagnostic,
    a_live,
    a_refusal,
    a_training,
    an_entry,
    every_action,
)

FLASH = BaseModel(
    name="gemini-2.5-flash",
    surface="vertex",
    cut_off=date(2026, 10, 20),
    retires=date(2026, 12, 20),
    replacement="gemini-3.5-flash",
)
GATE = GateSpec({"/eval_total_loss": Bound(max=0.8)}, (Prompt("I was charged twice", contains="billing"),))
_AUTHOR = Author(actor="octocat", commit="c0ffee" * 6, run_url="https://ci.example/runs/7")
ANSWER = "an answer that nobody should read"


def falling(steps: Sequence[int], start: float, end: float) -> list[MetricPoint]:
    """A loss as losses are."""
    last = steps[-1]
    return [MetricPoint(step, round(end + (start - end) * math.exp(-4 * step / last), 4)) for step in steps]


def curves_of(attempt: str, curves: Curves, training: Training | None = None) -> AttemptCurves:
    """As they are read of a service."""
    return AttemptCurves(attempt, with_curves(ROUTER, attempt, training or a_training(), None, curves))


def some_curves() -> Curves:
    """What Vertex AI shows of a job with validation data."""
    return {
        "train_total_loss": falling(range(1, 61), 2.4, 0.6),
        "eval_total_loss": [*falling(range(10, 51, 10), 2.2, 0.8), MetricPoint(60, 1.1)],
        "train_num_predictions": [MetricPoint(step, 13.0) for step in range(1, 61)],
    }


def a_report() -> Report:
    """One address that serves, one that a gate refused, one that trains, one that is not applied yet."""
    plan = replace(every_action(), diagnostics=(a_refusal(),))
    return Report(
        banner=GOOGLE,
        at="2026-11-21T10:00:00.000Z",
        today=date(2026, 11, 21),
        version="0.2.0",
        models=(_serving(), _training(), _refused(), ReportedModel(Address("vertex", "tone"), declared=_spec("tone"))),
        plan=plan,
        commit="c0ffee" * 6,
        catalog_as_of="2026-11-21",
    )


def a_quiet_report() -> Report:
    """Nothing to do, and nothing special."""
    plan = replace(every_action(), changes=(a_change(str(ROUTER), every_action().changes[-1].action, "unchanged"),))
    return replace(a_report(), models=(_serving(),), plan=plan)


def a_report_without_plan() -> Report:
    """A spec has a mistake, and the cloud did not answer."""
    unseen = tuple(replace(m, live={}, curves=()) for m in a_report().models)
    return replace(a_report(), plan=None, trouble=(a_diagnostic(),), saw_cloud=False, models=unseen)


def a_report_of(count: int) -> Report:
    """A large workspace: all models alike, each with curves as long as a service sends them, if it has any."""
    steps = range(1, 1001)
    curves = {
        f"{split}_{kind}": falling(steps, 2.0, 0.5)
        for split in ("train", "eval")
        for kind in ("total_loss", "fraction_of_correct_next_step_preds", "num_predictions")
    }
    found = (curves_of("1", curves),) if count <= 200 else ()
    model = replace(_serving(), curves=found, asked_curves=bool(found))
    models = tuple(replace(model, address=Address("vertex", f"model-{number:04}")) for number in range(count))
    changes = tuple(
        replace(change, address=model.address)
        for model, change in zip(models, every_action().changes * (count // 10 + 1), strict=False)
    )
    return replace(a_report(), models=models, plan=replace(every_action(), changes=changes))


def _spec(name: str, gate: GateSpec | None = None) -> Declared:
    return replace(a_spec(name), gate=gate)


def _serving() -> ReportedModel:
    entry = an_entry()
    checkpoints = (
        CheckpointRecord(checkpoint_id="1", epoch=1, step=30, endpoint=f"{ENDPOINT}1"),
        CheckpointRecord(checkpoint_id="2", epoch=2, step=60, endpoint=ENDPOINT),
    )
    times = {
        "intended": "2026-11-20T07:59:59Z",
        "submitted": "2026-11-20T08:00:00Z",
        "ended": "2026-11-20T09:12:30Z",
        "served": "2026-11-20T09:13:00Z",
    }
    states = {"JOB_STATE_RUNNING": "2026-11-20T08:01:00Z"}
    first = a_training(checkpoints=checkpoints, times=times, states=states, by=_AUTHOR, reason="not found in the cloud")
    trainings = {"1": first, "2": entry.trainings["2"]}
    return ReportedModel(
        ROUTER,
        structs.replace(entry, trainings=trainings),
        _spec("support-router"),
        {JOB: a_live()},
        FLASH.name,
        FLASH,
        {
            "1": Bill(1_234_567, 4, 24.69, "USD", "2026-11-01"),
            "2": Bill(why="the service has not said how many tokens"),
        },
        (AttemptCurves("2", trouble=_no_curves()), curves_of("1", some_curves(), first)),
    )


def _no_curves() -> Diagnostic:
    return a_diagnostic(code="RUN024", summary="The metrics are gone", detail="Somebody deleted them.", where=None)


def _training() -> ReportedModel:
    running = a_training(Role.CANDIDATE, state="JOB_STATE_RUNNING", model="", endpoint="", billable_tokens=None)
    live = a_live(status=Status.IN_PROGRESS, state="JOB_STATE_RUNNING", progress=Progress(45.0, 120, 266))
    address = Address("vertex", "summaries")
    entry = Entry(trainings={"1": running})
    curves = {"train_total_loss": [MetricPoint(1, 2.0), MetricPoint(2, math.nan), MetricPoint(3, 1.5)]}
    return ReportedModel(
        address, entry, _spec("summaries"), {JOB: live}, FLASH.name, FLASH, {}, (curves_of("1", curves),)
    )


def _refused() -> ReportedModel:
    pin = Pin(attempt="1", over=("2",), at="2026-11-20T12:00:00Z", by=_AUTHOR, reason="it answers in French")
    entry = Entry(trainings={"1": a_training(), "2": refused_training()}, pin=pin)
    both = (
        curves_of("2", some_curves()),
        curves_of("1", {"eval_total_loss": falling((10, 20, 30), 2.0, 1.0)}),
    )
    return ReportedModel(TAGGER, entry, _spec("ticket-tagger", GATE), {JOB: a_live()}, FLASH.name, FLASH, {}, both)


PROOFS = (
    Evidence(
        metric="exact",
        conclusion="failed",
        against=MODEL,
        margin=0.05,
        items=400,
        judged=400,
        both=310,
        better=12,
        worse=58,
        neither=20,
        new=0.805,
        old=0.92,
        lower=-0.148,
        upper=-0.083,
    ),
    Evidence(
        metric="rouge-l", conclusion="inconclusive", at_least=0.7, items=40, judged=40, new=0.74, lower=0.66, upper=0.81
    ),
)


def refused_training() -> Training:
    """One that a gate has refused for a number and for an answer."""
    return a_training(
        Role.FAILED,
        model=MODEL,
        gate_refused=f"eval_total_loss: wanted <= 0.8, got 0.93; prompt 'x': wanted contains 'billing', got {ANSWER}",
        judged=Judgement(
            by=digest_of(GATE),
            metrics={"eval_total_loss": 0.93, "train_total_loss": 0.6},
            conclusion="failed",
            evidence=PROOFS,
            looks=2,
            answers=812,
        ),
        times={"submitted": "2026-11-20T10:00:00Z", "ended": "2026-11-20T11:00:00Z", "refused": "2026-11-20T11:01:00Z"},
    )
