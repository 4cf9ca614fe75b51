"""`tuneform dataset convert|split`: one file of training data to others."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler import datasets
from reconciler.cli.console import write
from reconciler.cli.data_sources import output_to, sources
from reconciler.cli.destinations import Destination, Replaces, destination
from reconciler.cli.help import command
from reconciler.cli.options import common, example
from reconciler.core import exits
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

_TARGETS = {
    "vertex": datasets.Format.VERTEX_SFT,
    "preference": datasets.Format.PREFERENCE,
    "pairs": datasets.Format.PAIRS,
    "open-model": datasets.Format.MESSAGES,
}
_REPORTED_PER_REASON = 20
"""Lines that are named for one reason; all of them are counted."""
_REPORTED_REASONS = 50
"""Different reasons, and different losses, that are reported; a file may have a million of them."""
_OTHERS = "for other reasons"


@command(
    epilog=example(
        "tuneform dataset convert openai.jsonl --to vertex > train.jsonl\ntuneform dataset convert pairs.csv"
    )
)
@common
@click.option(
    "--to", type=click.Choice(list(_TARGETS)), default="vertex", show_default=True, help="What the rows are for."
)
@click.option("--from", "source_format", metavar="FORMAT", help="Where one example does not show it: see the docs.")
@click.option("--out", metavar="FILE", help="Instead of stdout.")
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@click.argument("file")
def convert(file: str, to: str, source_format: str | None, out: str | None, force: bool) -> int:
    """Turn other formats into the right JSONL; says what it loses or cannot convert. Ends with 1 then."""
    report = _Report()
    place = None
    if out is not None:
        _check_apart(file, out, fix="Give --out a name of its own.")
        place = _place(out, force=force)
    with ExitStack() as stack:
        (source,) = stack.enter_context(sources([file], format_=_format(source_format)))
        put = stack.enter_context(output_to(place))
        for result in datasets.convert(source, _TARGETS[to]):
            if isinstance(result, datasets.NotConverted):
                report.left_out(result)
                continue
            report.converted(result)
            put(result.text + "\n")
    for words in report.lines(_plain(file)):
        click.echo(words, err=True)
    return exits.FAILED if report.failed else exits.OK


class _Report:
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
            yield from (f"{file}:{line}: not converted: {_plain(reason)}" for line in lines)
            if count > len(lines):
                yield f"{file}: and {count - len(lines):,} more: not converted: {_plain(reason)}"
        for note, (count, first, *_) in self._notes.items():
            more = f", and in {count - 1:,} more" if count > 1 else ""
            yield f"{file}:{first}: {_plain(note)}{more}"
        yield from (f"{file}: the result as a whole is refused: {_plain(why)}" for why in self._of_the_whole)
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


@command(epilog=example("tuneform dataset split all.jsonl --validation 0.1"))
@common
@click.option(
    "--validation",
    "fraction",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.1,
    show_default=True,
    help="About this share of the examples.",
)
@click.option("--seed", default="", help="Another split of the same lines.")
@click.option("--train-out", metavar="FILE", help="Default: NAME.train.jsonl beside the file.")
@click.option("--validation-out", metavar="FILE", help="Default: NAME.validation.jsonl beside the file.")
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@click.argument("file")
def split(file: str, fraction: float, seed: str, train_out: str | None, validation_out: str | None, force: bool) -> int:
    """Split JSON lines into training and validation by content: the same line is always on the same side."""
    stem = Path(file).name.removesuffix(".jsonl")
    beside = Path(file).parent if "://" not in file else Path()
    paths = (
        str(beside / f"{stem}.train.jsonl") if train_out is None else train_out,
        str(beside / f"{stem}.validation.jsonl") if validation_out is None else validation_out,
    )
    _check_apart(file, *paths, fix="Give --train-out and --validation-out names of their own.")
    places = [_place(path, force=force) for path in paths]
    counts = _split(file, fraction, seed, places)
    for path, count in zip(paths, counts, strict=True):
        write(f"{_plain(path)}  {counted(count, 'line')}\n")
    if 0 in counts:
        empty = " and ".join(_plain(path) for path, count in zip(paths, counts, strict=True) if not count)
        click.echo(f"{empty}: no line fell to it. Take another --validation or --seed, or more examples.", err=True)
        return exits.FAILED
    return exits.OK


def _split(file: str, fraction: float, seed: str, places: list[Destination]) -> list[int]:
    counts = [0, 0]
    with ExitStack() as stack:
        (source,) = stack.enter_context(sources([file]))
        puts = [stack.enter_context(place.opened()) for place in places]
        for line in datasets.split(source, fraction, seed):
            side = int(line.is_validation)
            counts[side] += 1
            puts[side](line.line.decode("utf-8", "surrogateescape"))
    return counts


def _place(path: str, *, force: bool) -> Destination:
    fix = "Say --force to overwrite it, or name another file."
    return destination(path, Replaces.ANYTHING if force else Replaces.NOTHING, fix=fix)


def _check_apart(file: str, *paths: str, fix: str) -> None:
    """Two sides in one file, or over what they are made from, would lose lines."""
    places = [os.path.realpath(path) for path in (file, *paths)]
    if len(set(places)) < len(places):
        detail = f"{', '.join(paths)}: one file for two things."
        raise ReconcilerError(run_diagnostic("RUN016", detail, fix=fix))


def _plain(words: str) -> str:
    """Names of files and keys are other people's: they must not move anybody's cursor."""
    from reconciler.datasets.excerpt import harmless

    return "".join(harmless(character) for character in words)


def _format(name: str | None) -> datasets.Format | None:
    if name is None:
        return None
    try:
        return datasets.Format(name)
    except ValueError as exc:
        known = ", ".join(f.value for f in datasets.Format)
        raise ReconcilerError(run_diagnostic("RUN016", f"{name!r} is no format.", fix=f"Known: {known}.")) from exc
