"""Where a model is good and where it is not: by class of labels, by field of JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from reconciler.core.evidence.fields import compare_json, total
from reconciler.core.evidence.labels import score_labels
from reconciler.core.gate_result import Breakdown
from reconciler.core.gate_spec import Metric, Scorer
from reconciler.core.gating.marks import complaint_by

FOLLOWS: Final = "follows jsonSchema"
"""The first row where a schema is given: the share of answers that follow it."""


def breakdown_of(scorer: Scorer, texts: Iterable[tuple[str, str, str]], *, has_rival: bool) -> tuple[Breakdown, ...]:
    """`texts` are reference, new and old answer of each item. The most frequent first; none of other metrics."""
    known = list(texts)
    rows: Iterator[Breakdown] = iter(())
    if scorer.metric is Metric.LABEL and known:
        rows = _by_class(known, has_rival=has_rival)
    elif scorer.metric is Metric.JSON and known:
        rows = chain(_by_schema(scorer, known, has_rival=has_rival), _by_field(known, has_rival=has_rival))
    return tuple(sorted(rows, key=lambda row: (-row.items, row.name != FOLLOWS, row.name)))


def _by_class(known: list[tuple[str, str, str]], *, has_rival: bool) -> Iterator[Breakdown]:
    new = score_labels((answer, reference) for reference, answer, _ in known)
    old = score_labels((answer, reference) for reference, _, answer in known)
    yield Breakdown("macro-F1", len(known), new.macro_f1, old.macro_f1 if has_rival else None)
    for name, score in new.classes.items():
        yield Breakdown(name, score.items, score.f1, old.classes[name].f1 if has_rival else None)


def _by_schema(scorer: Scorer, known: list[tuple[str, str, str]], *, has_rival: bool) -> Iterator[Breakdown]:
    if scorer.schema is None:
        return
    complaint = complaint_by(scorer)
    new, old = (sum(not complaint(texts[side]) for texts in known) / len(known) for side in (1, 2))
    yield Breakdown(FOLLOWS, len(known), new, old if has_rival else None)


def _by_field(known: list[tuple[str, str, str]], *, has_rival: bool) -> Iterator[Breakdown]:
    new = total(compare_json(answer, reference) for reference, answer, _ in known)
    old = total(compare_json(answer, reference) for reference, _, answer in known)
    for name in new.right.keys() | new.wrong.keys() | new.missing.keys():
        items = new.right[name] + new.wrong[name] + new.missing[name]
        yield Breakdown(name, items, new.right[name] / items, old.right[name] / items if has_rival else None)
