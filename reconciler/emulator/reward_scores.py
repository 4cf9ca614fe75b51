"""Rewards of one answer. String matches and extraction are carried out; the other three scorers are simulated.

No code of a user's is run, no service is called and no model judges: a code, Cloud Run or autorater reward says whether
the answer holds one of the example's references. Regular expressions are Python's, less what RE2 does not have.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from typing import Any

from reconciler.emulator.reward_configs import CLOUD_RUN, SCORERS

Json = dict[str, Any]

_PLACEHOLDER = re.compile(r"\{\{references\.([^{}]+)\}\}")
_NOT_IN_RE2 = re.compile(r"(?<!\\)(?:\\\\)*(\(\?(?:=|!|<=|<!|>|\()|\\[1-9])")
_LONGEST = 100_000
AUX_INFO = "Simulated by the emulator: the service was not called."


class RewardError(Exception):
    """A reward cannot be computed; the message is that of its status."""


@dataclass(frozen=True, slots=True)
class Sample:
    """An example of the dataset with an answer to it, both in proto JSON."""

    references: dict[str, str]
    response: Json

    @property
    def text(self) -> str:
        """The answer, without its thoughts."""
        parts = self.response.get("parts", [])
        return "".join(p.get("text", "") for p in parts if not p.get("thought"))


def score(reward: Json, sample: Sample) -> float:
    """The reward of an answer, from -1 to 1. Raises RewardError."""
    scorer = next(name for name in SCORERS if name in reward)
    text = _parsed(reward.get("parseResponseConfig", {}), sample.text)
    given = reward[scorer]
    match scorer:
        case "stringMatchRewardScorer":
            found = _string_match(given, text, sample.references)
        case "codeExecutionRewardScorer":
            _check_code(given["pythonCodeSnippet"])
            found = 1.0 if _holds_a_reference(text, sample.references) else -1.0
        case "cloudRunRewardScorer":
            if not given["cloudRunUri"].startswith("https://"):
                raise RewardError(f"Cloud Run URI {given['cloudRunUri'][:200]} is not valid.")
            found = 1.0 if _holds_a_reference(text, sample.references) else -1.0
        case _:
            found = _autorater(given, text, sample.references)
    return max(min(found, 1.0), -1.0)


def aux_info(reward: Json) -> str:
    """What a Cloud Run function would have sent beside its reward."""
    return AUX_INFO if CLOUD_RUN in reward else ""


def total(rewards: list[tuple[float, float]]) -> float:
    """(reward, weight) → the weighted mean. Source: schema (its comment has the formula)."""
    weights = sum(weight for _, weight in rewards)
    return sum(reward * weight for reward, weight in rewards) / weights if weights else 0.0


def _parsed(config: Json, text: str) -> str:
    """Documented: the last match; assumed: an answer without one counts as empty."""
    if config.get("parseType") != "REGEX_EXTRACT":
        return text
    pattern = _compiled(config["regexExtractExpression"])
    if pattern.groups > 1:
        raise RewardError("Regular expression has more than one capturing group.")
    found = pattern.findall(text[:_LONGEST])
    return found[-1] if found else ""


def _compiled(expression: str) -> re.Pattern[str]:
    if found := _NOT_IN_RE2.search(expression):
        raise RewardError(f"Cannot parse regular expression: invalid perl operator: {found[1]}")
    try:
        return re.compile(expression)
    except (re.error, OverflowError, RecursionError) as exc:
        raise RewardError(f"Cannot parse regular expression: {exc}") from None


def _with_references(expression: str, references: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1] not in references:
            raise RewardError(f"The example has no reference {match[1][:80]!r}.")
        return references[match[1]]

    return _PLACEHOLDER.sub(value, expression)


def _string_match(scorer: Json, text: str, references: dict[str, str]) -> float:
    if "stringMatchExpression" in scorer:
        is_right = _matches(scorer["stringMatchExpression"], text, references)
    else:
        by_key = scorer["jsonMatchExpression"]
        value = _json_value(text, by_key["keyName"])
        is_right = value is not None and _matches(by_key["valueStringMatchExpression"], value, references)
    return _number(scorer, "correctAnswerReward" if is_right else "wrongAnswerReward")


def _number(scorer: Json, field: str) -> float:
    """A reward that is given as NaN or infinite is no reward."""
    value = scorer.get(field, 0.0)
    if isinstance(value, str):
        raise RewardError(f"{field} is {value}.")
    return float(value)


def _json_value(text: str, key: str) -> str | None:
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return None
    value = answer.get(key) if isinstance(answer, dict) else None
    return value if isinstance(value, str) or value is None else json.dumps(value)


def _matches(expression: Json, text: str, references: dict[str, str]) -> bool:
    wanted = _with_references(expression.get("expression", ""), references)
    match expression["matchOperation"]:
        case "EXACT_MATCH":
            return text == wanted
        case "PARTIAL_MATCH":
            return wanted in text
        case _:
            return _compiled(wanted).search(text[:_LONGEST]) is not None


def _check_code(snippet: str) -> None:
    """The code is read, not run: it must be Python and define `evaluate` of two arguments."""
    try:
        tree = ast.parse(snippet[:_LONGEST])
    except (SyntaxError, ValueError, RecursionError, MemoryError) as exc:
        raise RewardError(f"The code snippet cannot be executed: {exc}") from None
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "evaluate"]
    if not functions:
        raise RewardError("The code snippet must define the function evaluate(example, response).")
    if len(functions[-1].args.args) != 2:
        raise RewardError("The function evaluate must take the arguments example and response.")


def _autorater(scorer: Json, text: str, references: dict[str, str]) -> float:
    """Simulated: the judge agrees where the answer holds a reference."""
    _with_references(scorer["autoraterPrompt"], references)
    if (config := scorer.get("autoraterResponseParseConfig", {})).get("parseType") == "REGEX_EXTRACT":
        _compiled(config["regexExtractExpression"])
    agrees = _holds_a_reference(text, references)
    if "exactMatchScorer" not in scorer:
        return 1.0 if agrees else 0.0
    given = scorer["exactMatchScorer"]
    _with_references(given.get("expression", ""), references)
    return _number(given, "correctAnswerReward" if agrees else "wrongAnswerReward")


def _holds_a_reference(text: str, references: dict[str, str]) -> bool:
    return any(value and value.casefold() in text.casefold() for value in references.values())
