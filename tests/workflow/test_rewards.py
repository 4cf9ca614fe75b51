"""Rewards that are tried for who writes them: which spec, which answers, which examples, and what fails on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from reconciler.backends.base import Backend, BackendError, Storage
from reconciler.core.diagnostics import Diagnostic, Location, ReconcilerError, Severity
from reconciler.core.faults import Fault
from reconciler.core.model import Address, Data, Declared, Desired, Fields, RewardSample
from reconciler.core.rewards import TriedReward
from reconciler.workflow.rewards import PlacedSample, rewarding_spec, try_answers
from reconciler.workflow.world import World
from tests.fakes.specs import a_spec
from tests.fakes.stage import Stage

REWARD: Fields = {"reinforcementTuningSpec": {"singleRewardConfig": {"cloudRunRewardScorer": {}}}}
ROWS = '{"contents": [], "references": {"n": "1"}}\n\n{"contents": [], "references": {"n": "2"}}\n3\n'
MISTAKE = Diagnostic("SPEC026", Severity.ERROR, "Required field missing", "…")


@dataclass(slots=True)
class _Judge:
    """The part of a backend that rewards; it refuses what it is told to."""

    refuses: Mapping[str, Fault] = field(default_factory=dict)
    asked: list[tuple[Fields, str]] = field(default_factory=list)

    def try_reward(self, _project: str, _location: str, _rewards: Fields, row: Fields, answer: str) -> TriedReward:
        self.asked.append((row, answer))
        if answer in self.refuses:
            raise BackendError(self.refuses[answer], Diagnostic("API300", Severity.ERROR, "Refused", "because"))
        return TriedReward(0.5)


class _Nowhere:
    def chunks(self, uri: str) -> Iterator[bytes]:
        raise BackendError(Fault.NOT_FOUND, Diagnostic("API303", Severity.ERROR, "Absent", uri))


@pytest.fixture
def declared(tmp_path: Path) -> Declared:
    file = tmp_path / "rows.jsonl"
    file.write_text(ROWS, encoding="utf-8")
    spec = a_spec("tutor")
    data = Data("reinforcementTuningSpec.trainingDatasetUri", "rows.jsonl", str(file))
    return replace(spec, training={"baseModel": "gemini-3.5-flash", **REWARD}, data=(data,))


def world_of(tmp_path: Path, declared: Declared, judge: _Judge) -> World:
    made = Stage(tmp_path, [declared]).world()
    return replace(made, backends={"vertex": cast("Backend", judge)}, storage=cast("Storage", _Nowhere()))


def test_an_answer_is_tried_with_the_example_that_it_answers(tmp_path: Path, declared: Declared) -> None:
    judge = _Judge()
    answers = [PlacedSample(RewardSample("a", 2)), PlacedSample(RewardSample("b"))]

    found = try_answers(world_of(tmp_path, declared, judge), declared, answers)

    assert [(row["references"], answer) for row, answer in sorted(judge.asked, key=lambda asked: asked[1])] == [
        ({"n": "2"}, "a"),
        ({"n": "1"}, "b"),
    ]
    assert [(rewarded.sample.answer, rewarded.reward) for rewarded in found] == [("a", 0.5), ("b", 0.5)]


def test_without_answers_the_samples_of_the_spec_are_tried_and_with_answers_they_are_not(
    tmp_path: Path, declared: Declared
) -> None:
    judge, spec = _Judge(), replace(declared, reward_samples=(RewardSample("of the spec", least=0.6),))
    world = world_of(tmp_path, spec, judge)

    (own,) = try_answers(world, spec, [])
    (given,) = try_answers(world, spec, [PlacedSample(RewardSample("given"), Location("a.jsonl", 3))])

    assert [answer for _, answer in judge.asked] == ["of the spec", "given"]
    assert (own.bound, own.where) == ("at least 0.6", spec.at_item("tuneform.rewardSamples", 0))
    assert (given.bound, given.where) == ("", Location("a.jsonl", 3))


def test_nothing_to_try_and_examples_that_are_not_there_are_named_before_anybody_is_asked(
    tmp_path: Path, declared: Declared
) -> None:
    judge = _Judge()
    world = world_of(tmp_path, declared, judge)

    with pytest.raises(ReconcilerError, match="RUN053"):
        try_answers(world, declared, [])
    with pytest.raises(ReconcilerError) as refused:
        try_answers(world, declared, [PlacedSample(RewardSample("a", n)) for n in (1, 3, 9)])

    assert [(d.code, d.detail.rpartition(" ")[2]) for d in refused.value.diagnostics] == [
        ("RUN054", "3."),
        ("RUN054", "9."),
    ]
    assert judge.asked == []


def test_a_refused_answer_says_why_and_anything_else_that_fails_ends_the_call(
    tmp_path: Path, declared: Declared
) -> None:
    world = world_of(tmp_path, declared, _Judge({"bad": Fault.REJECTED, "worse": Fault.AUTH}))

    found = try_answers(world, declared, [PlacedSample(RewardSample(text)) for text in ("bad", "good")])

    assert [(rewarded.reward, rewarded.tried.error) for rewarded in found] == [(None, "because"), (0.5, "")]
    with pytest.raises(ReconcilerError, match="API300"):
        try_answers(world, declared, [PlacedSample(RewardSample("worse"))])


def test_data_that_cannot_be_read_ends_the_call_with_the_words_of_the_service(
    tmp_path: Path, declared: Declared
) -> None:
    away = replace(declared, data=(replace(declared.training_data, uri="gs://acme/rows.jsonl", path=None),))

    with pytest.raises(ReconcilerError, match="API303"):
        try_answers(world_of(tmp_path, away, _Judge()), away, [PlacedSample(RewardSample("a"))])


def test_a_spec_has_to_be_there_and_to_reward_something(declared: Declared) -> None:
    plain = a_spec("sorter")
    specs = Desired.of([declared, plain])

    assert rewarding_spec(specs, [MISTAKE], declared.address) is specs.models[declared.address]
    with pytest.raises(ReconcilerError, match="no reward in the spec"):
        rewarding_spec(specs, [], plain.address)
    with pytest.raises(ReconcilerError) as misspelt:
        rewarding_spec(specs, [], Address("vertex", "tuter"))
    assert misspelt.value.diagnostics[0].fix == 'Did you mean "vertex/tutor"?'
    with pytest.raises(ReconcilerError, match="SPEC026"):
        rewarding_spec(specs, [MISTAKE], Address("vertex", "tuter"))
