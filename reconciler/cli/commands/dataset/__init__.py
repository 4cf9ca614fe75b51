"""`tuneform dataset …`: training data before money is spent on it; a module for each command below it."""

from __future__ import annotations

from reconciler.cli.commands.dataset.check import check
from reconciler.cli.commands.dataset.convert import convert
from reconciler.cli.commands.dataset.diff import diff
from reconciler.cli.commands.dataset.split import split
from reconciler.cli.commands.dataset.stats import stats
from reconciler.cli.help import group
from reconciler.cli.options import example


@group(epilog=example("tuneform dataset check data/train.jsonl\ntuneform dataset stats data/train.jsonl"))
def dataset() -> None:
    """Check, describe, convert, split and compare training data: local files and gs:// objects."""


for _command in (check, stats, convert, split, diff):
    dataset.add_command(_command)
