"""Training curves: a picture, what they came to, what each checkpoint is worth, and what they suggest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from reconciler.core.curves import finite
from reconciler.core.model import Evaluation
from reconciler.core.plurals import counted
from reconciler.core.training_curves import ReadValue, TrainingCurves, by_interest
from reconciler.render.advice import advice_words, epoch_words
from reconciler.render.style import Style, Tone
from reconciler.render.terminal.layout import INDENT, closed, indented
from reconciler.render.terminal.plot import MOST_SERIES, Marks, Series, legend, plot
from reconciler.render.words import escape, flat, width_of

_HEIGHT, _HIGH, _WIDE = 10, 14, 100
"""Rows of a picture, and of one that is as wide as that."""
GONE = "The service no longer has these curves: this is what the lock recorded of them."


def render_metrics(trainings: Sequence[TrainingCurves], style: Style, names: Sequence[str] = ()) -> str:
    """One training in full, or several by the metrics that are asked for; by a loss that all have, unasked."""
    shown = [training for training in trainings if training.names]
    if not shown:
        return closed(f"{escape(str(t.address))} has no metrics yet." for t in trainings)
    lines = _single(shown[0], names, style) if len(trainings) == 1 else _several(trainings, names, style)
    return closed(lines)


def compared(trainings: Sequence[TrainingCurves]) -> str:
    """By which metric several trainings are compared where nobody says: the first that most of them have."""
    names = sorted({name for training in trainings for name in training.names}, key=by_interest)
    return max(names, key=lambda name: sum(name in training.names for training in trainings), default="")


def title_of(training: TrainingCurves) -> str:
    """`vertex/router attempt 2`."""
    return f"{escape(str(training.address))} attempt {escape(training.attempt)}"


def _single(training: TrainingCurves, names: Sequence[str], style: Style) -> Iterator[str]:
    yield from _joined([title_of(training), training.role.value, *_extent(training)], style)
    for group in _pictures(names or [name for name in training.names if name.endswith("loss")] or training.names[:1]):
        yield from _picture([(name, training, name) for name in group], _marks(training), style)
    rows = [(escape(name), *_values(training, name)) for name in training.names]
    yield ""
    yield from _table(("METRIC", "BEST", "AT STEP", "LAST"), rows, style)
    yield from _checkpoints(training, names, style)
    yield from _notes([training], style)


def _several(trainings: Sequence[TrainingCurves], names: Sequence[str], style: Style) -> Iterator[str]:
    for number, name in enumerate(names or [compared(trainings)]):
        having = [training for training in trainings if name in training.names]
        yield from [""] if number else []
        yield style.paint(f"{escape(name)} of {counted(len(trainings), 'training')}", Tone.STRONG)
        yield from _picture([(title_of(t), t, name) for t in having], [], style)
        if len(having) > MOST_SERIES:
            yield from indented(f"The first {MOST_SERIES} are drawn.", style, Tone.FAINT)
        yield ""
        scored = any(t.score is not None for t in trainings)
        rows = [(title_of(t), *_counts(t), *_values(t, name), *([_score(t)] if scored else [])) for t in trainings]
        heads = ("TRAINING", "EPOCHS", "STEPS", "BEST", "AT STEP", "LAST", *(["SCORE"] if scored else []))
        yield from _table(heads, rows, style)
    yield from _notes(trainings, style)


def _score(training: TrainingCurves) -> str:
    """What a trial is selected by; the best one is marked."""
    words = "?" if training.score is None else f"{training.score:.4g}"
    return f"{words} (best)" if training.selected_for else words


def _counts(training: TrainingCurves) -> tuple[str, str]:
    epochs = "?" if training.epochs is None else epoch_words(training.epochs)
    return epochs, "?" if training.steps is None else str(training.steps)


def _extent(training: TrainingCurves) -> list[str]:
    """How long it is, as far as that is known, and where it is while it runs."""
    steps = [] if training.steps is None else [counted(training.steps, "step")]
    epochs = [] if training.epochs is None else [f"{epoch_words(training.epochs)} epoch" + "s" * (training.epochs != 1)]
    done = max((line[-1].step for line in training.curves.values() if line), default=None)
    return [*steps, *epochs, *([] if training.is_over or done is None else [f"at step {done}"])]


def _joined(parts: Sequence[str], style: Style) -> Iterator[str]:
    first, *rest = parts
    line = style.paint(first, Tone.STRONG)
    used = width_of(first)
    for part in rest:
        if used + len(style.dot) + width_of(part) > style.width:
            yield line
            line, used = " " * INDENT + part, INDENT + width_of(part)
        else:
            line, used = line + style.dot + part, used + len(style.dot) + width_of(part)
    yield line


def _pictures(names: Sequence[str]) -> Iterator[list[str]]:
    """Losses share a picture, fractions another one: what has one unit has one axis."""
    for _, group in groupby(sorted(names, key=by_interest), key=lambda name: by_interest(name)[:2]):
        yield list(group)


def _picture(lines: Sequence[tuple[str, TrainingCurves, str]], marks: Sequence[Marks], style: Style) -> Iterator[str]:
    """Of curves, each by its label; nothing of what the lock alone knows, which is two points and no course."""
    drawn = [(label, t, name) for label, t, name in lines if not t.is_recorded and finite(t.curves.get(name, ()))]
    if not drawn:
        return
    inner = Style(style.width - INDENT, style.palette, style.unicode)
    labels = [escape(label) for label, _, _ in drawn[:MOST_SERIES]]
    series = [Series(label, t.curves[name]) for label, t, name in drawn]
    height = _HIGH if style.width >= _WIDE else _HEIGHT
    to_step = max((t.steps or 0 for _, t, _ in drawn), default=0)
    yield ""
    for line in [
        *(labels if len(labels) == 1 else legend(labels, style)),
        *plot(series, marks, inner, height=height, to_step=to_step),
    ]:
        yield f"{' ' * INDENT}{line}"


def _marks(training: TrainingCurves) -> list[Marks]:
    """Where epochs end, and where checkpoints lie."""
    marks = []
    if training.epochs and training.steps and training.epochs >= 1:
        an_epoch = training.steps / training.epochs
        ends = [(epoch * an_epoch, str(epoch)) for epoch in range(1, int(training.epochs) + 1)]
        marks.append(Marks("epoch", ends, ticked=True))
    kept = [(float(c.step), escape(c.checkpoint_id)) for c in training.checkpoints if c.step > 0]
    return [*marks, Marks("checkpoint", kept)]


def _values(training: TrainingCurves, name: str) -> tuple[str, str, str]:
    """The best value, where it was, and the last one; a dash for what nobody knows."""
    best, end = training.best(name), training.last(name)
    return _value(best), _place(best), _value(end)


def _value(reading: ReadValue | None) -> str:
    return "-" if reading is None else f"{reading.value:.4g}"


def _place(reading: ReadValue | None) -> str:
    if reading is None or reading.step is None:
        return "-"
    return f"{reading.step}" if reading.epoch is None else f"{reading.step} (epoch {epoch_words(reading.epoch)})"


def _checkpoints(training: TrainingCurves, names: Sequence[str], style: Style) -> Iterator[str]:
    """What the curves were there, and what the service's own evaluation found."""
    curves = names or [name for name in training.names if name.endswith("loss")]
    rows = [
        (escape(c.checkpoint_id), str(c.epoch or "?"), str(c.step or "?"), *_cells(values, curves))
        for c in training.checkpoints
        for values in [training.at_checkpoints.get(c.checkpoint_id, {})]
    ]
    yield from _below(("CHECKPOINT", "EPOCH", "STEP", *map(escape, curves)), rows, style)
    scores = sorted({name for e in training.evaluations for name in e.scores})
    graded = [(_evaluated(e), *_cells(e.scores, scores)) for e in training.evaluations if e.scores]
    yield from _below(("EVALUATION OF", *map(escape, scores)), graded, style)
    for e in training.evaluations:
        if e.error:
            yield from indented(f"evaluation of {_evaluated(e)}: {flat(e.error)}", style, Tone.WARNING)


def _evaluated(evaluation: Evaluation) -> str:
    return f"checkpoint {escape(evaluation.checkpoint_id)}" if evaluation.checkpoint_id else "the model"


def _cells(values: Mapping[str, float], names: Sequence[str]) -> list[str]:
    return [f"{values[name]:.4g}" if name in values else "-" for name in names]


def _below(heads: Sequence[str], rows: Sequence[Sequence[str]], style: Style) -> Iterator[str]:
    """A table below what was said, where there is something in it."""
    if rows:
        yield ""
        yield from _table(heads, rows, style)


def _notes(trainings: Sequence[TrainingCurves], style: Style) -> Iterator[str]:
    """What is not from the service, what has nothing yet, and what the curves suggest."""
    is_one = len(trainings) == 1
    for training in trainings:
        if training.selected_for:
            yield ""
            yield from indented(
                f"{escape(str(training.selected_for))} serves a copy of {title_of(training)}.", style, by=0
            )
        title = "" if is_one else f"{title_of(training)}: "
        if training.is_recorded:
            yield ""
            yield from indented(f"{title}{GONE}", style, Tone.WARNING, by=0)
        elif not training.names:
            yield ""
            yield from indented(f"{title_of(training)} has no metrics yet.", style, by=0)
        if training.advice:
            yield ""
            yield from indented(f"Suggestion: {title}{advice_words(training.advice)}", style, by=0)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], style: Style) -> Iterator[str]:
    """In columns; where those do not fit, a row below the other with the name of each value."""
    widths = [max(width_of(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    if sum(widths) + 2 * (len(widths) - 1) + INDENT <= style.width:
        yield " " * INDENT + style.paint(_line(heads, widths), Tone.FAINT)
        yield from (" " * INDENT + _line(row, widths) for row in rows)
        return
    for first, *rest in rows:
        yield f"{' ' * INDENT}{'checkpoint ' * (heads[0] == 'CHECKPOINT')}{first}"
        for head, cell in zip(heads[1:], rest, strict=True):
            yield from indented(f"{head.lower()} {cell}", style, by=INDENT + 2)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - width_of(cell)) for cell, width in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()
