"""The situations that the recorded bodies were answered in, made again on an emulator."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reconciler.emulator import Emulator, Request
from tests.conformance.served import DAY_S, example

Json = dict[str, Any]
PARENT = "/v1/projects/example-project/locations/us-central1"


@dataclass
class Scene:
    """An emulator in the hand of a test, and plain requests to it."""

    emulator: Emulator

    @classmethod
    def open(cls) -> Scene:
        return cls(
            Emulator.open(None, speed="manual", catalog="historic", seed=3, concurrent_jobs=9, now=lambda: DAY_S)
        )

    def call(self, method: str, target: str, body: object = None) -> Any:
        """Any request; the answer's body, an error's too."""
        path, _, query = target.partition("?")
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return json.loads(b"".join(self.emulator.handle(Request(method, path, query, {}, data)).chunks))

    def advance(self, seconds: float) -> None:
        self.call("POST", "/_emulator/clock", {"advance": seconds})

    def fault(self, method: str, fault: str) -> None:
        self.call("POST", "/_emulator/faults", {"method": method, "fault": fault})

    def upload(self, name: str, rows: list[Json]) -> str:
        content = "".join(json.dumps(row) + "\n" for row in rows).encode()
        self.call("POST", f"/upload/storage/v1/b/example-bucket-a/o?uploadType=media&name={name}", content)
        return f"gs://example-bucket-a/{name}"


def questions(count: int) -> list[Json]:
    """Long contexts, short answers: what the recorded jobs were trained on."""
    story = "Context: On the next day protests turned into unrest, as clashes between troops and students grew. "
    return [example(f"{story * (2 + n % 7)}Question {n}: how many were there?", f"{n},000") for n in range(count)]


def pictures(count: int) -> list[Json]:
    """One picture and one question each."""
    rows = []
    for n in range(count):
        picture = {"fileData": {"mimeType": "image/jpeg", "fileUri": f"gs://example-bucket-c/{n}.jpg"}}
        question = {"text": "Describe this image in detail that captures the essence of it."}
        words = f"A brown and white cat number {n} looks to the left, its eyes shining yellow. " * (1 + n % 8)
        turns = [{"role": "user", "parts": [picture, question]}, {"role": "model", "parts": [{"text": words}]}]
        rows.append({"contents": turns})
    return rows


def pending(scene: Scene, base: str = "gemini-2.0-flash-001", rows: Callable[[int], list[Json]] = questions) -> Json:
    """As create answers when nothing but data and a name is given; vertexai.tuning sends an empty message, too."""
    spec = {
        "trainingDatasetUri": scene.upload("train.jsonl", rows(90)),
        "validationDatasetUri": scene.upload("val.jsonl", rows(20)),
        "hyperParameters": {},
    }
    body = {"baseModel": base, "supervisedTuningSpec": spec, "tunedModelDisplayName": "gemini-2.0-fine-tuning-test"}
    answer: Json = scene.call("POST", f"{PARENT}/tuningJobs", body)
    return answer


def pending_pictures(scene: Scene) -> Json:
    return pending(scene, rows=pictures)


def pending_with_hyperparameters(scene: Scene) -> Json:
    spec = {
        "trainingDatasetUri": scene.upload("train.jsonl", questions(90)),
        "validationDatasetUri": scene.upload("val.jsonl", questions(20)),
        "hyperParameters": {"epochCount": 3, "adapterSize": "ADAPTER_SIZE_FOUR"},
    }
    body = {"baseModel": "gemini-2.5-flash", "supervisedTuningSpec": spec, "tunedModelDisplayName": "pred-maint"}
    answer: Json = scene.call("POST", f"{PARENT}/tuningJobs".replace("/v1/", "/v1beta1/"), body)
    return answer


def ended(scene: Scene, job: Json, version: str = "v1") -> Json:
    scene.advance(1e6)
    answer: Json = scene.call("GET", f"/{version}/{job['name']}")
    return answer


def succeeded_questions(scene: Scene) -> Json:
    spec = {
        "trainingDatasetUri": scene.upload("train.jsonl", questions(500)),
        "validationDatasetUri": scene.upload("val.jsonl", questions(100)),
        "hyperParameters": {"epochCount": 10, "learningRateMultiplier": 1.0, "adapterSize": "ADAPTER_SIZE_EIGHT"},
    }
    body = {
        "baseModel": "gemini-1.5-flash-002",
        "supervisedTuningSpec": spec,
        "tunedModelDisplayName": "qa-fine-tuning",
    }
    return ended(scene, scene.call("POST", f"{PARENT}/tuningJobs", body))


def succeeded_pictures(scene: Scene) -> Json:
    return ended(scene, pending_pictures(scene))


def failed_without_endpoint(scene: Scene) -> Json:
    scene.fault("vertex.tuningJobs.run", "no-endpoint")
    folder = "gs://cloud-samples-data/ai-platform/generative_ai/gemini-1_5/text"
    spec = {"trainingDatasetUri": f"{folder}/sft_train_data.jsonl", "hyperParameters": {"epochCount": 10}}
    return ended(
        scene,
        scene.call("POST", f"{PARENT}/tuningJobs", {"baseModel": "gemini-1.5-pro-002", "supervisedTuningSpec": spec}),
    )


def numbers(scene: Scene, epochs: int = 5, batch: int = 2, pairs: int = 15, **fields: Any) -> Json:
    """The number generator of the documentation, which has fifteen pairs."""
    task = {
        "hyperparameters": {"epochCount": epochs, "batchSize": batch, "learningRate": 0.001},
        "trainingData": {"examples": {"examples": [{"textInput": str(n), "output": str(n + 1)} for n in range(pairs)]}},
    }
    source = {} if "tunedModelSource" in fields else {"baseModel": "models/gemini-1.0-pro-001"}
    body = {"displayName": "number generator model", **source, "tuningTask": task, **fields}
    answer: Json = scene.call("POST", "/v1beta/tunedModels", body)
    return answer


def creating(scene: Scene) -> Json:
    answer: Json = scene.call(
        "GET", f"/v1beta/{numbers(scene, 3, 4, displayName='number generator')['metadata']['tunedModel']}"
    )
    return answer


def listed(scene: Scene) -> Json:
    """Five that are ready, the first one with a description and some more pairs."""
    numbers(scene, 10, 16, 25, displayName="testnumbergenerator", description="Test tuned model")
    for batch, name in ((4, "my display name 81"), (2, "number generator model")) * 2:
        numbers(scene, 3, batch, displayName=name)
    scene.advance(1e5)
    answer: Json = scene.call("GET", "/v1beta/tunedModels")
    return answer
