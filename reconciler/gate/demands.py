"""What a gate demands besides a trial: metrics of the training, single prompts, and the time that answers take."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, TypeAlias

from reconciler.backends.base import Backend, BackendError
from reconciler.backends.threads import gather
from reconciler.core.curves import Curves, at_checkpoint, best, last
from reconciler.core.digest import digest
from reconciler.core.faults import Fault
from reconciler.core.gate_result import GateCheck
from reconciler.core.gate_spec import At, Bound, GateSpec, Prompt
from reconciler.core.lock import CheckpointRecord, Training
from reconciler.core.measured import last_values
from reconciler.core.metric_names import EVALUATION, evaluated, is_lower_better
from reconciler.core.plurals import counted
from reconciler.core.questions import AnswerKey, ModelAnswer, Question
from reconciler.gate.bench import key_of
from reconciler.gate.purse import Purse

_EXCERPT = 80
MAY_PASS = frozenset({Fault.TRANSIENT, Fault.QUOTA, Fault.AUTH})
"""What says nothing about the model: it is asked again, and is no refusal."""
LEAST_TIMED: Final = 20
"""Answers without which 95 of 100 are no more than the slowest."""


MetricValues: TypeAlias = Mapping[At, Mapping[str, float]]
"""By which point counts, and by the metric's name."""


@dataclass(frozen=True, slots=True)
class Read:
    """Values of metrics, and why there are none. `is_final`: another look would find the same."""

    values: MetricValues = field(default_factory=dict)
    trouble: str = ""
    recorded: bool = False
    is_final: bool = True

    @property
    def last(self) -> Mapping[str, float]:
        """What the lock keeps of them."""
        return self.values.get(At.LAST, {})

    def of(self, name: str, bound: Bound) -> float | None:
        """The value that this bound is about."""
        return self.values.get(bound.at, {}).get(name.lstrip("/"))


def read_metrics(backend: Backend, training: Training, bounds: Mapping[str, Bound]) -> Read:
    """From the lock, where the curves were read when the training ended: a finished job's values never change.

    From the service where that does not have everything that is limited; and where the experiment was deleted, what
    the lock has. Scores of the service's own evaluation are always from there.
    """
    scores = _scores(training)
    read = _read_curves(backend, training, {name: bound for name, bound in bounds.items() if not evaluated(name)})
    return replace(read, values={at: {**read.values.get(at, {}), **scores[at]} for at in At})


def _read_curves(backend: Backend, training: Training, bounds: Mapping[str, Bound]) -> Read:
    if not bounds:
        return Read()
    kept = Read(_recorded(training)) if training.measured is not None else Read()
    if kept.values and all(kept.of(name, bound) is not None for name, bound in bounds.items()):
        return kept
    try:
        curves = backend.metrics(training)
    except BackendError as exc:
        if exc.fault is not Fault.NOT_FOUND:
            raise
        known = _recorded(training)
        return Read(known, "" if known else exc.diagnostic.detail, recorded=bool(known))
    values = _values(curves, training)
    return Read(values, "" if values[At.LAST] else "the service shows no metrics of it", is_final=bool(values[At.LAST]))


def read_before(backend: Backend, gate: GateSpec, incumbent: Training | None) -> Read | None:
    """The same of what serves, where some bound is about it."""
    if incumbent is None or all(bound.no_worse_by is None for bound in gate.metrics.values()):
        return None
    return read_metrics(backend, incumbent, {n: b for n, b in gate.metrics.items() if b.no_worse_by is not None})


def _scores(training: Training) -> MetricValues:
    """By the names that specs have for them. What names no checkpoint is of the model, as the last one is."""
    found: dict[At, dict[str, float]] = {at: {} for at in At}
    serves = _serving_checkpoint(training)
    steps = {c.checkpoint_id: c.step for c in training.checkpoints}
    for one in sorted(training.evaluations, key=lambda e: steps.get(e.checkpoint_id, -1)):
        for score, value in one.scores.items():
            name = f"{EVALUATION}{score}"
            best_yet = found[At.BEST].get(name, value)
            found[At.LAST][name] = value
            if is_lower_better(name) is False:
                found[At.BEST][name] = max(best_yet, value)
            if serves is not None and one.checkpoint_id == serves.checkpoint_id:
                found[At.CHECKPOINT][name] = value
    return found if serves is not None else {**found, At.CHECKPOINT: found[At.LAST]}


def _values(curves: Curves, training: Training) -> MetricValues:
    found: dict[At, dict[str, float]] = {At.LAST: {}, At.BEST: {}, At.CHECKPOINT: {}}
    serves = _serving_checkpoint(training)
    for name in curves:
        points = {At.LAST: last(curves, name), At.BEST: best(curves, name)}
        points[At.CHECKPOINT] = at_checkpoint(curves, name, serves.step) if serves else points[At.LAST]
        for at, point in points.items():
            if point is not None:
                found[at][name] = point.value
    return found


def _recorded(training: Training) -> MetricValues:
    """What the lock kept when the training ended, or when a gate read it."""
    ends, kept = last_values(training), training.measured
    if kept is None:
        return {At.LAST: ends} if ends else {}
    serves = _serving_checkpoint(training)
    return {
        At.LAST: ends,
        At.BEST: {name: point.value for name, point in kept.best.items()},
        At.CHECKPOINT: kept.checkpoints.get(serves.checkpoint_id, {}) if serves else ends,
    }


def _serving_checkpoint(training: Training) -> CheckpointRecord | None:
    """The one that answers at the training's endpoint, where that is not the model's end."""
    return next((c for c in training.checkpoints if c.endpoint and c.endpoint == training.endpoint), None)


def metric_checks(read: Read, bounds: Mapping[str, Bound], before: Read | None = None) -> Iterator[GateCheck]:
    """Each within its limits, and none worse than `before`, where a bound says so. What nobody can read is open."""
    for name, bound in sorted(bounds.items()):
        value = read.of(name, bound)
        label = name if bound.at is At.LAST else f"{name} ({bound.at.value})"
        limits = _limits(name, bound, before)
        if value is None:
            had = f"; it has {', '.join(sorted(read.last))}" if read.last else ""
            why = read.trouble or f"there is no such metric of it{had}"
            yield GateCheck(label, False, _in_words(*limits), None, why, is_open=not read.is_final)
            continue
        least, most = limits
        is_within = (least is None or value >= least) and (most is None or value <= most)
        got = f"{value:.4g}{' (as recorded in the lock; its experiment is gone)' if read.recorded else ''}"
        yield GateCheck(label, is_within, _in_words(least, most), got, "" if is_within else "outside its bounds")
        if bound.no_worse_by is not None and (before is None or before.of(name, bound) is None):
            why = (
                "nothing serves that it could be compared with" if before is None else "what serves has no such metric"
            )
            yield GateCheck(label, before is None, "not worse than what serves", None, why, is_open=before is not None)


def _limits(name: str, bound: Bound, before: Read | None) -> tuple[float | None, float | None]:
    """With what the incumbent's own value allows. A metric of which neither less nor more is better allows all."""
    known = before.of(name, bound) if before is not None and bound.no_worse_by is not None else None
    if known is None or bound.no_worse_by is None:
        return bound.min, bound.max
    lower = is_lower_better(name)
    least = max(
        (x for x in (bound.min, known - bound.no_worse_by if lower is False else None) if x is not None), default=None
    )
    most = min((x for x in (bound.max, known + bound.no_worse_by if lower else None) if x is not None), default=None)
    return least, most


def _in_words(least: float | None, most: float | None) -> str:
    low = f">= {least:g}" if least is not None else ""
    high = f"<= {most:g}" if most is not None else ""
    return " and ".join(words for words in (low, high) if words)


def prompt_check(
    purse: Purse, backend: Backend, prompt: Prompt, settings: Mapping[str, Any], *, is_patient: bool
) -> GateCheck:
    """As many of its answers as it demands have what it demands. `is_patient`: what may pass by itself is raised.

    Prompts are few: they are paid out of the purse, and asked even where it is empty.
    """
    name = f"prompt {_excerpt(prompt.text)!r}"
    needed = prompt.samples if prompt.at_least is None else prompt.at_least
    wanted = f"contains {prompt.contains!r}" if prompt.contains else f"matches /{prompt.matches}/"
    if prompt.samples > 1:
        wanted += f" in {needed} of {counted(prompt.samples, 'answer')}"
    ask = partial(_answer, purse, backend, prompt, settings)
    samples = range(1, prompt.samples + 1)
    try:
        with nullcontext() if _knows(purse, prompt, settings, samples) else purse.timed():
            answers = gather([partial(ask, sample) for sample in samples], purse.bench.parallelism)
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


def _knows(purse: Purse, prompt: Prompt, settings: Mapping[str, Any], samples: Sequence[int]) -> bool:
    keys = (prompt_question(purse.training, prompt, settings, sample)[0] for sample in samples)
    return all(purse.bench.answers.get(key) is not None for key in keys)


def _answer(purse: Purse, backend: Backend, prompt: Prompt, settings: Mapping[str, Any], sample: int) -> ModelAnswer:
    training, answers = purse.training, purse.bench.answers
    key, question = prompt_question(training, prompt, settings, sample)
    known = answers.get(key)
    if known is None:
        asked = backend.ask(training, question)
        purse.pay_answer(training, question, asked)
        known = answers.put(key, asked)
    return known


def prompt_question(
    training: Training, prompt: Prompt, settings: Mapping[str, Any], sample: int
) -> tuple[AnswerKey, Question]:
    """What a prompt asks, and under which key the answer is kept."""
    contents = ({"role": "user", "parts": [{"text": prompt.text}]},)
    key = key_of(training, digest([list(contents)])[:20], settings, sample)
    return key, Question(contents, settings=settings)


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
