"""What create refuses in a reinforcement tuning. Source: documented (page on hyperparameters) and schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.emulator.errors import field_errors
from reconciler.emulator.reward_configs import config_problems
from reconciler.emulator.tuning_methods import check_adapter, one_of

if TYPE_CHECKING:
    from reconciler.emulator.catalog import TunableModel

Json = dict[str, Any]
Violations = list[tuple[str, str]]

SPEC = "tuning_job.reinforcement_tuning_spec"
_PATH = f"{SPEC}.hyper_parameters"
MOST_STEPS, MOST_TOKENS = 500, 32_768
BATCH, SAMPLES = 32, 16
TEXT_PRODUCT, MEDIA_PRODUCT, DIVISOR = 8_192, 1_024, 16
SLOWEST, FASTEST = 0.25, 4.0
_LEVELS = ("MINIMAL", "HIGH")


def check_reinforcement(base: TunableModel, spec: Json) -> None:
    """Raises ApiError 400."""
    given = spec.get("hyperParameters", {})
    if "epochCount" in given and "stepCount" in given:
        raise one_of("training_duration", ["epochCount", "stepCount"], _PATH, is_missing=False)
    problems = _count_problems(given) + _product_problems(given) + _rate_problems(given)
    problems += _thinking_problems(base, given)
    problems += config_problems(spec, SPEC)
    if problems:
        raise field_errors(problems)
    check_adapter(base, given)


def product_of(given: Json) -> int:
    """Answers sampled in a step: prompts of a batch times answers to each."""
    return int(given.get("batchSize", BATCH)) * int(given.get("samplesPerPrompt", SAMPLES))


def _count_problems(given: Json) -> Violations:
    counts = (
        ("epochCount", "epoch_count", 0),
        ("stepCount", "step_count", MOST_STEPS),
        ("batchSize", "batch_size", 0),
        ("samplesPerPrompt", "samples_per_prompt", 0),
        ("evaluateInterval", "evaluate_interval", 0),
        ("checkpointInterval", "checkpoint_interval", 0),
        ("maxOutputTokens", "max_output_tokens", MOST_TOKENS),
    )
    found = []
    for key, field, most in counts:
        value = int(given.get(key, 1))
        if value < 1:
            found.append((f"{_PATH}.{field}", f"{field} must be positive."))
        elif most and value > most:
            found.append((f"{_PATH}.{field}", f"{field} must be at most {most}."))
    return found


def _product_problems(given: Json) -> Violations:
    product = product_of(given)
    if product > 0 and product % DIVISOR == 0 and product <= TEXT_PRODUCT:
        return []
    text = f"batch_size * samples_per_prompt must be divisible by {DIVISOR} and at most {TEXT_PRODUCT}."
    return [(f"{_PATH}.batch_size", text)]


def _rate_problems(given: Json) -> Violations:
    rate = given.get("learningRateMultiplier", 1.0)
    if not isinstance(rate, str) and SLOWEST <= rate <= FASTEST:
        return []
    return [(f"{_PATH}.learning_rate_multiplier", "learning_rate_multiplier must be in [0.25, 4].")]


def _thinking_problems(base: TunableModel, given: Json) -> Violations:
    """Documented: a budget for 2.5 models alone, a level from 3.5 on, MINIMAL or HIGH."""
    has_budget = base.id.startswith("gemini-2.5")
    budget, level = given.get("thinkingBudget"), given.get("thinkingLevel")
    found = []
    if budget is not None and not has_budget:
        text = f"thinking_budget is not supported for {base.id}. Use thinking_level instead."
        found.append((f"{_PATH}.thinking_budget", text))
    elif budget is not None and budget < -1:
        found.append((f"{_PATH}.thinking_budget", "thinking_budget must be -1 or more."))
    if level and has_budget:
        text = f"thinking_level is not supported for {base.id}. Use thinking_budget instead."
        found.append((f"{_PATH}.thinking_level", text))
    elif level and level not in _LEVELS:
        found.append((f"{_PATH}.thinking_level", "thinking_level must be one of MINIMAL and HIGH."))
    return found
