"""validateReinforcementTuningReward: what is computed, what is simulated, and what is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.emulator.methods import AUTORATER, BETA, CLOUD_RUN, CODE, STRING_MATCH, composite

if TYPE_CHECKING:
    from tests.emulator.conftest import Client

Json = dict[str, Any]

VALIDATE = f"{BETA}:validateReinforcementTuningReward"
EXAMPLE = {
    "contents": [{"role": "user", "parts": [{"text": "Capital of France?"}]}],
    "references": {"answer": "Paris", "other": "La Ville Lumière"},
}


def asked(answer: str, reward: Json) -> Json:
    body = {"example": EXAMPLE, "sampleResponse": {"role": "model", "parts": [{"text": answer}]}}
    kind = {} if "compositeRewardConfig" in reward else {"singleRewardConfig": reward}
    return {**body, **(kind or reward)}


def rewarded(client: Client, answer: str, reward: Json) -> float:
    """The reward; zero is not answered."""
    found = client.post(VALIDATE, asked(answer, reward))
    assert "errorStatus" not in found, found
    return float(found.get("overallReward", 0.0))


def failure(client: Client, answer: str, reward: Json) -> str:
    found = client.post(VALIDATE, asked(answer, reward))
    (info,) = found["rewardInfoDetails"].values()
    assert found["errorStatus"]["code"] == info["errorStatus"]["code"] == 3
    assert found["error"] == found["errorStatus"]["message"]
    assert "overallReward" not in found
    return str(info["errorStatus"]["message"])


def matching(operation: str, expression: str, right: float = 1.0, wrong: float = -1.0) -> Json:
    match = {"matchOperation": operation, "expression": expression}
    scorer = {"stringMatchExpression": match, "correctAnswerReward": right, "wrongAnswerReward": wrong}
    return {"stringMatchRewardScorer": scorer}


def extracting(expression: str, reward: Json) -> Json:
    return {**reward, "parseResponseConfig": {"parseType": "REGEX_EXTRACT", "regexExtractExpression": expression}}


@pytest.mark.parametrize(
    ("operation", "expression", "answer", "is_right"),
    [
        ("EXACT_MATCH", "{{references.answer}}", "Paris", True),
        ("EXACT_MATCH", "{{references.answer}}", "Paris.", False),
        ("PARTIAL_MATCH", "{{references.answer}}", "It is Paris.", True),
        ("PARTIAL_MATCH", "{{references.answer}}", "It is paris.", False),
        ("REGEX_CONTAINS", "^It .*{{references.answer}}", "It is Paris", True),
        ("REGEX_CONTAINS", "^{{references.answer}}$", "It is Paris", False),
        ("REGEX_CONTAINS", "(?i)paris", "PARIS", True),
        ("REGEX_CONTAINS", r"^[*+]{2}\\1$", r"*+\1", True),
    ],
)
def test_strings_are_matched(client: Client, operation: str, expression: str, answer: str, *, is_right: bool) -> None:
    assert rewarded(client, answer, matching(operation, expression)) == (1.0 if is_right else -1.0)


def test_rewards_are_clipped_to_one(client: Client) -> None:
    assert rewarded(client, "a", matching("EXACT_MATCH", "a", right=5.0)) == 1.0
    assert rewarded(client, "b", matching("EXACT_MATCH", "a", wrong=-5.0)) == -1.0


@pytest.mark.parametrize(
    ("expression", "answer", "is_right"),
    [
        ("<ans>(.*?)</ans>", "so <ans>Rome</ans> … no: <ans>Paris</ans>", True),
        ("<ans>(.*?)</ans>", "<ans>Paris</ans> or <ans>Rome</ans>", False),
        ("[A-Z][a-z]+", "it is Paris", True),
        ("<ans>(.*?)</ans>", "Paris", False),
    ],
)
def test_the_last_match_is_what_counts(client: Client, expression: str, answer: str, *, is_right: bool) -> None:
    reward = extracting(expression, matching("EXACT_MATCH", "{{references.answer}}"))

    assert rewarded(client, answer, reward) == (1.0 if is_right else -1.0)


@pytest.mark.parametrize(
    ("answer", "is_right"),
    [('{"city": "Paris"}', True), ('{"city": "Rome"}', False), ('{"town": "Paris"}', False), ("Paris", False)],
)
def test_a_value_is_found_by_its_key(client: Client, answer: str, *, is_right: bool) -> None:
    match = {"matchOperation": "EXACT_MATCH", "expression": "{{references.answer}}"}
    by_key = {"keyName": "city", "valueStringMatchExpression": match}
    reward = {"stringMatchRewardScorer": {"jsonMatchExpression": by_key, "correctAnswerReward": 0.5}}

    assert rewarded(client, answer, reward) == (0.5 if is_right else 0.0)


@pytest.mark.parametrize("reward", [CODE, CLOUD_RUN, AUTORATER])
def test_the_other_scorers_look_for_a_reference(client: Client, reward: Json) -> None:
    assert rewarded(client, "It is paris", reward) == 1.0
    assert rewarded(client, "It is Rome", reward) == -1.0


def test_an_autorater_may_answer_a_number(client: Client) -> None:
    scorer = {"autoraterPrompt": "How good is {{response}}?", "parsedResponseConversionScorer": {}}

    assert rewarded(client, "It is Paris", {"autoraterScorer": scorer}) == 1.0
    assert rewarded(client, "It is Rome", {"autoraterScorer": scorer}) == 0.0


def test_a_service_that_was_not_called_says_so(client: Client) -> None:
    found = client.post(VALIDATE, asked("Paris", CLOUD_RUN))

    assert "not called" in found["rewardInfoDetails"]["reward"]["userRequestedAuxInfo"]


def test_code_is_read_and_never_run(client: Client, tmp_path: Any) -> None:
    left = tmp_path / "left"
    code = f"open({str(left)!r}, 'w').write('x')\ndef evaluate(example, response):\n  return 1\n"

    assert rewarded(client, "Paris", {"codeExecutionRewardScorer": {"pythonCodeSnippet": code}}) == 1.0
    assert not left.exists()


def test_weights_make_a_mean(client: Client) -> None:
    named = [
        {"rewardConfig": {**matching("EXACT_MATCH", "Paris"), "rewardName": "exact"}, "weight": 3},
        {"rewardConfig": {**matching("PARTIAL_MATCH", "Rome", wrong=0.0), "rewardName": "rome"}, "weight": 1},
    ]

    found = client.post(VALIDATE, asked("Paris", {"compositeRewardConfig": {"weightedRewardConfigs": named}}))

    assert found["overallReward"] == 0.75
    assert found["rewardDetails"] == {"exact": 1.0, "rome": 0.0}
    assert found["rewardInfoDetails"] == {"exact": {"reward": 1.0}, "rome": {}}


def test_a_single_reward_has_no_details(client: Client) -> None:
    found = client.post(VALIDATE, asked("Paris", STRING_MATCH))

    assert found == {"overallReward": 1.0, "rewardInfoDetails": {"exact": {"reward": 1.0}}}


def test_one_failure_leaves_the_others_and_no_mean(client: Client) -> None:
    broken = {**matching("REGEX_CONTAINS", "("), "rewardName": "broken"}

    found = client.post(VALIDATE, asked("Paris", composite(STRING_MATCH, broken)))

    assert found["rewardInfoDetails"]["exact"] == {"reward": 1.0}
    assert found["error"].startswith("broken: Cannot parse regular expression")
    assert not {"overallReward", "rewardDetails"} & found.keys()


_MATCH: Json = {"stringMatchExpression": {"matchOperation": "EXACT_MATCH", "expression": "Paris"}}


@pytest.mark.parametrize(
    ("reward", "message"),
    [
        (matching("REGEX_CONTAINS", "("), "Cannot parse regular expression"),
        (matching("REGEX_CONTAINS", "(?=a)"), "invalid perl operator: (?="),
        (matching("REGEX_CONTAINS", r"(a)\1"), r"invalid perl operator: \1"),
        (matching("EXACT_MATCH", "{{references.nothing}}"), "The example has no reference 'nothing'."),
        (extracting("(a)(b)", CODE), "more than one capturing group"),
        ({"codeExecutionRewardScorer": {"pythonCodeSnippet": "def f(:"}}, "cannot be executed"),
        ({"codeExecutionRewardScorer": {"pythonCodeSnippet": "x = 1"}}, "must define the function evaluate"),
        ({"codeExecutionRewardScorer": {"pythonCodeSnippet": "def evaluate(x): pass"}}, "must take the arguments"),
        ({"codeExecutionRewardScorer": {"pythonCodeSnippet": "x\x00"}}, "cannot be executed"),
        ({"cloudRunRewardScorer": {"cloudRunUri": "ftp://x"}}, "is not valid"),
        ({"stringMatchRewardScorer": {**_MATCH, "correctAnswerReward": "NaN"}}, "correctAnswerReward is NaN."),
    ],
)
def test_what_cannot_be_computed_is_told(client: Client, reward: Json, message: str) -> None:
    assert message in failure(client, "Paris", reward)


@pytest.mark.parametrize("field", ["example", "sampleResponse", "singleRewardConfig"])
def test_what_is_missing_is_refused(client: Client, field: str) -> None:
    body = {k: v for k, v in asked("Paris", CODE).items() if k != field}

    assert client.call("POST", VALIDATE, body).status == 400


@pytest.mark.parametrize("location", ["global", "europe-west4"])
def test_it_is_offered_in_one_region(client: Client, location: str) -> None:
    answer = client.call("POST", VALIDATE.replace("us-central1", location), asked("Paris", CODE))

    assert "is not available for your project or region" in answer.message


def test_v1_has_no_such_method(client: Client) -> None:
    assert client.call("POST", VALIDATE.replace("v1beta1", "v1"), asked("Paris", CODE)).status == 404


def test_thoughts_are_no_part_of_an_answer(client: Client) -> None:
    body = asked("Paris", STRING_MATCH)
    body["sampleResponse"]["parts"].insert(0, {"text": "Hm.", "thought": True})

    assert client.post(VALIDATE, body)["overallReward"] == 1.0
