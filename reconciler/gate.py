"""The gate: what is live against its thresholds and prompts. A deployment passes or stops on it.

It fails closed: a metric that is missing, a prompt without an answer, and a gate over nothing do not
pass. A training in progress is neither passed nor failed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.backends.base import Backend, BackendError, PromptOptions
from reconciler.core.change import Change, Plan
from reconciler.core.diagnostics import Severity
from reconciler.core.faults import Fault
from reconciler.core.gate_result import AddressGate, GateCheck, GateResult, Verdict
from reconciler.core.gate_spec import Bound, GateSpec, Prompt
from reconciler.core.judgement import Judged
from reconciler.core.lock import Lock, Training
from reconciler.core.model import Action

_EXCERPT = 80
_MAY_PASS = frozenset({Fault.TRANSIENT, Fault.QUOTA, Fault.AUTH})
"""What says nothing about the model: it is asked again, and is no refusal."""


def judge(plan: Plan, lock: Lock, backends: Mapping[str, Backend]) -> GateResult:
    """Every declared model: trained, active, unchanged, and as its own gate demands."""
    return GateResult(tuple(_judge(c, lock, backends) for c in plan.changes if c.declared and not c.deposed))


def judge_successor(backend: Backend, training: Training, gate: GateSpec) -> Judged:
    """Why a successor must not serve, or "". A service that does not answer now has refused nothing: BackendError."""
    read = _read(backend, training) if gate.metrics else _Read()
    checks = [*_metrics(read, gate.metrics), *(_prompt(backend, training, p, is_patient=True) for p in gate.prompts)]
    missed = [c for c in checks if not c.passed]
    return Judged(
        refused="; ".join(f"{c.name}: wanted {c.wanted}, got {c.got or c.why}" for c in missed),
        metrics=read.last,
        could_tell=not missed or any(c.got or read.is_final for c in missed),
    )


def checks_of(backend: Backend, training: Training, gate: GateSpec) -> Iterator[GateCheck]:
    """The metrics and prompts of one gate, each looked at once. What does not answer does not pass."""
    if gate.metrics:
        try:
            read = _read(backend, training)
        except BackendError as exc:
            read = _Read(trouble=exc.diagnostic.detail)
        yield from _metrics(read, gate.metrics)
    for prompt in gate.prompts:
        yield _prompt(backend, training, prompt)


@dataclass(frozen=True, slots=True)
class _Read:
    """Last values of metrics by name, and why there are none. `is_final`: another look would find the same."""

    last: Mapping[str, float] = field(default_factory=dict)
    trouble: str = ""
    recorded: bool = False
    is_final: bool = True


def _read(backend: Backend, training: Training) -> _Read:
    """From the service; from the lock where the experiment was deleted, since a finished job's values never change."""
    try:
        curves = backend.metrics(training)
    except BackendError as exc:
        if exc.fault is not Fault.NOT_FOUND:
            raise
        known = training.judged.metrics if training.judged else {}
        return _Read(known, "" if known else exc.diagnostic.detail, recorded=bool(known))
    last = {name: points[-1].value for name, points in curves.items() if points}
    return _Read(last, "" if last else "the service shows no metrics of it", is_final=bool(last))


def _judge(change: Change, lock: Lock, backends: Mapping[str, Backend]) -> AddressGate:
    entry = lock.entry(change.renamed_from or change.address)
    serving = entry.serving if entry else None
    state = _state_check(change)
    checks = [state]
    verdict = Verdict.PASSED if state.passed else Verdict.FAILED
    if change.action is Action.AWAIT:
        verdict = Verdict.IN_PROGRESS
    gate = change.declared.gate if change.declared else None
    if verdict is Verdict.PASSED and gate is not None and serving is not None:
        checks += checks_of(backends[change.address.backend], serving[1], gate)
        verdict = Verdict.PASSED if all(c.passed for c in checks) else Verdict.FAILED
    training = serving[1] if serving else None
    return AddressGate(
        change.address,
        verdict,
        tuple(checks),
        model=training.model if training else "",
        endpoint=training.endpoint if training else "",
        command=change.command,
        warnings=tuple(note for note in change.notes if note.severity is Severity.WARNING),
    )


def _state_check(change: Change) -> GateCheck:
    if change.action is Action.NOOP:
        return GateCheck("trained, active and unchanged", passed=True, wanted="yes", got="yes")
    got, why = change.action.word, change.reason.text
    return GateCheck("trained, active and unchanged", passed=False, wanted="unchanged", got=got, why=why)


def _metrics(read: _Read, bounds: Mapping[str, Bound]) -> Iterator[GateCheck]:
    for name, bound in sorted(bounds.items()):
        value = read.last.get(name.lstrip("/"))
        wanted = _in_words(bound)
        if value is None:
            had = f"; it has {', '.join(sorted(read.last))}" if read.last else ""
            yield GateCheck(name, False, wanted, None, read.trouble or f"there is no such metric of it{had}")
            continue
        is_within = (bound.min is None or value >= bound.min) and (bound.max is None or value <= bound.max)
        got = f"{value:.4g}{' (as recorded in the lock; its experiment is gone)' if read.recorded else ''}"
        yield GateCheck(name, is_within, wanted, got, "" if is_within else "outside its bounds")


def _in_words(bound: Bound) -> str:
    low = f">= {bound.min:g}" if bound.min is not None else ""
    high = f"<= {bound.max:g}" if bound.max is not None else ""
    return " and ".join(words for words in (low, high) if words)


def _prompt(backend: Backend, training: Training, prompt: Prompt, *, is_patient: bool = False) -> GateCheck:
    """`is_patient`: whoever asks can ask again later, so that what may pass by itself is raised."""
    name = f"prompt {_excerpt(prompt.text)!r}"
    wanted = f"contains {prompt.contains!r}" if prompt.contains else f"matches /{prompt.matches}/"
    try:
        answer = "".join(backend.generate(training, prompt.text, PromptOptions(temperature=0.0)))
    except BackendError as exc:
        if is_patient and exc.fault in _MAY_PASS:
            raise
        return GateCheck(name, False, wanted, None, exc.diagnostic.detail)
    has_it = prompt.contains in answer if prompt.contains else True
    matches = re.search(prompt.matches, answer) is not None if prompt.matches else True
    passed = bool(answer) and has_it and matches
    why = "" if passed else "the answer differs" if answer else "the answer is empty"
    return GateCheck(name, passed, wanted, _excerpt(answer) or None, why)


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _EXCERPT else line[: _EXCERPT - 1] + "…"
