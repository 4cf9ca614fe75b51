"""The slow way: one line, every rule, with the place of each problem. What it says is what counts."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from reconciler.core.diagnostics import Severity
from reconciler.core.plurals import counted
from reconciler.datasets.findings import Breach, Finding, json_path
from reconciler.datasets.formats import Format, recognise
from reconciler.datasets.lexical import Decoded, decode_line, locate_all
from reconciler.datasets.patterns import PATTERN_RULES, pattern_problems
from reconciler.datasets.rows.dispatch import ROW_RULES
from reconciler.datasets.rules import all_rules
from reconciler.datasets.spelling import double_spellings, in_camel
from reconciler.datasets.tokens import tokens_of_example

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reconciler.datasets.rows.measure import Measure
    from reconciler.datasets.rules import RuleSet
    from reconciler.datasets.tally import Tally

DROPPING = frozenset(rule.id for rule in all_rules().values() if rule.drops)
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
            self.say(tally, Breach("DATA106"), line=line, offset=offset)
            return None
        return self.decoded(tally, decode_line(raw.rstrip(b"\r\n")), line, offset)

    def decoded(self, tally: Tally, decoded: Decoded, line: int, offset: int) -> Measure | None:
        """The same for text that was decoded already, perhaps over several lines."""
        row, measure = decoded.row, None
        problems: Iterator[Breach] = iter(decoded.problems)
        if row is not None:
            if decoded.has_snake_case:
                problems = chain(problems, double_spellings(row))
                row = in_camel(row)
            of_row, measure = self._row(row)
            problems = chain(problems, of_row)
        broken, kept = self._counted(tally, problems)
        self._keep(tally, kept, line, offset, decoded)
        if measure is not None:
            tally.add(measure, line)
            tally.dropped += not DROPPING.isdisjoint(broken)
            if any(self._severities[rule] is Severity.ERROR for rule in broken):
                # Broken examples are not compared with others: two empty ones are no duplicates.
                return measure._replace(prompt=0, whole=0)
        return measure

    def _counted(self, tally: Tally, problems: Iterable[Breach]) -> tuple[set[str], list[Breach]]:
        """(rules that are broken, problems that are kept with their place): all counted, few remembered."""
        broken: set[str] = set()
        kept: list[Breach] = []
        for problem in problems:
            broken.add(problem.rule)
            if self._severities[problem.rule] is not None and tally.count(problem.rule):
                kept.append(problem)
        return broken, kept

    def _keep(self, tally: Tally, kept: Sequence[Breach], line: int, offset: int, where: Decoded) -> None:
        if not kept:
            return
        for problem, (column, further) in zip(kept, _places(kept, where), strict=True):
            tally.findings.append(self._finding(problem, line + further, column, offset))

    def _row(self, row: dict[str, Any]) -> tuple[Iterable[Breach], Measure | None]:
        kind = recognise(row, self.rules.method)
        here = ROW_RULES.get(self.format)
        if here is None or (kind is not self.format and kind is not Format.UNKNOWN):
            return self._foreign(kind)
        measure = here.measure(row)
        patterns = pattern_problems(row) if self.checks_patterns else ()
        return chain(here.problems(row, self.rules.limits), self._size_problems(measure), patterns), measure

    def _foreign(self, kind: Format) -> tuple[list[Breach], Measure | None]:
        if kind is not self.format and self.format is Format.UNKNOWN:
            return [Breach("DATA303", detail=f"{kind.title}, below examples of another kind.")], None
        if kind is not self.format:
            return [Breach("DATA303", detail=f"{kind.title}, in a file of {self.format.title}.")], None
        if kind is Format.UNKNOWN and self.format is not Format.UNKNOWN:
            return [Breach("DATA302", detail='"contents" is missing.')], None
        # Said once, by the check of the whole file.
        return [], None

    def _size_problems(self, measure: Measure) -> Iterator[Breach]:
        if self.format is Format.PAIRS:
            return
        low, _, high = tokens_of_example(measure, self.rules.limits)
        most = self.rules.limits.tokens_per_example
        if low > most:
            yield Breach("DATA901", detail=f"At least {counted(low, 'token')}; at most {most:,} are allowed.")
        elif high > most:
            yield Breach("DATA902", detail=f"{low:,} to {counted(high, 'token')}; at most {most:,} are allowed.")

    def say(self, tally: Tally, problem: Breach, *, line: int, offset: int = -1) -> None:
        """Count a problem, and keep it with its place, unless its rule is off."""
        if self._severities[problem.rule] is not None and tally.count(problem.rule):
            self._keep(tally, [problem], line, offset, _NOWHERE)

    def say_in(self, tally: Tally, problem: Breach, raw: bytes, *, line: int, offset: int) -> None:
        """The same of a line that is good otherwise, decoded only where its place is kept."""
        if self._severities[problem.rule] is not None and tally.count(problem.rule):
            self._keep(tally, [problem], line, offset, decode_line(raw))

    def breaks(self, rule: str) -> bool:
        """Whether an example is broken by it."""
        return self._severities[rule] is Severity.ERROR

    def _finding(self, problem: Breach, line: int, column: int, offset: int) -> Finding:
        rule = all_rules()[problem.rule]
        severity = self._severities[problem.rule]
        assert severity is not None
        return Finding(
            rule.id, severity, rule.title, problem.words, rule.fix, line, column, json_path(problem.path), offset
        )


_NOWHERE = Decoded("", None, ())


def _places(problems: Sequence[Breach], where: Decoded) -> list[tuple[int, int]]:
    """(column from 1, lines below the start of the text) of each, in one walk over the text."""
    text = where.text
    if not text:
        return [(0 if p.at is None else p.at + 1, 0) for p in problems]
    found = locate_all(text, [p.path for p in problems if p.at is None])
    indexes = [found[p.path] if p.at is None else p.at for p in problems]
    places: dict[int, tuple[int, int]] = {}
    start = further = 0
    for index in sorted(set(indexes)):
        below = text.count("\n", start, index)
        if below:
            further += below
            start = text.rindex("\n", start, index) + 1
        places[index] = (index - start + (1 if further else where.column), further)
    return [places[index] for index in indexes]
