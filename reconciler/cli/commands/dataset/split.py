"""`tuneform dataset split`: training and validation out of one file."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import click

from reconciler import datasets
from reconciler.cli.commands.dataset.outputs import check_apart, place_for, plain
from reconciler.cli.console import write
from reconciler.cli.data_sources import sources
from reconciler.cli.destinations import Destination
from reconciler.cli.help import command
from reconciler.cli.options import common, example
from reconciler.core import exits
from reconciler.core.plurals import counted


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
    check_apart(file, *paths, fix="Give --train-out and --validation-out names of their own.")
    places = [place_for(path, force=force) for path in paths]
    counts = _split(file, fraction, seed, places)
    for path, count in zip(paths, counts, strict=True):
        write(f"{plain(path)}  {counted(count, 'line')}\n")
    if 0 in counts:
        empty = " and ".join(plain(path) for path, count in zip(paths, counts, strict=True) if not count)
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
