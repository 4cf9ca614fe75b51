"""Checkpoints that no training of the spec will leave: found when it is loaded, before a training is paid for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from reconciler.core.checkpoints import LAST, metric_of
from reconciler.core.codes_spec import spec_error, spec_warning
from reconciler.core.copying import FROM
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.dialect import Dialect
from reconciler.core.metric_names import is_lower_better, on_training_data
from reconciler.core.plurals import counted
from reconciler.files.known_metrics import KnownMetrics, method_of
from reconciler.files.raw import raw_at
from reconciler.files.yaml_tree import Document

_AT: Final = ("spec", "tuneform", "serve", "checkpoint")
_ALIAS: Final = ("spec", "tuneform", "serve", "alias")
_ID: Final = re.compile("[1-9][0-9]{0,8}")
"""Of a checkpoint, and a number of epochs that one can be beyond. What is longer has a mistake of its own."""
_MOST: Final = 10
"""Checkpoints of one training. Source: Google's page on checkpoints: one an epoch below ten, else about ten."""


def checkpoint_mistakes(dialect: Dialect, document: Document) -> Iterator[Diagnostic]:
    """Nothing is said of a copy, which has a mistake of its own, nor of what has no good form."""
    spec, wanted = raw_at(document.value, "spec"), _wanted(document)
    if not wanted or wanted == LAST or raw_at(spec, FROM) is not None:
        return
    last_only = method_of(dialect, spec).last_checkpoint_only
    if not dialect.has_checkpoints:
        yield _error("SPEC080", document, f"Trainings of {dialect.title} leave no checkpoints.", "Remove serve.")
    elif last_only and raw_at(spec, *last_only.split(".")) is True:
        name = last_only.rpartition(".")[-1]
        detail = f"serve.checkpoint is {wanted}, and with {name} there is no checkpoint but the last."
        yield _error("SPEC080", document, detail, f"Remove {name}, or write last.")
    elif metric := metric_of(wanted):
        yield from _metric_mistakes(document, metric, KnownMetrics.of(dialect, document))
    elif _ID.fullmatch(wanted):
        yield from _id_mistakes(document, int(wanted), _epochs(dialect, spec))


def alias_mistakes(dialect: Dialect, document: Document) -> Iterator[Diagnostic]:
    """One where models have no versions."""
    if not dialect.has_aliases and raw_at(document.value, *_ALIAS) is not None:
        where = document.place(_ALIAS, of_key=True)
        detail = f"Models of {dialect.title} have no versions that could have one."
        yield spec_error("SPEC069", where, detail, "Remove alias.")


def _wanted(document: Document) -> str:
    """As it is written: an id may be a number."""
    found = raw_at(document.value, *_AT)
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def _epochs(dialect: Dialect, spec: Any) -> int | None:
    """None where the service decides: whatever is asked for may be there then."""
    found = raw_at(spec, *method_of(dialect, spec).epochs.split("."))
    return int(found) if isinstance(found, str | int) and _ID.fullmatch(str(found)) else None


def _id_mistakes(document: Document, wanted: int, epochs: int | None) -> Iterator[Diagnostic]:
    if epochs is not None and wanted > epochs:
        leaves = "checkpoint 1 alone" if epochs == 1 else f"at most the checkpoints 1 to {epochs}"
        detail = f"{_of(epochs)} has {leaves}, and serve.checkpoint is {wanted}."
        yield _error("SPEC080", document, detail, f"Use {'1' if epochs == 1 else f'at most {epochs}'}, or last.")
    elif epochs is not None and wanted > _MOST:
        detail = f"{_of(epochs)} has about {counted(_MOST, 'checkpoint')}, and serve.checkpoint is {wanted}."
        fix = "Use last or best METRIC, or look at its checkpoints once it is trained."
        yield spec_warning("SPEC081", document.place(_AT), detail, fix)


def _of(epochs: int) -> str:
    return f"A training of {counted(epochs, 'epoch')}"


def _metric_mistakes(document: Document, name: str, known: KnownMetrics) -> Iterator[Diagnostic]:
    graded = [n for n in known.names if is_lower_better(n) is not None and not known.lacks_validation(n)]
    if missing := known.missing(name, graded):
        yield _error("SPEC048", document, *missing)
    elif known.lacks_validation(name):
        detail = f"{name} is measured on validation data, and the spec has none: no checkpoint would be the best."
        other = on_training_data(name)
        fix = f"Add validationDatasetUri to {known.method}{f', or write best {other}' if other else ''}."
        yield _error("SPEC047", document, detail, fix)
    elif is_lower_better(name) is None:
        detail = f"No value of {name} is better than another."
        yield _error("SPEC082", document, detail, f"Use one of {', '.join(graded)}.")


def _error(code: str, document: Document, detail: str, fix: str) -> Diagnostic:
    return spec_error(code, document.place(_AT), detail, fix)
