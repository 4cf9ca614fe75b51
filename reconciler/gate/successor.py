"""A successor before it serves: whether its gate lets it, does not, or cannot tell."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.backends.base import Backend
from reconciler.core.evidence.conclusion import Conclusion
from reconciler.core.gate_result import GateCheck
from reconciler.core.gate_spec import GateSpec
from reconciler.core.gating.finding import worst
from reconciler.core.judgement import Judged, StillJudging
from reconciler.core.lock import Training
from reconciler.core.model import Address
from reconciler.gate.bench import Bench
from reconciler.gate.demands import Read, latency_check, metric_checks, prompt_check, read_before, read_metrics
from reconciler.gate.purse import Purse
from reconciler.gate.settings import settings_for
from reconciler.gate.sides import Contest
from reconciler.gate.trial import Tried, try_out
from reconciler.gate.words import check_of_trial


def judge_successor(
    bench: Bench, backend: Backend, address: Address, training: Training, gate: GateSpec, incumbent: Training | None
) -> Judged | StillJudging:
    """Why a successor must not serve, or "". A service that does not answer now has refused nothing: BackendError.

    What is cheap to know comes first: a metric outside its limits spares the questions of the trial.
    """
    read = read_metrics(backend, training, gate.metrics) if gate.metrics else Read()
    metrics = list(metric_checks(read, gate.metrics, read_before(backend, gate, incumbent)))
    checks = [*metrics]
    settings = settings_for(bench, gate, address, training)
    purse = Purse.of(bench, address, training, gate)
    checks += (prompt_check(purse, backend, p, settings, is_patient=True) for p in gate.prompts)
    tried: Tried | None = None
    if gate.trial is not None and all(c.passed for c in checks):
        answer = try_out(bench, Contest(backend, address, training, incumbent), gate.trial, gate, purse)
        if isinstance(answer, StillJudging):
            return answer
        tried = answer
        checks += check_of_trial(tried, gate.trial)
    if gate.latency_p95_s is not None and tried is not None:
        checks.append(latency_check(tried.took_s, gate.latency_p95_s))
    return concluded(checks, metrics, read, tried, purse if asks(gate) else None)


def asks(gate: GateSpec) -> bool:
    """Whether a model is asked anything: metrics alone are read, and cost nothing."""
    return gate.trial is not None or bool(gate.prompts)


def concluded(
    checks: Sequence[GateCheck], unread: Sequence[GateCheck], read: Read, tried: Tried | None, purse: Purse | None
) -> Judged:
    """What all checks come to; `unread` are those of them that rest on metrics, `purse` what paid for the others."""
    missed = [c for c in checks if not c.passed]
    return Judged(
        refused="; ".join(map(_in_words, missed)),
        metrics=read.last,
        could_tell=_could_tell(checks, unread, tried),
        conclusion=worst([c.conclusion for c in checks]),
        evidence=tried.evidence if tried else (),
        answers=purse.answers if purse else 0,
        spent=purse.spent if purse else None,
    )


def _in_words(check: GateCheck) -> str:
    why = f" ({check.why})" if check.is_open and check.got is not None else ""
    return f"{check.name}: wanted {check.wanted}, got {check.got or check.why}{why}"


def _could_tell(checks: Sequence[GateCheck], unread: Sequence[GateCheck], tried: Tried | None) -> bool:
    """False where nothing is refuted, and what is open is open because nobody could read or answer it now."""
    if any(c.conclusion is Conclusion.FAILED for c in checks):
        return True
    return not (any(c.is_open for c in unread) or (tried is not None and tried.troubles))
