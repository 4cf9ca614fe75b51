"""What gates have said: verdicts, and the numbers that the lock keeps of them. No answer of a model."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.gate_spec import Against, At, Bound, GateSpec, Trial
from reconciler.core.judgement import NO_GATE, digest_of
from reconciler.core.lock import Milestone, Training
from reconciler.core.plurals import counted
from reconciler.render.html.evidence import conclusion_mark, evidence_of
from reconciler.render.html.markup import Content, Element, el
from reconciler.render.html.pieces import Mood, code, link, mark, section, table
from reconciler.render.html.times import moment
from reconciler.render.report_values import Report, ReportedModel
from reconciler.render.words import duration


def gates_section(report: Report) -> Element:
    """Every training that a gate has judged, and every gate that has judged nothing yet."""
    rows = [row for model in report.models for row in _rows(model)]
    heads = ("Address", "Attempt", "Verdict", "When", "By", "What it read")
    body = table("What gates have said", heads, rows, numbers=(1,))
    return section("gates", "Gates", body or el("p", "No model has a gate, and none was judged by one."))


def gate_of(model: ReportedModel) -> Iterator[Content]:
    """The gate of one address, and how each number that the lock has of it lies to its bounds."""
    gate = model.declared.gate if model.declared else None
    if gate is None and not _judged(model):
        return
    yield el("h4", "Gate")
    yield el("p", _demanded(gate))
    for attempt, training in _judged(model)[::-1]:
        yield el("p", f"Attempt {attempt}: ", verdict_mark(training), " ", _by(training, gate))
        yield _numbers(attempt, training, gate)
        yield from evidence_of(f"attempt {attempt}", training.judged) if training.judged else ()


def verdict_mark(training: Training) -> Content:
    """What a gate said of a training."""
    if training.judged is not None and training.judged.conclusion:
        return conclusion_mark(training.judged.conclusion)
    if training.gate_refused:
        could_tell = training.judged is None or training.judged.by
        return mark("refused", Mood.BAD, "✗") if could_tell else mark("inconclusive", Mood.WARNING, "?")
    return mark("passed", Mood.GOOD, "✓")


def _judged(model: ReportedModel) -> list[tuple[str, Training]]:
    found = model.entry.in_order if model.entry else []
    return [(a, t) for a, t in found if t.gate_refused or (t.judged is not None and t.judged.by != NO_GATE)]


def _rows(model: ReportedModel) -> Iterator[tuple[Content, ...]]:
    gate = model.declared.gate if model.declared else None
    judged = _judged(model)[::-1]
    for attempt, training in judged:
        when = moment(training.at(Milestone.REFUSED, Milestone.SERVED))
        yield link(model.address), attempt, verdict_mark(training), when, _by(training, gate), _read(training, gate)
    if gate is not None and not judged:
        yield link(model.address), "", mark("not judged yet"), "", "", _demanded(gate)


def _by(training: Training, gate: GateSpec | None) -> str:
    judged = training.judged
    if judged is not None and not judged.by and judged.conclusion:
        return "it could not tell, and is judged again"
    if judged is None or not judged.by:
        return "the lock does not say by which gate"
    return "by its present gate" if judged.by == digest_of(gate) else "by an earlier gate"


def _demanded(gate: GateSpec | None) -> str:
    if gate is None:
        return "It has no gate any more."
    parts = [
        counted(len(gate.metrics), "metric") if gate.metrics else "",
        counted(len(gate.prompts), "prompt") if gate.prompts else "",
        _trial(gate.trial) if gate.trial else "",
        f"answers within {duration(gate.latency_p95_s)} (95 of 100)" if gate.latency_p95_s else "",
    ]
    return f"It demands: {'; '.join(part for part in parts if part)}."


def _trial(trial: Trial) -> str:
    """Never an item: how many there are, and what must come of them."""
    items = counted(trial.heldout.items, "held-out item") if trial.heldout.items is not None else "held-out items"
    demands = [
        f"not worse by more than {trial.margin:.3g}" if trial.against and trial.margin is not None else "",
        "better" if trial.against and trial.margin is None else "",
        f"at least {trial.at_least:.3g}" if trial.at_least is not None else "",
    ]
    whom = {Against.INCUMBENT: " than the incumbent", Against.BASE: " than its base model", None: ""}[trial.against]
    words = " and ".join(f"{demand}{whom if not demand.startswith('at') else ''}" for demand in demands if demand)
    return f"{trial.scorer.metric.value} on {items}: {words}, confidence {trial.confidence:.0%}"


def _read(training: Training, gate: GateSpec | None) -> Content:
    metrics = training.judged.metrics if training.judged else {}
    wanted = {name.lstrip("/"): bound for name, bound in gate.metrics.items()} if gate else {}
    shown = {name: value for name, value in metrics.items() if name in wanted} or metrics
    numbers = [
        el("div", code(f"{name} {value:.4g}"), " ", _in_words(wanted.get(name))) for name, value in shown.items()
    ]
    proofs = training.judged.evidence if training.judged else ()
    return [*numbers, *(el("div", code(proof.metric), f" on {counted(proof.judged, 'item')}") for proof in proofs)]


def _numbers(attempt: str, training: Training, gate: GateSpec | None) -> Content:
    metrics = training.judged.metrics if training.judged else {}
    wanted = {name.lstrip("/"): bound for name, bound in gate.metrics.items()} if gate else {}
    rows = [
        (code(name), f"{value:.4g}", _in_words(wanted.get(name)), _holds(value, wanted.get(name)))
        for name, value in sorted(metrics.items(), key=lambda m: (m[0] not in wanted, m[0]))
    ]
    heads = ("Metric", "Last value", "Demanded now", "Holds now")
    return table(f"What the gate read of attempt {attempt}", heads, rows, numbers=(1,))


def _in_words(bound: Bound | None) -> str:
    if bound is None:
        return ""
    low = f"at least {bound.min:g}" if bound.min is not None else ""
    high = f"at most {bound.max:g}" if bound.max is not None else ""
    than = f"no worse than the incumbent by more than {bound.no_worse_by:g}" if bound.no_worse_by is not None else ""
    words = " and ".join(words for words in (low, high, than) if words)
    return words if bound.at is At.LAST else f"{words} ({bound.at.value})"


def _holds(value: float, bound: Bound | None) -> Content:
    if bound is None or bound.at is not At.LAST or (bound.min is None and bound.max is None):
        return ""
    is_within = (bound.min is None or value >= bound.min) and (bound.max is None or value <= bound.max)
    return mark("yes", Mood.GOOD, "✓") if is_within else mark("no", Mood.BAD, "✗")
