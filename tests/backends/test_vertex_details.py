"""What Vertex AI tells of one job and its data: everything that the definitions have, and nobody's examples."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from googleapiclient.discovery_cache import get_static_doc

from reconciler.backends.vertex_details import JOB_DETAILS, WireWholeJob, details_of
from reconciler.backends.vertex_types import WireEvaluationRun
from reconciler.core.job_details import JobDetails, side_by_side
from tests.recorded import body

NAME = "projects/1/locations/us-central1/tuningJobs/1"
SPREAD = {"min": 1, "max": 9, "mean": 4.5, "median": 4, "p5": 2, "p95": 8, "sum": 45, "buckets": [{"count": 3}]}
ELSEWHERE = {
    "state": "a state of the training",
    "labels": "markers, and labels of the spec",
    "error": "the error of the attempt in the lock",
    "tunedModel": "model, endpoint and checkpoints of the attempt",
    "tuningJobState": "the progress of a training",
    "tuningJobMetadata": "the progress of a training",
    "baseModel": "what the spec says",
    "preTunedModel": "what the spec says",
    "customBaseModel": "what the spec says",
    "serviceAccount": "what the spec says",
    "encryptionSpec": "what the spec says",
    "satisfiesPzi": "reserved for future use, says its description",
    "satisfiesPzs": "reserved for future use, says its description",
}
"""Fields of a job that `show --live` does not decode, and where they are or why nobody needs them."""


def told(job: dict[str, Any]) -> JobDetails:
    return details_of(JOB_DETAILS.decode(json.dumps({"name": NAME, **job})))


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_every_field_of_a_job_is_decoded_or_stands_on_the_list_with_a_reason(version: str) -> None:
    document = _definitions(version)
    fields = set(document[f"{_PREFIX[version]}TuningJob"]["properties"])
    decoded = {f.encode_name for f in msgspec.structs.fields(WireWholeJob)}

    assert fields - decoded - set(ELSEWHERE) == set()
    assert set(ELSEWHERE) - fields - (set() if version == "v1beta1" else _ONLY_IN_V1BETA1) == set()


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_every_field_of_an_evaluation_of_its_checkpoints_is_decoded_but_for_what_is_deprecated(version: str) -> None:
    fields = _definitions(version)[f"{_PREFIX[version]}EvaluateDatasetRun"]["properties"]
    decoded = {f.encode_name for f in msgspec.structs.fields(WireEvaluationRun)}

    assert [name for name, part in fields.items() if name not in decoded and not _is_deprecated(part)] == []
    assert decoded - set(fields) == set()


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_every_statistic_of_every_method_comes_out(version: str) -> None:
    document = _definitions(version)
    prefix = _PREFIX[version]
    for kind, part in document[f"{prefix}TuningDataStats"]["properties"].items():
        statistics = _made_up(document, part["$ref"])
        found = told({"tuningDataStats": {kind: statistics}}).statistics

        assert found is not None, kind
        inner = statistics.get("trainingDatasetStats", statistics)
        assert len(found.spreads) == sum(name.endswith("Distribution") for name in inner), kind
        assert all(spread.p95 == 8 and spread.total == 45 for spread in found.spreads.values()), kind
        rows = {row.name for row in side_by_side(found, None)}
        counts = [n for n in inner if n.endswith("Count")]
        assert len([r for r in rows if "," not in r]) >= len(counts), (kind, rows, counts)


@pytest.mark.parametrize("kind", ["qa", "image"])
def test_a_recorded_answer_is_told_without_its_examples(kind: str) -> None:
    name = f"vertex.sft.succeeded.{kind}-full-stats.json"
    answer = json.loads(body(name))
    examples = [
        part["text"]
        for example in answer["tuningDataStats"]["supervisedTuningDataStats"]["userDatasetExamples"]
        for part in example["parts"]
        if "text" in part
    ]

    found = details_of(JOB_DETAILS.decode(body(name)))

    theirs = answer["tuningDataStats"]["supervisedTuningDataStats"]
    assert examples
    assert not any(text in repr(found) for text in examples)
    assert found.statistics is not None
    assert found.statistics.examples == int(theirs["tuningDatasetExampleCount"])
    assert found.statistics.tokens == int(theirs["totalBillableTokenCount"])
    spread = found.statistics.spreads["input tokens"]
    assert sum(bucket.count for bucket in spread.buckets) == found.statistics.examples
    assert (found.started, found.ended) == (answer["startTime"], answer["endTime"])


def test_what_is_no_number_is_left_out() -> None:
    """Protocol buffers write such a double as a word."""
    wild = {**SPREAD, "mean": "NaN", "buckets": [{"left": 1, "right": "Infinity", "count": 1}]}

    found = told({"tuningDataStats": {"supervisedTuningDataStats": {"userInputTokenDistribution": wild}}}).statistics

    assert found is not None
    assert found.spreads["input tokens"].buckets == ()
    assert found.spreads["input tokens"].mean is None
    assert found.spreads["input tokens"].median == 4


def test_foreign_texts_move_no_cursor() -> None:
    found = told({"description": "a\x1b[2Jb", "gcsMetricsUri": "gs://b/\u202em", "tunedModelDisplayName": "n\nm"})

    assert "\x1b" not in repr(found.description)
    assert "\u202e" not in found.metrics_uri
    assert found.display_name == "n m"


_PREFIX = {"v1": "GoogleCloudAiplatformV1", "v1beta1": "GoogleCloudAiplatformV1beta1"}
_ONLY_IN_V1BETA1 = {"customBaseModel", "tuningJobState", "tuningJobMetadata", "satisfiesPzi", "satisfiesPzs"}


def _is_deprecated(part: dict[str, Any]) -> bool:
    return "Deprecated" in part["description"]


def _definitions(version: str) -> dict[str, Any]:
    """Google's own, out of its client."""
    schemas: dict[str, Any] = json.loads(str(get_static_doc("aiplatform", version)))["schemas"]
    return schemas


def _made_up(document: dict[str, Any], schema: str) -> dict[str, Any]:
    """A value for every field, by its type."""
    found: dict[str, Any] = {}
    for name, part in document[schema]["properties"].items():
        if name.endswith("Distribution"):
            found[name] = SPREAD
        elif name == "trainingDatasetStats":
            found[name] = _made_up(document, part["$ref"])
        elif part.get("format") == "int64":
            found[name] = "7"
    return found
