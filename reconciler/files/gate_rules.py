"""Gates that can never hold, or that say nothing: found when the spec is loaded, before a training is paid for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.dialect import Dialect
from reconciler.core.metric_names import on_training_data, range_of
from reconciler.files.known_metrics import KnownMetrics
from reconciler.files.raw import raw_at
from reconciler.files.schema.gate import METRICS_MAX
from reconciler.files.trial_rules import GATE, bound_comparison, prompt_counts, trial_mistakes
from reconciler.files.yaml_tree import Document

_DEMANDS = ("heldout", "metrics", "prompts")


def gate_mistakes(dialect: Dialect, document: Document) -> Iterator[Diagnostic]:
    """What no field of a gate can tell alone."""
    gate = raw_at(document.value, *GATE)
    if not isinstance(gate, Mapping):
        return
    metrics, prompts = gate.get("metrics"), gate.get("prompts")
    if not any(value for name, value in gate.items() if name in _DEMANDS) and not gate.keys() - set(_DEMANDS):
        detail = "The gate has neither heldout nor metrics nor prompts: it would let everything pass."
        yield _error("SPEC049", document, (), detail, "Add some, or remove the gate.", of_key=True)
    yield from trial_mistakes(document, gate)
    if isinstance(metrics, Mapping):
        yield from _metric_mistakes(document, metrics, KnownMetrics.of(dialect, document))
    if isinstance(prompts, list):
        yield from _prompt_mistakes(document, prompts)


def _metric_mistakes(document: Document, bounds: Mapping[Any, Any], known: KnownMetrics) -> Iterator[Diagnostic]:
    first: dict[str, str] = {}
    for key, bound in islice(bounds.items(), METRICS_MAX):  # beyond, their number is the mistake
        if not isinstance(key, str):
            continue
        name = key.removeprefix("/")
        at = ("metrics", key)
        if name in first:
            detail = f"{key} and {first[name]} are one metric."
            yield _error("SPEC049", document, at, detail, "Put both limits under one of them.", of_key=True)
            continue
        first[name] = key
        named = list(_name_mistakes(document, key, name, known))
        yield from named
        if isinstance(bound, Mapping):
            yield from bound_comparison(document, at, bound)
            yield from _bound_mistakes(document, at, name, bound) if not named else ()


def _name_mistakes(document: Document, key: str, name: str, known: KnownMetrics) -> Iterator[Diagnostic]:
    at = ("metrics", key)
    if missing := known.missing(name, known.names):
        yield _error("SPEC048", document, at, *missing, of_key=True)
    elif known.lacks_validation(name):
        detail = f"{name} is measured on validation data, and the spec has none: the gate would never pass."
        other = on_training_data(name)
        fix = f"Add validationDatasetUri to {known.method}{f', or limit {other}' if other else ''}."
        yield _error("SPEC047", document, at, detail, fix, of_key=True)


def _bound_mistakes(
    document: Document, at: tuple[str, ...], name: str, bound: Mapping[str, Any]
) -> Iterator[Diagnostic]:
    lowest, highest = range_of(name)
    least, most = _number(bound.get("min")), _number(bound.get("max"))
    if most is not None and most < lowest:
        detail = f"max is {most:g}, and {name} is never below {lowest:g}."
        yield _error("SPEC049", document, (*at, "max"), detail, f"Use a number of {lowest:g} or more.")
    if least is not None and highest is not None and least > highest:
        detail = f"min is {least:g}, and {name} is a share, from 0 to 1."
        fix = f"Write {least / 100:g} for {least:g} %." if least <= 100 else "Use a number from 0 to 1."
        yield _error("SPEC049", document, (*at, "min"), detail, fix)


def _prompt_mistakes(document: Document, prompts: Sequence[Any]) -> Iterator[Diagnostic]:
    for index, prompt in enumerate(prompts):
        if not isinstance(prompt, Mapping):
            continue
        yield from prompt_counts(document, index, prompt)
        for name in ("text", "contains", "matches"):
            value = prompt.get(name)
            # An empty text has a mistake of its own.
            if not isinstance(value, str) or value.strip() or (name == "text" and not value):
                continue
            blank = "is blank" if value else "is empty"
            detail = f"{name} {blank}: every answer has that." if name != "text" else f"{name} {blank}."
            fix = "Write what the answer must have, or remove it." if name != "text" else "Write a prompt."
            yield _error("SPEC049", document, ("prompts", index, name), detail, fix)


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _error(
    code: str, document: Document, path: tuple[str | int, ...], detail: str, fix: str, *, of_key: bool = False
) -> Diagnostic:
    return spec_error(code, document.place((*GATE, *path), of_key=of_key), detail, fix)
