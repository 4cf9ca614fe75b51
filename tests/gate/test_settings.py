"""The settings that a gate asks with: each model as its own base model takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from reconciler.backends.base import Backend
from reconciler.core.catalog import BaseModel, Catalog
from reconciler.core.gate_spec import Against, GateSpec, Heldout, Prompt, Trial
from reconciler.core.generation import GenerationFacts, ThinkingBudget
from reconciler.core.lock import Training
from reconciler.core.model import Address
from reconciler.core.questions import HeldoutItem, ModelAnswer, Question
from reconciler.files.catalog import shipped_catalog
from reconciler.gate import Bench, judge_successor
from reconciler.gate.sides import Contest
from reconciler.gate.trial import try_out
from tests.fakes.clock import FakeClock
from tests.fakes.specs import a_spec, a_training

VERTEX = Address("vertex", "triage")
CATALOG = Catalog(
    models=(
        BaseModel(
            name="new",
            surface="vertex",
            generation=GenerationFacts(ignores=("temperature",), levels=("minimal", "high")),
        ),
        BaseModel(
            name="old",
            surface="vertex",
            generation=GenerationFacts(levels=(), budget=ThinkingBudget(1, 9, can_be_off=True)),
        ),
    )
)


@dataclass
class Asked:
    """What came to a service, by whom it was for."""

    settings: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    places: list[str] = field(default_factory=list)

    def ask(self, training: Training, question: Question) -> ModelAnswer:
        self.settings[training.submission.training["baseModel"]] = question.settings
        return ModelAnswer("right")

    def ask_base(self, base_model: str, _project: str, location: str, question: Question) -> ModelAnswer:
        self.places.append(location)
        self.settings[f"{base_model} itself"] = question.settings
        return ModelAnswer("right")


def a_bench() -> Bench:
    items = [HeldoutItem(n, ({"role": "user", "parts": [{"text": f"where {n}?"}]},), "right") for n in range(1, 61)]
    return Bench(
        FakeClock(),
        items=lambda _: items,
        facts=lambda a, training: CATALOG.generation(a.backend, training.submission.training["baseModel"]),
    )


def tuned_from(base: str, attempt: str = "1") -> Training:
    return a_training(a_spec(base=base), attempt)


@pytest.mark.parametrize(
    ("given", "new", "old"),
    [
        ({}, {"thinking": "minimal"}, {"thinking": 0, "temperature": 0.0}),
        (
            {"thinking": "high", "system": "Be brief."},
            {"thinking": "high", "system": "Be brief."},
            {"thinking": 0, "temperature": 0.0, "system": "Be brief."},
        ),
        (
            {"temperature": 0.5},
            {"thinking": "minimal"},
            {"thinking": 0, "temperature": 0.5},
        ),
    ],
)
def test_a_successor_on_another_base_model_is_asked_as_that_one_takes_it(
    given: dict[str, Any], new: dict[str, Any], old: dict[str, Any]
) -> None:
    service = Asked()
    trial = Trial(Heldout("eval.jsonl", items=60), against=Against.INCUMBENT, margin=0.05)
    contest = Contest(cast("Backend", service), VERTEX, tuned_from("new", "2"), tuned_from("old"))

    try_out(a_bench(), contest, trial, GateSpec(trial=trial, settings=given))

    assert service.settings == {"new": new, "old": old}


def test_a_base_model_is_asked_as_what_was_tuned_from_it() -> None:
    service = Asked()
    trial = Trial(Heldout("eval.jsonl", items=60), against=Against.BASE, margin=0.05)

    try_out(a_bench(), Contest(cast("Backend", service), VERTEX, tuned_from("new")), trial, GateSpec(trial=trial))

    assert service.settings == {"new": {"thinking": "minimal"}, "new itself": {"thinking": "minimal"}}


def test_a_base_model_is_asked_where_models_tuned_from_it_answer() -> None:
    service = Asked()
    trial = Trial(Heldout("eval.jsonl", items=60), against=Against.BASE, margin=0.05)
    elsewhere = Catalog(models=(BaseModel(name="new", surface="vertex", serving={"us-central1": "us"}),))
    bench = replace(a_bench(), served_in=elsewhere.served_in)

    try_out(bench, Contest(cast("Backend", service), VERTEX, tuned_from("new")), trial, GateSpec(trial=trial))

    assert set(service.places) == {"us"}


@pytest.mark.parametrize(
    ("base", "location", "there"),
    [
        ("gemini-3.5-flash", "us-central1", "us"),
        ("publishers/google/models/gemini-3.5-flash", "europe-west4", "eu"),
        ("gemini-3.5-flash", "asia-east1", "asia-east1"),
        ("gemini-2.5-flash", "us-central1", "us-central1"),
        ("nobody-knows", "us-central1", "us-central1"),
        ("models/gemini-3.5-flash", "us-central1", "us-central1"),
    ],
)
def test_the_shipped_catalogue_says_where_a_base_model_answers(base: str, location: str, there: str) -> None:
    assert shipped_catalog().served_in(base, location) == there


def test_a_prompt_is_asked_with_the_least_thinking_too() -> None:
    service = Asked()
    gate = GateSpec(prompts=(Prompt("where?", contains="right"),))

    judge_successor(a_bench(), cast("Backend", service), VERTEX, tuned_from("new"), gate, None)

    assert service.settings == {"new": {"thinking": "minimal"}}
