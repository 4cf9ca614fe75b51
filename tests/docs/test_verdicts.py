"""The table of public files in docs/explanation/data.md is what the benchmark says today."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from tests.datasets.rows import SHARED, WHY_SKIPPED

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/explanation/data.md").read_text(encoding="utf-8")
ROWS = [
    line
    for line in PAGE.partition("<!-- verdicts -->")[2].partition("<!-- /verdicts -->")[0].splitlines()
    if "`" in line
]


def test_the_page_has_a_row_for_each_file_and_every_rule_that_it_names() -> None:
    rules = (ROOT / "docs/reference/data-rules.md").read_text(encoding="utf-8")

    assert len(ROWS) == 27
    assert set(re.findall(r"DATA\d+", PAGE)) <= set(re.findall(r"DATA\d+", rules))


@pytest.mark.skipif(not SHARED.exists(), reason=WHY_SKIPPED)
def test_the_verdicts_on_the_page_are_those_of_the_check() -> None:
    row_of = runpy.run_path(str(ROOT / "tests/benchmarks/verdicts.py"))["row_of"]
    files = sorted(path for path in SHARED.iterdir() if path.suffix in {".json", ".jsonl"})

    assert ["| {} | {} | {} | {} | {} |".format(*row_of(path)) for path in files] == ROWS
