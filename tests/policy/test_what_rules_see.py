"""Rules see the plan that is printed, and what is known of it beforehand holds for every plan."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from reconciler.core.change import Plan
from reconciler.core.findings import Findings
from reconciler.core.model import Address
from reconciler.files.rule_names import names_of, spec_shape
from reconciler.files.specs import load
from reconciler.policy.rules import About
from reconciler.policy.samples import filled, sample_mistakes
from reconciler.render.json_plan import document_of, plan_record, plan_to_json
from reconciler.render.whole_records import whole
from tests.render import strategies
from tests.render.builders import GOOGLE

WORKSPACE = """\
apiVersion: tuneform.dev/v1
kind: Workspace
metadata: {name: acme}
spec:
  vertex: {project: acme-ml, location: europe-west4}
  gemini: {project: acme-ml}
  policies: [policies.yaml]
"""
POLICY = """\
apiVersion: tuneform.dev/v1
kind: Policy
metadata: {name: a}
spec: {rules: [{name: any, about: spec, require: "true"}]}
"""
SPECS = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: router}
spec:
  base_model: gemini-3.5-flash
  labels: {team: support}
  supervisedTuningSpec:
    trainingDatasetUri: gs://acme-tuning/a.jsonl
    hyper_parameters: {epochCount: "3", adapterSize: 8, learningRateMultiplier: 1}
  tuneform: {lifecycle: {protect: true}, gate: {prompts: [{text: Hello, contains: Hi}]}}
---
apiVersion: tuneform.dev/v1
kind: GeminiTunedModel
metadata: {name: numbers}
spec:
  baseModel: models/gemini-1.5-flash-001-tuning
  tuningTask:
    hyperparameters: {epochCount: 5}
    trainingData: {examples: {examples: [{textInput: secret, output: "2"}]}}
"""


def is_part_of(printed: Any, seen: Any) -> bool:
    """Whether all that is printed is seen, with the same value."""
    if isinstance(printed, dict):
        return all(seen.get(key) == value or is_part_of(value, seen.get(key)) for key, value in printed.items())
    if isinstance(printed, list):
        return len(printed) == len(seen) and all(map(is_part_of, printed, seen))
    return bool(printed == seen)


@given(strategies.plans)
def test_what_is_printed_is_seen_and_of_the_shape_that_rules_are_checked_against(plan: Plan) -> None:
    shape = names_of(About.PLAN)["plan"]

    seen = whole(plan_record(plan, GOOGLE))
    del seen["made_with"]

    printed = json.loads(plan_to_json(plan, GOOGLE))
    del printed["made_with"]
    assert is_part_of(printed, json.loads(json.dumps(seen)))
    assert list(sample_mistakes(shape, seen)) == []
    assert filled(shape, seen) == seen


@given(strategies.plans)
def test_a_saved_plan_is_seen_as_the_plan_was(plan: Plan) -> None:
    saved = plan_to_json(plan, GOOGLE)

    assert whole(document_of(saved)) == json.loads(json.dumps(whole(plan_record(plan, GOOGLE))))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("specs").mkdir()
    Path("specs/a.yaml").write_text(SPECS, encoding="utf-8")
    Path("tuneform.yaml").write_text(WORKSPACE, encoding="utf-8")
    Path("policies.yaml").write_text(POLICY, encoding="utf-8")
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_a_spec_is_seen_with_its_defaults_and_without_a_training_example() -> None:
    loaded = load(with_policies=True)

    assert loaded.desired is not None
    router, numbers = (loaded.desired.models[Address(b, n)] for b, n in (("vertex", "router"), ("gemini", "numbers")))
    assert router.written is not None
    assert numbers.written is not None
    assert {k: v for k, v in router.written.items() if k != "tuneform"} == {
        "project": "acme-ml", "location": "europe-west4", "baseModel": "gemini-3.5-flash",
        "tunedModelDisplayName": "router", "labels": {"team": "support"},
        "supervisedTuningSpec": {
            "trainingDatasetUri": "gs://acme-tuning/a.jsonl",
            "hyperParameters": {"epochCount": 3, "adapterSize": 8, "learningRateMultiplier": 1.0},
        },
    }  # fmt: skip
    assert router.written["tuneform"]["lifecycle"] == {
        "protect": True, "onRemove": "delete", "keep": 1, "onDataChange": "report", "onParentChange": "report",
        "onFailure": "manual", "maxAttempts": 2, "promote": "automatic",
    }  # fmt: skip
    assert "secret" not in json.dumps(numbers.written)
    assert numbers.written["displayName"] == "numbers"
    for spec in (router, numbers):
        assert list(sample_mistakes(spec_shape(), spec.written)) == []


@pytest.mark.usefixtures("folder")
def test_nothing_is_kept_of_specs_where_no_rule_asks() -> None:
    Path("tuneform.yaml").write_text(WORKSPACE.replace("policies:", "# policies:"), encoding="utf-8")

    loaded = load(with_policies=True)

    assert loaded.desired is not None
    assert [spec.written for spec in loaded.desired.models.values()] == [None, None]
    assert loaded.policies.rules == ()
    assert Findings(loaded.diagnostics).count == 0
