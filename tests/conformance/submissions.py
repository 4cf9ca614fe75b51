"""What is trained in a life: submissions that have every field that our adapters know how to send."""

from __future__ import annotations

from typing import Any

from reconciler.core.lock import DataRecord, Submission

PROJECT, LOCATION = "acme", "us-central1"
TRAIN, VALIDATE, PAIRS, LARGE = (f"gs://acme-data/{n}.jsonl" for n in ("train", "validate", "pairs", "large"))
EXAMPLES = tuple((str(n), str(n + 1)) for n in range(20))


def supervised() -> Submission:
    """Every hyperparameter, and data to watch the loss on."""
    parameters = {"epochCount": 2, "adapterSize": "ADAPTER_SIZE_FOUR", "learningRateMultiplier": 0.5}
    return Submission(
        project=PROJECT,
        location=LOCATION,
        training={"baseModel": "gemini-2.5-flash", "supervisedTuningSpec": {"hyperParameters": parameters}},
        in_place={"tunedModelDisplayName": "Capitals", "description": "Knows", "labels": {"team": "support"}},
        data=(
            DataRecord(field="supervisedTuningSpec.trainingDatasetUri", uri=TRAIN),
            DataRecord(field="supervisedTuningSpec.validationDatasetUri", uri=VALIDATE),
        ),
        digest="v1-abc",
        data_id="crc-1",
    )


def continued(parent_model: str, checkpoint: str) -> Submission:
    """From a checkpoint of another training."""
    return Submission(
        project=PROJECT,
        location=LOCATION,
        training={"preTunedModel": {"checkpointId": checkpoint}, "supervisedTuningSpec": {}},
        in_place={"tunedModelDisplayName": "More capitals"},
        reported={"supervisedTuningSpec": {"exportLastCheckpointOnly": True}},
        data=(DataRecord(field="supervisedTuningSpec.trainingDatasetUri", uri=TRAIN),),
        parent_model=parent_model,
        digest="v1-def",
        data_id="crc-1",
    )


def preference() -> Submission:
    """Pairs of a better and a worse answer."""
    parameters = {"epochCount": 1, "adapterSize": "ADAPTER_SIZE_EIGHT", "learningRateMultiplier": 2.0, "beta": 0.2}
    return Submission(
        project=PROJECT,
        location=LOCATION,
        training={"baseModel": "gemini-2.5-flash", "preferenceOptimizationSpec": {"hyperParameters": parameters}},
        in_place={"tunedModelDisplayName": "Polite"},
        data=(DataRecord(field="preferenceOptimizationSpec.trainingDatasetUri", uri=PAIRS),),
        digest="v1-ghi",
        data_id="crc-2",
    )


def generative(parent_model: str = "", **changed: Any) -> Submission:
    """The Gemini API; `changed` are hyperparameters instead of a learning rate."""
    rate: dict[str, Any] = changed or {"learningRate": 0.002}
    parameters = {"epochCount": 3, "batchSize": 2, **rate}
    source: dict[str, Any] = {} if parent_model else {"baseModel": "models/gemini-1.5-flash-001-tuning"}
    return Submission(
        project=PROJECT,
        training={**source, "tuningTask": {"hyperparameters": parameters}},
        in_place={
            "displayName": "next number",
            "description": "Adds one.",
            "temperature": 0.75,
            "topP": 0.75,
            "topK": 9,
        },
        data=(DataRecord(field="tuningTask.trainingData", examples=len(EXAMPLES)),),
        parent_model=parent_model,
        digest="v1-abc",
        data_id="sha-1",
    )
