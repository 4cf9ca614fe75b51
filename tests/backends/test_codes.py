"""Every code is explained, and some test of this folder meets it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.core.codes_api import API_CODES

ROOT = Path(__file__).parents[2]
SOURCE = "".join(p.read_text(encoding="utf-8") for p in sorted((ROOT / "reconciler/backends").glob("*.py")))
TESTS = "".join(p.read_text(encoding="utf-8") for p in sorted(Path(__file__).parent.glob("test_*.py")))


@pytest.mark.parametrize("code", API_CODES)
def test_a_code_is_used_tested_and_explained(code: str) -> None:
    summary, paragraph = API_CODES[code]

    assert f'"{code}"' in SOURCE
    assert f'"{code}"' in TESTS
    assert summary[0].isupper()
    assert not summary.endswith(".")
    assert len(summary) <= 60
    assert paragraph.endswith(".")
    assert len(paragraph) > 40


def test_no_code_is_used_that_is_not_explained() -> None:
    assert set(re.findall(r'"(API\d{3})"', SOURCE)) <= set(API_CODES)
