"""A gate as JSON: what the lock holds of it, and what its digest is made of."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from reconciler.core.gate_spec import Against, At, Bound, GateSpec, Heldout, MaxCost, Metric, Prompt, Scorer, Trial
from reconciler.core.judgement import NO_GATE, digest_of

TRIAL = Trial(Heldout("data/eval.jsonl", "data/eval.jsonl", "ab12", 400), against=Against.INCUMBENT, margin=0.05)


def test_a_gate_of_0_1_0_is_written_as_it_was() -> None:
    gate = GateSpec({"loss": Bound(max=0.8)}, (Prompt("hi", contains="yes"),))

    assert gate.plain == {
        "metrics": {"loss": {"min": None, "max": 0.8}},
        "prompts": [{"text": "hi", "contains": "yes", "matches": ""}],
    }


@pytest.mark.parametrize(
    "gate",
    [
        GateSpec(),
        GateSpec({"loss": Bound(max=0.8, at=At.BEST, no_worse_by=0.1)}),
        GateSpec(prompts=(Prompt("hi", matches="y", samples=5, at_least=4),)),
        GateSpec(trial=TRIAL, settings={"system": "be brief"}, latency_p95_s=2.0, max_cost=MaxCost(3, "USD")),
        GateSpec(trial=Trial(Heldout("gs://b/x"), Scorer(Metric.COMMAND, command=("./score", "-v")), at_least=0.9)),
    ],
)
def test_what_is_written_is_read_as_the_same(gate: GateSpec) -> None:
    assert msgspec.convert(msgspec.json.decode(msgspec.json.encode(gate.plain)), GateSpec) == gate


def test_what_judging_may_cost_changes_no_verdict() -> None:
    assert digest_of(GateSpec(trial=TRIAL)) == digest_of(GateSpec(trial=TRIAL, max_cost=MaxCost(3, "USD")))


def test_held_out_items_are_known_by_what_they_hold_and_not_by_where_they_lie() -> None:
    moved = replace(TRIAL, heldout=Heldout("eval/new.jsonl", "models/eval/new.jsonl", "ab12"))
    changed = replace(TRIAL, heldout=replace(TRIAL.heldout, content="cd34"))
    unread = replace(TRIAL, heldout=Heldout("data/eval.jsonl"))

    assert digest_of(GateSpec(trial=moved)) == digest_of(GateSpec(trial=TRIAL))
    assert len({digest_of(GateSpec(trial=trial)) for trial in (TRIAL, changed, unread)}) == 3


@pytest.mark.parametrize("gate", [GateSpec(trial=TRIAL), GateSpec(latency_p95_s=2.0)])
def test_a_gate_that_demands_something_is_one(gate: GateSpec) -> None:
    assert digest_of(gate) != NO_GATE
