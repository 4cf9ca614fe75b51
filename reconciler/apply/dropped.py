"""Examples that the service left out of a training, with their lines where the local file is still the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from reconciler.core.carry import reports
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.lock import Training
from reconciler.core.model import Address


def dropped_diagnostic(address: Address, training: Training, file: str = "") -> Diagnostic | None:
    """What was dropped and why, by line of the local `file` where that still is what was trained on."""
    where = reports.local_lines(training, file)
    lines = lines_of(*where) if where else {}
    return reports.dropped_diagnostic(address, training, file, lines)


def lines_of(path: str, sha256: str, examples: Sequence[int]) -> Mapping[int, int]:
    """Number of an example → its line; empty where the file is not here, or not the same any more."""
    from reconciler.datasets import Source, UnreadableError, example_lines, identify

    try:
        if identify(Path(path)).sha256 != sha256:
            return {}
        return example_lines(Source.file(path), tuple(examples))
    except UnreadableError:
        return {}
