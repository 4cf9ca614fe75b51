"""`tuneform dataset convert`: from other formats to one that is tuned on."""

from __future__ import annotations

from contextlib import ExitStack

import click

from reconciler import datasets
from reconciler.cli.commands.dataset.outputs import place_for
from reconciler.cli.data_sources import output_to, sources
from reconciler.cli.help import command
from reconciler.cli.options import common, example
from reconciler.core import exits
from reconciler.workflow.dataset_files import (
    CONVERTS_TO,
    ConversionReport,
    convert_into,
    format_of,
    must_be_apart,
    plain,
)


@command(
    epilog=example(
        """
        tuneform dataset convert openai.jsonl --to vertex > train.jsonl
        tuneform dataset convert faq.csv --map question=Frage --map answer=Antwort
        """
    )
)
@common
@click.option(
    "--to", type=click.Choice(list(CONVERTS_TO)), default="vertex", show_default=True, help="What the rows are for."
)
@click.option("--from", "source_format", metavar="FORMAT", help="Where one example does not show it: see the docs.")
@click.option(
    "--map",
    "mapped",
    multiple=True,
    metavar="PART=COLUMN",
    help="Where a part stands: question, answer, system, chosen, rejected; repeatable.",
)
@click.option("--out", metavar="FILE", help="Instead of stdout.")
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@click.argument("file")
def convert(
    file: str, to: str, source_format: str | None, mapped: tuple[str, ...], out: str | None, force: bool
) -> int:
    """Turn other formats into the right JSONL; says what it loses or cannot convert. Ends with 1 then."""
    if mapped and source_format:
        raise click.UsageError("--map says what --from would: give one of them.")
    columns = datasets.ColumnMap.of(mapped) if mapped else None
    report = ConversionReport()
    place = None
    if out is not None:
        must_be_apart(file, out, fix="Give --out a name of its own.")
        place = place_for(out, force=force)
    with ExitStack() as stack:
        (source,) = stack.enter_context(sources([file], format_=format_of(source_format)))
        put = stack.enter_context(output_to(place))
        convert_into(source, CONVERTS_TO[to], put, report, columns)
    for words in report.lines(plain(file)):
        click.echo(words, err=True)
    return exits.FAILED if report.failed else exits.OK
