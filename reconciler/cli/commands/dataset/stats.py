"""`tuneform dataset stats`: what training data holds, and what it would cost to train on it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from reconciler import datasets
from reconciler.cli.commands.dataset.ruling import rules_of_run
from reconciler.cli.console import style_for, write
from reconciler.cli.data_sources import reading
from reconciler.cli.help import command
from reconciler.cli.options import common, example, form_option
from reconciler.cli.sessions import read_workspace
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.cost import price_of
from reconciler.core.diagnostics import ReconcilerError, Severity
from reconciler.core.suggest import suggest
from reconciler.render.commands import shell_line
from reconciler.render.words import escape
from reconciler.session.workspace import catalog_of

if TYPE_CHECKING:
    from reconciler.core.settings import Price
    from reconciler.datasets.counting import Counted
    from reconciler.workflow.data_remote import Counter
    from reconciler.workflow.data_sources import Reading


@command(
    epilog=example(
        """
        tuneform dataset stats data/train.jsonl --base-model gemini-3.1-flash-lite
        tuneform dataset stats data/train.jsonl --base-model gemini-3.1-flash-lite --exact
        tuneform dataset stats data/train.jsonl --show-examples
        """
    )
)
@common
@click.option("--base-model", default="", metavar="NAME", help="For limits and price.")
@click.option("--batch-size", type=click.IntRange(1), help="Examples a step, for the estimate of steps.")
@click.option("--exact", is_flag=True, help="Have the service count the tokens (free); plans remember it.")
@click.option("--show-examples", is_flag=True, help="Begin the question of each line to look at below it.")
@form_option("text", "json")
@click.argument("file")
def stats(file: str, base_model: str, batch_size: int | None, exact: bool, show_examples: bool, form: str) -> None:
    """Describe training data: counts, token histogram, classes to look at, steps and cost by epochs."""
    if show_examples and form != "text":
        raise click.UsageError("--show-examples is for people: JSON holds no text of examples.")
    workspace = read_workspace()
    price = price_of(base_model, catalog_of(workspace), workspace.prices)
    with reading([file], asks=exact) as opened:
        counter = _counter(opened, base_model) if exact else None
        checked = datasets.check(opened.sources()[0], rules_of_run(None, base_model, {}))
        if not checked.was_read:
            raise ReconcilerError(*(finding.diagnostic(file) for finding in checked.findings))
        noise = datasets.label_noise(opened.sources()[0], checked)
        if form == "json":
            _write_json(opened, checked, noise, counter, price, batch_size)
            return
        page = datasets.stats(
            checked,
            price=price,
            batch_size=batch_size,
            unicode=style_for(sys.stdout).unicode,
            noise=noise,
            questions=_questions(opened, checked, noise) if show_examples else {},
        )
        write(page + _errors(checked))
        if counter is not None:
            found = _count(opened, checked, counter)
            write(_counted(checked, found, counter, price))


def _questions(opened: Reading, checked: datasets.Checked, noise: datasets.Noise) -> dict[int, str]:
    from reconciler.datasets.figures import lines_to_look_at

    wanted = lines_to_look_at(checked, noise)
    return datasets.questions_at(opened.sources()[0], wanted) if wanted else {}


def _write_json(
    opened: Reading,
    checked: datasets.Checked,
    noise: datasets.Noise,
    counter: Counter | None,
    price: Price | None,
    batch_size: int | None,
) -> None:
    from reconciler.render.json_stats import stats_to_json

    counted = (_count(opened, checked, counter), counter.method) if counter is not None else None
    write(stats_to_json(checked, noise, price=price, batch_size=batch_size, counted=counted))


def _counter(opened: Reading, base_model: str) -> Counter:
    from reconciler.workflow.data_remote import Counter

    assert opened.world is not None
    return Counter(opened.world, base_model)


def _count(opened: Reading, checked: datasets.Checked, counter: Counter) -> Counted:
    """By the service; plans remember it."""
    if not checked.ok:
        fix = f"Correct the errors: {suggest('dataset', 'check', checked.name).quoted}."
        raise ReconcilerError(run_diagnostic("RUN023", f"{checked.name} has errors.", fix=fix))
    (source,) = opened.sources()
    found = counter.count(source, checked.format)
    counter.keep(checked.identity, found.tokens)
    return found


def _counted(checked: datasets.Checked, found: Counted, counter: Counter, price: Price | None) -> str:
    from reconciler.datasets.counting import counted_page

    return counted_page(checked, found, counter.method, price)


def _errors(checked: datasets.Checked) -> str:
    """That figures of a file with errors are not those of a training."""
    if checked.ok:
        return ""
    rules = dict.fromkeys(f"{f.rule} {f.title}" for f in checked.findings if f.severity is Severity.ERROR)
    how = shell_line(suggest("dataset", "check", checked.name))
    return "\n".join(["", "Errors", *(f"  {rule}" for rule in rules), f"  {escape(how)}", ""])
