"""Settings under `tuneform` that cannot stand beside something else in a spec."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic
from reconciler.files.raw import raw_at
from reconciler.files.yaml_tree import Document


def excluded(document: Document, paths: Sequence[tuple[str, ...]], beside: str, why: str) -> Iterator[Diagnostic]:
    """One for each of the paths that the spec has. `beside` is what they exclude, `why` the end of a sentence."""
    for path in paths:
        if raw_at(document.value, "spec", "tuneform", *path) is not None:
            where, name = document.place(("spec", "tuneform", *path), of_key=True), ".".join(("tuneform", *path))
            yield spec_error("SPEC031", where, f"The spec has {beside} and {name}.", f"Remove {name}: {why}.")
