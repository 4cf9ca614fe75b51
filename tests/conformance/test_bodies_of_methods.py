"""The same training, by a spec of ours and by Google's client: the same body on the wire, whatever the method.

The client is google-genai; it cannot rebase, which the generated one of google-cloud-aiplatform can.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from google import genai
from google.genai import types
from msgspec.structs import replace

from reconciler.backends.vertex_rebase import rebase_body
from reconciler.backends.vertex_wire import to_wire
from reconciler.core.dialects.vertex import VERTEX
from reconciler.core.markers import LABEL_PREFIX
from reconciler.core.model import Address, Markers
from reconciler.core.settings import Workspace
from reconciler.core.submission import pinned, submission_of
from reconciler.files.specs import load
from tests.conformance.discovery import Body, method_of, violations
from tests.conformance.served import fake_credentials

TRAIN, VALIDATE = "gs://acme-data/train.jsonl", "gs://acme-data/validate.jsonl"
NAME = "projects/1/locations/us-central1/tuningJobs/1"
PARENT = "projects/1/locations/us-central1/models/77@2"
PARENT_SPEC = f"""\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {{name: first}}
spec:
  project: acme-ml
  location: us-central1
  baseModel: gemini-3.5-flash
  supervisedTuningSpec: {{trainingDatasetUri: "{TRAIN}"}}
"""


class Sent(NamedTuple):
    path: str
    body: dict[str, Any]


class Listener:
    """Takes a create, and answers as if there were a job."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                listener.sent.append(Sent(self.path, json.loads(content)))
                self._answer({"name": NAME, "state": "JOB_STATE_PENDING"})

            def do_GET(self) -> None:
                self._answer({"name": NAME, "state": "JOB_STATE_PENDING"})

            def _answer(self, value: dict[str, Any]) -> None:
                content = json.dumps(value).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    yield found
    found.close()


def theirs(listener: Listener, base: str = "gemini-3.5-flash", **config: Any) -> Sent:
    client = genai.Client(
        vertexai=True,
        project="acme-ml",
        location="us-central1",
        credentials=fake_credentials(),
        http_options=types.HttpOptions(base_url=listener.url),
    )
    client.tunings.tune(
        base_model=base,
        training_dataset=types.TuningDataset(gcs_uri=TRAIN),
        config=types.CreateTuningJobConfig(tuned_model_display_name="tutor", **config),
    )
    (sent,) = listener.sent
    return sent


def ours(
    spec: dict[str, Any], folder: Path, parent: str = "", *, rebases: str = "", same_endpoint: bool = False
) -> Sent:
    """The create of a spec, named `tutor`; `parent` is what the spec that it refers to has trained."""
    source = {} if "preTunedModel" in spec else {"baseModel": "gemini-3.5-flash"}
    document = {
        "apiVersion": "tuneform.dev/v1",
        "kind": "VertexTunedModel",
        "metadata": {"name": "tutor"},
        "spec": {"project": "acme-ml", "location": "us-central1", **source, **spec},
    }
    (folder / "specs").mkdir()
    (folder / "specs" / "a.yaml").write_text(json.dumps(document), encoding="utf-8")
    if parent:
        (folder / "specs" / "parent.yaml").write_text(PARENT_SPEC, encoding="utf-8")
    loaded = load(str(folder), defaults=Workspace(catalog="historic"))
    assert loaded.desired is not None, loaded.diagnostics
    declared = loaded.desired.models[Address("vertex", "tutor")]
    submission = pinned(submission_of(declared, {}, ""), parent)
    job = to_wire(submission, Markers())
    labels = {key: value for key, value in job.pop("labels", {}).items() if not key.startswith(LABEL_PREFIX)}
    assert labels == spec.get("labels", {})
    path = f"/{VERTEX.version_for(declared.training)}/projects/acme-ml/locations/us-central1/tuningJobs"
    if not rebases:
        return Sent(path, job)
    rebasing = replace(submission, rebases=rebases, same_endpoint=same_endpoint)
    return Sent(f"{path}:rebaseTunedModel", rebase_body(rebasing, {**job, "labels": labels}))


def plain(value: Any) -> Any:
    """As protocol buffers read it: 4, "4" and 4.0 are one number, and `a_b` and `aB` one field."""
    if isinstance(value, dict):
        return {re.sub("_([a-z])", lambda m: m[1].upper(), key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, str) and value.isdecimal():
        return float(value)
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


SINGLE = {
    "rewardName": "right",
    "parseResponseConfig": {"parseType": "REGEX_EXTRACT", "regexExtractExpression": "<a>(.*?)</a>"},
    "stringMatchRewardScorer": {
        "correctAnswerReward": 1.0,
        "wrongAnswerReward": -1.0,
        "stringMatchExpression": {"matchOperation": "EXACT_MATCH", "expression": "{{references.answer}}"},
    },
}
CODE = {"rewardName": "short", "codeExecutionRewardScorer": {"pythonCodeSnippet": "def evaluate(e, r): return 1.0"}}
CLOUD = {"rewardName": "styled", "cloudRunRewardScorer": {"cloudRunUri": "https://style-acme.run.app"}}
JUDGE = {
    "rewardName": "judged",
    "autoraterScorer": {"autoraterPrompt": "Grade {{response}}", "parsedResponseConversionScorer": {}},
}
OPEN_BASE = "meta/llama3_1@llama-3.1-8b-instruct"
RATES = {"epochCount": 4, "learningRateMultiplier": 0.5, "adapterSize": "ADAPTER_SIZE_EIGHT"}
OF_RATES = {"epoch_count": 4, "learning_rate_multiplier": 0.5, "adapter_size": "ADAPTER_SIZE_EIGHT"}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "supervised": (
        {
            "supervisedTuningSpec": {
                "trainingDatasetUri": TRAIN,
                "validationDatasetUri": VALIDATE,
                "hyperParameters": RATES,
                "exportLastCheckpointOnly": True,
            }
        },
        {
            **OF_RATES,
            "validation_dataset": types.TuningValidationDataset(gcs_uri=VALIDATE),
            "export_last_checkpoint_only": True,
        },
    ),
    "preference": (
        {"preferenceOptimizationSpec": {"trainingDatasetUri": TRAIN, "hyperParameters": {**RATES, "beta": 0.25}}},
        {**OF_RATES, "method": "PREFERENCE_TUNING", "beta": 0.25},
    ),
    "one reward": (
        {
            "reinforcementTuningSpec": {
                "trainingDatasetUri": TRAIN,
                "validationDatasetUri": VALIDATE,
                "singleRewardConfig": SINGLE,
                "hyperParameters": {
                    **RATES,
                    "batchSize": 8,
                    "samplesPerPrompt": 4,
                    "maxOutputTokens": 512,
                    "evaluateInterval": 10,
                    "checkpointInterval": 20,
                    "thinkingLevel": "HIGH",
                },
            }
        },
        {
            **OF_RATES,
            "method": "REINFORCEMENT_TUNING",
            "validation_dataset": types.TuningValidationDataset(gcs_uri=VALIDATE),
            "reward_config": types.SingleReinforcementTuningRewardConfig.model_validate(SINGLE),
            "batch_size": 8,
            "samples_per_prompt": 4,
            "max_output_tokens": 512,
            "evaluate_interval": 10,
            "checkpoint_interval": 20,
            "thinking_level": "HIGH",
        },
    ),
    "several rewards": (
        {
            "reinforcementTuningSpec": {
                "trainingDatasetUri": TRAIN,
                "compositeRewardConfig": {
                    "weightedRewardConfigs": [
                        {"rewardConfig": reward, "weight": float(number)}
                        for number, reward in enumerate((SINGLE, CODE, CLOUD, JUDGE), start=1)
                    ]
                },
            }
        },
        {
            "method": "REINFORCEMENT_TUNING",
            "composite_reward_config": types.CompositeReinforcementTuningRewardConfig.model_validate(
                {
                    "weightedRewardConfigs": [
                        {"rewardConfig": reward, "weight": float(number)}
                        for number, reward in enumerate((SINGLE, CODE, CLOUD, JUDGE), start=1)
                    ]
                }
            ),
        },
    ),
    "distillation": (
        {
            "distillationSpec": {
                "promptDatasetUri": TRAIN,
                "baseTeacherModel": "gemini-3.1-pro",
                "hyperParameters": RATES,
            }
        },
        {**OF_RATES, "method": "DISTILLATION", "base_teacher_model": "gemini-3.1-pro"},
    ),
    "an open model": (
        {
            "baseModel": OPEN_BASE,
            "outputUri": "gs://acme-out/open",
            "customBaseModel": "gs://acme-out/weights",
            "supervisedTuningSpec": {
                "trainingDatasetUri": TRAIN,
                "validationDatasetUri": VALIDATE,
                "tuningMode": "TUNING_MODE_PEFT_ADAPTER",
                "hyperParameters": {"epochCount": 3, "adapterSize": 16, "batchSize": 8, "learningRate": 0.0002},
            },
        },
        {
            "base": OPEN_BASE,
            "output_uri": "gs://acme-out/open",
            "custom_base_model": "gs://acme-out/weights",
            "validation_dataset": types.TuningValidationDataset(gcs_uri=VALIDATE),
            "tuning_mode": "TUNING_MODE_PEFT_ADAPTER",
            "epoch_count": 3,
            "adapter_size": "ADAPTER_SIZE_SIXTEEN",
            "batch_size": 8,
            "learning_rate": 0.0002,
        },
    ),
}


@pytest.mark.filterwarnings("ignore:The SDK's tuning implementation is experimental")
@pytest.mark.parametrize("name", CASES)
def test_the_body_of_a_spec_is_that_of_google_genai(name: str, listener: Listener, tmp_path: Path) -> None:
    spec, config = CASES[name]

    real, made = theirs(listener, **config), ours(spec, tmp_path)

    assert plain(made.body) == plain(real.body)
    assert made.path.rpartition("/")[2] == real.path.rpartition("/")[2]


FURTHER = {"supervisedTuningSpec": {"trainingDatasetUri": TRAIN, "hyperParameters": RATES}}
BY_NAME = {"tunedModelName": PARENT}
FURTHER_BODIES: tuple[dict[str, Any], str] = ({"preTunedModel": BY_NAME, **FURTHER}, PARENT)
"""A spec with the name that google-genai is given in place of a base model."""
BY_REF = {"ref": {"kind": "VertexTunedModel", "name": "first"}}


@pytest.mark.filterwarnings("ignore:The SDK's tuning implementation is experimental")
@pytest.mark.parametrize("checkpoint", [{}, {"checkpointId": "3"}], ids=["its default checkpoint", "a checkpoint"])
@pytest.mark.parametrize("source", [BY_NAME, BY_REF], ids=["by name", "by ref"])
def test_what_is_tuned_further_is_asked_for_as_by_google_genai(
    source: dict[str, Any], checkpoint: dict[str, str], listener: Listener, tmp_path: Path
) -> None:
    spec = {"preTunedModel": {**source, **checkpoint}, **FURTHER}
    wanted = {"pre_tuned_model_checkpoint_id": "3"} if checkpoint else {}

    real = theirs(listener, base=PARENT, **OF_RATES, **wanted)
    made = ours(spec, tmp_path, parent=PARENT if "ref" in source else "")

    assert plain(made.body) == plain(real.body)
    assert made.body["preTunedModel"] == {**BY_NAME, **checkpoint}
    assert made.path.startswith("/v1/")


FULL = {
    "fullFineTuningSpec": {
        "trainingDatasetUri": TRAIN,
        "validationDatasetUri": VALIDATE,
        "hyperParameters": {"epochCount": 4, "learningRateMultiplier": 0.5},
    }
}
SPECS = {
    **{name: spec for name, (spec, _) in CASES.items()},
    "full": FULL,
    "further": FURTHER_BODIES[0],
}


@pytest.mark.parametrize("name", SPECS)
def test_the_body_of_a_spec_is_what_the_discovery_document_has(name: str, tmp_path: Path) -> None:
    made = ours(SPECS[name], tmp_path)

    version = made.path.split("/")[1]
    method = method_of(f"aiplatform.{version}", "POST", made.path.removeprefix("/"))
    assert method is not None
    assert method.id == "aiplatform.projects.locations.tuningJobs.create"
    assert [*violations(method.document, method.body, made.body, Body(is_answer=False))] == []


def test_full_fine_tuning_is_created_in_v1beta1_as_it_is_written(tmp_path: Path) -> None:
    made = ours(FULL, tmp_path)

    assert made.path == "/v1beta1/projects/acme-ml/locations/us-central1/tuningJobs"
    assert plain(made.body["fullFineTuningSpec"]) == plain(FULL["fullFineTuningSpec"])
    assert made.body.keys() == {"baseModel", "fullFineTuningSpec", "tunedModelDisplayName"}


def test_no_client_of_googles_can_ask_for_full_fine_tuning_yet() -> None:
    # Once one can, the body of a spec is to be held to what it sends, as those of the other methods are.
    from google.cloud import aiplatform_v1beta1

    assert {method.name for method in types.TuningMethod} == {
        *("SUPERVISED_FINE_TUNING", "PREFERENCE_TUNING", "DISTILLATION", "REINFORCEMENT_TUNING"),
    }
    assert "full_fine_tuning_spec" not in aiplatform_v1beta1.TuningJob.meta.fields


def rebased_by_the_generated_client(listener: Listener, **request: Any) -> Sent:
    from google.api_core.client_options import ClientOptions
    from google.cloud import aiplatform_v1 as aiplatform

    options = ClientOptions(api_endpoint=listener.url)
    client = aiplatform.GenAiTuningServiceClient(
        credentials=fake_credentials(), client_options=options, transport="rest"
    )
    job = aiplatform.TuningJob(
        base_model="gemini-3.5-flash",
        tuned_model_display_name="tutor",
        description="Teaches",
        labels={"team": "school"},
        supervised_tuning_spec=aiplatform.SupervisedTuningSpec(
            training_dataset_uri=TRAIN,
            validation_dataset_uri=VALIDATE,
            hyper_parameters=aiplatform.SupervisedHyperParameters(epoch_count=4, learning_rate_multiplier=0.5),
        ),
    )
    client.rebase_tuned_model(
        aiplatform.RebaseTunedModelRequest(
            parent="projects/acme-ml/locations/us-central1",
            tuned_model_ref=aiplatform.TunedModelRef(tuning_job=NAME),
            tuning_job=job,
            **request,
        )
    )
    (sent,) = listener.sent
    return sent


@pytest.mark.parametrize("same", [False, True], ids=["a new endpoint", "the same endpoint"])
def test_the_body_of_a_rebase_is_that_of_the_generated_client(same: bool, listener: Listener, tmp_path: Path) -> None:
    rates = {"epochCount": 4, "learningRateMultiplier": 0.5}
    data = {"trainingDatasetUri": TRAIN, "validationDatasetUri": VALIDATE, "hyperParameters": rates}
    spec = {"supervisedTuningSpec": data, "description": "Teaches", "labels": {"team": "school"}}

    real = rebased_by_the_generated_client(listener, **({"deploy_to_same_endpoint": True} if same else {}))
    made = ours(spec, tmp_path, rebases=NAME, same_endpoint=same)

    assert plain(made.body) == plain(real.body)
    assert made.path == real.path.partition("?")[0]
