"""Every field of a TuningJob in both versions: taken, answered, or on a list with a reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.emulator import methods
from tests.emulator.conftest import example, jsonl
from tests.emulator.job_fields import Fields
from tests.emulator.methods import BETA, ended

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.emulator.conftest import Client

Json = dict[str, Any]

pytest.importorskip("googleapiclient")

V1 = BETA.replace("v1beta1", "v1")
KEY = {"kmsKeyName": "projects/p/locations/us-central1/keyRings/r/cryptoKeys/k"}
COMMON = {"labels": {"a": "b"}, "serviceAccount": "tuner@acme.iam.gserviceaccount.com", "description": "ours"}

# Pattern of paths → why no job of the emulator has them.
REASONS = {
    r"error\.details\[\]\{\}": "the errors of jobs have a code and a message alone",
    r"evaluateDatasetRuns\[\]\.error\..*": "an evaluation does not fail here",
    r"evaluateDatasetRuns\[\]\.operationName": "deprecated: evaluationRun is there instead",
    r"evaluateDatasetRuns\[\]\..*\.aggregationOutput\.dataset\.bigquerySource\.inputUri": "data are in Cloud Storage",
    r"evaluateDatasetRuns\[\]\..*\.aggregationResults\[\]\.(?!aggregationMetric|pointwise.*score|exact|rouge|bleu|custom"
    r"|pairwiseMetricResult\.pairwiseChoice).*": "explanations and rates are a judge's, who is simulated",
    r"tuningDataStats\..*serDatasetExamples.*\.parts\[\]\.(?!text$).*": "shown examples are text",
    r"tuningDataStats\.reinforcementTuningDataStats\.userDatasetExamples\[\].*": "its own field shows examples",
    r"tuningDataStats\.distillationDataStats\..*\.reinforcementTuningUserDatasetExamples.*": "another method's field",
    r"tuningDataStats\.reinforcementTuningDataStats\..*\[\]\.(systemInstruction|tools).*": "shown are prompts",
    r"tuningDataStats\.supervisedTuningDataStats\.totalBillableCharacterCount": "deprecated, and in no recorded answer",
    r"tuningDataStats\.supervisedTuningDataStats\..*\.billableSum": "in no recorded answer",
    r"tuningDataStats\.(distillation|reinforcementTuning)DataStats\.(.*\.)?userOutputTokenDistribution"
    r"\.(?!buckets).*": "prompts have no answers: all zero",
    r"tuningDataStats\.(distillation|reinforcementTuning)DataStats\.(.*\.)?userOutputTokenDistribution\.buckets\[\]"
    r"\.(left|right)": "the same",
    r"tuningDataStats\.preferenceOptimizationDataStats\.scoresDistribution\.(min|median|p5)": "the lesser is zero",
    r"fullFineTuningSpec\.hyperParameters\.adapterSize": "a full tuning has no adapter",
}


def evaluated(client: Client, version: str) -> Json:
    """With every field of an evaluation."""
    config = Fields(version).filled("EvaluationConfig")
    config["metrics"] += [
        {"predefinedMetricSpec": {"metricSpecName": "safety_v1"}},
        {"pairwiseMetricSpec": {"metricPromptTemplate": "Which?"}},
        {"bleuSpec": {}},
        {"rougeSpec": {"rougeType": "rougeL"}},
        {"customCodeExecutionSpec": {"evaluationFunction": "def evaluate(instance): ..."}},
    ]
    config["outputConfig"] = {"gcsDestination": {"outputUriPrefix": "gs://acme-out/evaluation"}}
    body = trained(client, validated=True)
    body["supervisedTuningSpec"] |= {"evaluationConfig": config, "exportLastCheckpointOnly": False}
    return {**body, "encryptionSpec": KEY}


def trained(client: Client, *, validated: bool = False) -> Json:
    """Of all that both versions have, with one example too many tokens long."""
    rows = [example(f"question {n}?" + "long " * (200_000 * (n == 20)), "a" * n) for n in range(1, 40)]
    spec: Json = {
        "trainingDatasetUri": client.upload("rows.jsonl", jsonl(rows)),
        "exportLastCheckpointOnly": True,
        "hyperParameters": {"epochCount": 2, "adapterSize": "ADAPTER_SIZE_FOUR", "learningRateMultiplier": 0.5},
    }
    if validated:
        spec["validationDatasetUri"] = client.upload("validation.jsonl", jsonl(rows[:5]))
    return {**COMMON, "baseModel": "gemini-2.5-flash", "tunedModelDisplayName": "x", "supervisedTuningSpec": spec}


def preferred(client: Client) -> Json:
    body = methods.preference(client)
    rows = methods.pairs()
    for n, row in enumerate(rows):
        row["contents"][0]["parts"][0]["text"] += "long " * n
    long = {**rows[0], "contents": [{"role": "user", "parts": [{"text": "long " * 200_000}]}]}
    uri = client.upload("pairs.jsonl", jsonl([*rows, *rows, long]))
    spec = {"exportLastCheckpointOnly": True, "validationDatasetUri": uri, "trainingDatasetUri": uri}
    hyper = {"epochCount": 1, "beta": 0.2, "adapterSize": "ADAPTER_SIZE_TWO", "learningRateMultiplier": 2.0}
    return {**body, "preferenceOptimizationSpec": {**spec, "hyperParameters": hyper}}


def continued(client: Client, parent: str) -> Json:
    """On a checkpoint of a model."""
    body = methods.supervised(client)
    model = ended(client, {**body, "baseModel": "gemini-2.5-flash"}, parent)["tunedModel"]["model"]
    del body["baseModel"]
    return {**body, "preTunedModel": {"tunedModelName": model, "checkpointId": "2"}}


def of_both(client: Client, version: str) -> Iterator[Json]:
    parent = f"/{version}/projects/acme/locations/us-central1/tuningJobs"
    for body in (evaluated(client, version), trained(client), preferred(client), continued(client, parent)):
        yield ended(client, body, parent)
    name = client.post(parent, trained(client))["name"]
    client.advance(38)
    yield client.get(f"/{version}/{name}")
    client.post(f"/{version}/{name}:cancel")
    client.advance(1e6)
    yield client.get(f"/{version}/{name}")
    body = methods.open_model(client)
    open_job = ended(client, body)["name"]
    yield client.get(f"/{version}/{open_job}")


def rewards(fields: Fields) -> Iterator[Json]:
    """Every reward with every field, one for each member of a union."""
    reward = fields.filled("SingleReinforcementTuningRewardConfig")
    kept = {k: reward[k] for k in ("rewardName", "parseResponseConfig")}
    kept["parseResponseConfig"] = {"parseType": "REGEX_EXTRACT", "regexExtractExpression": "(.*)"}
    unions = {
        "stringMatchRewardScorer": ("stringMatchExpression", "jsonMatchExpression"),
        "autoraterScorer": ("exactMatchScorer", "parsedResponseConversionScorer"),
        "codeExecutionRewardScorer": (),
        "cloudRunRewardScorer": (),
    }
    for scorer, members in unions.items():
        whole = reward[scorer]
        whole |= {"pythonCodeSnippet": "def evaluate(e, r): ..."} if scorer == "codeExecutionRewardScorer" else {}
        whole |= {"cloudRunUri": "https://x.run.app"} if scorer == "cloudRunRewardScorer" else {}
        for member in members or ("",):
            yield {**kept, scorer: {k: v for k, v in whole.items() if k == member or k not in members}}


def of_beta(client: Client) -> Iterator[Json]:
    fields = Fields("v1beta1")
    for reward in rewards(fields):
        yield ended(client, reinforced(client, {"singleRewardConfig": reward}))
        weighted = {"weightedRewardConfigs": [{"rewardConfig": reward, "weight": 2.0}]}
        yield ended(client, reinforced(client, {"compositeRewardConfig": weighted}, stepCount=3))
    client.settings(open_models_registered=True)
    hyper = {"epochCount": 2, "batchSize": 4, "learningRate": 0.001, "adapterSize": "ADAPTER_SIZE_EIGHT"}
    body = methods.open_model(client, hyperParameters=hyper, tuningMode="TUNING_MODE_PEFT_ADAPTER")
    first = ended(client, body)
    yield first
    yield ended(client, {**body, "customBaseModel": f"{body['outputUri']}/postprocess/node-0/checkpoints/final"})
    yield ended(client, distilled(client, hyper, body))
    yield ended(client, distilled(client, {"epochCount": 1, "learningRateMultiplier": 2.0}, {}))
    teacher = {"tunedTeacherModelSource": first["tunedModel"]["model"]}
    old = {**methods.distillation(client)["distillationSpec"], **teacher, "studentModel": "gemini-2.5-flash"}
    old["trainingDatasetUri"], old["pipelineRootDirectory"] = old["promptDatasetUri"], "gs://acme-out/root"
    del old["baseTeacherModel"]
    yield ended(client, {"baseModel": "gemini-2.5-flash", "distillationSpec": old})
    yield from of_the_rest(client)


def reinforced(client: Client, reward: Json, **hyper: Any) -> Json:
    """With every hyperparameter but those that exclude each other."""
    more = {"batchSize": 16, "samplesPerPrompt": 4, "evaluateInterval": 2, "checkpointInterval": 2}
    limits = {"maxOutputTokens": 100, "adapterSize": "ADAPTER_SIZE_FOUR", "learningRateMultiplier": 2.0}
    by_model = {"thinkingBudget": 0} if hyper else {"thinkingLevel": "MINIMAL", "epochCount": 2}
    body = methods.reinforcement(client, reward, **more, **limits, **by_model, **hyper)
    rows = methods.prompts()
    for n, row in enumerate(rows):
        row["contents"].insert(0, {"role": "model", "parts": [{"text": "long " * (100 + n)}]})
    rows[0]["contents"] = rows[0]["contents"][1:]
    long = {"contents": [{"role": "user", "parts": [{"text": "long " * 40_000}]}], "references": {"text": "a"}}
    uri = client.upload("prompts.jsonl", jsonl([*rows, long]))
    spec = body["reinforcementTuningSpec"]
    spec |= {"trainingDatasetUri": uri, "validationDatasetUri": uri}
    for row in rows:
        row["references"]["text"] = "a"
    client.upload("prompts.jsonl", jsonl([*rows, long]))
    return {**body, "baseModel": "gemini-2.5-flash" if hyper else "gemini-3.5-flash"}


def distilled(client: Client, hyper: Json, open_body: Json) -> Json:
    rows = methods.prompts(references=False)
    for n, row in enumerate(rows[1:]):
        row["contents"][0]["parts"][0]["text"] += "long " * n
        row["contents"].insert(0, {"role": "user", "parts": [{"text": "Well?"}]})
    rows[5]["contents"][0]["parts"][0]["text"] = "long " * 120_000
    uri = client.upload("taught.jsonl", jsonl(rows))
    small = client.upload("validate.jsonl", jsonl(rows[:1]))
    body = methods.distillation(client, promptDatasetUri=uri, validationDatasetUri=small, hyperParameters=hyper)
    if open_body:
        body["distillationSpec"]["tuningMode"] = "TUNING_MODE_PEFT_ADAPTER"
        return {**body, "baseModel": open_body["baseModel"], "outputUri": open_body["outputUri"]}
    return body


def of_the_rest(client: Client) -> Iterator[Json]:
    full = methods.full(client)
    full["fullFineTuningSpec"]["validationDatasetUri"] = full["fullFineTuningSpec"]["trainingDatasetUri"]
    yield ended(client, full)
    body = methods.open_model(client)
    hyper = {"learningRate": 1e-4, "batchSize": 2}
    spec = {"trainingDatasetUri": body["supervisedTuningSpec"]["trainingDatasetUri"], "hyperParameters": hyper}
    yield ended(client, {"baseModel": body["baseModel"], "outputUri": body["outputUri"], "fullFineTuningSpec": spec})
    for body in (methods.veo(client), methods.veo_lora(client), methods.partner(client)):
        spec = next(v for k, v in body.items() if k.endswith("Spec"))
        spec["validationDatasetUri"] = spec["trainingDatasetUri"]
        yield ended(client, body)


def unseen(client: Client, version: str) -> set[str]:
    """The fields that no job has."""
    client.settings(catalog="historic")
    fields = Fields(version)
    jobs = [*of_both(client, version), *(of_beta(client) if version == "v1beta1" else ())]
    assert [j["error"] for j in jobs if "error" in j and j["error"]["code"] != 1] == []
    return set(fields.of("TuningJob")).difference(*(fields.seen_in("TuningJob", job) for job in jobs))


def test_every_field_is_taken_or_answered_or_has_a_reason(client: Client) -> None:
    missing = unseen(client, "v1") | unseen(client, "v1beta1")

    explained = {path: [pattern for pattern in REASONS if re.fullmatch(pattern, path)] for path in missing}
    used = {pattern for patterns in explained.values() for pattern in patterns}
    assert sorted(path for path, patterns in explained.items() if not patterns) == []
    assert sorted(REASONS.keys() - used) == [], "a reason for what is there by now"


def test_the_fields_are_those_of_the_documents() -> None:
    found = Fields("v1beta1").of("TuningJob")

    assert found["reinforcementTuningSpec.compositeRewardConfig.weightedRewardConfigs[].weight"] is False
    assert found["tuningDataStats.reinforcementTuningDataStats.totalBillableTokenCount"] is True
    assert found["partnerModelTuningSpec.hyperParameters{}"] is False
    assert "outputUri" not in Fields("v1").of("TuningJob")
