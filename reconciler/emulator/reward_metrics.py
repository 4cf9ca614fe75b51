"""The metrics of a reinforcement tuning: which there are, and their values. SIMULATED.

Source: documented (names, and which scorers have which); the values are made up from the training's seed: rewards rise
and level off, answers grow a little longer.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from reconciler.emulator.reward_configs import rewards_of
from reconciler.emulator.training import noise

if TYPE_CHECKING:
    from reconciler.emulator.training import Recipe

Json = dict[str, Any]

_BOTH = (
    *("mean_reward", "generation_length", "thinking_token_length", "mean_reward_latency", "p95_reward_latency"),
    *("mean_sampling_latency", "p95_sampling_latency"),
)
_LEARNABLE = "/learnable_prompt_ratio"
_EACH = ("mean_reward", "processing_time", "p95_processing_time", "clipping_rewards_ratio")
_CODE = ("executing_code_failure_ratio",)
_REMOTE = ("rpc_error_ratio", "invalid_rpc_response_ratio")
_STRING, _CODE_SCORER = "stringMatchRewardScorer", "codeExecutionRewardScorer"
_MEASURES = {
    "generation_length": 420.0,
    "thinking_token_length": 260.0,
    "mean_reward_latency": 0.2,
    "p95_reward_latency": 0.5,
    "mean_sampling_latency": 6.0,
    "p95_sampling_latency": 14.0,
    "processing_time": 0.2,
    "p95_processing_time": 0.5,
}
_FIRST_REWARD, _LAST_REWARD = -0.3, 0.75
_SPREAD = 0.05


def names_of(spec: Json) -> tuple[str, ...]:
    """The series of a job; each reward of a composite one has its own."""
    names = [f"/{when}_{what}" for what in _BOTH for when in ("train", "eval")] + [_LEARNABLE]
    if "compositeRewardConfig" in spec:
        for reward, _ in rewards_of(spec, ""):
            kinds = _EACH + (_CODE if _CODE_SCORER in reward else ()) + (() if _STRING in reward else _REMOTE)
            names += [f"{reward['rewardName']}/{when}_{what}" for what in kinds for when in ("train", "eval")]
    return tuple(names)


def value(recipe: Recipe, metric: str, step: int) -> float:
    """A point of a series."""
    what = metric.rpartition("/")[2].partition("_")[2]
    wobble = _SPREAD * noise(recipe, metric, step)
    if metric == _LEARNABLE:
        return round(min(1.0, 0.8 + wobble), 6)
    if what == "mean_reward":
        return round(max(-1.0, min(1.0, _reward(recipe, step) + wobble)), 6)
    if what in _MEASURES:
        growth = 1 + 0.1 * step / recipe.steps if what.endswith("length") else 1.0
        return round(_MEASURES[what] * growth * (1 + wobble), 6)
    return 0.0  # ratios of failures: the simulated rewards have none


def _reward(recipe: Recipe, step: int) -> float:
    """From the first reward towards the last one, faster for a higher rate."""
    pace = 3.0 * math.sqrt(recipe.rate) * step / max(recipe.steps, 10)
    return _LAST_REWARD - (_LAST_REWARD - _FIRST_REWARD) * math.exp(-pace)
