"""convert reads what people train with today, by what is in a file, and writes specs that load. Nothing is run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.cli import run

BODY = {
    "baseModel": "gemini-3.5-flash",
    "supervisedTuningSpec": {
        "trainingDatasetUri": "gs://acme-tuning/train.jsonl",
        "hyperParameters": {"epochCount": "3", "adapterSize": "ADAPTER_SIZE_FOUR"},
    },
    "tunedModelDisplayName": "Support router",
    "labels": {"team_name": "support"},
}
SNAKE = {
    "base_model": "gemini-3.5-flash",
    "supervised_tuning_spec": {
        "training_dataset_uri": "gs://acme-tuning/train.jsonl",
        "hyper_parameters": {"epoch_count": 3, "adapter_size": "ADAPTER_SIZE_FOUR"},
    },
    "tuned_model_display_name": "Support router",
    "labels": {"team_name": "support"},
}
SPEC = {
    "baseModel": "gemini-3.5-flash",
    "tunedModelDisplayName": "Support router",
    "supervisedTuningSpec": {
        "trainingDatasetUri": "gs://acme-tuning/train.jsonl",
        "hyperParameters": {"epochCount": 3, "adapterSize": "ADAPTER_SIZE_FOUR"},
    },
    "labels": {"team_name": "support"},
}
PLACE = {"project": "acme-ml", "location": "us-central1"}
CURL = """\
#!/bin/bash
curl -X POST -H "Authorization: Bearer $(gcloud auth print-access-token)" \\
  "https://us-central1-aiplatform.googleapis.com/v1/projects/acme-ml/locations/us-central1/tuningJobs" \\
  -d '%s'
"""
GENAI = """\
from google import genai
from google.genai import types
PROJECT, BASE = "acme-ml", None
BUCKET = "acme-tuning"
client = genai.Client(vertexai=True, project="acme-ml", location="us-central1")
def main():
    client.tunings.tune(
        base_model="gemini-3.5-flash",
        training_dataset=types.TuningDataset(gcs_uri=f"gs://{BUCKET}/train.jsonl"),
        config=types.CreateTuningJobConfig(
            epoch_count=3, adapter_size=types.AdapterSize.ADAPTER_SIZE_FOUR,
            tuned_model_display_name="Support " + "router", labels={"team_name": "support"}))
"""
SFT = """\
import vertexai
from vertexai.tuning.sft import train as begin
NAME = "Support router"
vertexai.init(project="acme-ml", location="us-central1")
begin(source_model="gemini-3.5-flash", train_dataset="gs://acme-tuning/train.jsonl", epochs=3,
      adapter_size=4, tuned_model_display_name=NAME, labels=dict(team_name="support"))
"""
GAPIC = """\
client = aiplatform_v1.GenAiTuningServiceClient()
client.create_tuning_job(
    parent="projects/acme-ml/locations/us-central1",
    tuning_job=TuningJob(base_model="gemini-3.5-flash", tuned_model_display_name="Support router",
        labels={"team_name": "support"},
        supervised_tuning_spec={"training_dataset_uri": "gs://acme-tuning/train.jsonl",
            "hyper_parameters": {"epoch_count": 3, "adapter_size": "ADAPTER_SIZE_FOUR"}}))
"""
POSTED = f"""\
import requests
requests.post(url, json={BODY!r})
"""
CONNECTOR = """\
apiVersion: aiplatform.cnrm.cloud.google.com/v1alpha1
kind: VertexAITuningJob
metadata: {name: support-router}
spec:
  projectRef: {external: projects/acme-ml}
  location: us-central1
  baseModel: gemini-3.5-flash
  tunedModelDisplayName: Support router
  labels: {team_name: support}
  supervisedTuningSpec:
    trainingDatasetURI: gs://acme-tuning/train.jsonl
    hyperParameters: {epochCount: 3, adapterSize: ADAPTER_SIZE_FOUR}
"""


class Converted:
    """What a run of the command came to."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.text = out
        self.err = " ".join(err.split())
        self.specs: list[dict[str, Any]] = [d for d in yaml.safe_load_all(out) if d] if code in (0, 1) else []

    @property
    def spec(self) -> dict[str, Any]:
        (only,) = self.specs
        found: dict[str, Any] = only["spec"]
        return found


@pytest.fixture
def convert(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Converted]:
    monkeypatch.chdir(tmp_path)

    def go(text: str, *words: str, name: str = "job.txt") -> Converted:
        Path(name).write_text(text, encoding="utf-8")
        capsys.readouterr()
        code = run(["convert", name, *words])
        shown = capsys.readouterr()
        return Converted(code, shown.out, shown.err)

    return go


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (json.dumps(BODY), {}),
        (json.dumps(SNAKE), {}),
        (yaml.safe_dump(BODY), {}),
        (json.dumps({"parent": "projects/acme-ml/locations/us-central1", "tuningJob": SNAKE}), PLACE),
        (CURL % json.dumps(BODY), PLACE),
        (CURL % json.dumps(SNAKE, indent=2), PLACE),
        (CURL.replace("'%s'", '"%s"') % json.dumps(BODY).replace('"', '\\"'), PLACE),
        (GENAI, PLACE),
        (GAPIC, PLACE),
        (POSTED, {}),
        (CONNECTOR, PLACE),
    ],
    ids=["json", "snake", "yaml", "envelope", "curl", "curl snake", "escaped", "genai", "gapic", "posted", "connector"],
)
def test_every_kind_of_file_comes_to_the_same_spec_by_what_is_in_it(
    convert: Callable[..., Converted], text: str, place: dict[str, str]
) -> None:
    shown = convert(text)

    assert (shown.code, shown.err) == (0, "")
    assert shown.spec == {**place, **SPEC}
    assert shown.specs[0]["metadata"] == {"name": "support-router"}


def test_a_script_of_the_vertex_sdk_says_sizes_by_number(convert: Callable[..., Converted]) -> None:
    shown = convert(SFT)

    assert (shown.code, shown.err) == (0, "")
    hyper = {"epochCount": 3, "adapterSize": 4}
    of_method = {"trainingDatasetUri": "gs://acme-tuning/train.jsonl", "hyperParameters": hyper}
    assert shown.spec == {**PLACE, **SPEC, "supervisedTuningSpec": of_method}


def test_preference_tuning_is_told_by_the_method(convert: Callable[..., Converted]) -> None:
    text = GENAI.replace("epoch_count=3,", "method='PREFERENCE_TUNING', beta=0.1, epoch_count=3,")
    text = text.replace("gemini-3.5-flash", "gemini-2.5-flash")  # the newer one has no such method

    shown = convert(text)

    assert shown.code == 0, shown.err
    assert shown.spec["preferenceOptimizationSpec"]["hyperParameters"]["beta"] == 0.1
    assert "supervisedTuningSpec" not in shown.spec


RULES = """\
from google import genai
from google.genai import types
client = genai.Client(vertexai=True, project="acme-ml", location="us-central1")
RIGHT = types.SingleReinforcementTuningRewardConfig(
    reward_name="right",
    parse_response_config=types.ReinforcementTuningParseResponseConfig(
        parse_type=types.ResponseParseType.REGEX_EXTRACT, regex_extract_expression="<answer>(.*?)</answer>"),
    string_match_reward_scorer=types.ReinforcementTuningStringMatchRewardScorer(
        correct_answer_reward=1.0, wrong_answer_reward=-1.0,
        string_match_expression={"match_operation": "EXACT_MATCH", "expression": "{{references.answer}}"}))
client.tunings.tune(
    base_model="gemini-3.5-flash",
    training_dataset=types.TuningDataset(gcs_uri="gs://acme-tuning/problems.jsonl"),
    config=types.CreateTuningJobConfig(
        method=types.TuningMethod.REINFORCEMENT_TUNING, tuned_model_display_name="tutor", epoch_count=4,
        validation_dataset_uri="gs://acme-tuning/held-out.jsonl", samples_per_prompt=16, batch_size=32,
        evaluate_interval=10, checkpoint_interval=20, max_output_tokens=8192,
        thinking_level=types.ReinforcementTuningThinkingLevel.HIGH,
        REWARD))
"""
ONE = "reward_config=RIGHT"
SEVERAL = """composite_reward_config=types.CompositeReinforcementTuningRewardConfig(weighted_reward_configs=[
            types.CompositeReinforcementTuningRewardConfigWeightedRewardConfig(reward_config=RIGHT, weight=2.0),
            {"weight": 1.0, "reward_config": {"reward_name": "judged", "autorater_scorer": {
                "autorater_prompt": "Grade {{response}}.", "parsed_response_conversion_scorer": {}}}}])"""
RIGHT = {
    "rewardName": "right",
    "parseResponseConfig": {"parseType": "REGEX_EXTRACT", "regexExtractExpression": "<answer>(.*?)</answer>"},
    "stringMatchRewardScorer": {
        "correctAnswerReward": 1.0,
        "wrongAnswerReward": -1.0,
        "stringMatchExpression": {"matchOperation": "EXACT_MATCH", "expression": "{{references.answer}}"},
    },
}
JUDGED = {
    "rewardName": "judged",
    "autoraterScorer": {"autoraterPrompt": "Grade {{response}}.", "parsedResponseConversionScorer": {}},
}
WEIGHTED = [{"rewardConfig": RIGHT, "weight": 2.0}, {"weight": 1.0, "rewardConfig": JUDGED}]


@pytest.mark.parametrize(
    ("written", "rewards"),
    [
        (ONE, {"singleRewardConfig": RIGHT}),
        (SEVERAL, {"compositeRewardConfig": {"weightedRewardConfigs": WEIGHTED}}),
    ],
)
def test_a_script_that_reinforces_keeps_its_rewards(
    convert: Callable[..., Converted], written: str, rewards: dict[str, Any]
) -> None:
    shown = convert(RULES.replace("REWARD))", f"{written}))"))

    assert (shown.code, shown.err) == (0, "")
    assert shown.spec == {
        **PLACE,
        "baseModel": "gemini-3.5-flash",
        "tunedModelDisplayName": "tutor",
        "reinforcementTuningSpec": {
            "trainingDatasetUri": "gs://acme-tuning/problems.jsonl",
            "validationDatasetUri": "gs://acme-tuning/held-out.jsonl",
            **rewards,
            "hyperParameters": {
                "epochCount": 4,
                "batchSize": 32,
                "samplesPerPrompt": 16,
                "evaluateInterval": 10,
                "checkpointInterval": 20,
                "maxOutputTokens": 8192,
                "thinkingLevel": "HIGH",
            },
        },
    }


def test_a_reward_that_is_calculated_is_a_todo_and_the_spec_does_not_load_yet(
    convert: Callable[..., Converted],
) -> None:
    code = "reward_config={'code_execution_reward_scorer': {'python_code_snippet': inspect.getsource(judge)}}"

    shown = convert(RULES.replace("REWARD))", f"{code}))"), name="tune.py")

    field = "reinforcementTuningSpec.singleRewardConfig.codeExecutionRewardScorer.pythonCodeSnippet"
    assert shown.code == 1
    assert f"# TODO {field}: inspect.getsource(…) is called when the script runs (line 19)." in shown.text
    assert "RUN076" in shown.err


def test_a_script_that_distils_names_its_prompts_and_its_teacher(convert: Callable[..., Converted]) -> None:
    teacher = "method=types.TuningMethod.DISTILLATION, base_teacher_model='gemini-2.5-pro', epoch_count=3,"

    shown = convert(GENAI.replace("epoch_count=3,", teacher).replace("gemini-3.5-flash", "gemini-2.5-flash-lite"))

    assert (shown.code, shown.err) == (0, "")
    assert "supervisedTuningSpec" not in shown.spec
    assert shown.spec["distillationSpec"] == {
        "promptDatasetUri": "gs://acme-tuning/train.jsonl",
        "baseTeacherModel": "gemini-2.5-pro",
        "hyperParameters": {"epochCount": 3, "adapterSize": "ADAPTER_SIZE_FOUR"},
    }


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("samples_per_prompt=4", "samples_per_prompt: it is of reinforcement tuning, and this is supervised tuning"),
        ("beta=0.1", "beta: it is of preference tuning, and this is supervised tuning"),
        (
            "method='DISTILLATION', base_teacher_model='gemini-2.5-pro', sft_loss_weight_multiplier=2.0",
            "sft_loss_weight_multiplier: no field of a spec stands for it",
        ),
        (
            "method='DISTILLATION', base_teacher_model='gemini-2.5-pro', export_last_checkpoint_only=True",
            "export_last_checkpoint_only: it is of supervised and preference tuning, and this is distillation tuning",
        ),
        ("method='EVOLUTION'", "method: specs do not have EVOLUTION"),
        ("method=pick()", "method: pick(…) is called when the script runs"),
    ],
)
def test_a_parameter_that_the_method_does_not_have_is_named(
    convert: Callable[..., Converted], more: str, said: str
) -> None:
    shown = convert(GENAI.replace("epoch_count=3,", f"{more}, epoch_count=3,"))

    assert shown.code == 0, shown.err
    assert "RUN077" in shown.err
    assert said in shown.err


def test_a_body_of_reinforcement_tuning_is_taken_as_it_is(convert: Callable[..., Converted]) -> None:
    spec = {
        "trainingDatasetUri": "gs://acme-tuning/problems.jsonl",
        "singleRewardConfig": RIGHT,
        "hyperParameters": {"stepCount": "100"},
    }

    shown = convert(json.dumps({"baseModel": "gemini-3.5-flash", "reinforcementTuningSpec": spec}))

    assert (shown.code, shown.err) == (0, "")
    assert shown.spec["reinforcementTuningSpec"] == {**spec, "hyperParameters": {"stepCount": 100}}


@pytest.mark.parametrize(
    "text", ["{{references.answer}}", "<ANSWER>", r"^\$(\d+)$", "Grade {{response}} to {{prompt}}."]
)
def test_what_looks_like_a_template_is_a_part_of_a_reward(convert: Callable[..., Converted], text: str) -> None:
    scorer = {"autoraterPrompt": text, "exactMatchScorer": {"correctAnswerReward": 1.0, "expression": text}}
    spec = {"trainingDatasetUri": "gs://acme/a.jsonl", "singleRewardConfig": {"autoraterScorer": scorer}}
    body = {"baseModel": "gemini-3.5-flash", "reinforcementTuningSpec": spec}

    shown = convert(CURL.replace("'%s'", "@-\n%s\n") % json.dumps(body))
    filled_in = convert(CURL % json.dumps(body).replace(json.dumps(text), '"${PROMPT}"'))

    assert (shown.code, shown.err) == (0, "")
    assert shown.spec["reinforcementTuningSpec"]["singleRewardConfig"]["autoraterScorer"] == scorer
    assert "${PROMPT} is filled in elsewhere" in filled_in.err


def test_a_tuned_model_to_go_on_from_is_a_parent(convert: Callable[..., Converted]) -> None:
    name = "projects/acme-ml/locations/us-central1/models/12@1"

    shown = convert(GENAI.replace('base_model="gemini-3.5-flash"', f'base_model="{name}"'))

    assert shown.code == 0, shown.err
    assert shown.spec["preTunedModel"] == {"tunedModelName": name}


def test_a_tuned_model_of_the_gemini_api_keeps_its_examples(convert: Callable[..., Converted]) -> None:
    text = """\
import google.generativeai as genai
DATA = [{"text_input": "1", "output": "2"}, ("3", "4")]
genai.create_tuned_model(source_model="models/gemini-1.5-flash-001-tuning", training_data=DATA,
    id="next-number", display_name="next number", epoch_count=5, batch_size=2, learning_rate=0.001)
"""
    shown = convert(text)

    assert shown.code == 0, shown.err
    (spec,) = shown.specs
    assert (spec["kind"], spec["metadata"]["name"]) == ("GeminiTunedModel", "next-number")
    task = spec["spec"]["tuningTask"]
    assert task["trainingData"]["examples"]["examples"] == [
        {"textInput": "1", "output": "2"},
        {"textInput": "3", "output": "4"},
    ]
    assert task["hyperparameters"] == {"epochCount": 5, "batchSize": 2, "learningRate": 0.001}


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ('os.environ["BUCKET"]', "comes from the environment"),
        ('os.getenv("BUCKET", "x")', "comes from the environment"),
        ("read_config()", "read_config(…) is called"),
        ("args.data", "calculated when the script runs"),
        ("unknown_name", "unknown_name is no constant of the module"),
        ("TWICE", "TWICE is given a value more than once"),
        ('f"gs://{bucket()}/x"', "bucket(…) is called"),
    ],
)
def test_what_is_not_literal_is_a_todo_in_the_spec_and_a_warning_with_its_place(
    convert: Callable[..., Converted], value: str, why: str
) -> None:
    text = GENAI.replace('"Support " + "router"', value) + 'TWICE = "a"\nTWICE = "b"\n'

    shown = convert(text, name="tune.py")

    assert shown.code == 0, "a display name may be left out"
    assert "tunedModelDisplayName" not in shown.spec
    assert "# TODO tunedModelDisplayName: " in shown.text
    assert "tune.py:12:" in shown.err
    assert "RUN076" in shown.err
    assert why in shown.err


def test_a_spec_that_lacks_what_it_needs_is_written_and_ends_with_1(convert: Callable[..., Converted]) -> None:
    shown = convert(GENAI.replace('f"gs://{BUCKET}/train.jsonl"', "pick()"))

    assert shown.code == 1
    assert "# TODO supervisedTuningSpec.trainingDatasetUri" in shown.text
    assert "SPEC026" in shown.err


def test_what_no_field_stands_for_is_told(convert: Callable[..., Converted]) -> None:
    shown = convert(GENAI.replace("epoch_count=3,", 'epoch_count=3, output_uri="gs://x/y",'))

    assert shown.code == 0
    assert "RUN077" in shown.err
    assert "output_uri: no field of a spec stands for it" in shown.err


def test_a_variable_of_a_shell_is_not_taken_for_a_value(convert: Callable[..., Converted]) -> None:
    shown = convert(CURL % json.dumps({**BODY, "description": "of ${WHO}"}))

    assert shown.code == 0
    assert "description" not in shown.spec
    assert "${WHO} is filled in elsewhere" in shown.err


def test_the_answer_of_a_job_is_taken_for_what_exists(convert: Callable[..., Converted]) -> None:
    name = "projects/123/locations/us-central1/tuningJobs/45"
    answer = {**BODY, "name": name, "state": "JOB_STATE_SUCCEEDED", "createTime": "2026-11-01T00:00:00Z"}

    shown = convert(json.dumps({"tuningJobs": [answer]}["tuningJobs"]))

    assert shown.code == 0, shown.err
    assert shown.spec["tuneform"] == {"existing": name}
    assert "state" not in shown.spec


def test_our_own_labels_and_googles_are_left_out(convert: Callable[..., Converted]) -> None:
    labels = {"team": "support", "tuneform-name": "x", "google-vertex-llm-tuning-job-id": "1"}

    shown = convert(json.dumps({**BODY, "labels": labels}))

    assert shown.spec["labels"] == {"team": "support"}


def test_several_requests_are_several_specs_with_names_of_their_own(convert: Callable[..., Converted]) -> None:
    both = convert(json.dumps([BODY, BODY]))
    named = convert(json.dumps([BODY, BODY]), "--name", "x")
    folder = convert(json.dumps([BODY, BODY]), "--out", "specs")

    assert [spec["metadata"]["name"] for spec in both.specs] == ["support-router", "support-router-2"]
    assert named.code == 64
    assert folder.code == 0
    assert sorted(p.name for p in Path("specs").iterdir()) == ["support-router-2.yaml", "support-router.yaml"]


def test_out_names_a_file_that_is_never_overwritten(convert: Callable[..., Converted]) -> None:
    first = convert(json.dumps(BODY), "--name", "mine", "--out", "specs/mine.yaml")
    again = convert(json.dumps(BODY), "--name", "mine", "--out", "specs/mine.yaml")

    assert (first.code, again.code) == (0, 1)
    assert yaml.safe_load(Path("specs/mine.yaml").read_text(encoding="utf-8"))["metadata"] == {"name": "mine"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no request to tune"),
        ("print('hello')\n", "no request to tune"),
        ("{", "no request to tune"),
        ('{"baseModel": "x"}', "no request to tune"),
        ("apiVersion: tuneform.dev/v1\nkind: VertexTunedModel\n", "a spec of tuneform already"),
        ("apiVersion: tuneform.dev/v1\nkind: Import\n", "import --from"),
        ("(" * 5_000, "no request to tune"),
        ("x = " + "-" * 20_000 + "1", "no request to tune"),
        ("{" * 20_000, "no request to tune"),
        ("\x00\xff", "no request to tune"),
    ],
)
def test_a_file_with_nothing_in_it_is_told_and_never_a_bug(
    convert: Callable[..., Converted], text: str, said: str
) -> None:
    shown = convert(text)

    assert (shown.code, "RUN075" in shown.err) == (1, True), shown.err
    assert said in shown.err


@pytest.mark.parametrize("more", ["a{0} + a{0}", "[a{0}, a{0}]", "{{'x': a{0}, 'y': a{0}}}"])
def test_a_script_that_doubles_itself_over_and_over_is_no_trouble(convert: Callable[..., Converted], more: str) -> None:
    doubled = "".join(f"a{n + 1} = {more.format(n)}\n" for n in range(29))
    text = GENAI.replace('"Support " + "router"', "a29").replace("BUCKET =", f"a0 = 'x'\n{doubled}BUCKET =")

    shown = convert(text)

    assert "too much is put together" in shown.err or "it is calculated" in shown.err
    assert len(shown.text) < 5_000


def test_a_script_is_read_and_never_run(convert: Callable[..., Converted]) -> None:
    convert(GENAI + "open('ran', 'w').close()\n")

    assert not Path("ran").exists()
