"""The table of ways to tune is whole, and what it says of who has checked one can be false."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.core.dialects.vertex import VERTEX
from reconciler.emulator.tuning_methods import METHODS as EMULATED
from reconciler.files.schema.vertex import VertexSpec
from tests.docs.methods_page import CHECKS, NOT_DECLARED, checked_by, methods

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "tuning-methods.md"


def test_every_way_to_tune_that_the_emulator_has_stands_in_the_table() -> None:
    table = methods()
    shown_alone = {field for fields in NOT_DECLARED.values() for field in fields}

    assert [method.field for method in VERTEX.methods if f"`{method.field}`" not in table] == []
    assert EMULATED.keys() - {method.field for method in VERTEX.methods} - shown_alone == set()
    assert all(f"| {title} |" in table for title in NOT_DECLARED)


@pytest.mark.parametrize("title", NOT_DECLARED)
def test_what_is_shown_and_listed_alone_is_left_out_of_specs_with_a_reason_and_the_page_says_so(title: str) -> None:
    assert all(VertexSpec.left_out[field] for field in NOT_DECLARED[title])
    assert "shown and listed, not declared" in PAGE.read_text(encoding="utf-8")


def test_nothing_has_checked_a_method_that_is_not_there() -> None:
    assert checked_by("dreamTuningSpec") == ""


def test_not_everything_has_checked_everything() -> None:
    told_of = {words: [m.field for m in VERTEX.methods if holds(m.field)] for words, holds in CHECKS.items()}

    assert all(told_of.values())
    assert told_of["what others have published of it"] == ["supervisedTuningSpec", "preferenceOptimizationSpec"]
    assert "fullFineTuningSpec" not in told_of["the body that google-genai sends"]
    assert told_of["sessions of the command"] == [method.field for method in VERTEX.methods]
