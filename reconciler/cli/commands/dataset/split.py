"""`tuneform dataset split`: training, validation and test out of one file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import click

from reconciler import datasets
from reconciler.cli.commands.dataset.outputs import place_for
from reconciler.cli.console import write
from reconciler.cli.data_sources import reading
from reconciler.cli.destinations import Destination
from reconciler.cli.help import command
from reconciler.cli.options import common, example
from reconciler.core import exits
from reconciler.core.plurals import counted
from reconciler.workflow.dataset_files import SIDES, beside, must_be_apart, plain, split_into

_SHOWN_CLASSES = 20
_WIDTH = 24
_SHARE = click.FloatRange(0, 1, min_open=True, max_open=True)


@command(
    epilog=example(
        """
        tuneform dataset split all.jsonl --validation 0.1
        tuneform dataset split all.jsonl --validation 0.1 --test 0.1 --stratify category
        """
    )
)
@common
@click.option("--validation", type=_SHARE, default=0.1, show_default=True, help="About this share of the examples.")
@click.option("--test", type=_SHARE, default=None, help="A third part of about this share; default: none.")
@click.option(
    "--stratify",
    default="auto",
    show_default=True,
    metavar="auto|off|FIELD",
    help="Keep the share of each class on every side: of the answers, where they are classes, or by a field.",
)
@click.option(
    "--by",
    type=click.Choice(["question", "line"]),
    default="question",
    show_default=True,
    help="What stays on one side: all that ask almost the same, or equal lines alone.",
)
@click.option("--seed", default="", help="Another split of the same lines.")
@click.option("--train-out", metavar="FILE", help="Default: NAME.train.jsonl beside the file.")
@click.option("--validation-out", metavar="FILE", help="Default: NAME.validation.jsonl beside the file.")
@click.option("--test-out", metavar="FILE", help="Default: NAME.test.jsonl beside the file.")
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@click.argument("file")
def split(
    file: str,
    validation: float,
    test: float | None,
    stratify: str,
    by: str,
    seed: str,
    train_out: str | None,
    validation_out: str | None,
    test_out: str | None,
    force: bool,
) -> int:
    """Split JSON lines into training and validation by content: the same line is always on the same side."""
    if validation + (test or 0) >= 1:
        raise click.UsageError("--validation and --test leave nothing to train on.")
    if test_out is not None and test is None:
        raise click.UsageError("--test-out is for a third part: say its share with --test.")
    given = (train_out, validation_out, test_out)[: 3 if test else 2]
    paths = [beside(file, side) if path is None else path for path, side in zip(given, SIDES, strict=False)]
    must_be_apart(file, *paths, fix="Give each part a name of its own: --train-out, --validation-out, --test-out.")
    places = [place_for(path, force=force) for path in paths]
    wish = datasets.Wish(validation, test or 0, seed, by == "question", stratify)
    counts, classes = _split(file, wish, places)
    for path, count in zip(paths, counts, strict=True):
        write(f"{plain(path)}  {counted(count, 'line')}\n")
    write("".join(_table(classes, len(paths))))
    if 0 in counts:
        empty = " and ".join(plain(path) for path, count in zip(paths, counts, strict=True) if not count)
        click.echo(f"{empty}: no line fell to it. Take another --validation or --seed, or more examples.", err=True)
        return exits.FAILED
    return exits.OK


def _split(
    file: str, wish: datasets.Wish, places: list[Destination]
) -> tuple[list[int], Mapping[str, tuple[int, ...]]]:
    with ExitStack() as stack:
        opened = stack.enter_context(reading([file]))
        puts = [stack.enter_context(place.opened()) for place in places]
        return split_into(lambda: opened.sources()[0], wish, puts)


def _table(classes: Mapping[str, tuple[int, ...]], sides: int) -> Iterator[str]:
    """What each class has on each side."""
    if not classes:
        return
    heads = "".join(f"{side:>12}" for side in SIDES[:sides])
    yield f"\n{'class':<{_WIDTH}}{heads}\n"
    for name, counts in list(classes.items())[:_SHOWN_CLASSES]:
        shown = plain(name if len(name) < _WIDTH else f"{name[: _WIDTH - 2]}…")
        yield f"{shown:<{_WIDTH}}{''.join(f'{count:>12,}' for count in counts[:sides])}\n"
    if len(classes) > _SHOWN_CLASSES:
        yield f"… and {len(classes) - _SHOWN_CLASSES} more\n"
