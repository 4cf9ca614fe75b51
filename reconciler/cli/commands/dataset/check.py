"""`tuneform dataset check`: everything that is wrong with training data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler import datasets
from reconciler.cli.commands.dataset.ruling import rules_of_run, severities_of
from reconciler.cli.console import write
from reconciler.cli.data_sources import reading
from reconciler.cli.help import command
from reconciler.cli.options import common, example, form_option
from reconciler.cli.repository_paths import path_from_repository
from reconciler.core import exits
from reconciler.render.commands import sentence
from reconciler.version import __version__
from reconciler.workflow.data_check import TASKS, DataCheck, check_data

if TYPE_CHECKING:
    from reconciler.datasets.media import SeenMedia
    from reconciler.workflow.data_sources import Reading

_METHODS = [method.value for method in datasets.Method]


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
    asked = severities_of(rules)
    wanted = DataCheck(
        rules_of_run(method, base_model, asked), asked, task or "", epochs, has_validation=bool(validation)
    )
    with reading([*files, *([validation] if validation else [])], asks=media) as opened:
        results = check_data(opened.sources, wanted, _look(opened) if media else None)
    write(_report(form, results))
    return exits.OK if all(result.ok for result in results) else exits.FAILED


def _look(opened: Reading) -> Callable[[Sequence[str]], list[SeenMedia]]:
    from reconciler.workflow.data_remote import media_look

    assert opened.world is not None
    return media_look(opened.world.storage, opened.world.parallelism)


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
