"""Sweeps: the trials of each side by side, as curves and as numbers, and which one serves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.core import diff
from reconciler.core.lock import Lock, Role, Training, TrialRecord
from reconciler.core.model import Address
from reconciler.core.plurals import counted
from reconciler.core.sweeps import FoundSweep, score_of, sweep_at
from reconciler.render.html.chart import OLDER, ChartLine, chart, legend
from reconciler.render.html.curves import points_max
from reconciler.render.html.markup import Content, Element, el
from reconciler.render.html.pieces import Mood, code, link, mark, section, table
from reconciler.render.html.thinning import thinned
from reconciler.render.report_values import Report, ReportedModel
from reconciler.render.words import money

_BEST, _REST = "eval", f"train{OLDER}"
"""How the line of the best trial looks, and those of the others."""


def sweeps_section(report: Report) -> Element:
    """Nothing but its heading where nobody sweeps."""
    lock = Lock(entries={str(m.address): m.entry for m in report.models if m.entry})
    models = {str(m.address): m for m in report.models}
    found = [sweep for m in report.models if (sweep := sweep_at(m.address, lock))]
    parts = [part for sweep in found for part in _sweep(sweep, models, len(report.models))]
    return section("sweeps", "Sweeps", *(parts or (el("p", "No spec sweeps."),)))


def _sweep(sweep: FoundSweep, models: Mapping[str, ReportedModel], on_page: int) -> Iterator[Content]:
    yield el("h3", link(sweep.address))
    how = "its answers by " if sweep.record.by_answers else ""
    count = counted(len(sweep.record.trials), "trial")
    yield el("p", f"{count}, selected by {how}", code(sweep.record.metric), ".")
    trials = [_Trial(t, models.get(t.address), sweep) for t in sweep.record.trials]
    lines = [line for trial in trials if (line := trial.line(points_max(on_page)))]
    if lines:
        title = f"{sweep.record.metric} of the trials of {sweep.address}"
        said = " ".join(f"{line.label}: {line.points[-1][1]:.4g} at its end." for line in lines)
        picture = chart(title, said, lines, has_dots=False)
        entries = [(line.look, line.label) for line in lines]
        yield el("div", el("figure", el("figcaption", title), picture, legend(entries)), class_="charts")
    heads = ("Trial", "Values", "Score", "Billed", "Serves")
    yield table(f"Trials of {sweep.address}", heads, [t.row() for t in trials], numbers=(2, 3))


class _Trial:
    """One trial with what is known of it; its model may be deleted."""

    def __init__(self, record: TrialRecord, model: ReportedModel | None, sweep: FoundSweep) -> None:
        self.record, self.model, self.sweep = record, model, sweep
        serving = model.entry.serving if model and model.entry else None
        self.attempt = serving[0] if serving else ""
        self.training = serving[1] if serving else None

    @property
    def is_best(self) -> bool:
        """Whether a copy of it serves."""
        return self.record.address == self.sweep.selected

    def line(self, most: int) -> ChartLine | None:
        """Its curve by the metric that selects."""
        metric = self.sweep.record.metric
        curves = next((c.drawn for c in self.model.curves if c.attempt == self.attempt), {}) if self.model else {}
        points = [(point.step, point.value) for point in curves.get(metric, ())]
        if not points:
            return None
        return ChartLine(self.record.address, thinned(points, most), _BEST if self.is_best else _REST)

    def row(self) -> tuple[Content, ...]:
        """As the table has it."""
        address = Address.parse(self.record.address)
        name: Content = link(address) if self.model and self.model.entry else code(self.record.address)
        best = mark("its copy serves", Mood.GOOD) if self.is_best else ""
        return name, _values(self.training), self._score(), self._billed(), best

    def _score(self) -> str:
        record, score = self.sweep.record, self.record.score
        if self.training is not None:
            known = score_of(self.training, record.metric, by_answers=record.by_answers)
            score = known if known is not None else score
        return "" if score is None else f"{score:.4g}"

    def _billed(self) -> str:
        bill = self.model.bills.get(self.attempt) if self.model else None
        return money(bill.amount, bill.currency) if bill and bill.amount is not None else "unknown"


def _values(training: Training | None) -> Content:
    """Its hyperparameters and base model, as they were sent."""
    if training is None or training.role is not Role.SERVING:
        return "not there"
    leaves = diff.flatten(training.submission.training)
    return ", ".join(f"{path.rpartition('.')[2]} {value}" for path, value in sorted(leaves.items()))
