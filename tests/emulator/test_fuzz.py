"""No input makes the emulator fail: thousands of bent requests, each answered, none with a 5xx of its own."""

from __future__ import annotations

import json
import re
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.emulator import Request
from reconciler.emulator.definitions import load
from reconciler.emulator.tuning_methods import METHODS
from tests.emulator import methods
from tests.emulator.conftest import example, jsonl
from tests.emulator.fuzzing import Fuzzer

if TYPE_CHECKING:
    from tests.emulator.conftest import Client

PARENT = "/v1/projects/acme/locations/us-central1"
BETA = PARENT.replace("v1", "v1beta1", 1)
Json = dict[str, Any]
Working = tuple[str, str, Any]
"""Verb, path and body of a request that works."""
PROMPT = {
    "contents": [{"role": "user", "parts": [{"text": "Italy?"}]}],
    "generationConfig": {"temperature": 1, "topK": 3},
}


def a_fuzzer(client: Client, data: str, seed: int) -> Fuzzer:
    """One that knows the names of a finished job, its models and endpoints, and of a tuned model."""
    client.settings(speed="instant", catalog="historic")
    name = client.tune(data)["name"]
    job = client.get(f"/v1beta1/{name}")
    model, endpoint = job["tunedModel"]["model"], job["tunedModel"]["endpoint"]
    deployed = client.get(f"/v1/{endpoint}")["deployedModels"][0]["id"]
    client.tune_numbers("increment")
    fuzzer = Fuzzer(client.emulator, Random(seed))
    fuzzer.names = {
        "projects": ["acme"],
        "locations": ["us-central1", "us"],
        "b": ["acme-data"],
        "o": ["train.jsonl"],
        "tunedModels": ["increment"],
        "full": [name, model, endpoint, job["experiment"]],
        **{c: [n.rpartition("/")[2]] for c, n in (("tuningJobs", name), ("models", model), ("endpoints", endpoint))},
    }
    spec = {"trainingDatasetUri": data, "hyperParameters": {"epochCount": 2, "adapterSize": "ADAPTER_SIZE_FOUR"}}
    create = {"baseModel": "gemini-3.5-flash", "supervisedTuningSpec": spec, "labels": {"a": "b"}, "description": "x"}
    examples = {"examples": {"examples": [{"textInput": "1", "output": "2"}]}}
    task = {"hyperparameters": {"epochCount": 2, "batchSize": 1, "learningRate": 0.1}, "trainingData": examples}
    numbers = {"displayName": "x", "baseModel": "models/gemini-1.5-flash-001-tuning", "tuningTask": task, "topK": 3}
    fuzzer.working = [
        ("POST", f"{PARENT}/tuningJobs", create),
        ("POST", f"{BETA}/tuningJobs", create),
        ("POST", f"{PARENT}/tuningJobs", {**create, "baseModel": None, "preTunedModel": {"tunedModelName": model}}),
        ("POST", f"{PARENT}/tuningJobs:rebaseTunedModel", {"tunedModelRef": {"tuningJob": name}, "tuningJob": {}}),
        ("POST", f"/v1/{endpoint}:generateContent", PROMPT),
        ("POST", f"/v1/{endpoint}:streamGenerateContent?alt=sse", PROMPT),
        ("POST", f"/v1/{endpoint}:undeployModel", {"deployedModelId": deployed, "trafficSplit": {}}),
        (
            "POST",
            f"/v1/{endpoint}:deployModel",
            {"deployedModel": {"model": model, "id": "5"}, "trafficSplit": {"5": 100}},
        ),
        ("POST", f"{PARENT}/models:copy", {"sourceModel": model, "modelId": "again"}),
        ("PATCH", f"/v1/{model}?updateMask=labels,displayName", {"labels": {"a": "b"}, "displayName": "x"}),
        ("PATCH", f"/v1/{endpoint}?updateMask=labels", {"labels": {"a": "b"}}),
        ("POST", "/v1beta/tunedModels", numbers),
        ("POST", "/v1beta/tunedModels/increment:generateContent", PROMPT),
        (
            "PATCH",
            "/v1beta/tunedModels/increment",
            {"displayName": "y", "temperature": 0.5, "readerProjectNumbers": [1]},
        ),
        ("POST", "/v1beta/tunedModels/increment/permissions", {"granteeType": 1, "emailAddress": "a@b", "role": 3}),
        ("POST", "/_emulator/clock", {"advance": 1, "speed": "instant"}),
        ("POST", "/_emulator/settings", {"page_size": 10, "queue_s": 1, "catalog": "historic"}),
        (
            "POST",
            "/_emulator/scripts",
            {
                "text": "x",
                "model": "*5*",
                "contains": "I",
                "matches": "t.*y",
                "method": "*",
                "nth": 1,
                "times": 2,
                "usage": {"totalTokenCount": 3},
                "functionCalls": [{"name": "f", "args": {"a": 1}}],
                "ratings": [{"category": "HARM_CATEGORY_HARASSMENT", "probability": "LOW"}],
            },
        ),
        ("DELETE", "/_emulator/scripts?id=1", None),
        ("GET", "/_emulator/calls?api=*.generateContent&model=*&status=200&after=1", None),
        ("POST", "/upload/storage/v1/b/acme-data/o?uploadType=resumable", {"name": "x", "metadata": {"a": "b"}}),
        ("POST", "/storage/v1/b/acme-data/o/x/compose", {"sourceObjects": [{"name": "train.jsonl"}]}),
        *every_method(client),
    ]
    return fuzzer


def every_method(client: Client) -> list[Working]:
    """Requests for every way to tune, and for what goes with them, in both versions."""
    made = [make(client) for make in methods.EVERY_METHOD.values()]
    rewards = (methods.STRING_MATCH, methods.CODE, methods.CLOUD_RUN, methods.AUTORATER)
    made += [methods.reinforcement(client, {"singleRewardConfig": reward}, stepCount=3) for reward in rewards]
    made.append(methods.reinforcement(client, methods.composite(*rewards), epochCount=1, checkpointInterval=1))
    made += open_models(client)
    sample = {"parts": [{"text": "<a>Paris</a>"}]}
    example = {"contents": [{"parts": [{"text": "?"}]}], "references": {"answer": "Paris"}}
    tried = [{"example": example, "sampleResponse": sample, "singleRewardConfig": reward} for reward in rewards]
    tried.append({"example": example, "sampleResponse": sample, **methods.composite(*rewards)})
    return [
        *(("POST", f"{parent}/tuningJobs", body) for body in made for parent in (BETA, PARENT)),
        *(
            ("POST", f"{parent}/tuningJobs:validateReinforcementTuningReward", body)
            for body in tried
            for parent in (BETA, PARENT)
        ),
        ("POST", f"{BETA}/tuningJobs:optimizePrompt", {"content": sample, "optimizationTarget": 1}),
        ("POST", f"{BETA}/tuningJobs:processData", {"veoSpec": {"processType": "VEO_V3"}}),
        *gone_on_from(client),
    ]


def open_models(client: Client) -> list[Json]:
    """Open models by all their weights, by prompts with completions, by a teacher, and from weights of one's own."""
    pairs = client.upload("completions.jsonl", jsonl([{"prompt": f"{n}?", "completion": str(n)} for n in range(40)]))
    weights = client.upload("weights/model.safetensors", b"{}").rpartition("/")[0]
    body = methods.open_model(client)
    full = {**body, "fullFineTuningSpec": {"trainingDatasetUri": pairs, "hyperParameters": {"learningRate": 1e-5}}}
    del full["supervisedTuningSpec"]
    own = {**methods.open_model(client, tuningMode="TUNING_MODE_FULL"), "customBaseModel": weights}
    teaching = methods.distillation(client)["distillationSpec"]
    taught = {"baseModel": methods.OPEN_BASE, "outputUri": "gs://acme-out/taught", "distillationSpec": teaching}
    return [full, own, taught]


def gone_on_from(client: Client) -> list[Working]:
    """Requests that go on from what a job has made: tuned further, rebased, with a tuned teacher."""
    old = methods.ended(client, {**methods.supervised(client), "baseModel": "gemini-2.0-flash-001"})
    new = methods.ended(client, methods.supervised(client))
    model, checkpoint = new["tunedModel"]["model"], new["tunedModel"]["checkpoints"][0]["checkpointId"]
    source = {"tunedModelName": model, "checkpointId": checkpoint}
    spec = methods.supervised(client)["supervisedTuningSpec"]
    teaching = methods.distillation(client)["distillationSpec"]
    del teaching["baseTeacherModel"]
    further: list[Json] = [
        {"preTunedModel": source, "supervisedTuningSpec": spec, "tunedModelDisplayName": "further"},
        {"baseModel": "gemini-2.5-flash", "distillationSpec": {**teaching, "tunedTeacherModelSource": model}},
    ]
    hyper = {"hyperParameters": {"epochCount": 1}, "exportLastCheckpointOnly": True}
    rebases: list[Json] = [
        {
            "tunedModelRef": {"tuningJob": old["name"]},
            "tuningJob": {"supervisedTuningSpec": hyper, "labels": {"a": "b"}},
        },
        {"tunedModelRef": {"tunedModel": old["tunedModel"]["model"]}, "deployToSameEndpoint": True},
        {
            "tunedModelRef": {"pipelineJob": old["name"]},
            "tuningJob": {"baseModel": "gemini-3.5-flash"},
            "artifactDestination": {"outputUriPrefix": "gs://acme-out/rebased/"},
        },
    ]
    return [
        *(("POST", f"{parent}/tuningJobs", body) for body in further for parent in (BETA, PARENT)),
        *(("POST", f"{parent}/tuningJobs:rebaseTunedModel", body) for body in rebases for parent in (BETA, PARENT)),
    ]


def fuzz(client: Client, data: str, seed: int, count: int) -> dict[int, int]:
    fuzzer = a_fuzzer(client, data, seed)
    for _ in range(count):
        client.wall.seconds += 0.01
        fuzzer.send(fuzzer.request())
    return fuzzer.statuses


@pytest.mark.parametrize("seed", range(3))
def test_bent_requests_are_answered(client: Client, data: str, seed: int) -> None:
    statuses = fuzz(client, data, seed, 700)

    assert statuses[200] > 50
    assert statuses[400] > 100


@pytest.mark.slow
def test_twenty_thousand_bent_requests_are_answered(client: Client, data: str) -> None:
    statuses = fuzz(client, data, 99, 20_000)

    assert sum(statuses.values()) == 20_000


def bend_methods(client: Client, seed: int, count: int) -> dict[int, int]:
    """Requests and rows of data that are right but for one or two values: what gets past create is trained."""
    client.settings(speed="instant", catalog="historic", concurrent_jobs=1000)
    fuzzer = Fuzzer(client.emulator, Random(seed))
    working = every_method(client)
    rows = {
        "messages": methods.messages(1),
        "pairs": methods.pairs()[:1],
        "prompts": methods.prompts()[:1],
        "teach": methods.prompts()[:1],
        "train": [example("a", "b")],
        "videos": [{"prompt": "a"}],
        "partner": [{"prompt": "a", "completion": "b"}],
        "completions": [{"prompt": "a", "completion": "b"}],
    }
    for _ in range(count):
        if fuzzer.random.random() < 0.4:
            name = fuzzer.random.choice([*rows])
            # The first row is looked at by create, so it is whole.
            bent = [fuzzer.bent(rows[name][0]) for _ in range(fuzzer.random.randrange(3))]
            client.upload(f"{name}.jsonl", jsonl([*rows[name] * 8, *bent]).decode().encode("utf-8", "replace"))
        verb, path, body = fuzzer.random.choice(working)
        body = fuzzer.bent(body) if fuzzer.random.random() < 0.7 else body
        fuzzer.send(Request(verb, path, "", {}, json.dumps(body).encode("utf-8", "surrogatepass")))
    fuzzer.send(Request("GET", f"{BETA}/tuningJobs", "pageSize=1000"))
    fuzzer.send(Request("GET", f"{PARENT}/tuningJobs", "pageSize=1000"))
    return fuzzer.statuses


def test_every_way_to_tune_and_every_action_on_jobs_is_bent_in_both_versions(client: Client) -> None:
    client.settings(speed="instant", catalog="historic", concurrent_jobs=1000)
    sent = every_method(client)

    asked = {(path.split("/")[1], path.rpartition("/")[2]) for _, path, _ in sent}
    bodies = [body for _, path, body in sent if path.endswith("/tuningJobs")]
    for version in ("v1", "v1beta1"):
        ids = {m.id for m in load(f"vertex.{version}").methods.values() if re.fullmatch(r"tuningJobs\.\w+", m.id)}
        verbs = {name.partition(".")[2] for name in ids} - {"create", "get", "list", "cancel"}
        assert {(version, f"tuningJobs:{verb}") for verb in verbs} <= asked
    assert {spec for body in bodies for spec in METHODS if spec in body} == METHODS.keys()
    assert {"baseModel", "preTunedModel", "customBaseModel", "outputUri"} <= {key for body in bodies for key in body}


def test_each_of_them_works_as_it_is_in_one_version_at_least(client: Client) -> None:
    client.settings(speed="instant", catalog="historic", concurrent_jobs=1000)
    worked: dict[str, set[int]] = {}
    for verb, path, body in every_method(client):
        answer = client.call(verb, path, body)
        worked.setdefault(json.dumps([path.rpartition("/")[2], body]), set()).add(answer.status)

    assert [sent for sent, statuses in worked.items() if not statuses & {200, 501}] == []


@pytest.mark.parametrize("seed", range(2))
def test_methods_with_bent_specs_and_data_are_answered(client: Client, seed: int) -> None:
    statuses = bend_methods(client, seed, 400)

    assert statuses[200] > 40
    assert statuses[400] > 100


@pytest.mark.slow
def test_ten_thousand_bent_methods_are_answered(client: Client) -> None:
    assert sum(bend_methods(client, 77, 10_000).values()) == 10_002
