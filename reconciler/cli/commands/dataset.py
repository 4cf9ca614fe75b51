"""`tuneform dataset check|stats|convert|split|diff`: training data before money is spent on it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler import datasets
from reconciler.cli.console import style_for, write
from reconciler.cli.data_sources import reading
from reconciler.cli.dataset_diff import diff
from reconciler.cli.dataset_files import convert, split
from reconciler.cli.failures import show
from reconciler.cli.help import group
from reconciler.cli.options import common, example, form_option
from reconciler.cli.repository_paths import path_from_repository
from reconciler.cli.sessions import read_workspace
from reconciler.core import exits
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.cost import price_of
from reconciler.core.diagnostics import ReconcilerError, Severity
from reconciler.core.suggest import suggest
from reconciler.render.commands import sentence, shell_line
from reconciler.render.words import escape
from reconciler.session.workspace import catalog_of, rules_of
from reconciler.version import __version__
from reconciler.workflow.data_check import TASKS, DataCheck, check_data, rules_over, unknown_base
from reconciler.workflow.data_limits import is_known

if TYPE_CHECKING:
    from reconciler.core.settings import Price
    from reconciler.datasets.media import SeenMedia
    from reconciler.workflow.data_remote import Counter
    from reconciler.workflow.data_sources import Reading

_METHODS = [method.value for method in datasets.Method]


@group(epilog=example("tuneform dataset check data/train.jsonl\ntuneform dataset stats data/train.jsonl"))
def dataset() -> None:
    """Check, describe, convert, split and compare training data: local files and gs:// objects."""


@dataset.command(
    epilog=example(
        """
        tuneform dataset check data/train.jsonl
        tuneform dataset check train.jsonl --validation val.jsonl --task classification
        tuneform dataset check gs://acme-tuning/images.jsonl --media
        tuneform dataset check data/*.jsonl --format sarif > data.sarif
        """
    )
)
@common
@click.option("--method", type=click.Choice(_METHODS), help="What it is for; default: by its shape.")
@click.option("--base-model", default="", metavar="NAME", help="Hold it against this model's limits.")
@click.option("--validation", metavar="FILE", help="The validation data that belongs to it.")
@click.option("--task", type=click.Choice(TASKS), help="Hold it against what is recommended for this.")
@click.option("--epochs", type=click.IntRange(1), help="Epochs it is to be trained for.")
@click.option("--media", is_flag=True, help="Look up the size and type of every gs:// object that examples name.")
@click.option("--rule", "rules", multiple=True, metavar="ID=SEVERITY", help="error, warning, note or off; repeatable.")
@form_option("text", "json", "sarif", "github")
@click.argument("files", nargs=-1, required=True)
def check(
    files: tuple[str, ...],
    method: str | None,
    base_model: str,
    validation: str | None,
    task: str | None,
    epochs: int | None,
    media: bool,
    rules: tuple[str, ...],
    form: str,
) -> int:
    """Say everything that is wrong with training data, with line and column. Ends with 1 on errors."""
    chosen = _rules(method, base_model, _severities(rules))
    names = [*files, *([validation] if validation else [])]
    wanted = DataCheck(chosen, _severities(rules), task or "", epochs, has_validation=bool(validation))
    with reading(names, asks=media) as opened:
        look = _look(opened) if media else None
        results = check_data(opened.sources, wanted, look)
    write(_report(form, results))
    return exits.OK if all(result.ok for result in results) else exits.FAILED


def _look(opened: Reading) -> Callable[[Sequence[str]], list[SeenMedia]]:
    from reconciler.workflow.data_remote import media_look

    assert opened.world is not None
    return media_look(opened.world.storage, opened.world.parallelism)


@dataset.command(
    epilog=example(
        """
        tuneform dataset stats data/train.jsonl --base-model gemini-3.1-flash-lite
        tuneform dataset stats data/train.jsonl --base-model gemini-3.1-flash-lite --exact
        """
    )
)
@common
@click.option("--base-model", default="", metavar="NAME", help="For limits and price.")
@click.option("--batch-size", type=click.IntRange(1), help="Examples a step, for the estimate of steps.")
@click.option("--exact", is_flag=True, help="Have the service count the tokens (free); plans remember it.")
@click.argument("file")
def stats(file: str, base_model: str, batch_size: int | None, exact: bool) -> None:
    """Describe training data: counts, token histogram, longest examples, steps and cost by epochs."""
    workspace = read_workspace()
    price = price_of(base_model, catalog_of(workspace), workspace.prices)
    with reading([file], asks=exact) as opened:
        counter = _counter(opened, base_model) if exact else None
        checked = datasets.check(opened.sources()[0], _rules(None, base_model, {}))
        if not checked.was_read:
            raise ReconcilerError(*(finding.diagnostic(file) for finding in checked.findings))
        page = datasets.stats(checked, price=price, batch_size=batch_size, unicode=style_for(sys.stdout).unicode)
        write(page + _errors(checked))
        if counter is not None:
            write(_counted(opened, checked, counter, price))


dataset.add_command(convert)
dataset.add_command(split)
dataset.add_command(diff)


def _counter(opened: Reading, base_model: str) -> Counter:
    from reconciler.workflow.data_remote import Counter

    assert opened.world is not None
    return Counter(opened.world, base_model)


def _counted(opened: Reading, checked: datasets.Checked, counter: Counter, price: Price | None) -> str:
    from reconciler.datasets.counting import counted_page

    if not checked.ok:
        fix = f"Correct the errors: {suggest('dataset', 'check', checked.name).quoted}."
        raise ReconcilerError(run_diagnostic("RUN023", f"{checked.name} has errors.", fix=fix))
    (source,) = opened.sources()
    found = counter.count(source, checked.format)
    counter.keep(checked.identity, found.tokens)
    return counted_page(checked, found, counter.method, price)


def _errors(checked: datasets.Checked) -> str:
    """That figures of a file with errors are not those of a training."""
    if checked.ok:
        return ""
    rules = dict.fromkeys(f"{f.rule} {f.title}" for f in checked.findings if f.severity is Severity.ERROR)
    how = shell_line(suggest("dataset", "check", checked.name))
    return "\n".join(["", "Errors", *(f"  {rule}" for rule in rules), f"  {escape(how)}", ""])


def _report(form: str, results: list[datasets.Checked]) -> str:
    from reconciler.datasets import report

    match form:
        case "json":
            return report.json_text(results)
        case "sarif":
            return report.sarif(_from_repository(results), __version__)
        case "github":
            return sentence(report.github(_from_repository(results)))
        case _:
            return sentence("".join(report.text(result, _reader(result.name)) for result in results))


def _from_repository(results: list[datasets.Checked]) -> list[datasets.Checked]:
    return [replace(result, name=path_from_repository(result.name)) for result in results]


def _reader(name: str) -> Callable[[int, int], bytes] | None:
    """Excerpts come from local files only; an object would have to be read again."""
    if "://" in name:
        return None

    def read(offset: int, size: int) -> bytes:
        with Path(name).open("rb") as file:
            file.seek(offset)
            return file.read(size)

    return read if Path(name).is_file() else None


def _rules(method: str | None, base_model: str, severities: dict[str, str]) -> datasets.RuleSet:
    """The workspace's severities and limits, under those of this command line."""
    workspace = read_workspace()
    catalog = catalog_of(workspace)
    if base_model and not is_known(catalog, base_model):
        show([unknown_base(base_model, catalog)])
    return rules_over(rules_of(workspace), method, base_model, severities)


def _severities(rules: tuple[str, ...]) -> dict[str, str]:
    pairs = [rule.partition("=") for rule in rules]
    wrong = [head for head, equals, _ in pairs if not equals]
    if wrong:
        raise click.UsageError(f"--rule {wrong[0]} is not of the form ID=SEVERITY, like DATA904=off.")
    return {head: severity for head, _, severity in pairs}
