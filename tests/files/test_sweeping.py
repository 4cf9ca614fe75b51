"""The specs of a sweep's trials: named by their values alone, and wrong where the text is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.gate_spec import Metric
from reconciler.core.model import Address, Declared, Rest
from reconciler.files.specs import load
from tests.files.cases import DEFAULTS

SPEC = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: router}
spec:
  baseModel: gemini-3.5-flash
  tunedModelDisplayName: Router
  labels: {team: support}
  supervisedTuningSpec:
    trainingDatasetUri: gs://acme/train.jsonl
    hyperParameters: {adapterSize: 4}
  tuneform:
    formerNames: [triage]
    lifecycle: {promote: manual, keep: 2}
    gate: {prompts: [{text: Hello, contains: hello}]}
"""
SWEEP = """\
    sweep:
      epochCount: [2, 4]
      learningRateMultiplier: [0.5, 1]
    select: {metric: train_total_loss}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs").mkdir()
    return tmp_path


def declared(text: str) -> dict[str, Declared]:
    Path("specs/router.yaml").write_text(text)
    loaded = load(defaults=DEFAULTS)
    assert loaded.desired is not None, loaded.diagnostics
    return {address.name: spec for address, spec in loaded.desired.models.items()}


def hyper(spec: Declared) -> dict[str, object]:
    return dict(spec.training["supervisedTuningSpec"]["hyperParameters"])


def test_every_choice_of_values_is_a_spec_of_its_own() -> None:
    found = declared(SPEC + SWEEP)

    assert list(found) == ["router", *(f"router-ec{e}-lrm{m}" for e in (2, 4) for m in ("0-5", "1"))]
    assert hyper(found["router-ec4-lrm0-5"]) == {
        "adapterSize": "ADAPTER_SIZE_FOUR",
        "epochCount": 4,
        "learningRateMultiplier": 0.5,
    }


def test_the_sweeps_own_address_trains_nothing_and_knows_its_trials() -> None:
    router = declared(SPEC + SWEEP)["router"]

    assert (router.training, router.data, router.parent) == ({}, (), None)
    assert router.sweep is not None
    assert [a.name for a in router.sweep.trials][:2] == ["router-ec2-lrm0-5", "router-ec2-lrm1"]
    assert (router.sweep.metric, router.sweep.by_answers, router.sweep.rest) == ("train_total_loss", False, Rest.KEEP)


def test_the_gate_and_the_promotion_are_the_sweeps_and_everything_else_is_the_trials_too() -> None:
    found = declared(SPEC + SWEEP)

    router, trial = found["router"], found["router-ec2-lrm1"]
    assert router.gate is not None
    assert trial.gate is None
    assert (router.lifecycle.promote.value, trial.lifecycle.promote.value) == ("manual", "automatic")
    assert (trial.lifecycle.keep, trial.in_place["labels"]) == (2, {"team": "support"})
    assert trial.in_place["tunedModelDisplayName"] == "Router-ec2-lrm1"
    assert trial.former_names == ("triage-ec2-lrm1",)


def test_another_value_changes_the_name_of_no_trial() -> None:
    before = set(declared(SPEC + SWEEP))

    after = set(declared(SPEC + SWEEP.replace("[2, 4]", "[8, 4, 2]")))

    assert before < after
    assert after - before == {"router-ec8-lrm0-5", "router-ec8-lrm1"}


def test_what_trials_are_selected_by_is_asked_of_each_of_them_whole() -> None:
    Path("specs/select.jsonl").write_text("{}\n")
    by_answers = SWEEP.replace("{metric: train_total_loss}", "{gate: {heldout: select.jsonl, metric: label}}")

    found = declared(SPEC + by_answers)

    trial = found["router-ec2-lrm1"].gate
    assert trial is not None
    assert trial.trial is not None
    assert (trial.trial.is_measured, trial.trial.at_least, trial.prompts) == (True, None, ())
    assert trial.trial.scorer.metric is Metric.LABEL
    assert found["router"].sweep is not None
    assert found["router"].sweep.by_answers


def test_a_field_of_a_trial_stands_where_its_value_does() -> None:
    trial = declared(SPEC + SWEEP)["router-ec4-lrm0-5"]

    where = trial.at("supervisedTuningSpec.hyperParameters.epochCount")

    assert (where.line, where.column) == (len(SPEC.splitlines()) + 2, 23)


def test_a_base_model_can_be_swept() -> None:
    text = SPEC.replace("  baseModel: gemini-3.5-flash\n", "")
    found = declared(
        text + "    sweep: {baseModel: [gemini-3.5-flash, gemini-2.5-pro]}\n    select: {metric: train_total_loss}\n"
    )

    assert set(found) == {"router", "router-bmgemini-3-5-flash", "router-bmgemini-2-5-pro"}
    assert found["router-bmgemini-2-5-pro"].training["baseModel"] == "gemini-2.5-pro"


@given(
    epochs=st.lists(st.integers(1, 99), min_size=1, max_size=3, unique=True),
    rates=st.lists(st.sampled_from([0.1, 0.25, 0.5, 1, 2, 5, 10]), min_size=1, max_size=3, unique=True),
)
def test_the_order_of_fields_and_values_decides_nothing(epochs: list[int], rates: list[float]) -> None:
    rows = [f"      epochCount: {epochs}\n", f"      learningRateMultiplier: {rates}\n"]
    backwards = [f"      learningRateMultiplier: {rates[::-1]}\n", f"      epochCount: {epochs[::-1]}\n"]

    one, other = (
        declared(SPEC + "    sweep:\n" + "".join(way) + "    select: {metric: train_total_loss}\n")
        for way in (rows, backwards)
    )

    assert len(one) == 1 + len(epochs) * len(rates)
    assert {n: s.training for n, s in one.items()} == {n: s.training for n, s in other.items()}
    assert all(Address("vertex", name) == spec.address for name, spec in one.items())
