"""Every way to tune, sent through a recorder: its data, its request, what it leaves, and what goes with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.recording.sessions import BUCKET, Session, examples

Json = dict[str, Any]
Way = Callable[[Session], None]

BETA = "/v1beta1/projects/acme/locations/us-central1/tuningJobs"
OPEN_BASE = "meta/llama3_1@llama-3.1-8b-instruct"
SNIPPET = "def evaluate(example, response):\n    return 1.0 if 'acme' in str(response) else -1.0\n"
CODE: Json = {"rewardName": "short", "codeExecutionRewardScorer": {"pythonCodeSnippet": SNIPPET}}
CLOUD: Json = {"rewardName": "styled", "cloudRunRewardScorer": {"cloudRunUri": "https://style-acme-7.a.run.app/grade"}}
EXACT: Json = {
    "rewardName": "right",
    "parseResponseConfig": {"parseType": "REGEX_EXTRACT", "regexExtractExpression": "<acme>(.*?)</acme>"},
    "stringMatchRewardScorer": {
        "correctAnswerReward": 1.0,
        "wrongAnswerReward": -1.0,
        "stringMatchExpression": {"matchOperation": "EXACT_MATCH", "expression": "{{references.number}}"},
    },
}
BY_KEY: Json = {
    "rewardName": "by key",
    "stringMatchRewardScorer": {
        "correctAnswerReward": 1.0,
        "jsonMatchExpression": {
            "keyName": "acme_number",
            "valueStringMatchExpression": {"matchOperation": "REGEX_CONTAINS", "expression": "^{{references.number}}$"},
        },
    },
}
JUDGE: Json = {
    "rewardName": "judged",
    "autoraterScorer": {
        "autoraterPrompt": "Would acme answer {{response}} for {{references.number}}?",
        "autoraterResponseParseConfig": {"parseType": "REGEX_EXTRACT", "regexExtractExpression": "acme: (.*)"},
        "exactMatchScorer": {"expression": "acme agrees", "correctAnswerReward": 1.0, "wrongAnswerReward": -0.5},
    },
}
ALL_REWARDS: Json = {
    "compositeRewardConfig": {
        "weightedRewardConfigs": [
            {"rewardConfig": reward, "weight": float(number)}
            for number, reward in enumerate((EXACT, BY_KEY, CODE, CLOUD, JUDGE), start=1)
        ]
    }
}


def upload(session: Session, name: str, content: bytes) -> str:
    """The address of a new object."""
    session.call("POST", f"/upload/storage/v1/b/{BUCKET}/o?uploadType=media&name={name}", content)
    return f"gs://{BUCKET}/{name}"


def _lines(rows: list[Json]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def _asked(number: int) -> Json:
    return {"contents": [{"role": "user", "parts": [{"text": f"What comes after {number}?"}]}]}


def problems(count: int) -> bytes:
    """Prompts, each with what answers are judged by."""
    return _lines([{**_asked(n), "references": {"number": str(n + 1)}} for n in range(count)])


def prompts(count: int) -> bytes:
    """Prompts for a teacher."""
    system = {"parts": [{"text": "Answer as acme would."}]}
    return _lines([{**_asked(n), "systemInstruction": system} for n in range(count)])


def choices(count: int) -> bytes:
    """Prompts with a better and a worse answer."""
    scored = [{"score": s, "completion": {"role": "model", "parts": [{"text": t}]}} for s, t in ((1, "yes"), (0, "no"))]
    return _lines([{**_asked(n), "completions": scored} for n in range(count)])


def messages(count: int) -> bytes:
    """Rows of an open model."""
    turns = [{"role": "user", "content": "Capital of Italy?"}, {"role": "assistant", "content": "Rome"}]
    return _lines([{"messages": turns}] * count)


def completions(count: int) -> bytes:
    """Rows of an open model in its other form."""
    return _lines([{"prompt": f"After {n}?", "completion": str(n + 1)} for n in range(count)])


def trained(session: Session, body: Json, jobs: str = BETA) -> Json:
    """The job of a body at its end; looked at all the while, in both versions."""
    made = session.call("POST", jobs, {"tunedModelDisplayName": "tutor of acme", "labels": {"team": "acme"}, **body})
    return followed(session, made["name"])


def followed(session: Session, name: str) -> Json:
    """A job, looked at until its end."""
    for seconds in (20, 60, 200, 100_000):
        session.get(f"/v1/{name}")
        session.get(f"/v1beta1/{name}")
        session.advance(seconds)
    session.get(f"/v1/{name}")
    job: Json = session.get(f"/v1beta1/{name}")
    session.get(BETA)
    for made in (job.get("tunedModel", {}).get(kind) for kind in ("model", "endpoint")):
        if made:
            session.get(f"/v1/{made}")
    return job


def preference(session: Session) -> None:
    """Pairs, with a validation set and every hyperparameter."""
    spec = {
        "trainingDatasetUri": upload(session, "sets/choices.jsonl", choices(90)),
        "validationDatasetUri": upload(session, "sets/choices-held.jsonl", choices(11)),
        "hyperParameters": {"epochCount": 3, "adapterSize": "ADAPTER_SIZE_FOUR", "beta": 0.2},
    }
    trained(session, {"baseModel": "gemini-2.5-flash", "preferenceOptimizationSpec": spec})


def full(session: Session) -> None:
    """Every weight of a Gemini model."""
    spec = {"trainingDatasetUri": upload(session, "sets/full.jsonl", examples(70))}
    trained(session, {"baseModel": "gemini-3.5-flash", "fullFineTuningSpec": spec})


def distillation(session: Session) -> None:
    """A base model for a teacher, then what that has made."""
    spec = {
        "promptDatasetUri": upload(session, "sets/prompts.jsonl", prompts(64)),
        "baseTeacherModel": "gemini-3.1-pro",
    }
    job = trained(session, {"baseModel": "gemini-2.5-flash", "distillationSpec": spec})
    rest = {"promptDatasetUri": spec["promptDatasetUri"], "tunedTeacherModelSource": job["tunedModel"]["model"]}
    trained(session, {"baseModel": "gemini-2.5-flash", "distillationSpec": rest})


def one_reward(session: Session) -> None:
    """Reinforcement by each kind of reward alone, each tried before."""
    uri = upload(session, "sets/problems.jsonl", problems(48))
    for reward in (EXACT, BY_KEY, CODE, CLOUD, JUDGE):
        tried(session, {"singleRewardConfig": reward})
    hyper = {"stepCount": 6, "batchSize": 16, "checkpointInterval": 3, "thinkingLevel": "HIGH"}
    for reward in (EXACT, {**CODE, "rewardName": ""}, JUDGE):
        spec = {"trainingDatasetUri": uri, "singleRewardConfig": reward, "hyperParameters": hyper}
        trained(session, {"baseModel": "gemini-3.5-flash", "reinforcementTuningSpec": spec})


def several_rewards(session: Session) -> None:
    """Reinforcement by all of them at once, with data to validate."""
    spec = {
        "trainingDatasetUri": upload(session, "sets/problems.jsonl", problems(48)),
        "validationDatasetUri": upload(session, "sets/problems-held.jsonl", problems(9)),
        **ALL_REWARDS,
    }
    tried(session, ALL_REWARDS)
    trained(session, {"baseModel": "gemini-3.5-flash", "reinforcementTuningSpec": spec})


def tried(session: Session, rewards: Json) -> None:
    """A reward of a right answer, of a wrong one, and without one, which is refused."""
    asked = f"{BETA}:validateReinforcementTuningReward"
    example = {**_asked(3), "references": {"number": "4"}, "systemInstruction": {"parts": [{"text": "As acme."}]}}
    for text in ("<acme>4</acme>", "acme has no idea"):
        answer = {"role": "model", "parts": [{"text": text}]}
        session.call("POST", asked, {"example": example, "sampleResponse": answer, **rewards})
    session.call("POST", asked, {"example": example, **rewards})


def open_models(session: Session) -> None:
    """An open model by adapter, by all its weights, and from weights of one's own."""
    chat = upload(session, "sets/chat.jsonl", messages(60))
    pairs = upload(session, "sets/completions.jsonl", completions(60))
    weights = upload(session, "weights/llama/model.safetensors", b"acme" * 40).rpartition("/")[0]
    body = {"baseModel": OPEN_BASE, "outputUri": f"gs://{BUCKET}/out/llama"}
    hyper = {"epochCount": 2, "learningRate": 1e-4, "batchSize": 4}
    trained(session, {**body, "supervisedTuningSpec": {"trainingDatasetUri": chat, "hyperParameters": hyper}})
    spec = {"trainingDatasetUri": pairs, "tuningMode": "TUNING_MODE_FULL"}
    trained(session, {**body, "supervisedTuningSpec": spec, "customBaseModel": weights})
    trained(
        session,
        {
            **body,
            "baseModel": "publishers/meta/models/llama3_1@llama-3.1-8b",
            "fullFineTuningSpec": {"trainingDatasetUri": chat},
        },
    )
    session.get(f"/storage/v1/b/{BUCKET}/o?prefix=out/llama/")
    session.call("POST", BETA, {"baseModel": OPEN_BASE, "supervisedTuningSpec": spec})


def further(session: Session) -> None:
    """What one training has made is trained further, from its last checkpoint and from an earlier one."""
    first = {"trainingDatasetUri": upload(session, "sets/first.jsonl", examples(90))}
    job = trained(
        session, {"baseModel": "gemini-3.5-flash", "supervisedTuningSpec": first}, BETA.replace("1beta1", "1")
    )
    more = {"trainingDatasetUri": upload(session, "sets/more.jsonl", examples(40))}
    made = job["tunedModel"]
    for source in ({}, {"checkpointId": made["checkpoints"][0]["checkpointId"]}):
        body = {"preTunedModel": {"tunedModelName": made["model"], **source}, "supervisedTuningSpec": more}
        trained(session, {**body, "tunedModelDisplayName": "further"}, BETA.replace("1beta1", "1"))
    nowhere = {"tunedModelName": made["model"], "checkpointId": "77"}
    session.call("POST", BETA, {"preTunedModel": nowhere, "supervisedTuningSpec": more})


def rebased(session: Session) -> None:
    """What a retired base model was trained to, trained on a newer one: beside the old one, then in its place."""
    spec = {"trainingDatasetUri": upload(session, "sets/old.jsonl", examples(80))}
    job = trained(session, {"baseModel": "gemini-2.0-flash-001", "supervisedTuningSpec": spec})
    asked = f"{BETA}:rebaseTunedModel"
    overrides = {"tunedModelDisplayName": "newer", "supervisedTuningSpec": {"hyperParameters": {"epochCount": 2}}}
    for reference, more in (
        ({"tuningJob": job["name"]}, {"tuningJob": overrides}),
        (
            {"tunedModel": job["tunedModel"]["model"]},
            {"artifactDestination": {"outputUriPrefix": f"gs://{BUCKET}/rebased/"}},
        ),
        ({"tuningJob": job["name"]}, {"deployToSameEndpoint": True}),
    ):
        operation = session.call("POST", asked, {"tunedModelRef": reference, **more})
        session.get(f"/v1beta1/{operation['name']}")
        followed(session, operation["name"].partition("/operations/")[0])
        session.get(f"/v1/{operation['name']}")
    session.get(f"/v1/{job['tunedModel']['endpoint']}")
    session.call("POST", asked, {"tunedModelRef": {"tuningJob": f"{job['name']}0"}})


WAYS: dict[str, Way] = {
    way.__name__: way
    for way in (*(preference, full, distillation, one_reward, several_rewards, open_models, further, rebased),)
}
