"""The sizes of the matrices at the end of the run, and how many cells of them were looked at.

A plugin, so that the process that prints it (the controller of pytest-xdist, which collects nothing) has it too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

PROPERTY = "matrix"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the tests have noted in passing."""
    reports = [r for found in terminalreporter.stats.values() for r in found if isinstance(r, pytest.TestReport)]
    lines = summarised(reports)
    if lines:
        terminalreporter.section("crash and fault matrices")
        for line in lines:
            terminalreporter.write_line(line)


def summarised(reports: Iterable[pytest.TestReport]) -> list[str]:
    """One line a matrix: scenarios, cells in all, cells looked at, cells that hold."""
    totals: dict[str, Counter[str]] = {}
    for report in (r for r in reports if r.when == "teardown"):
        for kind, value in report.user_properties:
            if kind == PROPERTY:
                matrix, *numbers = str(value).split("|")
                counts = totals.setdefault(matrix, Counter())
                counts.update(dict(zip(("size", "seen", "held"), map(int, numbers), strict=True)), scenarios=1)
    return [
        f"{matrix:<34}{c['scenarios']:>3} scenarios {c['size']:>6} cells, {c['seen']:>5} looked at, {c['held']:>5} hold"
        for matrix, c in sorted(totals.items())
    ]
