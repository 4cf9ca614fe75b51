"""`tuneform dataset convert`: from other formats to one that is tuned on."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from reconciler import datasets
from reconciler.cli.commands.dataset.outputs import check_apart, place_for, plain
from reconciler.cli.data_sources import output_to, sources
from reconciler.cli.help import command
from reconciler.cli.options import common, example
from reconciler.core import exits
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

_TARGETS = {
    "vertex": datasets.Format.VERTEX_SFT,
    "preference": datasets.Format.PREFERENCE,
    "pairs": datasets.Format.PAIRS,
    "open-model": datasets.Format.MESSAGES,
}
_REPORTED_PER_REASON = 20
"""Lines that are named for one reason; all of them are counted."""
_REPORTED_REASONS = 50
"""Different reasons, and different losses, that are reported; a file may have a million of them."""
_NAMED_ROWS = 5
"""Rows that are named of those that are of another kind than most."""
_OTHERS = "for other reasons"


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
    "--to", type=click.Choice(list(_TARGETS)), default="vertex", show_default=True, help="What the rows are for."
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
    report = _Report()
    place = None
    if out is not None:
        check_apart(file, out, fix="Give --out a name of its own.")
        place = place_for(out, force=force)
    with ExitStack() as stack:
        (source,) = stack.enter_context(sources([file], format_=_format(source_format)))
        put = stack.enter_context(output_to(place))
        for result in datasets.convert(source, _TARGETS[to], columns):
            if isinstance(result, datasets.NotConverted):
                report.left_out(result)
                continue
            report.converted(result)
            put(result.text + "\n")
    for words in report.lines(plain(file)):
        click.echo(words, err=True)
    return exits.FAILED if report.failed else exits.OK


class _Report:
    """What a conversion has to say, each reason and each loss once with its first lines."""

    def __init__(self) -> None:
        self._count = 0
        self._reasons: dict[str, list[int]] = {}
        self._notes: dict[str, list[int]] = {}
        self._kinds: dict[str, list[int]] = {}
        self._of_the_whole: list[str] = []

    def converted(self, result: datasets.Converted) -> None:
        """One example that was written."""
        self._count += 1
        self._taken_for(result.kind, result.line)
        for note in result.notes:
            _remember(self._notes, note, result.line)

    def left_out(self, result: datasets.NotConverted) -> None:
        """One that was not, or what is wrong with all of them together."""
        self._taken_for(result.kind, result.line)
        if result.line:
            _remember(self._reasons, result.reason, result.line)
        else:
            self._of_the_whole.append(result.reason)

    def _taken_for(self, kind: str, line: int) -> None:
        if kind:
            _remember(self._kinds, kind, line)

    @property
    def failed(self) -> bool:
        """Whether something is missing from the output, or everything."""
        return bool(self._reasons or self._of_the_whole) or not self._count

    def lines(self, file: str) -> Iterator[str]:
        """What the file was taken for, one a place, and the sum."""
        yield from self._kinds_of(file)
        for reason, (count, *lines) in self._reasons.items():
            yield from (f"{file}:{line}: not converted: {plain(reason)}" for line in lines)
            if count > len(lines):
                yield f"{file}: and {count - len(lines):,} more: not converted: {plain(reason)}"
        for note, (count, first, *_) in self._notes.items():
            more = f", and in {count - 1:,} more" if count > 1 else ""
            yield f"{file}:{first}: {plain(note)}{more}"
        yield from (f"{file}: the result as a whole is refused: {plain(why)}" for why in self._of_the_whole)
        left = sum(count for count, *_ in self._reasons.values())
        if not self._count and not left:
            yield f"{file}: it holds no examples"
        yield f"{self._count} converted, {left} not."

    def _kinds_of(self, file: str) -> Iterator[str]:
        """What most rows were taken for; then what others were, with the first of them."""
        most, *others = sorted(self._kinds, key=lambda kind: -self._kinds[kind][0]) or [""]
        if most:
            yield f"{file}: taken for {most}"
        for kind in others:
            count, *lines = self._kinds[kind]
            shown = ", ".join(map(str, lines[:_NAMED_ROWS]))
            more = f" and {count - _NAMED_ROWS:,} more" if count > _NAMED_ROWS else ""
            yield f"{file}:{lines[0]}: taken for {kind}: {counted(count, 'row')} ({shown}{more})"


def _remember(seen: dict[str, list[int]], words: str, line: int) -> None:
    """[how often, the first lines …]; beyond so many different words only how often."""
    if words not in seen and len(seen) >= _REPORTED_REASONS:
        words = _OTHERS
    known = seen.setdefault(words, [0])
    known[0] += 1
    if len(known) <= _REPORTED_PER_REASON:
        known.append(line)


def _format(name: str | None) -> datasets.Format | None:
    if name is None:
        return None
    try:
        return datasets.Format(name)
    except ValueError as exc:
        known = ", ".join(f.value for f in datasets.Format)
        raise ReconcilerError(run_diagnostic("RUN016", f"{name!r} is no format.", fix=f"Known: {known}.")) from exc
