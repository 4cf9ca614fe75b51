"""`tuneform dataset check`: everything that is wrong with training data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import click

from reconciler import datasets
from reconciler.cli.commands.dataset.ruling import rules_of_run, severities_of
from reconciler.cli.console import write
from reconciler.cli.data_sources import Reading, reading
from reconciler.cli.help import command
from reconciler.cli.options import common, example, form_option
from reconciler.cli.repository_paths import path_from_repository
from reconciler.core import exits
from reconciler.render.commands import sentence
from reconciler.version import __version__

_TASKS = ["classification", "summarization", "question-answering", "chat"]
_METHODS = [method.value for method in datasets.Method]
_NOT_FOR_VALIDATION = {"DATA904": "off"}
"""How many examples are advised speaks of training data."""


@command(
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
    chosen = rules_of_run(method, base_model, severities_of(rules))
    beside = replace(chosen, severities={**chosen.severities, **_NOT_FOR_VALIDATION, **severities_of(rules)})
    names = [*files, *([validation] if validation else [])]
    with reading(names, asks=media) as opened:
        results = [
            datasets.check(source, beside if validation and n == len(files) else chosen)
            for n, source in enumerate(opened.sources())
        ]
        if media:
            results = _with_media(opened, results, chosen)
        results = [_with(result, *_noise(opened, n, result, chosen)) for n, result in enumerate(results)]
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


def _noise(
    opened: Reading, index: int, result: datasets.Checked, rules: datasets.RuleSet
) -> tuple[list[datasets.Finding], Mapping[str, int]]:
    """Classes that may be wrong: only of a file of classes that is not large, which is read again for it."""
    from reconciler.datasets.noise import CHECKED_EXAMPLES

    if not result.was_read or not result.has_classes or result.examples > CHECKED_EXAMPLES:
        return [], {}
    return datasets.label_noise(opened.sources()[index], result).findings(rules)


def _with(
    checked: datasets.Checked, found: Iterable[datasets.Finding], totals: Mapping[str, int] | None = None
) -> datasets.Checked:
    """`totals` has how many there are of a rule where not all are kept."""
    extra = tuple(found)
    counts = dict(checked.counts)
    for finding in extra:
        counts[finding.rule] = counts.get(finding.rule, 0) + 1
    counts |= totals or {}
    return replace(checked, findings=(*checked.findings, *extra), counts=counts)
