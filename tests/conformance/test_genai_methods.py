"""google-genai's other ways to tune: distillation, reinforcement, open models. v1beta1 for everything."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conformance.served import CAPITALS, PARENT, Served
from tests.conformance.test_genai_vertex import client as a_client
from tests.conformance.test_genai_vertex import preferences

CLIENT = "google-genai"
MODE = " (other ways to tune)"
pytestmark = pytest.mark.filterwarnings("ignore:The SDK's tuning implementation is experimental")
client = a_client  # the fixture

OPEN_BASE = "meta/llama3_1@llama-3.1-8b-instruct"


@pytest.fixture
def types(served: Served) -> Any:
    """The client's types, where it is new enough to know of rewards."""
    from google.genai import types

    served.empty(catalog="historic")
    if not hasattr(types, "SingleReinforcementTuningRewardConfig"):
        pytest.skip("this release knows supervised and preference tuning alone")
    return types


def prompts() -> bytes:
    rows = [
        {
            "contents": [{"role": "user", "parts": [{"text": f"What is the capital of {country}?"}]}],
            "references": {"answer": city},
        }
        for country, city in CAPITALS * 8
    ]
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def messages() -> bytes:
    row = {"messages": [{"role": "user", "content": "Italy?"}, {"role": "assistant", "content": "Rome"}]}
    return (json.dumps(row) + "\n").encode() * 20


def exact(types: Any) -> Any:
    """A reward for the answer that is word for word the reference."""
    match = types.ReinforcementTuningStringMatchRewardScorerStringMatchExpression(
        match_operation="EXACT_MATCH", expression="{{references.answer}}"
    )
    scorer = types.ReinforcementTuningStringMatchRewardScorer(
        string_match_expression=match, correct_answer_reward=1.0, wrong_answer_reward=-0.5
    )
    return types.SingleReinforcementTuningRewardConfig(reward_name="exact", string_match_reward_scorer=scorer)


def test_reinforcement_tuning_is_started_read_listed_and_answers(client: Any, types: Any, served: Served) -> None:
    job = client.tunings.tune(
        base_model="gemini-3.5-flash",
        training_dataset=types.TuningDataset(gcs_uri=served.upload("prompts.jsonl", prompts())),
        config=types.CreateTuningJobConfig(
            method="REINFORCEMENT_TUNING",
            reward_config=exact(types),
            epoch_count=2,
            batch_size=16,
            samples_per_prompt=4,
            checkpoint_interval=2,
            thinking_level="MINIMAL",
        ),
    )

    ended = client.tunings.get(name=job.name)
    (listed,) = client.tunings.list()
    spec = ended.reinforcement_tuning_spec
    assert ended.state.name == listed.state.name == "JOB_STATE_SUCCEEDED"
    assert spec.single_reward_config.string_match_reward_scorer.wrong_answer_reward == -0.5
    assert (spec.hyper_parameters.batch_size, spec.hyper_parameters.thinking_level.name) == (16, "MINIMAL")
    assert ended.tuning_data_stats.reinforcement_tuning_data_stats.tuning_dataset_example_count == 40
    assert [c.step for c in ended.tuned_model.checkpoints] == [2, 4, 5]
    answer = client.models.generate_content(model=ended.tuned_model.endpoint, contents="What is the capital of Kenya?")
    assert answer.text == "Nairobi"


def test_a_reward_is_tried_before_a_job_is_paid_for(client: Any, types: Any) -> None:
    def tried(answer: str, **rewards: Any) -> Any:
        return client.tunings.validate_reward(
            parent=PARENT,
            sample_response=types.Content(role="model", parts=[types.Part(text=answer)]),
            example=types.ReinforcementTuningExample(
                contents=[types.Content(role="user", parts=[types.Part(text="Capital of France?")])],
                references={"answer": "Paris"},
            ),
            **rewards,
        )

    code = types.ReinforcementTuningCodeExecutionRewardScorer(python_code_snippet="def evaluate(")
    broken = types.SingleReinforcementTuningRewardConfig(reward_name="code", code_execution_reward_scorer=code)
    weighted = types.CompositeReinforcementTuningRewardConfigWeightedRewardConfig
    both = types.CompositeReinforcementTuningRewardConfig(
        weighted_reward_configs=[
            weighted(reward_config=exact(types), weight=1.0),
            weighted(reward_config=exact(types).model_copy(update={"reward_name": "again"}), weight=3.0),
        ]
    )

    right = tried("Paris", single_reward_config=exact(types))
    wrong = tried("Rome", composite_reward_config=both)
    failed = tried("Paris", single_reward_config=broken)

    assert right.overall_reward == 1.0
    assert wrong.overall_reward == -0.5
    assert wrong.reward_info_details["again"].reward == -0.5
    assert "cannot be executed" in failed.error


def test_distillation_is_started_and_read(client: Any, types: Any, served: Served) -> None:
    job = client.tunings.tune(
        base_model="gemini-2.5-flash",
        training_dataset=types.TuningDataset(gcs_uri=served.upload("prompts.jsonl", prompts())),
        config=types.CreateTuningJobConfig(
            method="DISTILLATION", base_teacher_model="gemini-3.1-pro", epoch_count=1, adapter_size="ADAPTER_SIZE_FOUR"
        ),
    )

    ended = client.tunings.get(name=job.name)
    stats = ended.tuning_data_stats.distillation_data_stats.training_dataset_stats
    assert ended.state.name == "JOB_STATE_SUCCEEDED"
    assert ended.distillation_spec.base_teacher_model == "gemini-3.1-pro"
    assert stats.tuning_dataset_example_count == 40
    assert ended.tuned_model.endpoint


def test_what_discovery_does_not_have_is_refused(client: Any, types: Any, served: Served) -> None:
    from google.genai import errors

    # This client sends fields of a distillation that no published definition has.
    with pytest.raises(errors.ClientError, match="sftLossWeightMultiplier"):
        client.tunings.tune(
            base_model="gemini-2.5-flash",
            training_dataset=types.TuningDataset(gcs_uri=served.upload("prompts.jsonl", prompts())),
            config=types.CreateTuningJobConfig(
                method="DISTILLATION", base_teacher_model="gemini-3.1-pro", sft_loss_weight_multiplier=0.5
            ),
        )


def test_an_open_model_is_tuned_into_a_folder(client: Any, types: Any, served: Served) -> None:
    def started(**config: Any) -> Any:
        job = client.tunings.tune(
            base_model=OPEN_BASE,
            training_dataset=types.TuningDataset(gcs_uri=served.upload("messages.jsonl", messages())),
            config=types.CreateTuningJobConfig(
                tuning_mode="TUNING_MODE_PEFT_ADAPTER", learning_rate=2e-4, batch_size=4, epoch_count=2, **config
            ),
        )
        return client.tunings.get(name=job.name)

    ended = started(output_uri="gs://acme-data/out")
    final = "gs://acme-data/out/postprocess/node-0/checkpoints/final"
    again = started(output_uri="gs://acme-data/more", custom_base_model=final)

    assert (ended.state.name, ended.output_uri) == ("JOB_STATE_SUCCEEDED", "gs://acme-data/out")
    assert ended.supervised_tuning_spec.tuning_mode.name == "TUNING_MODE_PEFT_ADAPTER"
    assert ended.supervised_tuning_spec.hyper_parameters.batch_size == 4
    assert ended.tuned_model is None
    assert (again.state.name, again.custom_base_model) == ("JOB_STATE_SUCCEEDED", final)


def test_an_open_model_without_a_folder_is_refused_in_the_recorded_words(
    client: Any, types: Any, served: Served
) -> None:
    from google.genai import errors

    with pytest.raises(errors.ClientError, match="The output_uri field is required for this model"):
        client.tunings.tune(
            base_model=OPEN_BASE,
            training_dataset=types.TuningDataset(gcs_uri=served.upload("messages.jsonl", messages())),
            config=types.CreateTuningJobConfig(epoch_count=2),
        )


def test_a_checkpoint_is_tuned_further(client: Any, types: Any, served: Served) -> None:
    uri = served.upload()

    def tuned(base: str, **config: Any) -> Any:
        job = client.tunings.tune(
            base_model=base,
            training_dataset=types.TuningDataset(gcs_uri=uri),
            config=types.CreateTuningJobConfig(epoch_count=3, tuned_model_display_name="Capitals", **config),
        )
        return client.tunings.get(name=job.name)

    first = tuned("gemini-3.5-flash")
    second = tuned(first.tuned_model.model, pre_tuned_model_checkpoint_id="2")

    assert second.pre_tuned_model.checkpoint_id == "2"
    assert second.tuned_model.model == first.tuned_model.model.replace("@1", "@2")


def test_preference_data_are_counted(client: Any, types: Any, served: Served) -> None:
    job = client.tunings.tune(
        base_model="gemini-2.5-flash",
        training_dataset=types.TuningDataset(gcs_uri=served.upload("pairs.jsonl", preferences())),
        config=types.CreateTuningJobConfig(method="PREFERENCE_TUNING", epoch_count=1),
    )

    stats = client.tunings.get(name=job.name).tuning_data_stats.preference_optimization_data_stats
    assert stats.scores_distribution.mean == 0.5
    assert stats.score_variance_per_example_distribution.max == 0.25


def test_a_job_of_another_method_is_cancelled(client: Any, types: Any, served: Served) -> None:
    served.empty(speed="manual", catalog="historic")
    job = client.tunings.tune(
        base_model="gemini-3.5-flash",
        training_dataset=types.TuningDataset(gcs_uri=served.upload("prompts.jsonl", prompts())),
        config=types.CreateTuningJobConfig(method="REINFORCEMENT_TUNING", reward_config=exact(types)),
    )
    served.advance(40)

    client.tunings.cancel(name=job.name)
    served.advance(60)

    assert client.tunings.get(name=job.name).state.name == "JOB_STATE_CANCELLED"
