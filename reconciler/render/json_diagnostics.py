"""Diagnostics as one JSON document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

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
    """How many there are of each severity."""

    error: int
    warning: int
    note: int


class DiagnosticsDocument(Record, frozen=True, kw_only=True):
    """Messages, in the order in which people read them. `target` is null where no cloud was asked."""

    format_version: FormatVersion = FORMAT_VERSION
    target: TargetRecord | None
    counts: CountsRecord
    diagnostics: tuple[DiagnosticRecord, ...]


def diagnostics_to_json(diagnostics: Sequence[Diagnostic], banner: Banner | None = None) -> str:
    """All of them in the order given."""
    found = Counter(d.severity for d in diagnostics)
    return document(
        DiagnosticsDocument(
            target=TargetRecord.of(banner) if banner else None,
            counts=CountsRecord(**{s.value: found[s] for s in Severity}),
            diagnostics=tuple(map(DiagnosticRecord.of, diagnostics)),
        )
    )
