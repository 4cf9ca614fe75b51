"""`tuneform dataset check|stats|convert|split`: training data before money is spent on it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import click

from reconciler import datasets
from reconciler.cli import exits
from reconciler.cli.data_sources import output_to, sources
from reconciler.cli.options import common, example, settings
from reconciler.cli.output import style_for, write
from reconciler.cli.wiring import catalog_of, read_workspace, rules_of
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.cost import price_of
from reconciler.core.diagnostics import ReconcilerError
from reconciler.version import __version__
from reconciler.workflow.data import checked_severities
from reconciler.workflow.data_limits import limits_of

_METHODS = [method.value for method in datasets.Method]
_UNREADABLE = "DATA101"
_TARGETS = {
    "vertex": datasets.Format.VERTEX_SFT,
    "preference": datasets.Format.PREFERENCE,
    "pairs": datasets.Format.PAIRS,
}


@click.group(epilog=example("tuneform dataset check data/train.jsonl\ntuneform dataset stats data/train.jsonl"))
def dataset() -> None:
    """Check, describe, convert and split training data: local files and gs:// objects."""


@dataset.command(
    epilog=example(
        """
        tuneform dataset check data/train.jsonl
        tuneform dataset check train.jsonl --validation val.jsonl --task classification
        tuneform dataset check data/*.jsonl --format sarif > data.sarif
        """
    )
)
@common
@click.option("--method", type=click.Choice(_METHODS), help="What it is for; default: by its shape.")
@click.option("--base-model", default="", metavar="NAME", help="Hold it against this model's limits.")
@click.option("--validation", metavar="FILE", help="The validation data that belongs to it.")
@click.option("--task", default="", metavar="TASK", help="classification, summarization, question-answering, chat.")
@click.option("--epochs", type=click.IntRange(1), help="Epochs it is to be trained for.")
@click.option("--rule", "rules", multiple=True, metavar="ID=SEVERITY", help="error, warning, note or off; repeatable.")
@click.option("--format", "form", type=click.Choice(["text", "json", "sarif", "github"]), default="text")
@click.argument("files", nargs=-1, required=True)
def check(
    files: tuple[str, ...],
    method: str | None,
    base_model: str,
    validation: str | None,
    task: str,
    epochs: int | None,
    rules: tuple[str, ...],
    form: str,
) -> int:
    """Say everything that is wrong with training data, with line and column. Ends with 1 on errors."""
    chosen = _rules(method, base_model, _severities(rules))
    names = [*files, *([validation] if validation else [])]
    with sources(names) as opened:
        results = [datasets.check(source, chosen) for source in opened]
        if validation:
            train, held_out = results[0], results[-1]
            results[-1] = _with(held_out, datasets.compare(train, held_out, chosen))
        if task or epochs:
            results[0] = _with(results[0], datasets.advise(results[0], task, epochs, chosen))
        write(_report(form, results))
    return exits.OK if all(result.ok for result in results) else exits.FAILED


@dataset.command(epilog=example("tuneform dataset stats data/train.jsonl --base-model gemini-3.1-flash-lite"))
@common
@click.option("--base-model", default="", metavar="NAME", help="For limits and price.")
@click.option("--batch-size", type=click.IntRange(1), help="Examples a step, for the estimate of steps.")
@click.argument("file")
def stats(file: str, base_model: str, batch_size: int | None) -> None:
    """Describe training data: counts, token histogram, longest examples, steps and cost by epochs."""
    workspace = read_workspace(settings())
    found = price_of(base_model, catalog_of(workspace), workspace.prices)
    price = datasets.Price(found.per_million, found.currency, found.as_of) if found else None
    with sources([file]) as (source,):
        checked = datasets.check(source, _rules(None, base_model, {}))
    unread = [f.diagnostic(file) for f in checked.findings if f.rule == _UNREADABLE]
    if unread:
        raise ReconcilerError(*unread)
    page = datasets.stats(checked, price=price, batch_size=batch_size, unicode=style_for(sys.stdout).unicode)
    write(page)


@dataset.command(
    epilog=example(
        "tuneform dataset convert openai.jsonl --to vertex > train.jsonl\ntuneform dataset convert pairs.csv"
    )
)
@common
@click.option("--to", type=click.Choice(list(_TARGETS)), default="vertex", show_default=True)
@click.option("--from", "source_format", metavar="FORMAT", help="Where one example cannot tell: see the docs.")
@click.option("--out", metavar="FILE", help="Instead of stdout.")
@click.argument("file")
def convert(file: str, to: str, source_format: str | None, out: str | None) -> int:
    """Turn other formats into the right JSONL; what cannot be converted is told with its line. Ends with 1 then."""
    left = 0
    count = 0
    with ExitStack() as stack:
        (source,) = stack.enter_context(sources([file], format_=_format(source_format)))
        put = stack.enter_context(output_to(out))
        for result in datasets.convert(source, _TARGETS[to]):
            if isinstance(result, datasets.NotConverted):
                left += 1
                click.echo(f"{file}:{result.line}: not converted: {result.reason}", err=True)
                continue
            count += 1
            put(result.text + "\n")
            for note in result.notes:
                click.echo(f"{file}:{result.line}: {note}", err=True)
    click.echo(f"{count} converted, {left} not.", err=True)
    return exits.FAILED if left else exits.OK


@dataset.command(epilog=example("tuneform dataset split all.jsonl --validation 0.1"))
@common
@click.option("--validation", "fraction", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.1)
@click.option("--seed", default="", help="Another split of the same lines.")
@click.option("--train-out", metavar="FILE", help="Default: NAME.train.jsonl beside the file.")
@click.option("--validation-out", metavar="FILE", help="Default: NAME.validation.jsonl beside the file.")
@click.argument("file")
def split(file: str, fraction: float, seed: str, train_out: str | None, validation_out: str | None) -> None:
    """Split JSON lines into training and validation by content: the same line is always on the same side."""
    stem = Path(file).name.removesuffix(".jsonl")
    beside = Path(file).parent if "://" not in file else Path()
    paths = (
        train_out or str(beside / f"{stem}.train.jsonl"),
        validation_out or str(beside / f"{stem}.validation.jsonl"),
    )
    counts = [0, 0]
    with ExitStack() as stack:
        (source,) = stack.enter_context(sources([file]))
        puts = [stack.enter_context(output_to(path)) for path in paths]
        for line in datasets.split(source, fraction, seed):
            side = int(line.is_validation)
            counts[side] += 1
            puts[side](line.line.decode("utf-8", "surrogateescape"))
    for path, count in zip(paths, counts, strict=True):
        write(f"{path}  {count} lines\n")


def _report(form: str, results: list[datasets.Checked]) -> str:
    from reconciler.datasets import report

    match form:
        case "json":
            return report.json_text(results)
        case "sarif":
            return report.sarif(results, __version__)
        case "github":
            return report.github(results)
        case _:
            return "".join(report.text(result, _reader(result.name)) for result in results)


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
    workspace = read_workspace(settings())
    merged = {**checked_severities(rules_of(workspace)), **severities}
    return datasets.RuleSet.of(method, base_model, merged, limits_of(catalog_of(workspace), base_model))


def _severities(rules: tuple[str, ...]) -> dict[str, str]:
    pairs = [rule.partition("=") for rule in rules]
    wrong = [head for head, equals, _ in pairs if not equals]
    if wrong:
        raise click.UsageError(f"--rule {wrong[0]} is not of the form ID=SEVERITY, like DATA904=off.")
    return {head: severity for head, _, severity in pairs}


def _format(name: str | None) -> datasets.Format | None:
    if name is None:
        return None
    try:
        return datasets.Format(name)
    except ValueError as exc:
        known = ", ".join(f.value for f in datasets.Format)
        raise ReconcilerError(run_diagnostic("RUN016", f"{name!r} is no format.", fix=f"Known: {known}.")) from exc
