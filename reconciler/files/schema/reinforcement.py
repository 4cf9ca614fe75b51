"""`reinforcementTuningSpec`: prompts, and what answers to them are rewarded by.

Source: the published definition of aiplatform v1beta1, `ReinforcementTuningSpec` and what hangs on it. v1 has none.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from reconciler.core.model import OnChange
from reconciler.files.schema.base import Apart, OneOf, Part
from reconciler.files.schema.values import INT32_MAX, INT64_MAX, AdapterSize, Formed, FreeObject, Number

Count: TypeAlias = Annotated[int, Number(is_whole=True, least=1, most=INT32_MAX)]
Reward: TypeAlias = Annotated[float, Number(is_whole=False)]
CloudRunUri: TypeAlias = Annotated[
    str,
    Formed(
        r"https://[^\s/]+(?:/\S*)?",
        "the address of a Cloud Run service",
        "Write it as https://SERVICE-PROJECT.REGION.run.app.",
    ),
]
AutoraterConfig: TypeAlias = Annotated[
    dict[str, Any],
    FreeObject(known=("autoraterModel", "flipEnabled", "generationConfig", "samplingCount"), required=()),
]


class ParseResponseConfig(Part):
    """Which part of an answer is judged."""

    parse_type: Annotated[Literal["IDENTITY", "REGEX_EXTRACT"] | None, OnChange.REPLACE] = None
    """`IDENTITY`: all of it; `REGEX_EXTRACT`: what the group of the expression matches."""
    regex_extract_expression: Annotated[str | None, OnChange.REPLACE] = None
    """The expression, with one group; for `REGEX_EXTRACT` alone."""


class StringMatchExpression(Part):
    """A text that an answer is held against."""

    match_operation: Annotated[Literal["REGEX_CONTAINS", "PARTIAL_MATCH", "EXACT_MATCH"], OnChange.REPLACE]
    """How the two are compared."""
    expression: Annotated[str, OnChange.REPLACE]
    """The text, or the expression; `{{references.KEY}}` stands for a reference of the example."""


class JsonMatchExpression(Part):
    """A value of an answer that is JSON."""

    key_name: Annotated[str, OnChange.REPLACE]
    """Its key, on the first level."""
    value_string_match_expression: Annotated[StringMatchExpression, OnChange.REPLACE]
    """What the value is held against."""


class StringMatchRewardScorer(Part):
    """One reward for answers that match, another one for those that do not."""

    alternatives = (OneOf(("stringMatchExpression", "jsonMatchExpression")),)

    correct_answer_reward: Annotated[Reward | None, OnChange.REPLACE] = None
    """Reward of an answer that matches."""
    wrong_answer_reward: Annotated[Reward | None, OnChange.REPLACE] = None
    """Reward of one that does not."""
    string_match_expression: Annotated[StringMatchExpression | None, OnChange.REPLACE] = None
    """What the answer is held against."""
    json_match_expression: Annotated[JsonMatchExpression | None, OnChange.REPLACE] = None
    """The same for one value of an answer in JSON."""


class CodeExecutionRewardScorer(Part):
    """A function in Python, run in a sandbox without network."""

    python_code_snippet: Annotated[str, OnChange.REPLACE, Field(min_length=1)]
    """The source, with `def evaluate(example: dict, response: dict) -> float`."""


class CloudRunRewardScorer(Part):
    """A service of yours."""

    cloud_run_uri: Annotated[CloudRunUri, OnChange.REPLACE]
    """Its address. The tuning service agent needs `roles/run.invoker` there."""


class ExactMatchScorer(Part):
    """One reward for what the autorater said, another one for everything else."""

    correct_answer_reward: Annotated[Reward | None, OnChange.REPLACE] = None
    """Reward where they are equal."""
    wrong_answer_reward: Annotated[Reward | None, OnChange.REPLACE] = None
    """Reward where they are not."""
    expression: Annotated[str | None, OnChange.REPLACE] = None
    """The text that the autorater's parsed answer has to equal; `{{references.KEY}}` may stand in it."""


class ParsedResponseConversionScorer(Part):
    """The autorater's parsed answer is the reward, as a number from -1 to 1."""


class AutoraterScorer(Part):
    """Another model judges."""

    alternatives = (OneOf(("exactMatchScorer", "parsedResponseConversionScorer")),)

    autorater_prompt: Annotated[str, OnChange.REPLACE, Field(min_length=1)]
    """What it is asked: `{{prompt}}`, `{{response}}`, `{{system_instruction}}` and `{{references.KEY}}` stand for the
    example's."""
    autorater_config: Annotated[AutoraterConfig | None, OnChange.REPLACE] = None
    """Which model it is, and how it is asked."""
    autorater_response_parse_config: Annotated[ParseResponseConfig | None, OnChange.REPLACE] = None
    """Which part of its answer counts."""
    exact_match_scorer: Annotated[ExactMatchScorer | None, OnChange.REPLACE] = None
    """The reward by what it said."""
    parsed_response_conversion_scorer: Annotated[ParsedResponseConversionScorer | None, OnChange.REPLACE] = None
    """What it said is the reward."""


class SingleRewardConfig(Part):
    """One reward: which part of an answer is judged, and how."""

    alternatives = (
        OneOf(("stringMatchRewardScorer", "codeExecutionRewardScorer", "cloudRunRewardScorer", "autoraterScorer")),
    )

    reward_name: Annotated[str | None, OnChange.REPLACE, Field(min_length=1)] = None
    """Its name, unlike those of others."""
    parse_response_config: Annotated[ParseResponseConfig | None, OnChange.REPLACE] = None
    """Which part of an answer is judged; unset: all of it."""
    string_match_reward_scorer: Annotated[StringMatchRewardScorer | None, OnChange.REPLACE] = None
    """By a text that it has to match."""
    code_execution_reward_scorer: Annotated[CodeExecutionRewardScorer | None, OnChange.REPLACE] = None
    """By a function in Python."""
    cloud_run_reward_scorer: Annotated[CloudRunRewardScorer | None, OnChange.REPLACE] = None
    """By a service of yours."""
    autorater_scorer: Annotated[AutoraterScorer | None, OnChange.REPLACE] = None
    """By another model."""


class WeightedRewardConfig(Part):
    """One reward among several."""

    reward_config: Annotated[SingleRewardConfig, OnChange.REPLACE]
    """The reward."""
    weight: Annotated[Reward | None, OnChange.REPLACE] = None
    """Its share of the sum, which is divided by the sum of all weights."""


class CompositeRewardConfig(Part):
    """Several rewards, added up by their weights."""

    weighted_reward_configs: Annotated[list[WeightedRewardConfig], OnChange.REPLACE, Field(min_length=1)]
    """The rewards."""


class ReinforcementHyperParameters(Part):
    """Hyperparameters of reinforcement tuning."""

    alternatives = (
        OneOf(("epochCount", "stepCount"), is_required=False),
        OneOf(("thinkingBudget", "thinkingLevel"), is_required=False),
    )

    epoch_count: Annotated[Annotated[int, Number(is_whole=True, least=1, most=INT64_MAX)] | None, OnChange.REPLACE] = (
        None
    )
    """Full passes over the prompts; or else `stepCount`. Unset: the service decides."""
    step_count: Annotated[Annotated[int, Number(is_whole=True, least=1, most=INT64_MAX)] | None, OnChange.REPLACE] = (
        None
    )
    """Steps of training; or else `epochCount`."""
    learning_rate_multiplier: Annotated[Annotated[float, Number(is_whole=False, above=0)] | None, OnChange.REPLACE] = (
        None
    )
    """Multiplies the recommended learning rate."""
    adapter_size: Annotated[Annotated[str, AdapterSize()] | None, OnChange.REPLACE] = None
    """Size of the adapter: 1, 2, 4, 8, 16 or 32 (the size itself), or the API's name for it."""
    batch_size: Annotated[Count | None, OnChange.REPLACE] = None
    """Prompts of one step."""
    samples_per_prompt: Annotated[Count | None, OnChange.REPLACE] = None
    """Answers that are drawn and rewarded for each prompt."""
    max_output_tokens: Annotated[Count | None, OnChange.REPLACE] = None
    """Longest answer that is drawn, in tokens."""
    thinking_budget: Annotated[
        Annotated[int, Number(is_whole=True, least=-1, most=INT32_MAX)] | None, OnChange.REPLACE
    ] = None
    """Tokens of thinking, 0 for none and -1 for as many as it takes; Gemini 2.5 alone."""
    thinking_level: Annotated[Literal["MINIMAL", "LOW", "MEDIUM", "HIGH"] | None, OnChange.REPLACE] = None
    """How much it thinks; from Gemini 3.5 on."""
    evaluate_interval: Annotated[Count | None, OnChange.REPORT] = None
    """Steps from one evaluation to the next; does not change the weights."""
    checkpoint_interval: Annotated[Count | None, OnChange.REPORT] = None
    """Steps from one checkpoint to the next; does not change the weights."""


class ReinforcementTuningSpec(Part):
    """Reinforcement tuning: prompts, answers that the model draws itself, and rewards for them."""

    alternatives = (OneOf(("singleRewardConfig", "compositeRewardConfig")),)

    training_dataset_uri: Annotated[str, Field(min_length=1), OnChange.REPLACE, Apart.DATASET]
    """Prompts with references: `gs://BUCKET/OBJECT`, or a path relative to this file."""
    validation_dataset_uri: Annotated[Annotated[str, Field(min_length=1)] | None, OnChange.REPORT, Apart.DATASET] = None
    """Prompts to measure by, in the same forms; does not change the weights."""
    single_reward_config: Annotated[SingleRewardConfig | None, OnChange.REPLACE] = None
    """The reward; or else `compositeRewardConfig`."""
    composite_reward_config: Annotated[CompositeRewardConfig | None, OnChange.REPLACE] = None
    """Several rewards, added up."""
    hyper_parameters: Annotated[ReinforcementHyperParameters | None, OnChange.REPLACE] = None
    """Hyperparameters; what is unset the service decides."""
