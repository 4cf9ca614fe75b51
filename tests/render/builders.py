"""Plans, locks and events for renderer tests: only what matters is spelt out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reconciler.core import events as e
from reconciler.core.change import Adoption, Basis, Cause, Change, Cost, FieldChange, Forecast, Plan, Reason, ReasonCode
from reconciler.core.concerns import Concern, ConcernKind
from reconciler.core.data_changes import BeforeAfter, DataChange, RowCounts
from reconciler.core.diagnostics import Diagnostic, Location, Severity
from reconciler.core.garbage import GarbageKind, Item
from reconciler.core.gate_result import AddressGate, Breakdown, FlippedItem, GateCheck, GateResult, Verdict
from reconciler.core.job_details import AttemptDetails, DataStatistics, JobDetails, Spread
from reconciler.core.lock import (
    Approved,
    Author,
    CheckpointRecord,
    DataRecord,
    Entry,
    Evidence,
    JudgingCost,
    Phase,
    Role,
    ServedCheckpoint,
    Submission,
    Training,
)
from reconciler.core.model import Action, Address, Evaluation, Lifecycle, LiveTraining, OnChange, Progress, Status
from reconciler.render.values import AttemptHistory, Banner, History, HistoryLine, OpenChange, StatusRow

EMULATOR = Banner(emulator="local-7f3a", workspace="acme", lock=".tuneform/emulator.lock")
GOOGLE = Banner(
    project="acme-ml",
    location="us-central1",
    identity="ci-tuner@acme-ml.iam.gserviceaccount.com",
    workspace="acme",
    lock="tuneform.lock",
)
MODEL = "projects/acme-ml/locations/us-central1/models/7313908134120980480@1"
ENDPOINT = "projects/acme-ml/locations/us-central1/endpoints/4410927768342323200"
JOB = "projects/acme-ml/locations/us-central1/tuningJobs/2930172648212062208"
CHECKSUM = "9f0c1e5d7a2b4c6e8f1a3b5c7d9e0f2a4b6c8d0e1f3a5b7c9d1e3f5a7b9c0d2e"


def a_change(address: str, action: Action, text: str = "", **more: Any) -> Change:
    code = more.pop("code", ReasonCode.UNCHANGED if action is Action.NOOP else ReasonCode.EDITED)
    return Change(Address.parse(address), action, Reason(code, text), **more)


def a_field(
    field: str,
    old: Any,
    new: Any,
    on_change: OnChange = OnChange.REPLACE,
    cause: Cause = Cause.EDITED,
    seen_on: str = "",
) -> FieldChange:
    basis = Basis.OBSERVED if seen_on else Basis.LOCKED
    return FieldChange(field, old, new, on_change, cause, basis, seen_on)


def a_submission(**more: Any) -> Submission:
    return Submission(
        project="acme-ml",
        location="us-central1",
        training={
            "baseModel": "gemini-2.5-flash",
            "supervisedTuningSpec": {"hyperParameters": {"epochCount": 4, "adapterSize": "ADAPTER_SIZE_FOUR"}},
        },
        in_place={"tunedModelDisplayName": "Support router", "labels": {"team": "support"}},
        data=(
            DataRecord(
                field="supervisedTuningSpec.trainingDatasetUri",
                uri="data/train.jsonl",
                local=True,
                sha256="4f2a9c0d" * 8,
                size=183_400,
                examples=240,
            ),
        ),
        digest="v1-4f2a9c0d",
        data_id="sha-4f2a9c0d",
        **more,
    )


def a_diagnostic(**more: Any) -> Diagnostic:
    return Diagnostic(
        **{
            "code": "SPEC012",
            "severity": Severity.ERROR,
            "summary": "Epochs out of range",
            "detail": "epochs is 0; a training makes at least 1 pass over the data.",
            "fix": "Set it to 1 or more, or leave it out and let the service choose.",
            "where": Location("specs/triage.yaml", 7, 3),
            **more,
        }
    )


def every_action() -> Plan:
    """One change of every kind, with everything that a change can say."""
    return Plan(
        changes=(
            _create(),
            _create_after(),
            _replace(),
            _deposed(),
            _update(),
            _restore(),
            _delete(),
            _cancel(),
            _await(),
            _adopt(),
            _forget(),
            _failed(),
            a_change("vertex/unchanged-1", Action.NOOP, "unchanged"),
            a_change("vertex/unchanged-2", Action.NOOP, "unchanged"),
            _reported(),
        ),
        checksum=CHECKSUM,
        lineage="0b9d5c1e",
        workspace="acme",
        target="google",
        undeclared=2,
        ready=7,
    )


def _create() -> Change:
    return a_change(
        "gemini/number-generator",
        Action.CREATE,
        "not found in the cloud",
        code=ReasonCode.NOT_FOUND,
        submission=Submission(
            project="acme-ml",
            training={
                "baseModel": "models/gemini-1.5-flash-001-tuning",
                "tuningTask": {"hyperparameters": {"epochCount": 5, "batchSize": 2, "learningRate": 0.001}},
            },
            in_place={"displayName": "number generator model"},
            data=(DataRecord(field="tuningTask.trainingData", local=True, sha256="aa" * 32, examples=15),),
        ),
        attempt="1",
        cost=Cost(method="the Gemini API publishes no price of tuning"),
    )


def _create_after() -> Change:
    return a_change(
        "vertex/billing-router",
        Action.CREATE,
        "not found in the cloud",
        code=ReasonCode.NOT_FOUND,
        submission=a_submission(parent="vertex/support-router"),
        attempt="1",
        after=(Address("vertex", "support-router"),),
        cost=Cost(0.0, 0.0042, "USD", "240 examples x 4 epochs", "2026-11-01"),
    )


def _replace() -> Change:
    return a_change(
        "vertex/support-router",
        Action.REPLACE,
        "the spec was edited; the successor is trained beside the model that serves",
        fields=(
            a_field("baseModel", "gemini-2.0-flash-001", "gemini-2.5-flash"),
            a_field("labels.team", None, "support", OnChange.IN_PLACE),
            a_field("supervisedTuningSpec.hyperParameters.epochCount", 3, 4),
            a_field(
                "supervisedTuningSpec.trainingDatasetUri",
                "gs://acme-tuning/support/2026-09/train.jsonl (198 examples, crc32c wRk7Hw==, 152311 bytes)",
                "data/train.jsonl (240 examples, sha256 4f2a9c0d4f2a)",
            ),
            a_field(
                "supervisedTuningSpec.validationDatasetUri",
                "gs://acme-tuning/val-1.jsonl",
                "gs://acme-tuning/val-2.jsonl",
                OnChange.REPORT,
            ),
        ),
        submission=a_submission(),
        attempt="3",
        cost=Cost(4.2, 6.1, "USD", "240 examples x 4 epochs, tokens estimated", "2026-11-01"),
        cost_before=Cost(5.04, 5.04, "USD", "the training before it", "2026-11-01"),
        data=(
            DataChange(
                "supervisedTuningSpec.trainingDatasetUri",
                "data/train.jsonl",
                "gs://acme-tuning/support/2026-09/train.jsonl",
                BeforeAfter(198, 240),
                BeforeAfter(412_000, 431_000),
                RowCounts(66, 24, 31, 143),
            ),
        ),
        age_s=1_050_000.0,
        forecast=Forecast(400, 2, 1, 5, Cost(0.12, 0.31, "USD", "at most 20 tokens an answer", "2026-11-01"), 0.0866),
    )


def _deposed() -> Change:
    return a_change(
        "vertex/support-router",
        Action.DELETE,
        "a newer one serves and keep is 1",
        code=ReasonCode.SUPERSEDED,
        deposed=True,
        disposes=("1",),
        resources=(ENDPOINT, MODEL),
        disposes_ready=1,
    )


def _update() -> Change:
    return a_change(
        "vertex/ticket-tagger",
        Action.UPDATE,
        "drifted",
        code=ReasonCode.DRIFTED,
        fields=(
            a_field("description", "Tagger", None, OnChange.IN_PLACE, Cause.DRIFTED, MODEL),
            a_field("labels.cost-centre", "4711", "4712", OnChange.IN_PLACE, Cause.BOTH, MODEL),
            a_field("labels.team", "other", "support", OnChange.IN_PLACE, Cause.DRIFTED, ENDPOINT),
        ),
    )


def _restore() -> Change:
    return a_change(
        "vertex/tone",
        Action.RESTORE,
        "the spec matches the deposed training 1 again: it serves, nothing is trained",
        code=ReasonCode.MATCHES_DEPOSED,
        attempt="1",
        resources=(MODEL,),
        renamed_from=Address("vertex", "tone-of-voice"),
    )


def _delete() -> Change:
    return a_change(
        "vertex/old-router",
        Action.DELETE,
        "its spec was removed",
        code=ReasonCode.REMOVED,
        resources=(ENDPOINT, MODEL),
        disposes=("1",),
        disposes_ready=1,
        removes_entry=True,
    )


def _cancel() -> Change:
    return a_change(
        "vertex/experiment",
        Action.CANCEL,
        "its spec was removed while it trains",
        code=ReasonCode.REMOVED,
        cancels=("1",),
        resources=(JOB,),
        progress=Progress(45.0, 120, 266),
        state="JOB_STATE_RUNNING",
        spent_tokens=1_234_567,
        removes_entry=True,
    )


def _await() -> Change:
    return a_change(
        "vertex/summaries",
        Action.AWAIT,
        "its training is in progress",
        code=ReasonCode.IN_PROGRESS,
        attempt="2",
        state="JOB_STATE_RUNNING",
        progress=Progress(71.2, 190, 266, "TUNING_JOB_STATE_PROCESSING_DATASET"),
    )


def _adopt() -> Change:
    return a_change(
        "vertex/translated",
        Action.ADOPT,
        "carries our markers and is not in the lock",
        code=ReasonCode.MARKED_OURS,
        adopts=(Adoption(JOB, "1", Role.SERVING),),
        attempt="1",
    )


def _forget() -> Change:
    return a_change(
        "vertex/retired",
        Action.FORGET,
        "its spec was removed and says onRemove: retain",
        code=ReasonCode.RETAINED,
        resources=(MODEL,),
        removes_entry=True,
    )


def _failed() -> Change:
    return a_change(
        "vertex/tickets-eu",
        Action.BLOCKED,
        'training 1 failed: "The training dataset has 3 rows that exceed 131072 tokens."',
        code=ReasonCode.FAILED,
        state="JOB_STATE_FAILED",
        command="tuneform apply --replace vertex/tickets-eu",
    )


def _reported() -> Change:
    return a_change(
        "vertex/unchanged-3",
        Action.NOOP,
        "unchanged",
        notes=(
            a_diagnostic(
                code="PLAN041",
                severity=Severity.WARNING,
                summary="Training data changed behind the same URI",
                detail="gs://acme-tuning/val.jsonl has other bytes than those that were trained on.",
                fix="Train on them with --replace, or set onDataChange: retune.",
                where=None,
            ),
        ),
    )


def a_refusal() -> Diagnostic:
    return a_diagnostic(
        code="PLAN101",
        summary="More models would be deleted than the limit allows",
        detail="3 ready models would be deleted; limits.maxDeletes is 2.",
        fix="Delete fewer at once, or permit it where you run it:",
        where=Location("tuneform.yaml", 9, 5),
        command="tuneform apply --allow-limits",
    )


def a_training(role: Role = Role.SERVING, **more: Any) -> Training:
    return Training(
        **{
            "role": role,
            "phase": Phase.APPLIED,
            "submission": a_submission(),
            "job": JOB,
            "state": "JOB_STATE_SUCCEEDED",
            "model": MODEL,
            "endpoint": ENDPOINT,
            "times": {"submitted": "2026-11-20T08:00:00Z", "ended": "2026-11-20T09:12:30Z"},
            "billable_tokens": 1_234_567,
            **more,
        }
    )


def an_entry() -> Entry:
    checkpoints = (
        CheckpointRecord(checkpoint_id="1", epoch=1, step=66, endpoint=f"{ENDPOINT}1"),
        CheckpointRecord(checkpoint_id="2", epoch=2, step=132),
    )
    failed = a_training(
        Role.FAILED,
        phase=Phase.SUBMITTED,
        state="JOB_STATE_FAILED",
        model="",
        endpoint="",
        error="The training dataset has 3 rows\nthat exceed 131072 tokens.",
        billable_tokens=None,
    )
    return Entry(
        revision=7,
        in_place={"tunedModelDisplayName": "Support router", "labels": {"team": "support"}},
        trainings={"1": a_training(checkpoints=checkpoints), "2": failed},
        approved=(Approved(action=Action.REPLACE, attempt="3", submission=a_submission()),),
    )


def status_rows() -> list[StatusRow]:
    return [
        StatusRow(
            Address("gemini", "number-generator"),
            "serving",
            "ACTIVE",
            "models/gemini-1.5-flash-001-tuning",
            model="tunedModels/number-generator-1a2b3c4d-5e6f708192",
            age_s=280_000.0,
        ),
        StatusRow(
            Address("vertex", "summaries"),
            "candidate",
            "JOB_STATE_RUNNING",
            "gemini-2.5-flash",
            Progress(71.2, 190, 266),
            job=JOB,
            age_s=2_430.0,
            attempt="3",
            since_s=2_100.0,
            concerns=(Concern(ConcernKind.STUCK, "no step", 11_000.0),),
        ),
        StatusRow(
            Address("vertex", "summaries"),
            "",
            "queued",
            "gemini-2.5-flash",
            attempt="4",
            note="approved (replace) and not submitted yet.",
        ),
        StatusRow(
            Address("vertex", "support-router"),
            "serving",
            "JOB_STATE_SUCCEEDED",
            "gemini-2.5-flash",
            endpoint=ENDPOINT,
            job=JOB,
            model=MODEL,
            age_s=98_000.0,
            attempt="1",
            cost=1.25,
            currency="USD",
            was_billed=True,
            gate="passed",
            retires="2026-10-16",
            concerns=(Concern(ConcernKind.RETIRING, "gemini-2.5-flash retires on 2026-10-16 at the earliest"),),
            note="The gate refused training 2, so that training 1 goes on serving; see show.",
        ),
        StatusRow(
            Address("vertex", "tickets-eu"),
            "failed",
            "JOB_STATE_FAILED",
            "gemini-2.5-pro",
            job=JOB,
            attempt="2",
            was_billed=True,
            gate="refused",
            concerns=(Concern(ConcernKind.REFUSED, "eval_total_loss is 0.91;\nat most 0.8"),),
            note="eval_total_loss is 0.91;\nat most 0.8",
        ),
        StatusRow(Address("vertex", "tone"), "", "not trained"),
    ]


def a_gate() -> GateResult:
    return GateResult(
        (
            AddressGate(
                Address("vertex", "summaries"),
                Verdict.IN_PROGRESS,
                (GateCheck("trained", passed=False, wanted="ready", got="running", why="71 % are done."),),
                command="tuneform wait",
            ),
            AddressGate(
                Address("vertex", "support-router"),
                Verdict.PASSED,
                (
                    GateCheck("trained", passed=True, wanted="ready", got="ready"),
                    GateCheck("eval_total_loss", passed=True, wanted="at most 0.8", got=0.61),
                ),
                MODEL,
                ENDPOINT,
            ),
            AddressGate(
                Address("vertex", "ticket-tagger"),
                Verdict.FAILED,
                (
                    GateCheck("trained", passed=True, wanted="ready", got="ready"),
                    GateCheck(
                        "eval_total_loss",
                        passed=False,
                        wanted="at most 0.8",
                        got=0.93,
                        why="It is 0.13 too high.",
                    ),
                    GateCheck(
                        "prompt 1",
                        passed=False,
                        wanted='contains "billing"',
                        got="Your invoice is in the mail, and so are we: please be patient with both. " * 3,
                        why="The answer does not contain it.",
                    ),
                ),
                MODEL,
                ENDPOINT,
                command="tuneform show vertex/ticket-tagger",
            ),
        )
    )


def a_gate_on_evidence() -> GateResult:
    """One address that lost answers, with what flipped, and how its classes did."""
    lost = Evidence(
        metric="label", conclusion="failed", against=MODEL, margin=0.05, items=60, judged=60, both=30, worse=24,
        neither=6, new=0.5, old=0.9, lower=-0.5, upper=-0.3,
    )  # fmt: skip
    checks = (
        GateCheck("trained, active and unchanged", passed=True, wanted="yes", got="yes"),
        GateCheck("held-out label", passed=False, wanted="not 5.0% worse", got="50.0% against 90.0%", why="worse"),
    )
    flips = (
        FlippedItem(3, True, "billing", "billing", "a secret answer"),
        FlippedItem(7, False, "returns", "<b>no</b>", "returns", "it is no JSON"),
    )
    gate = AddressGate(ROUTER, Verdict.FAILED, checks, MODEL, ENDPOINT, evidence=(lost,), flips=flips)
    rows = (Breakdown("macro-F1", 60, 0.5, 0.9), Breakdown("billing", 30, 0.4, 0.95))
    spent = JudgingCost(amount=0.1234, currency="USD", took_s=75.0)
    return GateResult((*a_gate().addresses, replace(gate, breakdown=rows, looks=2, answers=120, spent=spent)))


def a_live(**more: Any) -> LiveTraining:
    return LiveTraining(
        **{
            "backend": "vertex",
            "resource_name": JOB,
            "status": Status.READY,
            "state": "JOB_STATE_SUCCEEDED",
            "model": MODEL,
            "model_exists": True,
            "endpoint": ENDPOINT,
            "endpoint_exists": True,
            "billable_tokens": 1_234_567,
            **more,
        }
    )


AT = "2026-11-20T09:12:30Z"
ROUTER = Address("vertex", "support-router")
TAGGER = Address("vertex", "ticket-tagger")


def all_events() -> list[e.Event]:
    """One of each kind."""
    refused = a_diagnostic(
        code="API320",
        summary="The service refused the training",
        detail='tuningJobs.create answered 400 INVALID_ARGUMENT:\n"Base model gemini-9 is not supported."',
        fix="Choose one of the base models in docs/reference/base-models.md.",
        where=None,
        address=str(TAGGER),
    )
    approved = Approved(action=Action.REPLACE, attempt="3", submission=a_submission())
    staged = "gs://acme-tuning/staging/4f2a9c0d.jsonl"
    return [
        e.ChangeApproved(ROUTER, Action.REPLACE, approved, Lifecycle()),
        e.SpecApplied(ROUTER, "c0ffee"),
        e.ChangeStarted(ROUTER, Action.REPLACE),
        e.Uploaded(ROUTER, "data/train.jsonl", staged, 183_400, existed=False),
        e.Uploaded(ROUTER, "data/val.jsonl", staged, 512, existed=True),
        e.Intended(ROUTER, "3", a_submission(), AT),
        e.Queued(TAGGER, "a free place: 1 of 1 training jobs of acme-ml is running", 12.0),
        e.Submitted(ROUTER, "3", JOB, "", "JOB_STATE_PENDING", AT, found=True),
        e.Waiting(ROUTER, "3", "JOB_STATE_RUNNING", Progress(45.0, 120, 266), 130.0),
        e.CancelRequested(ROUTER, "3", JOB, AT),
        e.DataSeen(ROUTER, "3", "gs://acme/train.jsonl was there when the job was submitted and is gone.", AT),
        e.TrainingEnded(ROUTER, "3", a_live(), AT),
        e.TrainingEnded(ROUTER, "4", a_live(status=Status.FAILED, model="", error="Out of\nquota."), AT),
        e.TrainingEnded(ROUTER, "5", a_live(), AT, deposed=True),
        e.GateRefused(ROUTER, "3", "eval_total_loss is 0.93, wanted at most 0.8", AT),
        e.CheckpointChosen(ROUTER, "3", ServedCheckpoint(wanted="2", checkpoint_id="2"), ENDPOINT),
        e.AliasMoved(ROUTER, "3", "production", (f"{MODEL}",)),
        e.AliasMoved(ROUTER, "3", ""),
        e.AwaitsPromotion(ROUTER, "3", MODEL, ENDPOINT, AT),
        e.Served(ROUTER, "3", MODEL, ENDPOINT, {"labels": {"team": "support"}}, AT, deposed="1"),
        e.Adopted(ROUTER, "1", Role.DEPOSED, a_submission(), a_live(), AT),
        e.Updated(ROUTER, {"labels": {"team": "support"}}, Lifecycle(), (MODEL, ENDPOINT)),
        e.Updated(ROUTER, {}, Lifecycle(), ()),
        e.ResourceGone(ROUTER, "1", ENDPOINT, "undeployed"),
        e.Disposed(ROUTER, "1", JOB),
        e.Forgotten(ROUTER, (MODEL,), AT),
        e.IntentWithdrawn(TAGGER, "1"),
        e.Noted(a_diagnostic(severity=Severity.WARNING, code="PLAN003", where=None, address=str(ROUTER))),
        e.ChangeDone(ROUTER, Action.REPLACE, 250.0, f"serves {ENDPOINT}"),
        e.ChangeFailed(TAGGER, Action.CREATE, refused),
        e.ChangeLeft(Address("vertex", "summaries"), Action.AWAIT, "still training when --timeout ended the wait"),
    ]


ADA = Author(actor="ada", commit="c0ffee0", run_url="https://github.com/acme/models/actions/runs/42")


def an_attempt(number: str, **more: Any) -> AttemptHistory:
    """As the lock tells of one that serves."""
    values: dict[str, Any] = {
        "attempt": number,
        "role": "serving",
        "state": "JOB_STATE_SUCCEEDED",
        "base": "gemini-2.5-flash",
        "reason": "not found in the cloud",
        "by": ADA,
        "happenings": (HistoryLine(AT, "submitted"), HistoryLine(AT, "JOB_STATE_SUCCEEDED")),
        "gate": "passed",
        "said": "",
        "cost": 4.5,
        "currency": "USD",
        "was_billed": True,
        "job": JOB,
        "model": MODEL,
        "endpoint": ENDPOINT,
    }
    return AttemptHistory(**{**values, **more})


def a_history() -> History:
    """With something of everything that there can be."""
    refused = {"role": "failed", "gate": "refused", "said": "eval_total_loss is 2", "cost": None, "by": Author()}
    return History(
        ROUTER,
        (an_attempt("1"), an_attempt("2", **refused)),
        former=("old-router",),
        open=(OpenChange("delete", "1", AT, "beyond keep", Author(), deposed=True),),
        pin=OpenChange("rollback", "1", AT, "it answers in French", ADA, deposed=False),
        disposed=((JOB, AT),),
        forgotten=(MODEL,),
        forgotten_at=AT,
    )


def garbage_items() -> list[Item]:
    """One of each kind but uploads."""
    live = LiveTraining(
        backend="vertex",
        resource_name=JOB,
        status=Status.READY,
        state="JOB_STATE_SUCCEEDED",
        project="acme-ml",
        location="us-central1",
        model=MODEL,
        model_exists=True,
        endpoint=ENDPOINT,
        endpoint_exists=True,
    )
    why = "carries our markers, and no lock names it"
    return [Item(kind, ROUTER, live, "", "", why) for kind in GarbageKind if kind is not GarbageKind.UPLOAD]


def some_details() -> tuple[AttemptDetails, ...]:
    """Of three attempts: with all that a service can tell, with little, and with nothing."""
    spread = Spread(least=3, most=412, mean=88.25, median=80, p5=12, p95=301.5, total=17_473)
    theirs = DataStatistics(
        examples=198,
        steps=75,
        tokens=41_206,
        characters=164_000,
        left_out=2,
        spreads={"input tokens": spread, "messages": Spread(mean=2.5, median=2, p95=6, most=9)},
    )
    ours = DataStatistics(examples=200, tokens=40_117, spreads={"input tokens": replace(spread, mean=86.4)})
    evaluations = (
        Evaluation("2", {"exact_match": 0.8125, "bleu": 0.5}),
        Evaluation(error="The autorater's quota is exhausted."),
    )
    job = "projects/123456789/locations/us-central1/tuningJobs/7"
    full = JobDetails(
        resource_name=job,
        state="JOB_STATE_SUCCEEDED",
        display_name="Support router",
        description="Sorts tickets.\nSince 2024.",
        created="2026-11-01T09:00:00Z",
        started="2026-11-01T09:04:00Z",
        updated="2026-11-01T10:04:00Z",
        ended="2026-11-01T10:04:00Z",
        experiment="projects/123456789/locations/us-central1/metadataStores/default/contexts/tuning-experiment-7",
        metrics_uri="gs://acme-tuning/metrics/7",
        statistics=theirs,
        evaluations=evaluations,
    )
    return (
        AttemptDetails("1", missing="The service has it no more."),
        AttemptDetails("2", JobDetails(job.replace("/7", "/6"), "JOB_STATE_FAILED", created="2026-10-01T09:00:00Z")),
        AttemptDetails("3", full, ours),
    )
