"""Rules over a file as a whole, once its examples are total_and_distinct."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from reconciler.core.diagnostics import Severity
from reconciler.core.plurals import counted
from reconciler.datasets.columns import chunks_of, repeated, total_and_distinct
from reconciler.datasets.findings import KEPT_PER_RULE, Breach
from reconciler.datasets.formats import Format
from reconciler.datasets.limits import DEFAULT_RESOLUTION
from reconciler.datasets.parallel import Worker, WorkerError, can_fork, start
from reconciler.datasets.rows.dispatch import ROW_RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.columns import Columns
    from reconciler.datasets.examine import Examiner
    from reconciler.datasets.limits import DataLimits
    from reconciler.datasets.tally import Tally

FORK_FROM_EXAMPLES = 100_000
"""Fewer are total_and_distinct before a second process has started."""

_FOLLOWED_REPEATS = 50_000
"""Different repeated examples whose lines are looked up; all of them are total_and_distinct."""


def say_whole_file(examiner: Examiner, tally: Tally, columns: Columns, *, name: str, size: int) -> int:
    """Every rule that needs the sums; returns how many examples stand in the file already."""
    limits = examiner.rules.limits
    for problem, line in _file_problems(tally, examiner.format, name=name, size=size, limits=limits):
        examiner.say(tally, problem, line=line)
    if examiner.format in ROW_RULES and tally.examples:
        for problem, line in _count_problems(tally, examiner.format, limits):
            examiner.say(tally, problem, line=line)
        return _say_repeats(examiner, tally, columns)
    return 0


def whole_file_problems(tally: Tally, kind: Format, *, size: int, limits: DataLimits) -> Iterator[Breach]:
    """What the sums of a file say, without its repeats."""
    if size > limits.file_bytes:
        yield _too_large(size, limits)
    yield from (problem for problem, _ in _count_problems(tally, kind, limits))


def _too_large(size: int, limits: DataLimits) -> Breach:
    return Breach("DATA109", detail=f"{counted(size, 'byte')}; at most {limits.file_bytes:,} are allowed.")


def _file_problems(
    tally: Tally, kind: Format, *, name: str, size: int, limits: DataLimits
) -> Iterator[tuple[Breach, int]]:
    is_read = not any(finding.severity is Severity.ERROR for finding in tally.findings)
    if not tally.examples and kind in ROW_RULES and is_read:
        yield Breach("DATA103"), 0
    if tally.windows_line_end:
        yield Breach("DATA105"), tally.windows_line_end
    if size > limits.file_bytes:
        yield _too_large(size, limits), 0
    if name.startswith("gs://") and not name.endswith(".jsonl"):
        yield Breach("DATA112", detail=name), 0


def _count_problems(tally: Tally, kind: Format, limits: DataLimits) -> Iterator[tuple[Breach, int]]:
    if kind is Format.PAIRS:
        yield from _pair_count_problems(tally, limits)
        return
    most = limits.multimodal_examples if tally.with_media else limits.examples
    if tally.examples > most:
        yield Breach("DATA903", detail=f"{counted(tally.examples, 'example')}; at most {most:,} are allowed."), 0
    if tally.examples < limits.recommended_examples:
        detail = f"{tally.examples:,} of the {limits.recommended_examples} that are a recommended start."
        yield Breach("DATA904", detail=detail), 0
    if tally.dropped > limits.dropped_share * tally.examples:
        yield Breach("DATA905", detail=f"{tally.dropped:,} of {counted(tally.examples, 'example')}."), 0
    resolutions: dict[str, int] = {}
    for value, line in sorted(tally.resolutions.items(), key=lambda entry: entry[1]):
        resolutions.setdefault(value or DEFAULT_RESOLUTION, line)
    if len(resolutions) > 1:
        value, line = list(resolutions.items())[-1]
        yield Breach("DATA507", detail=f"{value} here, another one above."), line


def _pair_count_problems(tally: Tally, limits: DataLimits) -> Iterator[tuple[Breach, int]]:
    if tally.examples < limits.pairs_minimum:
        yield Breach("DATA704", detail=f"{counted(tally.examples, 'pair')}."), 0
    size = tally.input_bytes + tally.output_bytes
    if size > limits.pairs_bytes:
        yield (
            Breach("DATA705", detail=f"{counted(size, 'byte')} of text; at most {limits.pairs_bytes:,} are allowed."),
            0,
        )


def _say_repeats(examiner: Examiner, tally: Tally, columns: Columns) -> int:
    beside = _count_beside(columns) if tally.examples > FORK_FROM_EXAMPLES and can_fork() else None
    total, different = total_and_distinct(columns.wholes)
    again = total - different
    if again:
        for line, first in islice(_repeat_lines(columns), KEPT_PER_RULE):
            examiner.say(tally, Breach("DATA906", detail=f"As in line {first}."), line=line)
        if examiner.rules.severity("DATA906"):
            tally.counts["DATA906"] = again
    _say_more_answers(examiner, tally, different, _answer_of(beside, columns))
    return again


def _say_more_answers(examiner: Examiner, tally: Tally, different: int, prompts: int) -> None:
    if different > prompts and examiner.format is not Format.PREFERENCE:
        detail = f"{counted(different - prompts, 'further answer')} to prompts that stand in the file already."
        examiner.say(tally, Breach("DATA907", detail=detail), line=0)


def _count_beside(columns: Columns) -> Worker:
    """Count the different prompts on another processor."""
    for column in columns.prompts:
        column.flush()
    return start(lambda: str(total_and_distinct(columns.prompts)[1]).encode())


def _answer_of(worker: Worker | None, columns: Columns) -> int:
    if worker is not None:
        try:
            return int(worker.answer())
        except WorkerError:
            pass
    return total_and_distinct(columns.prompts)[1]


def _repeat_lines(columns: Columns) -> Iterator[tuple[int, int]]:
    """(line, line of the first) of repeated examples, in the order of the file."""
    followed = repeated(columns.wholes, _FOLLOWED_REPEATS)
    first: dict[int, int] = {}
    line = 0
    for chunk in chunks_of(columns.wholes):
        for value in chunk:
            line += 1
            if value not in followed:
                continue
            if value in first:
                yield line, first[value]
            else:
                first[value] = line
