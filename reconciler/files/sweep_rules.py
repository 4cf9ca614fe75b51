"""Rules of sweeps: which fields, how many trials, and by what the best one is selected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.dialect import Dialect
from reconciler.core.dialects import DIALECTS
from reconciler.core.likeness import nearest
from reconciler.core.metric_names import evaluated, is_lower_better
from reconciler.core.plurals import counted
from reconciler.core.suggest import suggest
from reconciler.files.exclusions import excluded
from reconciler.files.known_metrics import KnownMetrics
from reconciler.files.raw import raw_at, raw_text
from reconciler.files.schema import BACKENDS
from reconciler.files.schema.sweep import VALUES_MAX
from reconciler.files.sweeping import (
    SELECT,
    SWEEP,
    SweptField,
    fields_that_sweep,
    is_sweep,
    is_too_long,
    sweep_of,
    swept_fields,
    trials_of,
    trials_wanted,
)
from reconciler.files.yaml_spelling import camel
from reconciler.files.yaml_tree import Document

_OF_ONE_MODEL = (("existing",), ("serve", "checkpoint"), ("extra",))
"""What `tuneform` says of one model, and a sweep has many."""


def sweep_mistakes(kind: str, document: Document) -> Iterator[Diagnostic]:
    """Nothing is said of a spec without a sweep, but that it selects."""
    dialect = DIALECTS[BACKENDS[kind]]
    swept = sweep_of(document.value) if is_sweep(kind, document) else None
    if swept is None:
        if raw_at(document.value, *SELECT) is not None:
            where = document.place(SELECT, of_key=True)
            yield spec_error("SPEC067", where, "The spec selects, and sweeps nothing.", "Add sweep, or remove select.")
        return
    fields = swept_fields(kind, document)
    yield from _beside(document)
    yield from _field_mistakes(kind, document, swept)
    of_values = list(_value_mistakes(document, fields))
    yield from of_values
    count = trials_wanted(fields)
    if count > VALUES_MAX:
        detail = f"These are {counted(count, 'trial')}, and each is a training."
        fix = f"Sweep at most {VALUES_MAX}: fewer values, or fewer fields at once."
        yield spec_error("SPEC067", document.place(SWEEP, of_key=True), detail, fix)
    elif fields and not of_values:
        yield from _name_mistakes(kind, document, fields)
    yield from _selection(dialect, document)


def _beside(document: Document) -> Iterator[Diagnostic]:
    yield from excluded(document, _OF_ONE_MODEL, "sweep", "it is of one model, a sweep has many")


def _field_mistakes(kind: str, document: Document, swept: Mapping[Any, Any]) -> Iterator[Diagnostic]:
    known = fields_that_sweep(kind, document)
    for key in swept:
        path = known.get(camel(key)) if isinstance(key, str) else None
        where = document.place((*SWEEP, key), of_key=True)
        if path is None:
            near = nearest(str(key), known)
            fix = f'Did you mean "{near}"?' if near else f"Known here: {', '.join(known)}."
            yield spec_error("SPEC067", where, f"{key} is nothing that can be swept.", fix)
        elif raw_at(document.value, *map(str, path)) is not None:
            detail = f"{key} is swept, and it stands at {'.'.join(map(str, path))} too."
            yield spec_error("SPEC031", where, detail, f"Remove {'.'.join(map(str, path))}.")


def _value_mistakes(document: Document, fields: list[SweptField]) -> Iterator[Diagnostic]:
    for field in fields:
        for value, times in Counter(map(str, field.values)).items():
            if times > 1:
                at = max(i for i, given in enumerate(field.values) if str(given) == value)
                where = document.place((*SWEEP, field.key, at))
                yield spec_error("SPEC067", where, f"{field.key} has {value} twice.", "Remove one of them.")


def _name_mistakes(kind: str, document: Document, fields: list[SweptField]) -> Iterator[Diagnostic]:
    names = [raw_text(trial.value, "metadata", "name") or "" for trial in trials_of(kind, document, fields)]
    where = document.place(("metadata", "name"))
    if any(map(is_too_long, names)):
        longest = max(names, key=len)
        over = len(longest) - 63
        fix = f"Shorten the name by {counted(over, 'character')}."
        yield spec_error("SPEC067", where, f"A trial would be called {longest}, and names have 63 at most.", fix)
    elif len(set(names)) < len(names):
        twice = Counter(names).most_common(1)[0][0]
        yield spec_error(
            "SPEC067", where, f"Two trials would be called {twice}.", "Sweep other values, or other fields."
        )


def _selection(dialect: Dialect, document: Document) -> Iterator[Diagnostic]:
    select = raw_at(document.value, *SELECT)
    if select is None:
        detail = "The spec sweeps, and does not say how the best trial is selected."
        fix = "Add select, such as select: {metric: eval_total_loss}."
        yield spec_error("SPEC068", document.place(SWEEP, of_key=True), detail, fix)
        return
    metric, where = raw_text(select, "metric"), document.place((*SELECT, "metric"))
    if metric is not None:
        yield from _metric_mistakes(dialect, document, metric, where)
    heldout = raw_text(select, "gate", "heldout")
    if heldout is not None and heldout == raw_text(document.value, "spec", "tuneform", "gate", "heldout"):
        where = document.place((*SELECT, "gate", "heldout"))
        detail = f"{heldout} is the set of the gate too: the best of many on it looks better there than it is."
        yield spec_error(
            "SPEC068",
            where,
            detail,
            f"Select on a set of its own: {suggest('dataset', 'split').quoted} can make two of one.",
        )


def _metric_mistakes(dialect: Dialect, document: Document, metric: str, where: Any) -> Iterator[Diagnostic]:
    known = KnownMetrics.of(dialect, document)
    if evaluated(metric):
        detail = f"{metric} is of the service's own evaluation, and trials are compared by their curves."
        yield spec_error("SPEC068", where, detail, "Select by a loss, a fraction or a reward; or by a gate.")
        return
    if missing := known.missing(metric, known.names):
        yield spec_error("SPEC048", where, *missing)
    elif known.lacks_validation(metric):
        detail = f"{metric} is measured on validation data, and the spec has none."
        yield spec_error("SPEC047", where, detail, f"Add validationDatasetUri to {known.method}.")
    elif is_lower_better(metric) is None:
        detail = f"{metric} only counts: of two values neither is the better one."
        yield spec_error("SPEC068", where, detail, "Select by a loss, a fraction or a reward.")
