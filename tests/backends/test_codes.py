"""Every code is explained, and some test of this folder meets it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.backends.failures import failure
from reconciler.core.codes_api import API_CODES, condition_of
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.faults import Fault

ROOT = Path(__file__).parents[2]
SOURCE = "".join(p.read_text(encoding="utf-8") for p in sorted((ROOT / "reconciler/backends").glob("*.py")))
TESTS = "".join(p.read_text(encoding="utf-8") for p in sorted(Path(__file__).parent.glob("test_*.py")))


@pytest.mark.parametrize("code", API_CODES)
def test_a_code_is_used_tested_and_explained(code: str) -> None:
    summary, paragraph = API_CODES[code].summary, API_CODES[code].paragraph

    assert f'"{code}"' in SOURCE
    assert f'"{code}"' in TESTS
    assert summary[0].isupper()
    assert not summary.endswith(".")
    assert len(summary) <= 60
    assert paragraph.endswith(".")
    assert len(paragraph) > 40


def test_no_code_is_used_that_is_not_explained() -> None:
    assert set(re.findall(r'"(API\d{3})"', SOURCE)) <= set(API_CODES)


def test_a_failure_has_the_meaning_that_stands_on_the_row_of_its_code() -> None:
    for code, row in API_CODES.items():
        error = failure(code)

        assert (error.fault, error.repeats, error.ends_run) == (row.fault, row.repeats, row.ends_run)
        assert error.condition is row.condition is condition_of(error.diagnostic)


def test_only_credentials_that_have_ended_end_a_run() -> None:
    assert [code for code, row in API_CODES.items() if row.ends_run] == ["API102", "API111"]


def test_what_cannot_have_arrived_may_be_sent_again_and_what_was_refused_never() -> None:
    repeated = {row.fault for row in API_CODES.values() if row.repeats}

    assert repeated == {Fault.TRANSIENT, Fault.QUOTA}


def test_a_code_of_another_family_stands_for_no_condition() -> None:
    assert condition_of(Diagnostic("SPEC001", Severity.ERROR, "x")) is None
