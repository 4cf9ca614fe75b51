"""`tuneform dataset check|stats|convert|split|diff`: training data before money is spent on it."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler import datasets
from reconciler.cli.console import style_for, write
from reconciler.cli.data_sources import Reading, reading
from reconciler.cli.dataset_diff import diff
from reconciler.cli.dataset_files import convert, split
from reconciler.cli.failures import show
from reconciler.cli.help import group
from reconciler.cli.options import common, example, form_option
from reconciler.cli.repository_paths import path_from_repository
from reconciler.cli.sessions import read_workspace
from reconciler.core import exits
from reconciler.core.codes_plan import plan_diagnostic
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.cost import price_of
from reconciler.core.diagnostics import Diagnostic, ReconcilerError, Severity
from reconciler.core.suggest import suggest
from reconciler.render.commands import sentence, shell_line
from reconciler.render.words import escape
from reconciler.session.workspace import catalog_of, rules_of
from reconciler.version import __version__
from reconciler.workflow.data import checked_severities
from reconciler.workflow.data_limits import is_known, limits_of

if TYPE_CHECKING:
    from reconciler.core.catalog import Catalog
    from reconciler.core.settings import Price
    from reconciler.workflow.data_remote import Counter

_TASKS = ["classification", "summarization", "question-answering", "chat"]
_METHODS = [method.value for method in datasets.Method]
_NOT_FOR_VALIDATION = {"DATA904": "off"}
"""How many examples are advised speaks of training data."""


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
@click.option("--task", type=click.Choice(_TASKS), help="Hold it against what is recommended for this.")
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
    beside = replace(chosen, severities={**chosen.severities, **_NOT_FOR_VALIDATION, **_severities(rules)})
    names = [*files, *([validation] if validation else [])]
    with reading(names, asks=media) as opened:
        results = [
            datasets.check(source, beside if validation and n == len(files) else chosen)
            for n, source in enumerate(opened.sources())
        ]
        if media:
            results = _with_media(opened, results, chosen)
    trained = results[:-1] if validation else results
    results[: len(trained)] = [_with(result, datasets.too_few(result, chosen)) for result in trained]
    if validation:
        results[-1] = _with(results[-1], datasets.compare(results[0], results[-1], chosen))
    if task or epochs:
        results[0] = _with(results[0], datasets.advise(results[0], task or "", epochs, chosen))
    write(_report(form, results))
    return exits.OK if all(result.ok for result in results) else exits.FAILED


def _with_media(opened: Reading, results: list[datasets.Checked], rules: datasets.RuleSet) -> list[datasets.Checked]:
    from reconciler.datasets.media import check_media
    from reconciler.workflow.data_remote import media_look

    assert opened.world is not None
    look = media_look(opened.world.storage, opened.world.parallelism)
    readable = [result.was_read for result in results]
    return [
        check_media(source, result, look, rules) if is_readable else result
        for source, result, is_readable in zip(opened.sources(), results, readable, strict=True)
    ]


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


def _with(checked: datasets.Checked, found: Iterable[datasets.Finding]) -> datasets.Checked:
    extra = tuple(found)
    counts = dict(checked.counts)
    for finding in extra:
        counts[finding.rule] = counts.get(finding.rule, 0) + 1
    return replace(checked, findings=(*checked.findings, *extra), counts=counts)


def _rules(method: str | None, base_model: str, severities: dict[str, str]) -> datasets.RuleSet:
    """The workspace's severities and limits, under those of this command line."""
    workspace = read_workspace()
    merged = {**checked_severities(rules_of(workspace)), **severities}
    catalog = catalog_of(workspace)
    if base_model and not is_known(catalog, base_model):
        show([_unknown(base_model, catalog)])
    return datasets.RuleSet.of(method, base_model, merged, limits_of(catalog, base_model))


def _unknown(base_model: str, catalog: Catalog) -> Diagnostic:
    """A name that may be misspelt, or of a model that is newer than the catalogue."""
    near = difflib.get_close_matches(base_model, sorted({model.name for model in catalog.models}), n=1)
    detail = f"{base_model} is not in the catalogue of {catalog.as_of}; the limits of most models were taken."
    fix = (
        f"Did you mean {near[0]}?" if near else f"See {suggest('models').quoted}; a workspace adds to it under models."
    )
    return plan_diagnostic("PLAN114", Severity.WARNING, detail, fix=fix)


def _severities(rules: tuple[str, ...]) -> dict[str, str]:
    pairs = [rule.partition("=") for rule in rules]
    wrong = [head for head, equals, _ in pairs if not equals]
    if wrong:
        raise click.UsageError(f"--rule {wrong[0]} is not of the form ID=SEVERITY, like DATA904=off.")
    return {head: severity for head, _, severity in pairs}
