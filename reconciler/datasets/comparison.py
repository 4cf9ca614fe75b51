"""Two files together: training against validation, and training against the advice for its task."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

from reconciler.core.plurals import counted
from reconciler.datasets.columns import chunks_of
from reconciler.datasets.findings import Finding
from reconciler.datasets.formats import Format, Method
from reconciler.datasets.lexical import shorten
from reconciler.datasets.limits import DEFAULT_RESOLUTION
from reconciler.datasets.rules import RuleSet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.datasets.checked import Checked

RECOMMENDED_EXAMPLES: Mapping[str, int] = {
    "classification": 500,
    "question-answering": 500,
    "summarization": 1_000,
    "chat": 1_000,
    "extraction": 500,
    "code": 500,
}
"""Task → examples that the documentation recommends (extraction and code: as for classification)."""

RECOMMENDED_EPOCHS = (2, 4)
SMALL_SET = 1_000
"""Below this many examples more epochs are recommended."""

IMBALANCE = 10
"""Times that the most frequent class may outnumber the rarest (the bound is ours)."""

_RuleAndDetail = tuple[str, str]


def compare(train: Checked, validation: Checked, rules: RuleSet | None = None) -> tuple[Finding, ...]:
    """Findings about two checked files together; they belong to the validation file.

    Both must have been checked in this process: overlap is found by hashes that differ between processes.
    """
    chosen = rules or RuleSet()
    problems = chain(
        _format_problems(train, validation),
        _size_problems(train, validation, chosen),
        _overlap_problems(train, validation),
        _resolution_problems(train, validation),
        _class_problems(train, validation),
    )
    return _findings(problems, chosen)


def advise(
    train: Checked, task: str = "", epochs: int | None = None, rules: RuleSet | None = None
) -> tuple[Finding, ...]:
    """What the documentation recommends for such a task, held against the training data."""
    chosen = rules or RuleSet()
    labelled = _label_problems(train) if task == "classification" else ()
    return _findings(chain(_advice(train, task, epochs), labelled), chosen)


def _findings(problems: Iterator[_RuleAndDetail], rules: RuleSet) -> tuple[Finding, ...]:
    found = (rules.finding(rule, detail) for rule, detail in problems)
    return tuple(finding for finding in found if finding is not None)


def _format_problems(train: Checked, validation: Checked) -> Iterator[_RuleAndDetail]:
    if train.format is not validation.format:
        yield "DATA916", f"{train.format.title} for training, {validation.format.title} for validation."


def _size_problems(train: Checked, validation: Checked, rules: RuleSet) -> Iterator[_RuleAndDetail]:
    limits = rules.limits
    count, most = validation.examples, limits.validation_examples
    counts = f"{count:,} for validation, {train.examples:,} for training."
    if train.format in {Format.MESSAGES, Format.PROMPT_COMPLETION} or rules.method is Method.OPEN_MODEL:
        share = limits.open_validation_share * train.examples
        if count >= limits.open_validation_examples or count > share:
            yield "DATA915", counts
        return
    if count > most:
        yield "DATA911", f"{counted(count, 'example')}; at most {most:,} are allowed."
    if count > limits.validation_share_from and count > limits.validation_share * train.examples:
        yield "DATA912", counts
    if count > train.examples:
        yield "DATA913", counts


def _overlap_problems(train: Checked, validation: Checked) -> Iterator[_RuleAndDetail]:
    shared = overlap(train, validation)
    if shared:
        yield "DATA910", f"{shared:,} of {counted(validation.examples, 'validation example')}."


def overlap(train: Checked, validation: Checked) -> int:
    """Validation examples that stand in the training data too, in bounded memory.

    The smaller side is kept as a set; validation files have some thousand examples.
    """
    if train.columns is None or validation.columns is None:
        return 0
    counted: Counter[int] = Counter()
    here, there = validation.columns, train.columns
    for chunk in chunks_of(here.wholes):
        counted.update(chunk)
    counted.pop(0, None)
    shared: set[int] = set()
    for chunk in chunks_of(there.wholes):
        shared.update(counted.keys() & set(chunk))
    return sum(counted[value] for value in shared)


def _resolution_problems(train: Checked, validation: Checked) -> Iterator[_RuleAndDetail]:
    here, there = ({value or DEFAULT_RESOLUTION for value in side.resolutions} for side in (train, validation))
    if here and there and here != there:
        yield "DATA914", f"{', '.join(sorted(here))} for training, {', '.join(sorted(there))} for validation."


def _class_problems(train: Checked, validation: Checked) -> Iterator[_RuleAndDetail]:
    if not train.has_classes or not train.labels or not validation.labels:
        return
    unseen = sorted(set(validation.labels) - set(train.labels))
    if unseen:
        yield "DATA923", _some(unseen)


def _advice(train: Checked, task: str, epochs: int | None) -> Iterator[_RuleAndDetail]:
    recommended = RECOMMENDED_EXAMPLES.get(task, 0)
    if train.examples < recommended:
        yield "DATA920", f"{counted(train.examples, 'example')}; {recommended:,} are recommended for {task}."
    low, high = RECOMMENDED_EPOCHS
    is_small = train.examples < SMALL_SET
    if epochs is not None and (epochs < low or (epochs > high and not is_small)):
        yield "DATA921", f"{counted(epochs, 'epoch')} over {counted(train.examples, 'example')}."


def _label_problems(train: Checked) -> Iterator[_RuleAndDetail]:
    labels = train.labels
    if not labels or not train.has_classes:
        yield "DATA925", _not_classes(train)
        return
    most, least = max(labels.values()), min(labels.values())
    if most >= IMBALANCE * least:
        common, rare = (min(k for k, v in labels.items() if v == n) for n in (most, least))
        yield "DATA922", f'"{shorten(common)}" {counted(most, "time")}, "{shorten(rare)}" {counted(least, "time")}.'
    alike = _alike(labels)
    if alike:
        yield "DATA924", "; ".join(_some(names) for names in alike[:3])


def _not_classes(train: Checked) -> str:
    if train.labels is None:
        return "There are more than 500 different short answers, or 500 long ones."
    return f"{counted(train.long_answers, 'long answer')}, {counted(len(train.labels), 'different short one')}."


def _alike(labels: Mapping[str, int]) -> list[list[str]]:
    groups: dict[str, list[str]] = {}
    for label in sorted(labels):
        groups.setdefault(" ".join(label.casefold().split()), []).append(label)
    return [names for names in groups.values() if len(names) > 1]


def _some(names: list[str]) -> str:
    shown = ", ".join(f'"{shorten(name, 24)}"' for name in names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown
