"""Reinforcement tuning: its hyperparameters, data, checkpoints, statistics and metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.emulator import methods
from tests.emulator.conftest import jsonl
from tests.emulator.methods import AUTORATER, BETA, CLOUD_RUN, CODE, STRING_MATCH, composite, ended

if TYPE_CHECKING:
    from tests.emulator.conftest import Client

Json = dict[str, Any]


def message_of(client: Client, body: Json) -> str:
    answer = client.call("POST", BETA, body)
    assert answer.status == 400, answer.body
    return answer.message


def test_what_was_left_open_is_filled_in(client: Client) -> None:
    job = ended(client, methods.reinforcement(client))

    assert job["reinforcementTuningSpec"]["hyperParameters"] == {
        "epochCount": "10",
        "learningRateMultiplier": 1.0,
        "adapterSize": "ADAPTER_SIZE_SIXTEEN",
        "batchSize": 32,
        "samplesPerPrompt": 16,
        "maxOutputTokens": 32768,
        "thinkingLevel": "HIGH",
    }
    assert job["tuningDataStats"]["reinforcementTuningDataStats"]["tuningStepCount"] == "13"


def test_steps_may_be_given_instead_of_epochs(client: Client) -> None:
    job = ended(client, methods.reinforcement(client, stepCount=7))

    assert "epochCount" not in job["reinforcementTuningSpec"]["hyperParameters"]
    assert job["tuningDataStats"]["reinforcementTuningDataStats"]["tuningStepCount"] == "7"


def test_no_training_has_more_than_five_hundred_steps(client: Client) -> None:
    job = ended(client, methods.reinforcement(client, epochCount=1000, batchSize=16))

    assert job["tuningDataStats"]["reinforcementTuningDataStats"]["tuningStepCount"] == "500"


@pytest.mark.parametrize(
    ("hyper", "message"),
    [
        ({"epochCount": 2, "stepCount": 3}, "oneof field 'training_duration' is already set"),
        ({"stepCount": 501}, "step_count must be at most 500."),
        ({"epochCount": -1}, "epoch_count must be positive."),
        ({"learningRateMultiplier": 0.2}, "learning_rate_multiplier must be in [0.25, 4]."),
        ({"learningRateMultiplier": 4.5}, "learning_rate_multiplier must be in [0.25, 4]."),
        ({"learningRateMultiplier": "NaN"}, "learning_rate_multiplier must be in [0.25, 4]."),
        ({"adapterSize": "ADAPTER_SIZE_THIRTY_TWO"}, "The adapter size is not supported"),
        ({"batchSize": 3, "samplesPerPrompt": 5}, "must be divisible by 16"),
        ({"batchSize": 1024, "samplesPerPrompt": 16}, "at most 8192"),
        ({"batchSize": -16}, "batch_size must be positive."),
        ({"maxOutputTokens": 40_000}, "max_output_tokens must be at most 32768."),
        ({"evaluateInterval": -1}, "evaluate_interval must be positive."),
        ({"checkpointInterval": -5}, "checkpoint_interval must be positive."),
        ({"thinkingBudget": 0}, "thinking_budget is not supported for gemini-3.5-flash."),
        ({"thinkingLevel": "LOW"}, "thinking_level must be one of MINIMAL and HIGH."),
    ],
)
def test_hyperparameters_are_within_their_ranges(client: Client, hyper: Json, message: str) -> None:
    assert message in message_of(client, methods.reinforcement(client, **hyper))


def test_a_budget_is_for_what_thinks_by_budget(client: Client) -> None:
    client.settings(catalog="historic")

    def asked(**hyper: Any) -> Json:
        return {**methods.reinforcement(client, **hyper), "baseModel": "gemini-2.5-flash"}

    job = ended(client, asked(thinkingBudget=0))

    assert job["reinforcementTuningSpec"]["hyperParameters"]["thinkingBudget"] == 0
    assert "thinkingLevel" not in job["reinforcementTuningSpec"]["hyperParameters"]
    assert "must be -1 or more" in message_of(client, asked(thinkingBudget=-2))
    assert "Use thinking_budget instead" in message_of(client, asked(thinkingLevel="HIGH"))


def test_it_is_offered_in_one_region(client: Client) -> None:
    answer = client.call("POST", BETA.replace("us-central1", "europe-west4"), methods.reinforcement(client))

    assert answer.json["error"]["status"] == "FAILED_PRECONDITION"


_DOUBLE = {**STRING_MATCH, **CODE}
_UNSET = {"stringMatchRewardScorer": {"stringMatchExpression": {"expression": "a"}}}


@pytest.mark.parametrize(
    ("reward", "message"),
    [
        ({}, "Required oneof field reward_config is not set."),
        ({"singleRewardConfig": CODE, **composite(CODE)}, "oneof field 'reward_config' is already set"),
        ({"singleRewardConfig": {"rewardName": "a"}}, "Required oneof field reward_scorer is not set."),
        ({"singleRewardConfig": _DOUBLE}, "oneof field 'reward_scorer' is already set"),
        ({"singleRewardConfig": _UNSET}, "match_operation; Message: Required field is not set."),
        ({"singleRewardConfig": {"stringMatchRewardScorer": {}}}, "match_expression is not set"),
        ({"singleRewardConfig": {"codeExecutionRewardScorer": {}}}, "python_code_snippet; Message: Required"),
        ({"singleRewardConfig": {"cloudRunRewardScorer": {}}}, "cloud_run_uri; Message: Required"),
        ({"singleRewardConfig": {"autoraterScorer": {}}}, "autorater_response_scorer is not set"),
        (
            {"singleRewardConfig": {**CODE, "parseResponseConfig": {"parseType": "REGEX_EXTRACT"}}},
            "regex_extract_expression; Message: Required",
        ),
        ({"compositeRewardConfig": {}}, "weighted_reward_configs; Message: Required"),
        (composite(*[CODE] * 17), "No more than 16 rewards are allowed."),
        (composite({**CODE, "rewardName": "a"}, {**CODE, "rewardName": "a"}), "reward_name must be unique."),
        ({"compositeRewardConfig": {"weightedRewardConfigs": [{"rewardConfig": CODE}]}}, "reward_name; Message: Req"),
    ],
)
def test_rewards_must_make_sense(client: Client, reward: Json, message: str) -> None:
    body = methods.reinforcement(client)
    body["reinforcementTuningSpec"] = {
        "trainingDatasetUri": body["reinforcementTuningSpec"]["trainingDatasetUri"],
        **reward,
    }

    assert message in message_of(client, body)


@pytest.mark.parametrize("reward", [STRING_MATCH, CODE, CLOUD_RUN, AUTORATER])
def test_each_scorer_trains_alone(client: Client, reward: Json) -> None:
    job = ended(client, methods.reinforcement(client, {"singleRewardConfig": reward}))

    assert job["state"] == "JOB_STATE_SUCCEEDED"
    assert job["reinforcementTuningSpec"]["singleRewardConfig"] == reward


def test_rewards_that_always_fail_stop_the_job(client: Client) -> None:
    broken = {"codeExecutionRewardScorer": {"pythonCodeSnippet": "def evaluate(example:\n"}}

    job = ended(client, methods.reinforcement(client, {"singleRewardConfig": broken}))

    assert job["state"] == "JOB_STATE_FAILED"
    assert "More than 80%" in job["error"]["message"]


def test_statistics_show_prompts_and_references(client: Client) -> None:
    stats = ended(client, methods.reinforcement(client))["tuningDataStats"]["reinforcementTuningDataStats"]

    shown = stats["reinforcementTuningUserDatasetExamples"]["userDatasetExamples"]
    assert stats["tuningDatasetExampleCount"] == "40"
    assert stats["contentsPerExampleDistribution"]["mean"] == 1.0
    assert stats["userInputTokenDistribution"]["buckets"][0].keys() == {"count", "left", "right"}
    assert len(shown) == 3
    assert shown[0]["references"] == {"answer": "Paris"}


def test_checkpoints_come_every_so_many_steps(client: Client) -> None:
    job = ended(client, methods.reinforcement(client, stepCount=10, checkpointInterval=4))

    tuned = job["tunedModel"]
    assert [c["step"] for c in tuned["checkpoints"]] == ["4", "8", "10"]
    assert [c["checkpointId"] for c in tuned["checkpoints"]] == ["1", "2", "3"]
    assert "/locations/us/endpoints/" in tuned["endpoint"]


def test_the_tuned_model_answers_with_the_reference(client: Client) -> None:
    endpoint = ended(client, methods.reinforcement(client))["tunedModel"]["endpoint"]
    prompt = {"contents": [{"role": "user", "parts": [{"text": "Capital of Kenya?"}]}]}

    answer = client.post(f"/v1/{endpoint}:generateContent", prompt)

    assert answer["candidates"][0]["content"]["parts"][0]["text"] == "Nairobi"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"contents": [{"role": "model", "parts": [{"text": "a"}]}]}, "must have the role user"),
        ({"contents": [{"parts": [{"text": "a"}]}], "references": {"a": 1}}, "must be a map of strings"),
        ({"contents": [{"parts": [{"text": "a"}]}], "references": ["a"]}, "must be a map of strings"),
        ({"contents": [{"parts": [{"text": "long " * 40_000}]}]}, "the limit is 32768"),
    ],
)
def test_data_that_make_no_sense_fail_the_job(client: Client, row: Json, message: str) -> None:
    body = methods.reinforcement(client)
    body["reinforcementTuningSpec"]["trainingDatasetUri"] = client.upload("rows.jsonl", jsonl([row]))

    job = ended(client, body)

    assert job["state"] == "JOB_STATE_FAILED"
    assert message in job["error"]["message"]


@pytest.mark.parametrize(("field", "count"), [("trainingDatasetUri", 5_001), ("validationDatasetUri", 501)])
def test_there_are_not_too_many_examples(client: Client, field: str, count: int) -> None:
    body = methods.reinforcement(client)
    body["reinforcementTuningSpec"][field] = client.upload("many.jsonl", jsonl(methods.prompts()[:1] * count))

    assert f"too many examples: {count}" in ended(client, body)["error"]["message"]


def test_pictures_allow_fewer_answers_a_step(client: Client) -> None:
    picture = {"fileData": {"mimeType": "image/png", "fileUri": "gs://acme/a.png"}}
    rows = [{"contents": [{"role": "user", "parts": [picture, {"text": "?"}]}], "references": {"answer": "x"}}]
    uri = client.upload("pictures.jsonl", jsonl(rows))

    def asked(batch: int) -> Json:
        body = methods.reinforcement(client, batchSize=batch, stepCount=2)
        body["reinforcementTuningSpec"]["trainingDatasetUri"] = uri
        return ended(client, body)

    assert asked(64)["state"] == "JOB_STATE_SUCCEEDED"
    assert "at most 1024 for multimodal data" in asked(128)["error"]["message"]


def series_of(client: Client, job: Json) -> dict[str, list[Json]]:
    tensorboard = client.get(f"/v1/{job['experiment']}")["metadata"]["backing_tensorboard_resource"]
    (run,) = client.get(f"/v1/{tensorboard}/experiments/{job['experiment'].rpartition('/')[2]}/runs")["tensorboardRuns"]
    found = client.get(f"/v1/{run['name']}/timeSeries?pageSize=100")["tensorboardTimeSeries"]
    return {
        one["displayName"]: client.get(f"/v1/{one['name']}:read")["timeSeriesData"].get("values", []) for one in found
    }


def test_metrics_are_rewards_that_rise(client: Client) -> None:
    job = ended(client, methods.reinforcement(client, stepCount=100, evaluateInterval=20))

    series = series_of(client, job)

    rewards = [point["scalar"]["value"] for point in series["/train_mean_reward"]]
    assert len(rewards) == 100
    assert rewards[0] < 0
    assert 0.5 < rewards[-1] <= 1
    assert [point["step"] for point in series["/eval_mean_reward"]] == ["20", "40", "60", "80", "100"]
    assert {"/train_generation_length", "/learnable_prompt_ratio", "/eval_p95_reward_latency"} <= series.keys()
    assert not any("train_total_loss" in name for name in series)


def test_each_reward_of_a_composite_one_has_metrics(client: Client) -> None:
    names = series_of(client, ended(client, methods.reinforcement(client, composite(STRING_MATCH, CODE, CLOUD_RUN))))

    assert {
        "exact/train_mean_reward",
        "r1/eval_executing_code_failure_ratio",
        "r2/train_rpc_error_ratio",
    } <= names.keys()
    assert "exact/train_rpc_error_ratio" not in names
    assert "r2/train_executing_code_failure_ratio" not in names
