"""A misspelt field is refused: the emulator checks what is sent against the published definitions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.lock import DataRecord
from reconciler.emulator import Request
from tests.backends.fakes import (
    EXAMPLES,
    LOCATION,
    PROJECT,
    Cloud,
    a_gemini_submission,
    a_vertex_submission,
    some_markers,
)

VERTEX = f"/v1/projects/{PROJECT}/locations/{LOCATION}/tuningJobs"
GEMINI = "/v1beta/tunedModels"
FREE_FORM = {"labels"}


def misspelt(body: Any) -> Iterator[Any]:
    """Copies of a body, each with one key renamed."""
    if isinstance(body, list):
        yield from ([copy, *body[1:]] for copy in misspelt(body[0]))
    elif isinstance(body, dict):
        for key, value in body.items():
            yield {(f"{key}X" if k == key else k): v for k, v in body.items()}
            if key not in FREE_FORM:
                yield from ({**body, key: copy} for copy in misspelt(value))


def sent(cloud: Cloud, path: str, body: Any) -> int:
    return cloud.emulator.handle(Request("POST", path, "", {}, json.dumps(body).encode())).status


@pytest.mark.parametrize("service", ["vertex", "gemini"])
def test_every_field_that_is_sent_is_known_and_a_misspelt_one_is_refused(service: str, tmp_path: Path) -> None:
    cloud = Cloud.open(concurrent_jobs=9)
    cloud.has_training_data(tmp_path)
    validation = DataRecord(field="supervisedTuningSpec.validationDatasetUri", uri="gs://bucket/train.jsonl")
    submission = a_vertex_submission(
        data=(*a_vertex_submission().data, validation),
        reported={"supervisedTuningSpec": {"exportLastCheckpointOnly": True}},
    )
    path, body = (
        (VERTEX, cloud.vertex.request_body(submission, some_markers(), ()))
        if service == "vertex"
        else (GEMINI, cloud.gemini.request_body(a_gemini_submission(), some_markers(), EXAMPLES))
    )

    right = sent(cloud, path, body)
    wrong = [sent(cloud, path, copy) for copy in misspelt(body)]

    assert right == 200
    assert len(wrong) >= 8
    assert set(wrong) == {400}
