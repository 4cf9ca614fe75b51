"""The slow way: one line, every rule, with the place of each problem. What it says is what counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.core.diagnostics import Severity
from reconciler.datasets.findings import Finding, Problem, json_path
from reconciler.datasets.formats import Format, recognise
from reconciler.datasets.lexical import Decoded, decode_line, locate
from reconciler.datasets.patterns import PATTERN_RULES, pattern_problems
from reconciler.datasets.rows.dispatch import ROW_RULES
from reconciler.datasets.rules import all_rules
from reconciler.datasets.spelling import double_spellings, in_camel
from reconciler.datasets.tokens import tokens_of_example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.rows.measure import Measure
    from reconciler.datasets.rules import RuleSet
    from reconciler.datasets.tally import Tally

DROPPING = frozenset({"DATA501", "DATA504", "DATA901"})
"""Rules whose examples the service leaves out."""


class Examiner:
    """The rules of one run, applied to the lines of a file of one format."""

    def __init__(self, rules: RuleSet, format_: Format) -> None:
        self.rules = rules
        self.format = format_
        self.checks_patterns = any(rules.severity(rule) for rule in PATTERN_RULES)
        self._severities = {id_: rules.severity(id_) for id_ in all_rules()}
        self._said_foreign = False

    def line(self, tally: Tally, raw: bytes, line: int, offset: int) -> Measure | None:
        """Look at one line; its measures where it is an example of the file's format."""
        if not raw.strip():
            self.say(tally, Problem("DATA106"), line=line, offset=offset)
            return None
        return self.decoded(tally, decode_line(raw.rstrip(b"\r\n")), line, offset)

    def decoded(self, tally: Tally, decoded: Decoded, line: int, offset: int) -> Measure | None:
        """The same for text that was decoded already, perhaps over several lines."""
        found = list(decoded.problems)
        measure = None
        if decoded.row is not None:
            row = decoded.row
            if decoded.has_snake_case:
                found += double_spellings(row)
                row = in_camel(row)
            problems, measure = self._row(row)
            found += problems
        for problem in found:
            self.say(tally, problem, line=line, offset=offset, text=decoded.text)
        if measure is not None:
            tally.add(measure, line)
            tally.dropped += any(problem.rule in DROPPING for problem in found)
            if any(self._severities[problem.rule] is Severity.ERROR for problem in found):
                # Broken examples are not compared with others: two empty ones are no duplicates.
                return measure._replace(prompt=0, whole=0)
        return measure

    def _row(self, row: dict[str, Any]) -> tuple[list[Problem], Measure | None]:
        kind = recognise(row, self.rules.method)
        here = ROW_RULES.get(self.format)
        if here is None or (kind is not self.format and kind is not Format.UNKNOWN):
            return self._foreign(kind)
        problems = list(here.problems(row, self.rules.limits))
        measure = here.measure(row)
        problems += self._size_problems(measure)
        if self.checks_patterns:
            problems += pattern_problems(row)
        return problems, measure

    def _foreign(self, kind: Format) -> tuple[list[Problem], Measure | None]:
        if kind is not self.format:
            return [Problem("DATA303", detail=f"{kind.title}, in a file of {self.format.title}.")], None
        if kind is Format.UNKNOWN:
            return [Problem("DATA302", detail='"contents" is missing.')], None
        # Said once, by the check of the whole file.
        return [], None

    def _size_problems(self, measure: Measure) -> Iterator[Problem]:
        if self.format is Format.PAIRS:
            return
        low, _, high = tokens_of_example(measure, self.rules.limits)
        most = self.rules.limits.tokens_per_example
        if low > most:
            yield Problem("DATA901", detail=f"At least {low:,} tokens, at most {most:,} are taken.")
        elif high > most:
            yield Problem("DATA902", detail=f"{low:,} to {high:,} tokens, at most {most:,} are taken.")

    def say(self, tally: Tally, problem: Problem, *, line: int, offset: int = -1, text: str = "") -> None:
        """Turn a problem into a finding with its place, unless its rule is off."""
        severity = self._severities[problem.rule]
        if severity is None:
            return
        rule = all_rules()[problem.rule]
        column, further = _place(problem, text)
        finding = Finding(
            rule.id,
            severity,
            rule.title,
            problem.detail,
            rule.fix,
            line + further,
            column,
            json_path(problem.path),
            offset,
        )
        tally.say(finding)


def _place(problem: Problem, text: str) -> tuple[int, int]:
    """(column from 1, lines below the start of the text)."""
    if problem.at is None and not text:
        return 0, 0
    index = problem.at if problem.at is not None else locate(text, problem.path)
    start = text.rfind("\n", 0, index) + 1
    return index - start + 1, text.count("\n", 0, index)
