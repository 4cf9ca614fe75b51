"""The gate: what is live against its thresholds and prompts. A deployment passes or stops on it.

It fails closed: a metric that is missing, a prompt without an answer, and a gate over nothing do not
pass. A training in progress is neither passed nor failed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from reconciler.backends.base import Backend, BackendError, PromptOptions
from reconciler.core.change import Change, Plan
from reconciler.core.gate_result import AddressGate, GateCheck, GateResult, Verdict
from reconciler.core.lock import Lock, Training
from reconciler.core.model import Action, Bound, GateSpec, Prompt

_EXCERPT = 80


def judge(plan: Plan, lock: Lock, backends: Mapping[str, Backend]) -> GateResult:
    """Every declared model: trained, active, unchanged, and as its own gate demands."""
    return GateResult(tuple(_judge(c, lock, backends) for c in plan.changes if c.declared and not c.deposed))


def judge_successor(backend: Backend, training: Training, gate: GateSpec) -> str:
    """Why a successor must not serve, or ""."""
    missed = [c for c in checks_of(backend, training, gate) if not c.passed]
    return "; ".join(f"{c.name}: wanted {c.wanted}, got {c.got or c.why}" for c in missed)


def checks_of(backend: Backend, training: Training, gate: GateSpec) -> Iterator[GateCheck]:
    """The metrics and prompts of one gate, each looked at once."""
    if gate.metrics:
        yield from _metrics(backend, training, gate.metrics)
    for prompt in gate.prompts:
        yield _prompt(backend, training, prompt)


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
    )


def _state_check(change: Change) -> GateCheck:
    if change.action is Action.NOOP:
        return GateCheck("trained, active and unchanged", passed=True, wanted="yes", got="yes")
    got, why = change.action.word, change.reason.text
    return GateCheck("trained, active and unchanged", passed=False, wanted="unchanged", got=got, why=why)


def _metrics(backend: Backend, training: Training, bounds: Mapping[str, Bound]) -> Iterator[GateCheck]:
    try:
        curves = backend.metrics(training)
        trouble = ""
    except BackendError as exc:
        curves, trouble = {}, exc.diagnostic.detail
    for name, bound in sorted(bounds.items()):
        points = curves.get(name.lstrip("/"), ())
        wanted = _in_words(bound)
        if not points:
            yield GateCheck(name, False, wanted, "", trouble or "the service has no such metric")
            continue
        value = points[-1].value
        is_within = (bound.min is None or value >= bound.min) and (bound.max is None or value <= bound.max)
        yield GateCheck(name, is_within, wanted, f"{value:.4g}", "" if is_within else "outside its bounds")


def _in_words(bound: Bound) -> str:
    low = f">= {bound.min:g}" if bound.min is not None else ""
    high = f"<= {bound.max:g}" if bound.max is not None else ""
    return " and ".join(words for words in (low, high) if words)


def _prompt(backend: Backend, training: Training, prompt: Prompt) -> GateCheck:
    name = f"prompt {_excerpt(prompt.text)!r}"
    wanted = f"contains {prompt.contains!r}" if prompt.contains else f"matches /{prompt.matches}/"
    try:
        answer = "".join(backend.generate(training, prompt.text, PromptOptions(temperature=0.0)))
    except BackendError as exc:
        return GateCheck(name, False, wanted, "", exc.diagnostic.detail)
    has_it = prompt.contains in answer if prompt.contains else True
    matches = re.search(prompt.matches, answer) is not None if prompt.matches else True
    passed = bool(answer) and has_it and matches
    return GateCheck(name, passed, wanted, _excerpt(answer), "" if passed else "the answer differs")


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _EXCERPT else line[: _EXCERPT - 1] + "…"
