"""`tuneform dataset diff OLD NEW`: what an edit of training data is."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from reconciler import datasets
from reconciler.cli.console import style_for, write
from reconciler.cli.data_sources import sources
from reconciler.cli.help import command
from reconciler.cli.options import common, example, form_option
from reconciler.cli.sessions import read_workspace
from reconciler.core.cost import price_of
from reconciler.core.diagnostics import ReconcilerError
from reconciler.session.workspace import catalog_of
from reconciler.workflow.data_limits import limits_of

if TYPE_CHECKING:
    from reconciler.core.dataset_difference import DatasetDifference

_EXAMPLES_MAX = 100


@command(
    epilog=example(
        """
        tuneform dataset diff old.jsonl data/train.jsonl
        tuneform dataset diff old.jsonl data/train.jsonl --show-examples 5
        tuneform dataset diff gs://acme-tuning/train.jsonl train.jsonl --base-model gemini-2.5-flash
        """
    )
)
@common
@click.option("--base-model", default="", metavar="NAME", help="For the price.")
@click.option("--epochs", type=click.IntRange(1), default=1, show_default=True, help="For the cost.")
@click.option(
    "--show-examples",
    "examples",
    type=click.IntRange(0, _EXAMPLES_MAX),
    default=0,
    metavar="N",
    help="Show the first N rows of each kind, shortened, as text. It is your data.",
)
@click.option("--show-classes", is_flag=True, help="Name classes in JSON and markdown too. They are your answers.")
@form_option("text", "json", "markdown")
@click.argument("old")
@click.argument("new")
def diff(old: str, new: str, base_model: str, epochs: int, examples: int, show_classes: bool, form: str) -> None:
    """Say what differs between two files: rows added, removed and relabelled, classes, lengths, tokens, cost.

    Relabelled is a row with the same question and another answer. Order, keys and spaces make no difference.
    """
    if examples and form != "text":
        raise click.UsageError("--show-examples is for the text form: what programs read holds no examples.")
    with ExitStack() as stack:
        opened = stack.enter_context(sources([old, new]))
        before, after = (stack.enter_context(datasets.at_hand(source)) for source in opened)
        found = _compared(before, after, base_model, epochs, examples)
        write(_in_form(form, found if show_classes or form == "text" else replace(found, classes=())))


def _compared(old: datasets.Source, new: datasets.Source, base_model: str, epochs: int, keep: int) -> DatasetDifference:
    workspace = read_workspace()
    catalog = catalog_of(workspace)
    rules = datasets.RuleSet.of(None, base_model, {}, limits_of(catalog, base_model))
    before, after = datasets.check(old, rules), datasets.check(new, rules)
    unread = [each for each in (before, after) if not each.was_read]
    if unread:
        raise ReconcilerError(*(finding.diagnostic(each.name) for each in unread for finding in each.findings))
    price = price_of(base_model, catalog, workspace.prices)
    return datasets.side_by_side((old, new), (before, after), price, epochs, keep)


def _in_form(form: str, found: DatasetDifference) -> str:
    match form:
        case "json":
            from reconciler.render.data_diff import diff_to_json

            return diff_to_json(found)
        case "markdown":
            from reconciler.render.markdown.data_diff import render_diff as markdown_diff

            return markdown_diff(found)
        case _:
            from reconciler.render.data_diff import render_diff

            return render_diff(found, style_for(sys.stdout))
