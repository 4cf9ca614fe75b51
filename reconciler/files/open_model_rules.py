"""Open models: what they alone have, what they need, and what cannot be asked of files that nobody deploys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from reconciler.core.codes_spec import spec_error
from reconciler.core.copying import FROM
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.dialect import Dialect
from reconciler.core.dialects import is_open_model
from reconciler.files.known_metrics import method_of
from reconciler.files.raw import raw_at, raw_text
from reconciler.files.yaml_tree import Document

_OF_AN_ENDPOINT: Final = (("gate",), ("sweep",), ("rebase",), ("serve", "checkpoint"), ("serve", "alias"))
"""What `tuneform` says of a model that answers, or of versions of it."""
_PARAMETERS: Final = "hyperParameters"
_MULTIPLIER: Final = "learningRateMultiplier"
_OWN_MODELS: Final = ("sft", "preference")
"""Rules of the data of methods whose multiplier is for Google's own models (source: SupervisedHyperParameters)."""

Steps = tuple[str, ...]


def open_model_mistakes(dialect: Dialect, document: Document) -> Iterator[Diagnostic]:
    """Nothing is said of a copy, which has mistakes of its own, nor where the service has no open models."""
    spec = raw_at(document.value, "spec")
    if not dialect.output or raw_at(spec, FROM) is not None:
        return
    base = raw_text(spec, dialect.base_model) or ""
    if not is_open_model(base):
        yield from _for_open_alone(dialect, document, spec, base)
        return
    if raw_at(spec, dialect.output) is None:
        detail = f"{base} is an open model: its weights are written to Cloud Storage, and the spec does not say where."
        fix = f"Add {dialect.output}: gs://BUCKET/FOLDER; each attempt has a folder of its own below it."
        yield spec_error("SPEC096", document.place(("spec", dialect.base_model)), detail, fix)
    yield from _multiplier(dialect, document, spec, base)
    if not document.is_trial:
        yield from _of_an_endpoint(document, base)


def _of_an_endpoint(document: Document, base: str) -> Iterator[Diagnostic]:
    for path in _OF_AN_ENDPOINT:
        if raw_at(document.value, "spec", "tuneform", *path) is not None:
            where, name = document.place(("spec", "tuneform", *path), of_key=True), ".".join(("tuneform", *path))
            detail = f"Files are all that is left of tuning {base}, and {name} is of a model that answers."
            yield spec_error("SPEC096", where, detail, f"Remove {name}, and judge the files where you deploy them.")


def _for_open_alone(dialect: Dialect, document: Document, spec: Any, base: str) -> Iterator[Diagnostic]:
    method = method_of(dialect, spec)
    paths: list[Steps] = [(name,) for name in (dialect.output, *dialect.only_open)]
    for name in () if method.rewards else sorted(dialect.only_open_inside):  # those have a batchSize of their own
        paths += [(method.field, name), (method.field, _PARAMETERS, name)]
    what = f"{base} is none" if base else f"the spec names no {dialect.base_model} that is one"
    for path in paths:
        if raw_at(spec, *path) is not None:
            where, detail = document.place(("spec", *path), of_key=True), f"{path[-1]} is for open models, and {what}."
            yield spec_error("SPEC096", where, detail, f"Remove {path[-1]}, or tune an open model.")


def _multiplier(dialect: Dialect, document: Document, spec: Any, base: str) -> Iterator[Diagnostic]:
    method = method_of(dialect, spec)
    path = (method.field, _PARAMETERS, _MULTIPLIER)
    if method.data in _OWN_MODELS and raw_at(spec, *path) is not None:
        detail = f"{_MULTIPLIER} is for Google's own models, and {base} is an open one."
        where = document.place(("spec", *path), of_key=True)
        yield spec_error("SPEC096", where, detail, "Write learningRate, the rate itself, or leave it to the service.")
