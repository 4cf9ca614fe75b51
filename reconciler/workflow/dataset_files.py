"""Training data from one file to others: converted to another format, or split into training, validation and test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from reconciler import datasets
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.plurals import counted

Put: TypeAlias = Callable[[str], object]
SIDES: Final = ("train", "validation", "test")
"""What a split makes, in that order."""
CONVERTS_TO: Final = {
    "vertex": datasets.Format.VERTEX_SFT,
    "preference": datasets.Format.PREFERENCE,
    "pairs": datasets.Format.PAIRS,
    "open-model": datasets.Format.MESSAGES,
    "reinforcement": datasets.Format.JUDGED_PROMPTS,
}
"""What people call the formats that can be written."""
_REPORTED_PER_REASON = 20
"""Lines that are named for one reason; all of them are counted."""
_REPORTED_REASONS = 50
"""Different reasons, and different losses, that are reported; a file may have a million of them."""
_NAMED_ROWS = 5
"""Rows that are named of those that are of another kind than most."""
_OTHERS = "for other reasons"


def convert_into(
    source: datasets.Source,
    to: datasets.Format,
    put: Put,
    report: ConversionReport,
    columns: datasets.ColumnMap | None = None,
) -> None:
    """Every example that can be, a line each; the report knows of all."""
    for result in datasets.convert(source, to, columns):
        if isinstance(result, datasets.NotConverted):
            report.left_out(result)
            continue
        report.converted(result)
        put(result.text + "\n")


def split_into(
    source: Callable[[], datasets.Source], wish: datasets.Wish, puts: Sequence[Put]
) -> tuple[list[int], Mapping[str, tuple[int, ...]]]:
    """Each line to one side: how many went to each, and of each class."""
    counts = [0] * len(puts)
    made = datasets.Split(source, wish)
    for line, side in made.lines():
        counts[side] += 1
        puts[side](line.decode("utf-8", "surrogateescape"))
    return counts, made.classes


def beside(file: str, side: str) -> str:
    """Where a side of a split goes when nobody says: `NAME.train.jsonl` beside a file, here for an object."""
    stem = Path(file).name.removesuffix(".jsonl")
    folder = Path(file).parent if "://" not in file else Path()
    return str(folder / f"{stem}.{side}.jsonl")


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
        self._kinds: dict[str, list[int]] = {}
        self._of_the_whole: list[str] = []

    def converted(self, result: datasets.Converted) -> None:
        """One example that was written."""
        self._count += 1
        self._taken_for(result.kind, result.line)
        for note in result.notes:
            _remember(self._notes, note, result.line)

    def left_out(self, result: datasets.NotConverted) -> None:
        """One that was not, or what is wrong with all of them together."""
        self._taken_for(result.kind, result.line)
        if result.line:
            _remember(self._reasons, result.reason, result.line)
        else:
            self._of_the_whole.append(result.reason)

    def _taken_for(self, kind: str, line: int) -> None:
        if kind:
            _remember(self._kinds, kind, line)

    @property
    def failed(self) -> bool:
        """Whether something is missing from the output, or everything."""
        return bool(self._reasons or self._of_the_whole) or not self._count

    def lines(self, file: str) -> Iterator[str]:
        """What the file was taken for, one a place, and the sum."""
        yield from self._kinds_of(file)
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

    def _kinds_of(self, file: str) -> Iterator[str]:
        """What most rows were taken for; then what others were, with the first of them."""
        most, *others = sorted(self._kinds, key=lambda kind: -self._kinds[kind][0]) or [""]
        if most:
            yield f"{file}: taken for {most}"
        for kind in others:
            count, *lines = self._kinds[kind]
            shown = ", ".join(map(str, lines[:_NAMED_ROWS]))
            more = f" and {count - _NAMED_ROWS:,} more" if count > _NAMED_ROWS else ""
            yield f"{file}:{lines[0]}: taken for {kind}: {counted(count, 'row')} ({shown}{more})"


def _remember(seen: dict[str, list[int]], words: str, line: int) -> None:
    """[how often, the first lines …]; beyond so many different words only how often."""
    if words not in seen and len(seen) >= _REPORTED_REASONS:
        words = _OTHERS
    known = seen.setdefault(words, [0])
    known[0] += 1
    if len(known) <= _REPORTED_PER_REASON:
        known.append(line)
