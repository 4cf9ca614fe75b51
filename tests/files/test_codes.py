"""Every code of the SPEC family has its words, and a case that raises it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.core.codes_spec import CODES, spec_error
from reconciler.core.diagnostics import Location, Severity
from tests.files.cases import cases

ROOT = Path(__file__).parents[2]
ELSEWHERE = {"SPEC087": "tests/ownership/test_importing_many.py", "SPEC088": "tests/ownership/test_importing_many.py"}
"""Of files that are no specs: the test that raises the code."""
RAISED = {code for case in cases() for code in re.findall(r"(?:error|warning|note) (SPEC\d{3}):", case.says)}


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_raised_by_a_case(code: str) -> None:
    if code in ELSEWHERE:
        assert code in (ROOT / ELSEWHERE[code]).read_text(encoding="utf-8")
        return
    assert code in RAISED


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_summary_and_a_paragraph(code: str) -> None:
    entry = CODES[code]

    assert entry.summary
    assert not entry.summary.endswith(".")
    assert entry.paragraph.endswith(".")


def test_summaries_tell_codes_apart() -> None:
    assert len({entry.summary for entry in CODES.values()}) == len(CODES)


def test_a_diagnostic_takes_its_summary_from_the_table() -> None:
    made = spec_error("SPEC004", Location("a.yaml", 1, 2), "what", "how", address="vertex/a")

    assert (made.code, made.severity, made.summary) == ("SPEC004", Severity.ERROR, CODES["SPEC004"].summary)
    assert (made.detail, made.fix, made.address) == ("what", "how", "vertex/a")
