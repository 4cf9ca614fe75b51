"""What is declared against what is live: `tuneform gate`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from msgspec import structs

from reconciler.backends.base import Backend, BackendError
from reconciler.core.change import Change, Plan
from reconciler.core.diagnostics import Diagnostic, ReconcilerError, Severity
from reconciler.core.gate_result import AddressGate, FreshVerdict, GateCheck, GateResult, Verdict, verdict_of
from reconciler.core.gate_spec import Against, GateSpec, Trial
from reconciler.core.gating.finding import worst
from reconciler.core.judgement import Judged, StillJudging, digest_of, recorded
from reconciler.core.lock import Entry, Evidence, Judgement, JudgingCost, Lock, Training
from reconciler.core.model import Action, Address
from reconciler.gate.bench import Bench
from reconciler.gate.demands import (
    MAY_PASS,
    Read,
    latency_check,
    metric_checks,
    prompt_check,
    read_before,
    read_metrics,
)
from reconciler.gate.purse import Purse
from reconciler.gate.settings import settings_for
from reconciler.gate.sides import Contest
from reconciler.gate.successor import asks, concluded
from reconciler.gate.trial import Tried, from_answers, try_out
from reconciler.gate.words import check_of_evidence, check_of_trial

_STATE = "trained, active and unchanged"


def judge(bench: Bench, plan: Plan, lock: Lock, backends: Mapping[str, Backend]) -> GateResult:
    """Every declared model: trained, active, unchanged, and as its own gate demands."""
    return GateResult(tuple(_judge(bench, c, lock, backends) for c in plan.changes if c.declared and not c.deposed))


def _judge(bench: Bench, change: Change, lock: Lock, backends: Mapping[str, Backend]) -> AddressGate:
    entry = lock.entry(change.renamed_from or change.address)
    state = _state_check(change)
    gate = change.declared.gate if change.declared else None
    found = _Found()
    whom = _whom(change, entry) if gate is not None else None
    if entry is not None and whom is not None and gate is not None:
        found = _looked_at(bench, backends[change.address.backend], change, entry, whom, gate)
    elif entry is not None and entry.newest is not None and _is_refused(change, entry.newest[1]):
        found = _recorded(bench, backends[change.address.backend], change, entry, entry.newest[1])
    checks = (state, *found.checks)
    verdict = verdict_of(worst([check.conclusion for check in checks]))
    waits = change.held is not None and not (entry and entry.serving)
    if change.action is Action.AWAIT or waits:
        verdict = Verdict.IN_PROGRESS
    training = whom.training if whom else entry.serving[1] if entry and entry.serving else None
    home = change.renamed_from or change.address
    return AddressGate(
        change.address,
        verdict,
        checks,
        model=training.model if training else "",
        endpoint=training.endpoint if training else "",
        command=change.command,
        warnings=tuple(note for note in change.notes if note.severity is Severity.WARNING),
        evidence=found.evidence,
        flips=found.tried.flips if found.tried else (),
        breakdown=found.tried.breakdown if found.tried else (),
        looks=training.judged.looks if training and training.judged else 0,
        answers=found.tried.asked if found.tried and not found.is_recorded else 0,
        spent=found.spent,
        is_recorded=found.is_recorded,
        has_answers=found.tried is not None or not found.is_recorded,
        fresh=_fresh(home, whom, gate, found.judged) if whom and found.judged else None,
    )


def _fresh(home: Address, whom: _Whom, gate: GateSpec | None, judged: Judged) -> FreshVerdict:
    """As the lock may have it. What passes and does not serve yet is for `apply`: here it is no more than a look."""
    before = whom.training.judged
    found = recorded(judged, digest_of(gate), before)
    if whom.is_serving:
        return FreshVerdict(home, whom.attempt, found)
    if judged.refused and whom.training.gate_refused:
        return FreshVerdict(home, whom.attempt, found, judged.refused)
    looked = structs.replace(before, looks=found.looks) if before else Judgement(looks=found.looks)
    return FreshVerdict(home, whom.attempt, looked)


@dataclass(frozen=True, slots=True)
class _Whom:
    """The training that is judged, and what it is compared with where its gate compares."""

    attempt: str
    training: Training
    rival: Training | None
    is_serving: bool


def _whom(change: Change, entry: Entry | None) -> _Whom | None:
    """What serves, where the plan leaves it as it is; or what another gate refused and this one may let serve."""
    serving = entry.serving[1] if entry and entry.serving else None
    if entry is not None and change.is_judged_again and change.attempt in entry.trainings:
        return _Whom(change.attempt, entry.trainings[change.attempt], serving, is_serving=False)
    if entry is None or entry.serving is None or serving is None or change.action is not Action.NOOP:
        return None
    before = [training for _, training in entry.deposed if training.endpoint]
    return _Whom(entry.serving[0], serving, before[-1] if before else None, is_serving=True)


def _state_check(change: Change) -> GateCheck:
    if change.action is Action.NOOP:
        return GateCheck(_STATE, passed=True, wanted="yes", got="yes")
    got, why = change.action.word, change.reason.text
    return GateCheck(_STATE, passed=False, wanted="unchanged", got=got, why=why, is_open=change.undecided)


@dataclass(frozen=True, slots=True)
class _Found:
    checks: tuple[GateCheck, ...] = ()
    tried: Tried | None = None
    recorded: Training | None = None
    judged: Judged | None = None
    asked: JudgingCost | None = None

    @property
    def spent(self) -> JudgingCost | None:
        """By this look; where the lock has the verdict, by the one that it is of."""
        if self.recorded is not None and self.recorded.judged is not None:
            return self.recorded.judged.spent
        return self.asked

    @property
    def is_recorded(self) -> bool:
        return self.recorded is not None

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        if self.recorded is not None and self.recorded.judged is not None:
            return self.recorded.judged.evidence
        return self.tried.evidence if self.tried else ()


def _is_refused(change: Change, newest: Training) -> bool:
    """By the gate that stands there: it is blocked until something changes."""
    return change.action is Action.BLOCKED and bool(newest.gate_refused)


def _recorded(bench: Bench, backend: Backend, change: Change, entry: Entry, training: Training) -> _Found:
    """What the lock says of it, and of what stands behind that whatever is kept here."""
    evidence = training.judged.evidence if training.judged else ()
    gate = change.declared.gate if change.declared else None
    tried: Tried | None = None
    if evidence and gate is not None:
        rival = next((e.against for e in evidence if e.against), "")
        before = next((t for t in entry.trainings.values() if rival and t.model == rival), None)
        with suppress(BackendError, ReconcilerError):  # its items cannot be read any more: the verdict stands
            tried = from_answers(bench, Contest(backend, change.address, training, before), gate, evidence)
    return _Found(tuple(map(check_of_evidence, evidence)), tried, recorded=training)


def _looked_at(bench: Bench, backend: Backend, change: Change, entry: Entry, whom: _Whom, gate: GateSpec) -> _Found:
    """Metrics and prompts are looked at each time; a trial that the lock has the verdict of is not held again."""
    read, metrics = _metrics_read(backend, whom, gate)
    purse = Purse.of(bench, change.address, whom.training, gate)
    checks = [*metrics, *_prompt_checks(purse, backend, gate)]
    if gate.trial is None:
        return _Found(tuple(checks), asked=purse.spent if asks(gate) else None)
    judged = whom.training.judged
    if judged is not None and judged.by == digest_of(gate) and judged.evidence:
        known = _recorded(bench, backend, change, entry, whom.training)
        return replace(known, checks=(*checks, *known.checks))
    if whom.is_serving and _is_its_own_measure(gate.trial, whom):
        words = "it is the incumbent: compared with itself nothing can fail"
        return _Found((*checks, GateCheck(f"held-out {gate.trial.scorer.metric.value}", True, words, words)))
    try:
        tried = _tried(bench, Contest(backend, change.address, whom.training, whom.rival), gate.trial, gate, purse)
    except (BackendError, ReconcilerError) as exc:
        said = exc.diagnostics if isinstance(exc, ReconcilerError) else (exc.diagnostic,)
        name = f"held-out {gate.trial.scorer.metric.value}"
        checks += (GateCheck(name, False, None, None, words, is_open=True) for words in map(_in_words, said))
        return _Found(tuple(checks), asked=purse.spent)
    checks += check_of_trial(tried, gate.trial)
    if gate.latency_p95_s is not None:
        checks.append(latency_check(tried.took_s, gate.latency_p95_s))
    judgement = concluded(checks, metrics, read, tried, purse)
    return _Found(tuple(checks), tried, judged=judgement, asked=judgement.spent)


def _in_words(said: Diagnostic) -> str:
    place = f"{said.where}: " if said.where else ""
    return f"{place}{said.detail}"


def _is_its_own_measure(trial: Trial, whom: _Whom) -> bool:
    """There is no earlier model that it could be compared with, and no number."""
    return trial.against is Against.INCUMBENT and whom.rival is None and trial.at_least is None


def _tried(bench: Bench, contest: Contest, trial: Trial, gate: GateSpec, purse: Purse) -> Tried:
    asked = 0
    while True:
        answer = try_out(bench, contest, trial, gate, purse)
        if not isinstance(answer, StillJudging):
            return replace(answer, asked=asked + answer.asked)
        asked += answer.asked


def _metrics_read(backend: Backend, whom: _Whom, gate: GateSpec) -> tuple[Read, list[GateCheck]]:
    """What does not answer does not pass."""
    if not gate.metrics:
        return Read(), []
    before = None
    try:
        read = read_metrics(backend, whom.training, gate.metrics)
        before = read_before(backend, gate, whom.rival)
    except BackendError as exc:
        read = Read(trouble=exc.diagnostic.detail, is_final=exc.fault not in MAY_PASS)
    return read, list(metric_checks(read, gate.metrics, before))


def _prompt_checks(purse: Purse, backend: Backend, gate: GateSpec) -> Iterator[GateCheck]:
    settings = settings_for(purse.bench, gate, purse.address, purse.training)
    for prompt in gate.prompts:
        yield prompt_check(purse, backend, prompt, settings, is_patient=False)
