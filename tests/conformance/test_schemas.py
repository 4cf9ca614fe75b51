"""Whole scenarios, body by body, against the published definitions: what is answered, and what our adapters ask."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.emulator import Request
from tests.conformance.exchanges import Exchange, Recorder, answer_violations, request_violations
from tests.conformance.life import Handle, lived
from tests.conformance.served import Served

ROOT = Path(__file__).parents[2]
Figure = Callable[[str], None]


@pytest.mark.parametrize("chapter", ["storage", "vertex", "gemini"])
def test_a_life_through_the_adapters_is_as_published_on_both_sides(chapter: str) -> None:
    recorders: list[Recorder] = []

    def wrap(handle: Handle) -> Handle:
        recorders.append(Recorder(handle))
        return recorders[0].handle

    lived(wrap, (chapter,))

    assert recorders[0].answer_violations() == []
    assert recorders[0].request_violations() == []


WORKSPACE = """\
apiVersion: tuneform.dev/v1
kind: Workspace
metadata: {name: acme}
spec:
  vertex: {project: acme-ml, location: us-central1, stagingUri: gs://acme-tuning/staging}
  gemini: {project: acme-ml}
  catalog: historic
  budget: {whenUnknown: allow}
"""
SPECS = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: capitals}
spec:
  baseModel: gemini-3.5-flash
  tunedModelDisplayName: Capitals
  description: Knows capitals.
  labels: {team: support}
  supervisedTuningSpec:
    trainingDatasetUri: train.jsonl
    validationDatasetUri: validate.jsonl
    hyperParameters: {epochCount: 2, adapterSize: 4, learningRateMultiplier: 0.5}
---
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: more-capitals}
spec:
  preTunedModel: {ref: {kind: VertexTunedModel, name: capitals}}
  tunedModelDisplayName: More capitals
  supervisedTuningSpec: {trainingDatasetUri: train.jsonl, hyperParameters: {epochCount: 1}}
---
apiVersion: tuneform.dev/v1
kind: GeminiTunedModel
metadata: {name: numbers}
spec:
  baseModel: models/gemini-1.5-flash-001-tuning
  displayName: next number
  temperature: 0.5
  tuningTask:
    hyperparameters: {epochCount: 2, batchSize: 4, learningRate: 0.001}
    trainingData: {examples: {examples: [EXAMPLES]}}
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Specs in a folder of their own, which is the present one."""
    from tests.conformance.served import training_data

    pairs = ", ".join(f'{{textInput: "{n}", output: "{n + 1}"}}' for n in range(20))
    (tmp_path / "specs").mkdir()
    (tmp_path / "tuneform.yaml").write_text(WORKSPACE)
    (tmp_path / "specs" / "models.yaml").write_text(SPECS.replace("EXAMPLES", pairs))
    (tmp_path / "specs" / "train.jsonl").write_bytes(training_data(30))
    (tmp_path / "specs" / "validate.jsonl").write_bytes(training_data(3).replace(b"capital", b"chief town"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "specs" / "models.yaml"


def run(*words: str) -> int:
    from reconciler.cli import run as command

    return command(list(words))


def edit(specs: Path, old: str, new: str) -> None:
    text = specs.read_text()
    assert old in text
    specs.write_text(text.replace(old, new))


def test_a_session_of_plan_and_apply_is_as_published_on_both_sides(
    served: Served, repository: Path, figure: Figure
) -> None:
    served.empty(catalog="historic", concurrent_jobs=4)
    emulator = (f"--emulator={served.url}",)

    ends = {
        "plan": run("plan", *emulator),
        "apply": run("apply", "--yes", *emulator),
        "plan again": run("plan", "--detailed-exitcode", *emulator),
    }
    edit(repository, "team: support", "team: sales")
    edit(repository, "displayName: next number", "displayName: counter")
    edit(repository, "temperature: 0.5", "temperature: 0.25")
    ends["patch"] = run("apply", "--yes", *emulator)
    edit(repository, "epochCount: 2, adapterSize", "epochCount: 3, adapterSize")
    ends["replace"] = run("apply", "--yes", *emulator)
    ends["prompt"] = run("prompt", "vertex/capitals", "What is the capital of Kenya?", *emulator)
    ends["status"] = run("status", *emulator)
    ends["destroy"] = run("destroy", "--all", "--yes", "--allow-delete", "--allow-empty", *emulator)

    assert ends == dict.fromkeys(ends, 0)
    assert served.recorder.request_violations() == []
    figure(f"{'exchanges of a plan and apply session':<42}{len(served.requests):>6}")


@pytest.mark.slow
def test_what_the_backend_tests_ask_and_get_is_as_published(figure: Figure) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist"]
    plugin = ["-p", "tests.conformance.recording_plugin", "tests/backends"]

    ended = subprocess.run(
        [*command, *plugin], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120, env=_environment()
    )

    found = re.search(r"recorded: (\d+) exchanges, (\d+) by adapters, 0 violations", ended.stdout)
    assert found, ended.stdout[-6000:]
    assert int(found[2]) > 100
    figure(f"{'exchanges of the backend tests':<42}{found[1]:>6}, {found[2]} by adapters")


def _environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}


def exchanged(verb: str, path: str, body: Any = None, answer: Any = None, query: str = "") -> Exchange:
    content = b"" if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json; charset=UTF-8"}
    return Exchange(Request(verb, path, query, {}, content), 200, headers, json.dumps(answer or {}).encode())


JOBS = "/v1/projects/acme/locations/us-central1/tuningJobs"


@pytest.mark.parametrize(
    ("path", "answer", "said"),
    [
        (f"{JOBS}/1", {"colour": "red"}, "no such field"),
        (f"{JOBS}/1", {"tuningJobState": "TUNING_JOB_STATE_TUNING"}, "no such field"),
        (f"{JOBS}/1", {"state": "JOB_STATE_CANCELING"}, "not one of its enum"),
        (f"{JOBS}/1", {"createTime": "2026-11-18T11:12:40"}, "not google-datetime"),
        (f"{JOBS}/1", {"createTime": "2026-11-18T11:12:40.25Z"}, "not google-datetime"),
        (f"{JOBS}/1", {"description": ""}, "default '' is written out"),
        (f"{JOBS}/1", {"labels": {"team": 1}}, "1 is not string"),
        (f"{JOBS}/1", {"supervisedTuningSpec": {"hyperParameters": {"epochCount": 2}}}, "2 is not int64"),
        (f"{JOBS}/1", {"error": {"code": "13"}}, "'13' is not int32"),
        ("/v1/projects/acme/locations/us/operations/1", {"metadata": {"@type": "type.googleapis.com/x.Y"}}, "nothing"),
        ("/v1beta/tunedModels/1", {"colour": "red"}, 'no field named "colour"'),
        ("/v1beta/tunedModels/1", {"display_name": "x"}, "spelt otherwise, or a default"),
        ("/v1beta/tunedModels/1", {"state": 2}, "2 would be written 'ACTIVE'"),
        ("/v1beta/tunedModels/1", {"description": ""}, "'' is spelt otherwise, or a default"),
        ("/v1beta/tunedModels/1", {"readerProjectNumbers": [12]}, "12 would be written '12'"),
        ("/v1beta/tunedModels/1", {"tuningTask": {"snapshots": [{"epoch": 0}]}}, "0 is spelt otherwise, or a default"),
        ("/storage/v1/b/acme/o/x", {"size": 5}, "5 is not uint64"),
        ("/storage/v1/b/acme/o/x", {"crc32c": 5}, "5 is not string"),
    ],
)
def test_an_answer_that_is_not_as_published_is_noticed(path: str, answer: Any, said: str) -> None:
    found = list(answer_violations(exchanged("GET", path, answer=answer)))

    assert len(found) == 1
    assert said in found[0]


@pytest.mark.parametrize(
    ("verb", "path", "body", "said"),
    [
        ("POST", JOBS, {"baseModell": "gemini"}, "no such field"),
        ("POST", JOBS, {"base_model": "gemini"}, "no such field"),
        ("POST", JOBS, {"state": "JOB_STATE_FAILED"}, "is output only"),
        ("POST", JOBS, {"supervisedTuningSpec": {"hyperParameters": {"adapterSize": 4}}}, "not one of its enum"),
        ("POST", JOBS, {"supervisedTuningSpec": {"hyperParameters": {"epochCount": 4}}}, "4 is not int64"),
        ("POST", "/v1beta/tunedModels", {"tuningTask": {"trainingData": {"examples": 1}}}, "examples"),
        ("PATCH", "/v1beta/tunedModels/1", {"topK": "7"}, "'7' would be written 7"),
        ("POST", "/v1beta/tunedModels/1:generateContent", {"content": []}, 'no field named "content"'),
        ("POST", "/v1beta/tunedModels/1:cancel", None, "no such method"),
        ("GET", f"{JOBS}/1/steps", None, "no such method"),
    ],
)
def test_a_request_that_is_not_as_published_is_noticed(verb: str, path: str, body: Any, said: str) -> None:
    found = list(request_violations(exchanged(verb, path, body)))

    assert len(found) == 1
    assert said in found[0]


def test_a_query_parameter_that_does_not_exist_is_noticed() -> None:
    found = list(request_violations(exchanged("GET", JOBS, query="pageSize=5&orderBy=name")))

    assert found == ["no query parameter 'orderBy'"]
