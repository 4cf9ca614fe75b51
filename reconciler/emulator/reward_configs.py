"""What a configuration of rewards must look like, before anything is scored. Source: schema, and its comments."""

from __future__ import annotations

from typing import Any

from reconciler.emulator.tuning_methods import one_of

Json = dict[str, Any]
Violations = list[tuple[str, str]]

MOST_REWARDS = 16  # documented for the console (page on reward functions)
CLOUD_RUN = "cloudRunRewardScorer"
SCORERS = ("stringMatchRewardScorer", "codeExecutionRewardScorer", CLOUD_RUN, "autoraterScorer")
_MATCHES = ("stringMatchExpression", "jsonMatchExpression")
_VERDICTS = ("exactMatchScorer", "parsedResponseConversionScorer")
_REQUIRED = "Required field is not set."


def rewards_of(given: Json, path: str) -> list[tuple[Json, float]]:
    """(reward, weight) of a single or a composite configuration. Raises ApiError 400 where it is none or both."""
    configs = [name for name in ("singleRewardConfig", "compositeRewardConfig") if name in given]
    if len(configs) != 1:
        raise one_of("reward_config", configs or ["singleRewardConfig"], path, is_missing=not configs)
    if configs == ["singleRewardConfig"]:
        return [(given["singleRewardConfig"], 1.0)]
    weighted = given["compositeRewardConfig"].get("weightedRewardConfigs", [])
    return [(w.get("rewardConfig", {}), weight_of(w)) for w in weighted]


def weight_of(weighted: Json) -> float:
    """A weight; -1, which is refused, where the wire has a text for what is no finite number."""
    weight = weighted.get("weight", 0.0)
    return -1.0 if isinstance(weight, str) else float(weight)


def config_problems(given: Json, path: str) -> Violations:
    """What is wrong with a request's rewards. Raises ApiError 400 for unions that are not set, or twice."""
    rewards = rewards_of(given, path)
    if "singleRewardConfig" in given:
        return _reward_problems(rewards[0][0], f"{path}.single_reward_config")
    field = f"{path}.composite_reward_config.weighted_reward_configs"
    if not rewards:
        return [(field, _REQUIRED)]
    found: Violations = []
    if len(rewards) > MOST_REWARDS:
        found.append((field, f"No more than {MOST_REWARDS} rewards are allowed."))
    names = [reward.get("rewardName", "") for reward, _ in rewards]
    for n, (reward, weight) in enumerate(rewards):
        where = f"{field}[{n}].reward_config"
        if not names[n]:
            found.append((f"{where}.reward_name", _REQUIRED))
        elif names[n] in names[:n]:
            found.append((f"{where}.reward_name", "reward_name must be unique."))
        if weight < 0:
            found.append((f"{field}[{n}].weight", "weight must be a number that is not negative."))
        found += _reward_problems(reward, where)
    if not any(weight > 0 for _, weight in rewards):
        found.append((field, "At least one weight must be positive."))
    return found


def _reward_problems(reward: Json, path: str) -> Violations:
    given = [name for name in SCORERS if name in reward]
    if len(given) != 1:
        raise one_of("reward_scorer", given or [SCORERS[0]], path, is_missing=not given)
    found = _parse_problems(reward.get("parseResponseConfig", {}), f"{path}.parse_response_config")
    scorer = reward[given[0]]
    match given[0]:
        case "stringMatchRewardScorer":
            return found + _string_match_problems(scorer, f"{path}.string_match_reward_scorer")
        case "codeExecutionRewardScorer":
            return found + _missing(scorer, "pythonCodeSnippet", f"{path}.code_execution_reward_scorer")
        case "cloudRunRewardScorer":
            return found + _missing(scorer, "cloudRunUri", f"{path}.cloud_run_reward_scorer")
        case _:
            return found + _autorater_problems(scorer, f"{path}.autorater_scorer")


def _missing(message: Json, field: str, path: str) -> Violations:
    snake = "".join("_" + c.lower() if c.isupper() else c for c in field)
    return [] if message.get(field) else [(f"{path}.{snake}", _REQUIRED)]


def _parse_problems(config: Json, path: str) -> Violations:
    if config.get("parseType") != "REGEX_EXTRACT":
        return []
    return _missing(config, "regexExtractExpression", path)


def _string_match_problems(scorer: Json, path: str) -> Violations:
    given = [name for name in _MATCHES if name in scorer]
    if len(given) != 1:
        raise one_of("match_expression", given or [_MATCHES[0]], path, is_missing=not given)
    if given == ["stringMatchExpression"]:
        return _match_problems(scorer["stringMatchExpression"], f"{path}.string_match_expression")
    by_key = scorer["jsonMatchExpression"]
    where = f"{path}.json_match_expression"
    inner = by_key.get("valueStringMatchExpression", {})
    return _missing(by_key, "keyName", where) + _match_problems(inner, f"{where}.value_string_match_expression")


def _match_problems(expression: Json, path: str) -> Violations:
    """Documented: a user error where the operation is not set."""
    return _missing(expression, "matchOperation", path)


def _autorater_problems(scorer: Json, path: str) -> Violations:
    given = [name for name in _VERDICTS if name in scorer]
    if len(given) != 1:
        raise one_of("autorater_response_scorer", given or [_VERDICTS[0]], path, is_missing=not given)
    where = f"{path}.autorater_response_parse_config"
    return _missing(scorer, "autoraterPrompt", path) + _parse_problems(
        scorer.get("autoraterResponseParseConfig", {}), where
    )
