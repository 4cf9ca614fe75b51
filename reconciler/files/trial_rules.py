"""What the fields of a gate say together: a comparison that lacks something, and words without an effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.durations import duration_s
from reconciler.core.gate_spec import Metric
from reconciler.core.plurals import counted
from reconciler.files.raw import raw_at, raw_text
from reconciler.files.yaml_tree import Document

GATE: Final = ("spec", "tuneform", "gate")

_OF_HELDOUT: Final = (
    "metric", "jsonSchema", "command", "timeout", "judge", "rubric", "against", "atLeast", "margin", "better",
    "confidence", "samples",
)  # fmt: skip
_OF_ANSWERS: Final = ("settings", "maxCost", "latency")
_METRIC_OF: Final = {
    "jsonSchema": "json",
    "command": "command",
    "timeout": "command",
    "judge": "judge",
    "rubric": "judge",
}
"""Fields that one metric alone has."""
_NEEDED: Final = {"command": ("command",), "judge": ("judge", "rubric")}


def trial_mistakes(document: Document, gate: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Of held-out items, and of what asks at all."""
    yield from _durations(document, gate)
    if not _has(gate, "heldout"):
        yield from _without_items(document, gate)
        return
    yield from _comparison(document, gate)
    yield from _metric(document, gate)


def _without_items(document: Document, gate: Mapping[str, Any]) -> Iterator[Diagnostic]:
    if given := [name for name in _OF_HELDOUT if _has(gate, name)]:
        detail = f"Held-out items are what {given[0]} is about, and the gate has no heldout."
        yield _of_key(document, given[0], detail, "Add heldout, with a file of items or a gs:// URI, or remove it.")
    elif not raw_at(gate, "prompts"):
        for name in (name for name in _OF_ANSWERS if _has(gate, name)):
            detail = f"Answers are what {name} is about, and the gate asks nothing."
            yield _of_key(document, name, detail, "Add heldout or prompts, or remove it.")


def _comparison(document: Document, gate: Mapping[str, Any]) -> Iterator[Diagnostic]:
    against = raw_text(gate, "against")
    distance = next((name for name in ("margin", "better") if _has(gate, name)), "")
    if not (_has(gate, "against") or _has(gate, "atLeast") or document.is_trial):
        detail = "The gate has heldout, and says neither what the model is compared with nor what it must reach."
        fix = "Add against: incumbent with a margin such as 5%, or atLeast, such as 90%."
        yield _of_key(document, "heldout", detail, fix)
    elif against and not distance:
        detail = f"The gate is against {against}, and does not say how much worse the model may be."
        yield _of_key(document, "against", detail, "Add margin, such as 5%, or better: 0%.")
    elif distance and not _has(gate, "against"):
        detail = f"Two models are compared by {distance}, and the gate does not say with which."
        yield _of_key(document, distance, detail, "Add against: incumbent or against: base, or remove it.")


def _metric(document: Document, gate: Mapping[str, Any]) -> Iterator[Diagnostic]:
    metric = raw_at(gate, "metric") or Metric.EXACT.value
    for name in _NEEDED.get(metric, ()) if isinstance(metric, str) else ():
        if not _has(gate, name):
            yield _of_key(document, "metric", f"metric is {metric}, and the gate has no {name}.", f"Add {name}.")
    for name, owner in _METRIC_OF.items():
        if _has(gate, name) and metric != owner:
            detail = f"Only metric: {owner} takes {name}, and the metric is {metric}."
            yield _of_key(document, name, detail, f"Write metric: {owner}, or remove it.")


def _durations(document: Document, gate: Mapping[str, Any]) -> Iterator[Diagnostic]:
    for path in (("timeout",), ("latency", "p95")):
        text = raw_text(gate, *path)
        if text is not None and duration_s(text) == 0:
            where = document.place((*GATE, *path))
            yield spec_error("SPEC049", where, f"{path[-1]} is {text}: nothing is so quick.", "Write a longer time.")


def prompt_counts(document: Document, index: int, prompt: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """More answers that must be right than there are."""
    samples, wanted = raw_at(prompt, "samples"), raw_at(prompt, "atLeast")
    samples = 1 if samples is None else samples
    if isinstance(samples, int) and isinstance(wanted, int) and 1 <= samples < wanted:
        detail = f"{wanted} of {counted(samples, 'answer')} must be right: the gate would never pass."
        where = document.place((*GATE, "prompts", index, "atLeast"))
        yield spec_error("SPEC049", where, detail, f"Use at most {samples}, or samples: {wanted}.")


def bound_comparison(document: Document, at: tuple[str, ...], bound: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """A difference without anything to differ from."""
    if _has(bound, "noWorseBy") and not _has(bound, "against"):
        where = document.place((*GATE, *at, "noWorseBy"), of_key=True)
        detail = "noWorseBy compares the value with another one, and the limit does not say with whose."
        yield spec_error("SPEC070", where, detail, "Add against: incumbent, or remove it.")


def _has(mapping: Mapping[str, Any], name: str) -> bool:
    return raw_at(mapping, name) is not None


def _of_key(document: Document, name: str, detail: str, fix: str) -> Diagnostic:
    return spec_error("SPEC070", document.place((*GATE, name), of_key=True), detail, fix)
