"""What a gate demands besides a trial: metrics of the training, single prompts, and the time that answers take."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from reconciler.backends.base import Backend, BackendError
from reconciler.backends.threads import gather
from reconciler.core.digest import digest
from reconciler.core.faults import Fault
from reconciler.core.gate_result import GateCheck
from reconciler.core.gate_spec import Bound, Prompt
from reconciler.core.lock import Training
from reconciler.core.plurals import counted
from reconciler.core.questions import AnswerKey, ModelAnswer, Question
from reconciler.gate.bench import Bench

_EXCERPT = 80
MAY_PASS = frozenset({Fault.TRANSIENT, Fault.QUOTA, Fault.AUTH})
"""What says nothing about the model: it is asked again, and is no refusal."""
LEAST_TIMED: Final = 20
"""Answers without which 95 of 100 are no more than the slowest."""


@dataclass(frozen=True, slots=True)
class Read:
    """Last values of metrics by name, and why there are none. `is_final`: another look would find the same."""

    last: Mapping[str, float] = field(default_factory=dict)
    trouble: str = ""
    recorded: bool = False
    is_final: bool = True


def read_metrics(backend: Backend, training: Training) -> Read:
    """From the service; from the lock where the experiment was deleted, since a finished job's values never change."""
    try:
        curves = backend.metrics(training)
    except BackendError as exc:
        if exc.fault is not Fault.NOT_FOUND:
            raise
        known = training.judged.metrics if training.judged else {}
        return Read(known, "" if known else exc.diagnostic.detail, recorded=bool(known))
    last = {name: points[-1].value for name, points in curves.items() if points}
    return Read(last, "" if last else "the service shows no metrics of it", is_final=bool(last))


def metric_checks(read: Read, bounds: Mapping[str, Bound]) -> Iterator[GateCheck]:
    """Each within its limits. What nobody can read yet is open."""
    for name, bound in sorted(bounds.items()):
        value = read.last.get(name.lstrip("/"))
        wanted = _in_words(bound)
        if value is None:
            had = f"; it has {', '.join(sorted(read.last))}" if read.last else ""
            why = read.trouble or f"there is no such metric of it{had}"
            yield GateCheck(name, False, wanted, None, why, is_open=not read.is_final)
            continue
        is_within = (bound.min is None or value >= bound.min) and (bound.max is None or value <= bound.max)
        got = f"{value:.4g}{' (as recorded in the lock; its experiment is gone)' if read.recorded else ''}"
        yield GateCheck(name, is_within, wanted, got, "" if is_within else "outside its bounds")


def _in_words(bound: Bound) -> str:
    low = f">= {bound.min:g}" if bound.min is not None else ""
    high = f"<= {bound.max:g}" if bound.max is not None else ""
    return " and ".join(words for words in (low, high) if words)


def prompt_check(
    bench: Bench, backend: Backend, training: Training, prompt: Prompt, settings: Mapping[str, Any], *, is_patient: bool
) -> GateCheck:
    """As many of its answers as it demands have what it demands. `is_patient`: what may pass by itself is raised."""
    name = f"prompt {_excerpt(prompt.text)!r}"
    needed = prompt.samples if prompt.at_least is None else prompt.at_least
    wanted = f"contains {prompt.contains!r}" if prompt.contains else f"matches /{prompt.matches}/"
    if prompt.samples > 1:
        wanted += f" in {needed} of {counted(prompt.samples, 'answer')}"
    ask = partial(_answer, bench, backend, training, prompt, settings)
    try:
        answers = gather([partial(ask, sample) for sample in range(1, prompt.samples + 1)], bench.parallelism)
    except BackendError as exc:
        if is_patient and exc.fault in MAY_PASS:
            raise
        return GateCheck(name, False, wanted, None, exc.diagnostic.detail, is_open=exc.fault in MAY_PASS)
    right = [answer for answer in answers if _has(prompt, answer)]
    passed = len(right) >= needed
    shown = next((answer for answer in answers if answer not in right), answers[0])
    got = _excerpt(shown.text) or None
    if prompt.samples > 1:
        got = f"{len(right)} of {prompt.samples}{f', such as {got!r}' if got and not passed else ''}"
    why = "" if passed else shown.error or ("the answer differs" if shown.text else "the answer is empty")
    return GateCheck(name, passed, wanted, got, why)


def _answer(
    bench: Bench, backend: Backend, training: Training, prompt: Prompt, settings: Mapping[str, Any], sample: int
) -> ModelAnswer:
    contents = ({"role": "user", "parts": [{"text": prompt.text}]},)
    model = f"{training.model} {training.endpoint}"
    key = AnswerKey(model, digest([list(contents)])[:20], digest(dict(settings))[:20], sample)
    known = bench.answers.get(key)
    if known is None:
        known = bench.answers.put(key, backend.ask(training, Question(contents, settings=settings)))
    return known


def _has(prompt: Prompt, answer: ModelAnswer) -> bool:
    has_it = prompt.contains in answer.text if prompt.contains else True
    matches = re.search(prompt.matches, answer.text) is not None if prompt.matches else True
    return bool(answer.text) and has_it and matches


def latency_check(took_s: Sequence[float], p95_s: float) -> GateCheck:
    """The time that 95 of 100 answers keep, by the nearest rank."""
    name, wanted = "latency p95", f"<= {p95_s:g} s"
    if len(took_s) < LEAST_TIMED:
        why = f"{counted(len(took_s), 'answer')} of {LEAST_TIMED} that are needed"
        return GateCheck(name, False, wanted, None, why, is_open=True)
    found = sorted(took_s)[math.ceil(0.95 * len(took_s)) - 1]
    return GateCheck(name, found <= p95_s, wanted, f"{found:.3g} s", "" if found <= p95_s else "too slow")


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _EXCERPT else line[: _EXCERPT - 1] + "…"
