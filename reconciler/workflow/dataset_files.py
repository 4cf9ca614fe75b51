"""Training data from one file to others: converted to another format, or split into training and validation."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from reconciler import datasets
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError

Put: TypeAlias = Callable[[str], object]
CONVERTS_TO: Final = {
    "vertex": datasets.Format.VERTEX_SFT,
    "preference": datasets.Format.PREFERENCE,
    "pairs": datasets.Format.PAIRS,
    "open-model": datasets.Format.MESSAGES,
}
"""What people call the formats that can be written."""
_REPORTED_PER_REASON = 20
"""Lines that are named for one reason; all of them are counted."""
_REPORTED_REASONS = 50
"""Different reasons, and different losses, that are reported; a file may have a million of them."""
_OTHERS = "for other reasons"


def convert_into(source: datasets.Source, to: datasets.Format, put: Put, report: ConversionReport) -> None:
    """Every example that can be, a line each; the report knows of all."""
    for result in datasets.convert(source, to):
        if isinstance(result, datasets.NotConverted):
            report.left_out(result)
            continue
        report.converted(result)
        put(result.text + "\n")


def split_into(source: datasets.Source, fraction: float, seed: str, train: Put, validation: Put) -> tuple[int, int]:
    """Each line to one of the two; how many went to each."""
    counts = [0, 0]
    for line in datasets.split(source, fraction, seed):
        counts[line.is_validation] += 1
        (validation if line.is_validation else train)(line.line.decode("utf-8", "surrogateescape"))
    return counts[0], counts[1]


def must_be_apart(file: str, *paths: str, fix: str) -> None:
    """Two sides in one file, or over what they are made from, would lose lines."""
    places = [os.path.realpath(path) for path in (file, *paths)]
    if len(set(places)) < len(places):
        detail = f"{', '.join(paths)}: one file for two things."
        raise ReconcilerError(run_diagnostic("RUN016", detail, fix=fix))


def plain(words: str) -> str:
    """Names of files and keys are other people's: they must not move anybody's cursor."""
    from reconciler.datasets.excerpt import harmless

    return "".join(harmless(character) for character in words)


def format_of(name: str | None) -> datasets.Format | None:
    """A format by its name. Raises ReconcilerError (RUN016)."""
    if name is None:
        return None
    try:
        return datasets.Format(name)
    except ValueError as exc:
        known = ", ".join(f.value for f in datasets.Format)
        raise ReconcilerError(run_diagnostic("RUN016", f"{name!r} is no format.", fix=f"Known: {known}.")) from exc


class ConversionReport:
    """What a conversion has to say, each reason and each loss once with its first lines."""

    def __init__(self) -> None:
        self._count = 0
        self._reasons: dict[str, list[int]] = {}
        self._notes: dict[str, list[int]] = {}
        self._of_the_whole: list[str] = []

    def converted(self, result: datasets.Converted) -> None:
        """One example that was written."""
        self._count += 1
        for note in result.notes:
            _remember(self._notes, note, result.line)

    def left_out(self, result: datasets.NotConverted) -> None:
        """One that was not, or what is wrong with all of them together."""
        if result.line:
            _remember(self._reasons, result.reason, result.line)
        else:
            self._of_the_whole.append(result.reason)

    @property
    def failed(self) -> bool:
        """Whether something is missing from the output, or everything."""
        return bool(self._reasons or self._of_the_whole) or not self._count

    def lines(self, file: str) -> Iterator[str]:
        """One a place, and the sum."""
        for reason, (count, *lines) in self._reasons.items():
            yield from (f"{file}:{line}: not converted: {plain(reason)}" for line in lines)
            if count > len(lines):
                yield f"{file}: and {count - len(lines):,} more: not converted: {plain(reason)}"
        for note, (count, first, *_) in self._notes.items():
            more = f", and in {count - 1:,} more" if count > 1 else ""
            yield f"{file}:{first}: {plain(note)}{more}"
        yield from (f"{file}: the result as a whole is refused: {plain(why)}" for why in self._of_the_whole)
        left = sum(count for count, *_ in self._reasons.values())
        if not self._count and not left:
            yield f"{file}: it holds no examples"
        yield f"{self._count} converted, {left} not."


def _remember(seen: dict[str, list[int]], words: str, line: int) -> None:
    """[how often, the first lines …]; beyond so many different words only how often."""
    if words not in seen and len(seen) >= _REPORTED_REASONS:
        words = _OTHERS
    known = seen.setdefault(words, [0])
    known[0] += 1
    if len(known) <= _REPORTED_PER_REASON:
        known.append(line)
