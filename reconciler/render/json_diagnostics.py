"""Diagnostics as one JSON document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from reconciler.core.alike import at_most
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.render.records import (
    FORMAT_VERSION,
    DiagnosticRecord,
    FormatVersion,
    Record,
    TargetRecord,
    document,
)
from reconciler.render.values import Banner


class CountsRecord(Record, frozen=True, kw_only=True):
    """How many there are of each severity, those that are left out included."""

    error: int
    warning: int
    note: int


class DiagnosticsDocument(Record, frozen=True, kw_only=True):
    """Messages, in the order in which people read them. `target` is null where no cloud was asked."""

    format_version: FormatVersion = FORMAT_VERSION
    target: TargetRecord | None
    counts: CountsRecord
    left_out: Annotated[dict[str, int], Meta(description="How many more there are, by code.")]
    diagnostics: Annotated[tuple[DiagnosticRecord, ...], Meta(description="Of each code the first 1,000.")]


MOST_PER_CODE = 1_000


def diagnostics_to_json(diagnostics: Sequence[Diagnostic], banner: Banner | None = None) -> str:
    """In the order given, up to a bound; all of them are counted."""
    found: Counter[Severity] = Counter()
    for diagnostic in diagnostics:
        found[diagnostic.severity] += 1 + diagnostic.more
    shown, rest = at_most(diagnostics, MOST_PER_CODE)
    return document(
        DiagnosticsDocument(
            target=TargetRecord.of(banner) if banner else None,
            counts=CountsRecord(**{s.value: found[s] for s in Severity}),
            left_out=rest,
            diagnostics=tuple(map(DiagnosticRecord.of, shown)),
        )
    )
