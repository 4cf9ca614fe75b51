"""The twins of recorded answers: put in the same situation, the emulator answers with the same keys and forms.

What differs is listed in DIFFERENCES with its reason; anything else fails.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.emulator.conftest import example, jsonl
from tests.recorded import body

if TYPE_CHECKING:
    from tests.emulator.conftest import Client

Json = dict[str, Any]

DIFFERENCES = {
    # In the definitions of today, the first needed to show progress; the jobs were recorded in 2024 and early 2025.
    "tuningDataStats.supervisedTuningDataStats.tuningStepCount: only ours",
    "tuningDataStats.supervisedTuningDataStats.totalTuningCharacterCount: only ours",
}
FORMS = (
    ("time with microseconds", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"),
    ("time with nanoseconds", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z"),
    ("job", r"projects/\d{12}/locations/[a-z0-9-]+/tuningJobs/\d{18,19}"),
    ("model", r"projects/\d{12}/locations/[a-z0-9-]+/models/\d{18,19}@\d+"),
    ("endpoint", r"projects/\d{12}/locations/[a-z0-9-]+/endpoints/\d{18,19}"),
    ("experiment", r"projects/\d{12}/locations/[a-z0-9-]+/metadataStores/default/contexts/tuning-experiment-\d{20}"),
    ("tuned model", r"tunedModels/[a-z][a-z0-9-]{0,39}"),
    ("operation", r"tunedModels/[a-z][a-z0-9-]{0,39}/operations/[a-z0-9]{12}"),
    ("int64", r"-?\d+"),
    ("name", r"[A-Z][A-Z0-9_]+"),
)
FREE_TEXT = {"displayName", "tunedModelDisplayName", "description", "text", "message", "baseModel"}


def form_of(key: str, value: object) -> str:
    if not isinstance(value, str):
        return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__
    return next((n for n, p in FORMS if key not in FREE_TEXT and re.fullmatch(p, value)), "text")


def differences(real: Any, ours: Any, path: str = "") -> list[str]:
    """Every difference of keys and forms; of a list the first elements speak for all."""
    key = path.rpartition(".")[2].partition("[")[0]
    if isinstance(real, dict) and isinstance(ours, dict):
        found = [f"{path}.{k}: only {'real' if k in real else 'ours'}".lstrip(".") for k in real.keys() ^ ours.keys()]
        return found + [
            d for k in real.keys() & ours.keys() for d in differences(real[k], ours[k], f"{path}.{k}".lstrip("."))
        ]
    if isinstance(real, list) and isinstance(ours, list):
        return differences(real[0], ours[0], f"{path}[0]") if real and ours else []
    forms = form_of(key, real), form_of(key, ours)
    return [] if forms[0] == forms[1] else [f"{path}: {forms[0]} became {forms[1]}"]


def unexplained(real: Any, ours: Any) -> list[str]:
    return sorted(set(differences(real, ours)) - DIFFERENCES)


def recorded(name: str) -> Any:
    return json.loads(body(name))


@pytest.fixture
def uris(client: Client) -> Json:
    """Training and validation data of forty examples with answers of different lengths."""
    client.settings(catalog="historic")
    rows = [example(f"Context {n}: " + "words " * (n + 3), "answer " * (n % 7 + 1)) for n in range(40)]
    return {
        "trainingDatasetUri": client.upload("train/train.jsonl", jsonl(rows)),
        "validationDatasetUri": client.upload("val/val.jsonl", jsonl(rows[:8])),
    }


@pytest.mark.parametrize("name", ["vertex.sft.pending.text.json", "vertex.sft.pending.create-response.image.json"])
def test_a_job_just_created(client: Client, uris: Json, name: str) -> None:
    real = recorded(name)
    spec = {**uris, "hyperParameters": {}}

    ours = client.tune("", baseModel=real["baseModel"], tunedModelDisplayName="test", spec=spec)

    assert unexplained(real, ours) == []
    assert list(ours) == list(real)


@pytest.mark.parametrize(
    "name", ["vertex.sft.succeeded.qa-full-stats.json", "vertex.sft.succeeded.image-full-stats.json"]
)
def test_a_job_that_succeeded(client: Client, uris: Json, name: str) -> None:
    real = recorded(name)

    made = client.tune("", baseModel=real["baseModel"], tunedModelDisplayName="test", spec=uris)
    client.advance(1e6)
    ours = client.get(f"/v1/{made['name']}")

    assert unexplained(real, ours) == []
    assert list(ours) == list(real)


def test_a_job_that_failed_and_left_its_model(client: Client, uris: Json) -> None:
    real = recorded("vertex.sft.failed.endpoint-creation.json")
    client.fault("vertex.tuningJobs.run", "no-endpoint")

    made = client.tune(uris["trainingDatasetUri"], baseModel=real["baseModel"])
    client.advance(1e6)
    ours = client.get(f"/v1/{made['name']}")

    assert unexplained(real, ours) == []
    assert ours["error"] == real["error"]


def test_recorded_buckets_follow_the_same_rule() -> None:
    from reconciler.emulator.statistics import _buckets

    stats = recorded("vertex.sft.succeeded.qa-full-stats.json")["tuningDataStats"]["supervisedTuningDataStats"]
    for key in ("userInputTokenDistribution", "userOutputTokenDistribution"):
        real = stats[key]
        values = [b["left"] for b in real["buckets"]] + [real["max"]]

        ours = _buckets(sorted(values))

        assert [(b["left"], b["right"]) for b in ours] == [(b["left"], b["right"]) for b in real["buckets"]]


@pytest.mark.parametrize(
    "name",
    [
        "gemini.operation.create-response.v1beta.json",
        "gemini.operation.curl.json",
        "gemini.operation.website-sample.json",
    ],
)
def test_an_operation_just_created(client: Client, name: str) -> None:
    client.settings(catalog="historic")

    ours = client.tune_numbers()

    assert unexplained(recorded(name), ours) == []
    assert list(ours["metadata"]) == list(recorded(name)["metadata"])


def test_a_tuned_model_being_created(client: Client) -> None:
    client.settings(catalog="historic")
    client.tune_numbers("increment")

    ours = client.get("/v1beta/tunedModels/increment")

    assert unexplained(recorded("gemini.tunedModel.creating.json"), ours) == []


def test_a_list_of_tuned_models(client: Client) -> None:
    client.settings(catalog="historic")
    for _ in range(2):
        client.tune_numbers(description="x")
    client.advance(100)

    ours = client.get("/v1beta/tunedModels")
    real = recorded("gemini.tunedModels.list.json")

    assert unexplained(real, ours) == []
    assert list(ours["tunedModels"][0]) == list(real["tunedModels"][0])
    assert [m["createTime"] for m in real["tunedModels"]] == sorted(m["createTime"] for m in real["tunedModels"])
    assert list(ours["tunedModels"][0]["tuningTask"]) == list(real["tunedModels"][0]["tuningTask"])


@pytest.mark.parametrize("where", ["tuningJobs.create (sync)", "tunedModels.get after delete"])
def test_texts_of_errors_are_the_recorded_ones(client: Client, uris: Json, where: str) -> None:
    real = [e["message"] for e in recorded("errors.published.json") if e["where"] == where]
    bad = client.upload("bad.jsonl", b'{"prompt": "x"}\n')
    spec = {
        "trainingDatasetUri": uris["trainingDatasetUri"],
        "hyperParameters": {"adapterSize": "ADAPTER_SIZE_THIRTY_TWO"},
    }
    specs = [{"trainingDatasetUri": bad}, {"trainingDatasetUri": "gs://acme-data/x.csv"}, spec]

    bodies = [{"baseModel": "gemini-1.5-pro-002", "supervisedTuningSpec": s} for s in specs]
    path = "/v1/projects/acme/locations/us-central1/tuningJobs"
    ours = [client.call("POST", path, body).message for body in bodies]
    ours.append(client.call("GET", "/v1beta/tunedModels/generate-num-9151").message)

    assert real
    assert [text for text in real if not any(text in message for message in ours)] == []
