"""What answers are rewarded by, and what one sample that was tried says of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.change import Change, Reason, ReasonCode
from reconciler.core.diagnostics import Severity
from reconciler.core.model import Action, Declared, RewardSample
from reconciler.core.rewards import (
    RewardedAnswer,
    TriedReward,
    excerpt,
    finding_of,
    preview_note,
    references_in,
    rewards_of,
)
from tests.fakes.specs import a_spec

SINGLE = {"rewardName": "right", "stringMatchRewardScorer": {"expression": "{{references.answer}}"}}


def spec_of(method: str, **inside: object) -> Declared:
    spec = a_spec("tutor")
    return replace(spec, training={"baseModel": "gemini-3.5-flash", method: {"hyperParameters": {}, **inside}})


def change_of(declared: Declared, action: Action = Action.CREATE) -> Change:
    return Change(declared.address, action, Reason(ReasonCode.EDITED, ""), declared=declared)


def test_the_rewards_of_a_spec_are_its_field_with_the_value() -> None:
    assert rewards_of(spec_of("reinforcementTuningSpec", singleRewardConfig=SINGLE)) == {"singleRewardConfig": SINGLE}
    assert rewards_of(spec_of("supervisedTuningSpec")) == {}


@pytest.mark.parametrize(
    ("value", "keys"),
    [
        (SINGLE, ("answer",)),
        ({"a": ["{{references.b}} and {{references.a}}", {"c": "{{references.b}}"}]}, ("a", "b")),
        ({"prompt": "{{prompt}} {{response}} {{system_instruction}}"}, ()),
        ({"almost": "{references.a} {{reference.a}} {{references.}}"}, ()),
        ({"weight": 2.0}, ()),
    ],
)
def test_the_references_that_rewards_name_are_found_wherever_they_stand(value: object, keys: tuple[str, ...]) -> None:
    assert references_in(value) == keys


@given(st.floats(-1, 1), st.none() | st.floats(-1, 1), st.none() | st.floats(-1, 1))
def test_a_sample_outside_of_its_bounds_refuses_and_one_inside_is_a_note(
    overall: float, least: float | None, most: float | None
) -> None:
    sample = RewardSample("4", 1, least, most)

    rewarded = RewardedAnswer(sample, TriedReward(overall))
    found = finding_of(change_of(spec_of("reinforcementTuningSpec")), rewarded)

    is_inside = (least is None or overall >= least) and (most is None or overall <= most)
    assert (found.code, found.severity) == (("PLAN134", Severity.NOTE) if is_inside else ("PLAN135", Severity.ERROR))
    assert rewarded.is_as_expected is is_inside


def test_what_could_not_be_rewarded_refuses_with_the_reason() -> None:
    change, tried = change_of(spec_of("reinforcementTuningSpec")), TriedReward(error="evaluate raised KeyError")

    rewarded = RewardedAnswer(RewardSample("4"), tried)
    found = finding_of(change, rewarded)

    assert found.code == "PLAN135"
    assert not rewarded.is_as_expected
    assert "evaluate raised KeyError" in found.detail


def test_each_of_several_rewards_is_named() -> None:
    tried = TriedReward(0.5, {"short": 1.0, "right": 0.0})

    rewarded = RewardedAnswer(RewardSample("a" * 100, 3), tried)
    found = finding_of(change_of(spec_of("reinforcementTuningSpec")), rewarded)

    assert "to example 3 is rewarded with 0.5 (right 0, short 1)" in found.detail
    assert "a" * 61 not in found.detail


def test_an_answer_is_shown_on_one_line_and_no_longer_than_there_is_room() -> None:
    assert excerpt("a\nb\x1b[2J") == "'a\\nb\\x1b[2J'"
    assert len(excerpt("x" * 500)) < 70


@pytest.mark.parametrize(
    ("method", "is_said"),
    [
        ("supervisedTuningSpec", False),
        ("preferenceOptimizationSpec", False),
        ("reinforcementTuningSpec", True),
        ("distillationSpec", True),
        ("fullFineTuningSpec", True),
    ],
)
def test_a_plan_says_which_trainings_are_created_in_a_preview(method: str, is_said: bool) -> None:
    assert (preview_note(change_of(spec_of(method))) is not None) is is_said
    assert preview_note(change_of(spec_of(method), Action.UPDATE)) is None
