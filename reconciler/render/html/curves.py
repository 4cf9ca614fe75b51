"""The curves of a model: a chart for each metric, training and validation side by side, and the numbers below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from reconciler.core.curves import MetricPoint, best
from reconciler.core.metric_names import EVAL_PREFIX
from reconciler.core.plurals import counted
from reconciler.core.suggest import suggest
from reconciler.core.training_curves import ReadValue
from reconciler.render.advice import advice_words
from reconciler.render.commands import shell_line
from reconciler.render.html.chart import OLDER, ChartLine, Epoch, chart, finite, legend
from reconciler.render.html.markup import Content, Element, el
from reconciler.render.html.pieces import Mood, code, folded, mark, messages, table
from reconciler.render.html.thinning import Points, thinned
from reconciler.render.report_values import ReportedModel

_TRAIN_PREFIX = "train_"
_MOST, _FEWEST, _ALL = 120, 16, 12_000
"""Points of one line: at most, at least, and of one line of every model together."""


_DOTS_OF = 100
"""Models in a page whose charts have dots."""


class _Curve(NamedTuple):
    """One metric of one training."""

    name: str
    attempt: str
    points: Points
    look: str
    label: str
    best: MetricPoint | None


def curves(model: ReportedModel, models: int) -> Iterator[Content]:
    """Charts of what changes, words for what stays the same, and why there is nothing where there is nothing."""
    trained = bool(model.entry and any(t.job for t in model.entry.trainings.values()))
    if not trained:
        return
    yield el("h4", "Curves")
    if not model.asked_curves:
        alone = shell_line(suggest("report", "--only", model.address, "--into", "report.html"))
        yield el("p", "The service was not asked. A report of its own has them: ", code(alone))
        return
    yield from drawn_curves(model, models)


def drawn_curves(model: ReportedModel, models: int = 1) -> Iterator[Content]:
    """Of what was asked for: what was found, and what is wrong with it. So many `models` share the page."""
    found = list(_found(model, points_max(models)))
    has_dots = models <= _DOTS_OF
    charts = [_figure(model, kind, group, has_dots=has_dots) for kind, group in _by_kind(found) if not _is_flat(group)]
    yield el("div", *charts, class_="charts") if charts else None
    yield from _advice(model)
    yield from _flat(found)
    yield from _recorded(model)
    yield messages(attempt.trouble for attempt in model.curves if attempt.trouble)
    if not found and not any(attempt.trouble for attempt in model.curves):
        yield el("p", "The service shows no metrics of it.")


def _advice(model: ReportedModel) -> Iterator[Content]:
    """What the curves suggest; nobody applies it."""
    for attempt in model.curves:
        if attempt.known and attempt.known.advice:
            words = f"Attempt {attempt.attempt}: {advice_words(attempt.known.advice)}"
            yield el("p", mark("suggestion", Mood.RUNNING), " ", words)


def _recorded(model: ReportedModel) -> Iterator[Content]:
    """What the lock kept of curves that somebody deleted."""
    for attempt in model.curves:
        known = attempt.known
        if known and known.is_recorded:
            rows = [(code(name), _value(known.last(name)), _value(known.best(name))) for name in known.names]
            caption = f"What the lock recorded of attempt {attempt.attempt}"
            yield table(caption, ("Metric", "Last", "Best"), rows, numbers=(1, 2))


def _value(read: ReadValue | None) -> str:
    if read is None:
        return ""
    return f"{read.value:.4g}" if read.step is None else _at((read.step, read.value))


def points_max(models: int) -> int:
    """How many points of a line are drawn: fewer where many models share a page."""
    return max(_FEWEST, min(_MOST, _ALL // max(models, 1)))


def _found(model: ReportedModel, most: int) -> Iterator[_Curve]:
    for age, attempt in enumerate(attempt for attempt in model.curves if attempt.drawn):
        suffix = f", attempt {attempt.attempt}" if len(model.curves) > 1 else ""
        for name, points in sorted(attempt.drawn.items()):
            if points:
                split = _split(name)
                look = f"{split}{OLDER}" if age else split
                label = f"{_SPLITS.get(split, _title(name))}{suffix}"
                drawn = thinned([(point.step, point.value) for point in points], most)
                yield _Curve(name, attempt.attempt, drawn, look, label, best(attempt.drawn, name))


_SPLITS = {"train": "training", "eval": "validation"}


def _split(name: str) -> str:
    return "eval" if name.startswith(EVAL_PREFIX) else "train" if name.startswith(_TRAIN_PREFIX) else "other"


def _kind(name: str) -> str:
    return name.removeprefix(EVAL_PREFIX).removeprefix(_TRAIN_PREFIX)


def _title(kind: str) -> str:
    return kind.replace("_", " ")


def _by_kind(found: Sequence[_Curve]) -> list[tuple[str, list[_Curve]]]:
    """Losses first: they are what a training is judged by."""
    kinds = sorted({_kind(curve.name) for curve in found}, key=lambda kind: ("loss" not in kind, kind))
    return [(kind, [curve for curve in found if _kind(curve.name) == kind]) for kind in kinds]


def _is_flat(group: Sequence[_Curve]) -> bool:
    return all(len({value for _, value in curve.points}) == 1 for curve in group)


def _flat(found: Sequence[_Curve]) -> Iterator[Content]:
    for _, group in _by_kind(found):
        for curve in group if _is_flat(group) else ():
            said = f" is {curve.points[0][1]:.4g} at every step of attempt {curve.attempt}."
            yield el("p", code(curve.name), said, class_="faint")


def _figure(model: ReportedModel, kind: str, group: Sequence[_Curve], *, has_dots: bool) -> Element:
    title = _title(kind)
    said = [_words(curve) for curve in group]
    picture = chart(
        f"{title} of {model.address}",
        " ".join(f"{words}." for words in said),
        [ChartLine(curve.label, curve.points, curve.look) for curve in group],
        _epochs(model, group),
        has_dots=has_dots,
    )
    names = legend((curve.look, words) for curve, words in zip(group, said, strict=True))
    return el(
        "figure", el("figcaption", title), picture, names, folded("Numbers of this chart", _numbers(title, group))
    )


def _words(curve: _Curve) -> str:
    """`validation: 2.17 at step 8, 0.853 at step 144; lowest 0.851 at step 128`."""
    points = finite(curve.points)
    lost = len(curve.points) - len(points)
    missing = f"; {counted(lost, 'value is no number', 'values are no numbers')}" if lost else ""
    if not points:
        return f"{curve.label}{missing}"
    first, last = points[0], points[-1]
    words = f"{curve.label}: {_at(first)}, {_at(last)}" if len(points) > 1 else f"{curve.label}: {_at(first)}"
    return f"{words}{_best(curve, last)}{missing}"


def _best(curve: _Curve, last: tuple[int, float]) -> str:
    """The best value of what was trained on says nothing: it gets better for as long as somebody trains."""
    found = curve.best
    if found is None or not curve.name.startswith(EVAL_PREFIX) or found.step == last[0]:
        return ""
    epoch = f" (epoch {found.epoch:.3g})" if found.epoch is not None else ""
    return f"; best {_at((found.step, found.value))}{epoch}"


def _at(point: tuple[int, float]) -> str:
    return f"{point[1]:.4g} at step {point[0]:,}"


def _epochs(model: ReportedModel, group: Sequence[_Curve]) -> list[Epoch]:
    """Where the epochs of the newest training ended, as far as its checkpoints say so."""
    known = next((attempt.known for attempt in model.curves if attempt.attempt == group[0].attempt), None)
    return [Epoch(c.epoch, c.step) for c in known.checkpoints if c.step] if known else []


def _numbers(title: str, group: Sequence[_Curve]) -> Element:
    """Every point that is drawn, a step a row."""
    values = [dict(curve.points) for curve in group]
    steps = sorted({step for of_one in values for step in of_one})
    head = el("tr", *(el("th", words, scope="col") for words in ("step", *(curve.label for curve in group))))
    rows = (
        el("tr", el("th", f"{step}", scope="row"), *(el("td", _cell(of_one, step)) for of_one in values))
        for step in steps
    )
    body = el("table", el("caption", f"Numbers of {title}"), el("thead", head), el("tbody", *rows), class_="numbers")
    return el("div", body, class_="wide", tabindex="0", role="region", aria_label=f"Numbers of {title}")


def _cell(values: dict[int, float], step: int) -> str:
    return f"{values[step]:.6g}" if step in values else ""
