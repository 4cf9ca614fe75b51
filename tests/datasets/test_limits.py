from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.datasets import Checked, DataLimits, FileIdentity, Format, RuleSet, too_few


def trained(examples: int, limits: DataLimits) -> Checked:
    """A checked file of so many examples."""
    return Checked("x.jsonl", Format.VERTEX_SFT, FileIdentity("", "", 1), (), {}, limits, examples=examples)


@pytest.mark.parametrize("base_model", ["gemini-1.0-pro-002", "gemini-1.5-pro-002", "gemini-1.5-flash-002"])
def test_a_maximum_that_no_page_states_is_none(base_model: str) -> None:
    limits = DataLimits.for_model(base_model)

    assert limits.examples > 10_000_000
    assert limits.multimodal_examples > 10_000_000
    assert limits.validation_examples == 256


@pytest.mark.parametrize(
    ("base_model", "examples", "rules"),
    [
        ("gemini-1.0-pro-002", 15, ["DATA908"]),
        ("gemini-1.0-pro-002", 16, []),
        ("gemini-1.0-pro-002", 0, []),
        ("gemini-3.5-flash", 1, []),
    ],
)
def test_a_minimum_counts_where_a_page_states_one(base_model: str, examples: int, rules: list[str]) -> None:
    limits = DataLimits.for_model(base_model)

    found = too_few(trained(examples, limits), RuleSet.of("sft", base_model))

    assert [finding.rule for finding in found] == rules


def test_a_minimum_can_be_switched_off() -> None:
    limits = replace(DataLimits(), fewest_examples=100)

    assert too_few(trained(3, limits), RuleSet.of("sft", severities={"DATA908": "off"}, limits=limits)) == ()
