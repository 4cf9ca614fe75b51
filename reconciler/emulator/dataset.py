"""Training data as the emulator reads it: the real bytes, line by line.

Source of the rules: documented and recorded where said; the rest is assumed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconciler.emulator.catalog import DATA_LIMITS, MethodLimits
from reconciler.emulator.dataset_examples import TrainedExample, example_of
from reconciler.emulator.dataset_parts import DatasetError, tokens_of, tokens_of_part, tokens_of_tools
from reconciler.emulator.definitions import camel
from reconciler.emulator.lenient import JsonError, read_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.emulator.catalog import TunableModel

__all__ = ["Dataset", "DatasetError", "TrainedExample", "tokens_of", "tokens_of_part", "tokens_of_tools"]

Json = dict[str, Any]

MOST_DROPPED = 0.1  # documented: more than ten per cent dropped fails the job


@dataclass(slots=True)
class Dataset:
    """What one file gives."""

    examples: list[TrainedExample] = field(default_factory=list)
    dropped: list[tuple[int, str]] = field(default_factory=list)  # (1-based example, reason)
    size_bytes: int = 0


def limits_of(base: TunableModel, method: str) -> MethodLimits:
    """The limits of a method's data; an open model has its own context and no others that a page states."""
    return MethodLimits() if base.is_open else DATA_LIMITS.get(method, MethodLimits())


def read_dataset(content: bytes, base: TunableModel, method: str) -> Dataset:
    """All examples of a JSONL file. Raises DatasetError for what fails a job."""
    found = Dataset(size_bytes=len(content))
    limit = limits_of(base, method).example_tokens or base.max_example_tokens
    total = 0
    for total, (row, raw) in enumerate(_lines(content), 1):
        example = _example(raw, row, base, method)
        tokens = example.input_tokens + example.output_tokens
        if tokens > limit:
            found.dropped.append((total, f"Example has too many tokens: {tokens}; the limit is {limit}."))
        else:
            found.examples.append(example)
    _check_size(found, total, base)
    return found


def check_training_size(found: Dataset, base: TunableModel, method: str) -> None:
    """Raises DatasetError where a method takes no more examples."""
    most = limits_of(base, method).examples
    if most and len(found.examples) > most:
        count = len(found.examples)
        raise DatasetError(f"The training dataset has too many examples: {count}; at most {most} are allowed.")


def first_row_problem(content: bytes, base: TunableModel, method: str = "supervised") -> str:
    """What create refuses at once, "" when nothing. Source: recorded (the first row is looked at synchronously)."""
    first = next(_lines(content[: 1 << 20]), None)
    if first is None or base.takes_messages or base.is_open or method in {"veo", "veoLora", "partner"}:
        return ""
    try:
        raw = read_json(first[1])
    except JsonError:
        return ""
    if isinstance(raw, dict) and "contents" not in raw:
        return "Row: 0. Missing required `contents` field."
    return ""


def _check_size(found: Dataset, total: int, base: TunableModel) -> None:
    if total == 0:
        raise DatasetError("The training dataset is empty.")
    if len(found.dropped) > MOST_DROPPED * total:
        share = round(100 * len(found.dropped) / total)
        raise DatasetError(f"{share}% of the examples were dropped; at most 10% may be. First: {found.dropped[0][1]}")
    if len(found.examples) < base.min_examples:
        few = f"{len(found.examples)}; at least {base.min_examples} are needed."
        raise DatasetError(f"The training dataset has too few examples: {few}")


def _lines(content: bytes) -> Iterator[tuple[int, bytes]]:
    """(0-based row, line), empty lines left out."""
    rows = (line for line in content.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip())
    return enumerate(rows)


def _example(line: bytes, row: int, base: TunableModel, method: str) -> TrainedExample:
    try:
        given = read_json(line)
    except JsonError as exc:
        raise DatasetError(f"Row: {row}. {str(exc).splitlines()[0]}") from None
    return example_of(given, _camel(given), row, base, method)


def _camel(raw: Any) -> Any:
    """Top-level and part keys in camelCase: both spellings are taken."""
    if isinstance(raw, dict):
        return {camel(k): v if k in {"args", "references"} else _camel(v) for k, v in raw.items()}
    return [_camel(v) for v in raw] if isinstance(raw, list) else raw
