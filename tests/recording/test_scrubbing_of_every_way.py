"""Nothing of anybody's is left of any way to tune: of its rewards, its teachers, its folders, its examples."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from reconciler.emulator import Request
from reconciler.emulator.definitions import load
from reconciler.emulator.recording.exchange import encoded
from reconciler.emulator.recording.scrubbing import Scrubber
from tests.recording.canaries import MARK, Planter
from tests.recording.sessions import Session
from tests.recording.ways import BETA, WAYS


def _planted(value: Any, planter: Planter, key: str = "") -> Any:
    """A body with a canary in each text that may be anybody's; what has a meaning stays, so that it is taken."""
    if isinstance(value, dict):
        return {k: _planted(v, planter, k) for k, v in value.items()}
    if isinstance(value, list):
        return [_planted(item, planter, key) for item in value]
    if not isinstance(value, str) or key in ("role", "type") or re.fullmatch(r"[A-Z_]+|\d+", value):
        return value
    return f"{value} {planter.text()}" if len(value) > 30 else planter.text()


def _requests_of(way: str) -> Iterator[tuple[str, str, Any]]:
    """Each request with a body that a way sends, and the answer to it."""
    sent: list[tuple[str, str, Any]] = []

    def alter(request: Request, status: int, body: Any) -> tuple[int, Any]:
        if request.method == "POST" and request.body[:1] == b"{" and "/upload/" not in request.path:
            sent.append((request.path, request.query, (json.loads(request.body), json.loads(json.dumps(body)))))
        return status, body

    WAYS[way](Session(alter))
    return iter(sent)


@pytest.mark.parametrize("way", WAYS)
def test_no_text_in_any_body_of_a_way_is_kept(way: str) -> None:
    planter, scrubber = Planter(), Scrubber()

    for path, query, (asked, answered) in _requests_of(way):
        for status, body in ((200, answered), (400, {"error": {"code": 400, "message": json.dumps(asked)}})):
            given = json.dumps(_planted(asked, planter)).encode()
            kept = scrubber.exchange(
                Request("POST", path, query, {}, given), status, {}, json.dumps(_planted(body, planter)).encode()
            )
            assert MARK.encode() not in encoded(kept).lower(), encoded(kept).decode()

    assert planter.planted > 10


@pytest.mark.parametrize("way", WAYS)
def test_none_of_our_names_is_left_in_a_recording_of_a_way(way: str) -> None:
    session = Session()

    WAYS[way](session)

    written = b"".join(map(encoded, session.recorder.exchanges)).lower()
    assert b"acme" not in written
    assert b"run.app" not in written
    assert b"evaluate(" not in written


@pytest.mark.parametrize(
    "schema",
    [
        "ReinforcementTuningSpec",
        "DistillationSpec",
        "FullFineTuningSpec",
        "PreferenceOptimizationSpec",
        "PreTunedModel",
    ],
)
def test_no_text_is_kept_however_deep_it_stands_in_the_spec_of_a_method(schema: str) -> None:
    definitions, planter, scrubber = load("vertex.v1beta1"), Planter(), Scrubber()
    field = schema[0].lower() + schema[1:]
    body = {field: planter.message(definitions, definitions.fields("TuningJob")[field].name, deep=9)}

    kept = scrubber.exchange(
        Request("POST", BETA, "", {}, json.dumps(body).encode()), 200, {}, json.dumps(body).encode()
    )

    assert MARK.encode() not in encoded(kept).lower()
    assert planter.planted > 3


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("pythonCodeSnippet", "import os\ndef evaluate(e, r):\n    return float(os.environ['zqcanary'])"),
        ("cloudRunUri", "https://zqcanary-7-uc.a.run.app/score?key=zqcanary"),
        ("autoraterPrompt", "projects/zqcanary/locations/us-central1/models/1 judges {{response}}"),
        ("outputUri", "gs://zqcanary/postprocess/node-0/checkpoints/final/zqcanary.json"),
        ("outputUri", "gs://zqcanary/zqcanary/metrics/metrics.json"),
        ("baseTeacherModel", "projects/zqcanary/locations/us-central1/models/zqcanary@2"),
        ("tunedTeacherModelSource", "projects/zqcanary/locations/us-central1/models/7@zqcanary"),
        ("baseModel", "meta/zqcanary@llama-3.1-8b-instruct"),
        ("baseModel", "publishers/zqcanary/models/llama3_1@llama-3.1-8b"),
        ("customBaseModel", "gs://zqcanary/weights.safetensors/zqcanary.safetensors"),
    ],
)
def test_what_only_looks_like_a_services_own_name_is_not_kept(field: str, text: str) -> None:
    body = json.dumps(
        {field: text, "distillationSpec": {field: text}, "reinforcementTuningSpec": {field: text}}
    ).encode()
    query = urlencode({"filter": f"{field}={text}", "prefix": text})

    for status in (200, 400):
        kept = Scrubber().exchange(Request("POST", BETA, query, {}, body), status, {}, body)
        assert MARK.encode() not in encoded(kept).lower(), encoded(kept).decode()
