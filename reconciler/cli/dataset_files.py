"""`tuneform dataset convert|split`: one file of training data to others."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.console import write
from reconciler.cli.data_sources import output_to, sources
from reconciler.cli.destinations import Destination, Replaces, destination
from reconciler.cli.help import command
from reconciler.cli.options import common, example
from reconciler.core import exits
from reconciler.core.plurals import counted
from reconciler.workflow.dataset_files import (
    CONVERTS_TO,
    ConversionReport,
    convert_into,
    format_of,
    must_be_apart,
    plain,
    split_into,
)

if TYPE_CHECKING:
    pass


@command(
    epilog=example(
        "tuneform dataset convert openai.jsonl --to vertex > train.jsonl\ntuneform dataset convert pairs.csv"
    )
)
@common
@click.option(
    "--to", type=click.Choice(list(CONVERTS_TO)), default="vertex", show_default=True, help="What the rows are for."
)
@click.option("--from", "source_format", metavar="FORMAT", help="Where one example does not show it: see the docs.")
@click.option("--out", metavar="FILE", help="Instead of stdout.")
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@click.argument("file")
def convert(file: str, to: str, source_format: str | None, out: str | None, force: bool) -> int:
    """Turn other formats into the right JSONL; says what it loses or cannot convert. Ends with 1 then."""
    report = ConversionReport()
    place = None
    if out is not None:
        must_be_apart(file, out, fix="Give --out a name of its own.")
        place = _place(out, force=force)
    with ExitStack() as stack:
        (source,) = stack.enter_context(sources([file], format_=format_of(source_format)))
        put = stack.enter_context(output_to(place))
        convert_into(source, CONVERTS_TO[to], put, report)
    for words in report.lines(plain(file)):
        click.echo(words, err=True)
    return exits.FAILED if report.failed else exits.OK


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
    must_be_apart(file, *paths, fix="Give --train-out and --validation-out names of their own.")
    places = [_place(path, force=force) for path in paths]
    counts = _split(file, fraction, seed, places)
    for path, count in zip(paths, counts, strict=True):
        write(f"{plain(path)}  {counted(count, 'line')}\n")
    if 0 in counts:
        empty = " and ".join(plain(path) for path, count in zip(paths, counts, strict=True) if not count)
        click.echo(f"{empty}: no line fell to it. Take another --validation or --seed, or more examples.", err=True)
        return exits.FAILED
    return exits.OK


def _split(file: str, fraction: float, seed: str, places: list[Destination]) -> tuple[int, int]:
    with ExitStack() as stack:
        (source,) = stack.enter_context(sources([file]))
        train, validation = (stack.enter_context(place.opened()) for place in places)
        return split_into(source, fraction, seed, train, validation)


def _place(path: str, *, force: bool) -> Destination:
    fix = "Say --force to overwrite it, or name another file."
    return destination(path, Replaces.ANYTHING if force else Replaces.NOTHING, fix=fix)
