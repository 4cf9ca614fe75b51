"""A table at the end of the run: which clients, in which versions, made how many calls that passed.

A plugin, so that the process that prints it (the controller of pytest-xdist, which collects nothing) has it too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

PROPERTY = "conformance"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the tests have noted in passing."""
    reports = [r for found in terminalreporter.stats.values() for r in found if isinstance(r, pytest.TestReport)]
    lines = summarised(reports)
    if lines:
        terminalreporter.section("conformance")
        for line in lines:
            terminalreporter.write_line(line)


def summarised(reports: Iterable[pytest.TestReport]) -> list[str]:
    """One line for every client, and the figures that tests have noted. Calls of failed tests do not count."""
    kept = list(reports)
    failed = {r.nodeid for r in kept if r.failed}
    calls, tests, figures = Counter[str](), Counter[str](), []
    for report in (r for r in kept if r.when == "teardown" and r.nodeid not in failed):
        for kind, value in report.user_properties:
            if kind == PROPERTY:
                client, number = str(value).rsplit("|", 1)
                calls[client] += int(number)
                tests[client] += 1
            elif kind == f"{PROPERTY} figure":
                figures.append(str(value))
    rows = [f"{client:<42}{calls[client]:>6} calls passed in {tests[client]:>3} tests" for client in sorted(calls)]
    total = [f"{'all clients':<42}{sum(calls.values()):>6} calls passed in {tests.total():>3} tests"] if rows else []
    return rows + total + sorted(figures)
