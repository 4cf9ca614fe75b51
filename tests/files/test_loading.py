"""What a spec that is right becomes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.core.diagnostics import Location
from reconciler.core.gate_spec import Against, At, Bound, GateSpec, Heldout, MaxCost, Metric, Prompt, Scorer, Trial
from reconciler.core.model import Address, Data, Declared, Desired, Lifecycle, OnDrift, OnFailure, OnRemove
from reconciler.files.specs import Loaded, load
from tests.files.cases import DEFAULTS

Write = Callable[[str, str], None]

FULL = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata:
  name: router
  namespace: models
  labels: {app: Support Desk}
  annotations: {team: anyone}
spec:
  project: other-project
  location: europe-west4
  baseModel: gemini-3.5-flash
  supervisedTuningSpec:
    trainingDatasetUri: data/train.jsonl
    validationDatasetUri: projects/p/locations/l/datasets/12
    hyperParameters: {epochCount: "3", adapterSize: 16, learningRateMultiplier: 1}
    exportLastCheckpointOnly: true
    evaluationConfig: {metrics: [{pointwise_metric_spec: {}}], output_config: {}}
  tunedModelDisplayName: Router
  description: Sorts messages.
  labels: {team: support}
  serviceAccount: tuner@acme-ml.iam.gserviceaccount.com
  encryptionSpec: {kmsKeyName: projects/p/locations/europe-west4/keyRings/r/cryptoKeys/k}
  tuneform:
    task: classification
    formerNames: [old-router]
    existing: projects/p/locations/europe-west4/tuningJobs/7
    extra:
      thinkingBudget: 3
      supervised_tuning_spec: {curriculum: HARD_FIRST}
    lifecycle:
      protect: true
      onRemove: retain
      keep: 0
      onDataChange: retune
      onParentChange: retune
      onFailure: retry
      maxAttempts: 5
      maxDuration: 1d12h
    gate:
      metrics: {/eval_total_loss: {max: 0.8, at: best, against: incumbent}, train_num_predictions: {min: 1, max: 2}}
      prompts: [{text: hello, contains: world, samples: 5, atLeast: 4}, {text: bye, matches: "^so long"}]
      heldout: gs://acme-tuning/eval.jsonl
      metric: json
      jsonSchema: {type: object}
      against: incumbent
      atLeast: 92 %
      margin: 5%
      confidence: 0.9
      samples: 3
      settings: {system: Be brief., thinking: low, max_output_tokens: 200}
      maxCost: 3 USD
      latency: {p95: 1.5s}
"""
MINIMAL = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: NAME}
spec:
  baseModel: gemini-3.5-flash
  supervisedTuningSpec: {trainingDatasetUri: gs://bucket/train.jsonl}
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.chdir(tmp_path)

    def write(path: str, text: str) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text, encoding="utf-8")

    return write


def desired(loaded: Loaded) -> Desired:
    assert loaded.diagnostics == []
    assert loaded.desired is not None
    return loaded.desired


def only(loaded: Loaded) -> Declared:
    (spec,) = desired(loaded).models.values()
    return spec


def test_every_field_goes_where_an_edit_of_it_is_decided(write: Write) -> None:
    write("specs/team/router.yaml", f"# a comment first\n{FULL}")
    write("specs/team/data/train.jsonl", "{}\n")

    assert only(load(defaults=DEFAULTS)) == Declared(
        origin="specs/",
        address=Address("vertex", "router"),
        where=Location("specs/team/router.yaml", 2, 1),
        project="other-project",
        location="europe-west4",
        training={
            "baseModel": "gemini-3.5-flash",
            "supervisedTuningSpec": {
                "hyperParameters": {
                    "epochCount": 3,
                    "adapterSize": "ADAPTER_SIZE_SIXTEEN",
                    "learningRateMultiplier": 1.0,
                },
                "curriculum": "HARD_FIRST",
            },
            "serviceAccount": "tuner@acme-ml.iam.gserviceaccount.com",
            "encryptionSpec": {"kmsKeyName": "projects/p/locations/europe-west4/keyRings/r/cryptoKeys/k"},
            "thinkingBudget": 3,
        },
        in_place={
            "tunedModelDisplayName": "Router",
            "description": "Sorts messages.",
            "labels": {"team": "support"},
        },
        reported={
            "supervisedTuningSpec": {
                "exportLastCheckpointOnly": True,
                "evaluationConfig": {"metrics": [{"pointwise_metric_spec": {}}], "outputConfig": {}},
            }
        },
        data=(
            Data(
                "supervisedTuningSpec.trainingDatasetUri",
                "data/train.jsonl",
                "specs/team/data/train.jsonl",
            ),
            Data("supervisedTuningSpec.validationDatasetUri", "projects/p/locations/l/datasets/12"),
        ),
        lifecycle=Lifecycle(
            protect=True,
            on_remove=OnRemove.RETAIN,
            keep=0,
            on_data_change=OnDrift.RETUNE,
            on_parent_change=OnDrift.RETUNE,
            on_failure=OnFailure.RETRY,
            max_attempts=5,
            max_duration="1d12h",
        ),
        gate=GateSpec(
            {"eval_total_loss": Bound(max=0.8, at=At.BEST, no_worse_by=0.0), "train_num_predictions": Bound(1, 2)},
            (Prompt("hello", contains="world", samples=5, at_least=4), Prompt("bye", matches="^so long")),
            Trial(
                Heldout("gs://acme-tuning/eval.jsonl"),
                Scorer(Metric.JSON, schema={"type": "object"}),
                Against.INCUMBENT,
                at_least=0.92,
                margin=0.05,
                confidence=0.9,
                samples=3,
            ),
            settings={"system": "Be brief.", "thinking": "low", "maxOutputTokens": 200},
            latency_p95_s=1.5,
            max_cost=MaxCost(3.0, "USD"),
        ),
        task="classification",
        existing="projects/p/locations/europe-west4/tuningJobs/7",
        former_names=("old-router",),
    )


def test_what_is_unset_is_absent_and_the_rest_has_defaults(write: Write) -> None:
    write("specs/a.yaml", MINIMAL.replace("NAME", "a"))

    assert only(load(defaults=DEFAULTS)) == Declared(
        address=Address("vertex", "a"),
        where=Location("specs/a.yaml", 1, 1),
        project="acme-ml",
        location="us-central1",
        training={"baseModel": "gemini-3.5-flash", "supervisedTuningSpec": {}},
        in_place={"tunedModelDisplayName": "a"},
        reported={},
        data=(Data("supervisedTuningSpec.trainingDatasetUri", "gs://bucket/train.jsonl"),),
        origin="specs/",
    )


def test_null_and_empty_mappings_are_the_same_as_nothing(write: Write) -> None:
    write("specs/a.yaml", MINIMAL.replace("NAME", "a"))
    plain = only(load(defaults=DEFAULTS))
    nothing = "  description:\n  labels: ~\n  preTunedModel: null\n  tuneform:\n    # lifecycle: {}\n"
    write("specs/a.yaml", MINIMAL.replace("NAME", "a") + nothing)

    assert only(load(defaults=DEFAULTS)) == plain


def test_a_ref_is_a_parent_and_no_field(write: Write) -> None:
    write("specs/parent.yaml", MINIMAL.replace("NAME", "parent"))
    ref = "preTunedModel: {ref: {kind: VertexTunedModel, name: parent}, checkpointId: '3'}"
    write("specs/child.yaml", MINIMAL.replace("NAME", "child").replace("baseModel: gemini-3.5-flash", ref))

    child = desired(load(defaults=DEFAULTS)).models[Address("vertex", "child")]

    assert child.parent == Address("vertex", "parent")
    assert child.training == {"preTunedModel": {"checkpointId": "3"}, "supervisedTuningSpec": {}}


@pytest.mark.parametrize(
    ("config", "thinking"),
    [("{thinkingLevel: MINIMAL}", "minimal"), ("{thinkingBudget: 0, includeThoughts: true}", 0), ("{}", None)],
)
def test_a_thinking_config_of_the_api_is_the_same_gate(write: Write, config: str, thinking: str | int | None) -> None:
    text = (
        MINIMAL.replace("NAME", "a") + "  tuneform: {gate: {prompts: [{text: hi, contains: hi}], settings: SETTINGS}}\n"
    )
    write("specs/a.yaml", text.replace("SETTINGS", f"{{thinkingConfig: {config}}}"))

    gate = only(load(defaults=DEFAULTS)).gate

    assert gate is not None
    assert gate.settings == ({} if thinking is None else {"thinking": thinking})


def test_a_preference_spec_keeps_its_method_and_beta(write: Write) -> None:
    method = "preferenceOptimizationSpec: {trainingDatasetUri: gs://bucket/t.jsonl, hyperParameters: {beta: 0}}"
    text = MINIMAL.replace("NAME", "a").replace("3.5", "2.5").partition("  supervised")[0] + f"  {method}\n"
    write("specs/a.yaml", text)

    spec = only(load(defaults=DEFAULTS))

    assert spec.training["preferenceOptimizationSpec"] == {"hyperParameters": {"beta": 0.0}}
    assert spec.training_data.field == "preferenceOptimizationSpec.trainingDatasetUri"


def test_a_gemini_spec_with_a_data_file_and_everything_that_can_be_patched(write: Write) -> None:
    write("specs/data/pairs.csv", "1,2\n")
    write(
        "specs/numbers.yaml",
        """\
apiVersion: tuneform.dev/v1
kind: GeminiTunedModel
metadata: {name: numbers}
spec:
  tuned_model_source: {tuned_model: tunedModels/older}
  description: Says the next number.
  temperature: 0
  topP: 0.5
  topK: "40"
  readerProjectNumbers: [12, "34"]
  tuneform: {dataFile: data/pairs.csv}
""",
    )

    spec = only(load(defaults=DEFAULTS))

    assert spec.address == Address("gemini", "numbers")
    assert (spec.project, spec.location) == ("acme-ml", "")
    assert spec.training == {"tunedModelSource": {"tunedModel": "tunedModels/older"}}
    assert spec.in_place == {
        "displayName": "numbers",
        "description": "Says the next number.",
        "temperature": 0.0,
        "topP": 0.5,
        "topK": 40,
        "readerProjectNumbers": ["12", "34"],
    }
    assert spec.data == (
        Data("tuningTask.trainingData", "data/pairs.csv", "specs/data/pairs.csv", named_in="tuneform.dataFile"),
    )
    assert spec.examples == ()


def test_a_run_over_the_whole_folder_is_complete_and_in_address_order(write: Write) -> None:
    write("specs/z.yml", MINIMAL.replace("NAME", "z"))
    write("specs/deep/down/b.yaml", f"{MINIMAL.replace('NAME', 'b')}---\n{MINIMAL.replace('NAME', 'a')}")

    found = desired(load(defaults=DEFAULTS))

    assert [a.name for a in found.models] == ["a", "b", "z"]
    assert found.is_complete


def test_files_that_are_named_are_a_part_and_each_is_read_once(write: Write) -> None:
    write("specs/a.yaml", MINIMAL.replace("NAME", "a"))
    write("specs/b.yaml", MINIMAL.replace("NAME", "b"))

    found = desired(load(files=["specs/a.yaml", "specs/a.yaml", "specs/../specs/a.yaml"], defaults=DEFAULTS))

    assert [a.name for a in found.models] == ["a"]
    assert not found.is_complete
    assert list(desired(load(files=["specs"], defaults=DEFAULTS)).models) == [("vertex", "a"), ("vertex", "b")]


def test_piped_input_takes_its_data_from_the_workspace_folder(write: Write) -> None:
    write("data/train.jsonl", "{}\n")
    text = MINIMAL.replace("NAME", "a").replace("gs://bucket/train.jsonl", "data/train.jsonl")
    other = "apiVersion: v1\nkind: ConfigMap\n---\napiVersion: apps/v1\nkind: Deployment\n---\n"

    loaded = load(files=["-"], stdin=other + text, defaults=DEFAULTS)

    assert only(loaded).training_data.path == "data/train.jsonl"
    assert only(loaded).where == Location("<stdin>", 7, 1)
    assert loaded.skipped == 2


def test_another_folder_shows_in_every_path(write: Write) -> None:
    write("team/specs/a.yaml", MINIMAL.replace("NAME", "a").replace("gs://bucket/", ""))
    write("team/specs/train.jsonl", "{}\n")
    write("team/tuneform.yaml", "apiVersion: tuneform.dev/v1\nkind: Workspace\nmetadata: {name: team}\n")

    loaded = load("team", defaults=DEFAULTS)

    assert only(loaded).where.path == "team/specs/a.yaml"
    assert only(loaded).training_data.path == "team/specs/train.jsonl"
    assert (loaded.workspace.path, loaded.workspace.lock) == ("team/tuneform.yaml", "team/tuneform.lock")


def test_one_mistake_anywhere_loads_nothing(write: Write) -> None:
    write("specs/good.yaml", MINIMAL.replace("NAME", "good"))
    write("specs/bad.yaml", MINIMAL.replace("NAME", "bad").replace("baseModel", "basemodel"))

    loaded = load(defaults=DEFAULTS)

    assert loaded.desired is None
    assert {(d.code, d.address) for d in loaded.diagnostics} == {("SPEC023", "vertex/bad"), ("SPEC026", "vertex/bad")}


def test_mistakes_come_in_the_order_of_files_and_lines(write: Write) -> None:
    for name in ("b", "a"):
        write(f"specs/{name}.yaml", MINIMAL.replace("NAME", name.upper()).replace("gemini-", "gemini "))

    places = [d.where for d in load(defaults=DEFAULTS).diagnostics if d.where is not None]

    assert places == sorted(places)
    assert len(places) == 4


def test_text_of_the_users_cannot_steer_a_terminal(write: Write) -> None:
    write("specs/a.yaml", MINIMAL.replace("NAME", "a") + '  "\\e[31mred\\u202e": 1\n')

    (mistake,) = load(defaults=DEFAULTS).diagnostics

    assert mistake.detail == '"\\u001b[31mred\\u202e" is not a field of spec.'
