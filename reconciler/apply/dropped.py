"""Examples that the service left out of a training: told with their lines, refused above a share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Diagnostic, Location, Severity
from reconciler.core.judgement import share_of
from reconciler.core.lock import DataRecord, DroppedRecord, Training
from reconciler.core.model import Address

_SHOWN = 5


def dropped_diagnostic(address: Address, training: Training, file: str = "") -> Diagnostic | None:
    """What was dropped and why, by line of the local `file` where that still is what was trained on."""
    dropped = training.dropped
    if dropped is None or not dropped.count:
        return None
    record = training.submission.data[0] if training.submission.data else None
    lines = _lines(training, file)
    places = [f"line {lines[n]}" if n in lines else f"example {n}" for n in dropped.examples]
    first = lines.get(dropped.examples[0]) if dropped.examples else None
    path = file if lines else record.uri if record else ""
    where = Location(path, first or 0) if path else None
    fix = "Shorten or remove them; what is dropped is neither learnt from nor billed."
    detail = f"{share_of(dropped)} of {path or 'the training data'}{_sample(dropped, places)}"
    return run_diagnostic("RUN021", detail, Severity.WARNING, fix=fix, where=where, address=str(address))


def standing_note(training: Training) -> str:
    """What is not as it should be about the data of a training, in a sentence; "" where nothing is known."""
    dropped = f"{share_of(training.dropped)} were dropped" if training.dropped and training.dropped.count else ""
    return "; ".join(words for words in (dropped, training.data_unproven) if words)


def _lines(training: Training, file: str) -> dict[int, int]:
    """Number of a dropped example → its line; empty where the file is not here, or not the same any more."""
    record = training.submission.data[0] if training.submission.data else None
    if record is None or training.dropped is None or not (record.local and file and _is_same(record, file)):
        return {}
    from reconciler.datasets import Source, UnreadableError, example_lines

    try:
        return example_lines(Source.file(file), training.dropped.examples)
    except UnreadableError:
        return {}


def _is_same(record: DataRecord, file: str) -> bool:
    from reconciler.datasets import UnreadableError, identify

    try:
        return identify(Path(file)).sha256 == record.sha256
    except UnreadableError:
        return False


def _sample(dropped: DroppedRecord, places: Sequence[str]) -> str:
    """Each reason once, with the first places that it was given for."""
    if not places:
        return "."
    by_reason: dict[str, list[str]] = {}
    for index, place in enumerate(places):
        reason = dropped.reasons[index] if index < len(dropped.reasons) else ""
        by_reason.setdefault(reason, []).append(place)
    return ": " + "; ".join(_given(reason, found) for reason, found in by_reason.items())


def _given(reason: str, places: list[str]) -> str:
    more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    words = f' ("{reason}")' if reason else ""
    return f"{', '.join(places[:_SHOWN])}{more}{words}"
