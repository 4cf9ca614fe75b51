"""dataset check: training data, the validation data beside it, and the advice for a task."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from reconciler import datasets
from reconciler.core.codes_plan import plan_diagnostic
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.suggest import suggest
from reconciler.workflow.data import Rules, checked_severities
from reconciler.workflow.data_limits import limits_of

if TYPE_CHECKING:
    from reconciler.core.catalog import Catalog
    from reconciler.datasets.media import SeenMedia

TASKS: Final = ("classification", "summarization", "question-answering", "chat")
_NOT_FOR_VALIDATION: Final = {"DATA904": "off"}
"""How many examples are advised speaks of training data."""


@dataclass(frozen=True, slots=True)
class DataCheck:
    """What files are held against.

    `severities` are those that were asked for; of several files the last one may be validation data of the first.
    """

    rules: datasets.RuleSet
    severities: Mapping[str, str]
    task: str = ""
    epochs: int | None = None
    has_validation: bool = False


def check_data(
    sources: Callable[[], Sequence[datasets.Source]],
    wanted: DataCheck,
    look: Callable[[Sequence[str]], list[SeenMedia]] | None = None,
) -> list[datasets.Checked]:
    """Everything that is wrong with them. With `look` every object that examples name is looked up."""
    chosen, asked = wanted.rules, wanted.severities
    beside = replace(chosen, severities={**chosen.severities, **_NOT_FOR_VALIDATION, **asked})
    opened = sources()
    results = [
        datasets.check(source, beside if wanted.has_validation and n == len(opened) - 1 else chosen)
        for n, source in enumerate(opened)
    ]
    if look is not None:
        results = _with_media(sources(), results, look, chosen)
    results = [_with(result, *_noise(sources, n, result, chosen)) for n, result in enumerate(results)]
    trained = results[:-1] if wanted.has_validation else results
    results[: len(trained)] = [_with(result, datasets.too_few(result, chosen)) for result in trained]
    if wanted.has_validation:
        results[-1] = _with(results[-1], datasets.compare(results[0], results[-1], chosen))
    if wanted.task or wanted.epochs:
        results[0] = _with(results[0], datasets.advise(results[0], wanted.task, wanted.epochs, chosen))
    return results


def rules_over(rules: Rules, method: str | None, base_model: str, severities: Mapping[str, str]) -> datasets.RuleSet:
    """The workspace's severities and limits, under those that are asked for."""
    merged = {**checked_severities(rules), **severities}
    return datasets.RuleSet.of(method, base_model, merged, limits_of(rules.catalog, base_model))


def unknown_base(base_model: str, catalog: Catalog) -> Diagnostic:
    """A name that may be misspelt, or of a model that is newer than the catalogue."""
    near = difflib.get_close_matches(base_model, sorted({model.name for model in catalog.models}), n=1)
    detail = f"{base_model} is not in the catalogue of {catalog.as_of}; the limits of most models were taken."
    fix = (
        f"Did you mean {near[0]}?" if near else f"See {suggest('models').quoted}; a workspace adds to it under models."
    )
    return plan_diagnostic("PLAN114", Severity.WARNING, detail, fix=fix)


def _with_media(
    sources: Sequence[datasets.Source],
    results: Sequence[datasets.Checked],
    look: Callable[[Sequence[str]], list[SeenMedia]],
    rules: datasets.RuleSet,
) -> list[datasets.Checked]:
    from reconciler.datasets.media import check_media

    return [
        check_media(source, result, look, rules) if result.was_read else result
        for source, result in zip(sources, results, strict=True)
    ]


def _noise(
    sources: Callable[[], Sequence[datasets.Source]], index: int, result: datasets.Checked, rules: datasets.RuleSet
) -> tuple[list[datasets.Finding], Mapping[str, int]]:
    """Classes that may be wrong: only of a file of classes that is not large, which is read again for it."""
    from reconciler.datasets.noise import CHECKED_EXAMPLES

    if not result.was_read or not result.has_classes or result.examples > CHECKED_EXAMPLES:
        return [], {}
    return datasets.label_noise(sources()[index], result).findings(rules)


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
