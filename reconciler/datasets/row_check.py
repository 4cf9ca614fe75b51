"""One example by itself, against the rules of its format: what the check of a file would refuse it for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.diagnostics import Severity
from reconciler.datasets.examine import Examiner
from reconciler.datasets.formats import Format, Method
from reconciler.datasets.limits import DEFAULT_RESOLUTION
from reconciler.datasets.patterns import PATTERN_RULES
from reconciler.datasets.rules import RuleSet, all_rules
from reconciler.datasets.tally import Tally
from reconciler.datasets.whole import whole_file_problems

if TYPE_CHECKING:
    from reconciler.datasets.rows.measure import Measure


class RowCheck:
    """The rules of one format, for examples of any number, one after the other."""

    def __init__(self, format_: Format) -> None:
        method = {Format.MESSAGES: Method.OPEN_MODEL, Format.JUDGED_PROMPTS: Method.REINFORCEMENT}.get(format_)
        self._format = format_
        self._resolution: str | None = None
        self._sums = Tally()
        self._size = 0
        self._examiner = Examiner(RuleSet(method, severities=dict.fromkeys(PATTERN_RULES, "off")), format_)

    def first_error(self, text: str) -> str:
        """Why one line would be refused, with the place in it and how to mend it; "" where it would not be."""
        tally, raw = Tally(), text.encode()
        measure = self._examiner.line(tally, raw, 1, 0)
        found = next((f for f in tally.findings if f.severity is Severity.ERROR), None)
        if found is None:
            return self._does_not_fit(measure, len(raw) + 1)
        where = f"{found.json_path}: " if found.json_path else ""
        said = f"{where}{found.detail}" if found.detail else f"At {found.json_path}." if where else ""
        return " ".join(words for words in (f"{found.title} ({found.rule}).", said, found.fix) if words)

    def of_the_whole(self) -> list[str]:
        """Why the examples that passed would be refused together."""
        rules = self._examiner.rules
        problems = whole_file_problems(self._sums, self._format, size=self._size, limits=rules.limits)
        found = [problem for problem in problems if rules.severity(problem.rule) is Severity.ERROR]
        return [f"{all_rules()[p.rule].title} ({p.rule}). {p.words} {all_rules()[p.rule].fix}" for p in found]

    def _does_not_fit(self, measure: Measure | None, size: int) -> str:
        """All examples of a file have one media resolution; else count this one in."""
        if measure is None:
            return ""
        resolution = measure.resolution or DEFAULT_RESOLUTION
        if self._format is Format.VERTEX_SFT and self._resolution not in (None, resolution):
            rule = all_rules()["DATA507"]
            return f"{rule.title} ({rule.id}). {resolution} here, {self._resolution} above. {rule.fix}"
        self._resolution = resolution
        self._size += size
        sums = self._sums
        sums.examples += 1
        sums.input_bytes += measure.input_bytes
        sums.output_bytes += measure.output_bytes
        sums.with_media += bool(measure.media)
        return ""
