"""Data and request bodies for every way to tune."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.emulator.conftest import CAPITALS, example, jsonl

if TYPE_CHECKING:
    from tests.emulator.conftest import Client

Json = dict[str, Any]

BETA = "/v1beta1/projects/acme/locations/us-central1/tuningJobs"
GLOBAL = BETA.replace("us-central1", "global")
OPEN_BASE = "meta/llama3_1@llama-3.1-8b-instruct"
STRING_MATCH = {
    "rewardName": "exact",
    "stringMatchRewardScorer": {
        "correctAnswerReward": 1.0,
        "wrongAnswerReward": -0.5,
        "stringMatchExpression": {"matchOperation": "EXACT_MATCH", "expression": "{{references.answer}}"},
    },
}
CODE = {"codeExecutionRewardScorer": {"pythonCodeSnippet": "def evaluate(example, response):\n  return 1.0\n"}}
CLOUD_RUN = {"cloudRunRewardScorer": {"cloudRunUri": "https://reward-abc.a.run.app"}}
AUTORATER = {
    "autoraterScorer": {
        "autoraterPrompt": "Is {{response}} right? {{references.answer}}",
        "autoraterResponseParseConfig": {"parseType": "REGEX_EXTRACT", "regexExtractExpression": "<a>(.*?)</a>"},
        "exactMatchScorer": {"expression": "Yes", "correctAnswerReward": 1.0, "wrongAnswerReward": -1.0},
    }
}


def prompts(references: bool = True) -> list[Json]:
    """Questions without answers; what is right stands beside them."""
    return [
        {
            "systemInstruction": {"parts": [{"text": "One word."}]},
            "contents": [{"role": "user", "parts": [{"text": f"Capital of {country}?"}]}],
            **({"references": {"answer": city}} if references else {}),
        }
        for country, city in CAPITALS * 8
    ]


def pairs() -> list[Json]:
    """Preferred and other answers."""
    completions = [
        {"score": s, "completion": {"role": "model", "parts": [{"text": t}]}} for s, t in ((1, "yes"), (0, "no"))
    ]
    return [
        {"contents": [{"role": "user", "parts": [{"text": f"Question {n}?"}]}], "completions": completions}
        for n in range(9)
    ]


def messages(count: int = 40) -> list[Json]:
    """Rows as open models take them."""
    turns = (("system", "Be brief."), ("user", "Capital of Italy?"), ("assistant", "Rome"))
    return [{"messages": [{"role": role, "content": text} for role, text in turns]} for _ in range(count)]


def supervised(client: Client) -> Json:
    rows = [example(f"What is the capital of {country}?", city) for country, city in CAPITALS] * 8
    uri = client.upload("train.jsonl", jsonl(rows))
    return {"baseModel": "gemini-3.5-flash", "supervisedTuningSpec": {"trainingDatasetUri": uri}}


def preference(client: Client) -> Json:
    uri = client.upload("pairs.jsonl", jsonl(pairs()))
    return {"baseModel": "gemini-2.5-flash", "preferenceOptimizationSpec": {"trainingDatasetUri": uri}}


def open_model(client: Client, **spec: Any) -> Json:
    uri = client.upload("messages.jsonl", jsonl(messages()))
    return {
        "baseModel": OPEN_BASE,
        "outputUri": "gs://acme-out/llama",
        "supervisedTuningSpec": {"trainingDatasetUri": uri, **spec},
    }


def reinforcement(client: Client, reward: Json | None = None, **hyper: Any) -> Json:
    uri = client.upload("prompts.jsonl", jsonl(prompts()))
    rewards = reward if reward is not None else {"singleRewardConfig": STRING_MATCH}
    spec = {"trainingDatasetUri": uri, "hyperParameters": hyper, **rewards}
    return {"baseModel": "gemini-3.5-flash", "reinforcementTuningSpec": spec}


def composite(*rewards: Json) -> Json:
    named = [{"rewardName": f"r{n}", **r} for n, r in enumerate(rewards)]
    return {"compositeRewardConfig": {"weightedRewardConfigs": [{"rewardConfig": r, "weight": 1.0} for r in named]}}


def distillation(client: Client, **spec: Any) -> Json:
    uri = client.upload("teach.jsonl", jsonl(prompts(references=False)))
    wanted = {"promptDatasetUri": uri, "baseTeacherModel": "gemini-3.1-pro", **spec}
    return {"baseModel": "gemini-2.5-flash", "distillationSpec": wanted}


def full(client: Client) -> Json:
    return {
        "baseModel": "gemini-3.5-flash",
        "fullFineTuningSpec": supervised(client)["supervisedTuningSpec"],
    }


def veo(client: Client, spec: str = "veoTuningSpec") -> Json:
    rows = [{"prompt": "A harbour", "video": f"gs://acme/{n}.mp4"} for n in range(12)]
    hyper = {"tuningTask": "TUNING_TASK_T2V", "tuningSpeed": "FAST", "veoDataMixtureRatio": 0, "epochCount": 2}
    uri = client.upload("videos.jsonl", jsonl(rows))
    return {"baseModel": "veo-3.0-generate-001", spec: {"trainingDatasetUri": uri, "hyperParameters": hyper}}


def veo_lora(client: Client) -> Json:
    body = veo(client, "veoLoraTuningSpec")
    body["veoLoraTuningSpec"]["videoOrientation"] = "PORTRAIT"
    return body


def partner(client: Client) -> Json:
    uri = client.upload("partner.jsonl", jsonl([{"input": "a", "output": "b"}] * 5))
    hyper = {"learning_rate": 0.1, "epochs": "3", "nested": {"a": [1, 2]}}
    spec = {"trainingDatasetUri": uri, "hyperParameters": hyper}
    return {"baseModel": "mistralai/mistral-small@2503", "partnerModelTuningSpec": spec}


EVERY_METHOD = {
    f.__name__: f
    for f in (*(supervised, preference, open_model, reinforcement, distillation, full, veo, veo_lora, partner),)
}


def ended(client: Client, body: Json, parent: str = BETA) -> Json:
    """The job of a body, at its end, as the version of the parent answers it."""
    name = client.post(parent, body)["name"]
    client.advance(1e7)
    job: Json = client.get(f"/{parent.split('/')[1]}/{name}")
    return job
