"""`show --live`: what the service tells of each attempt, beside what is counted of the very bytes it was trained on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.cli import run
from reconciler.core.job_details import side_by_side
from reconciler.core.lock import SourceRecord, Submission
from reconciler.core.model import Address
from reconciler.workflow.job_details import details_of
from tests.fakes.specs import a_spec
from tests.fakes.stage import Stage
from tests.library.project import ADDRESS, applied, edited, project_in

COPIED = Submission(
    project="acme-ml",
    training={"from": {"model": "projects/1/locations/us-central1/models/2@1"}},
    source=SourceRecord(workspace="staging", address="vertex/router", attempt="1"),
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return project_in(tmp_path, monkeypatch)


def test_our_count_stands_beside_the_service_s_where_the_bytes_are_at_hand(project: Path) -> None:
    (found,) = applied().details(ADDRESS).attempts

    assert found.details is not None
    assert found.details.statistics is not None
    rows = {row.name: row for row in side_by_side(found.details.statistics, found.ours)}
    lines = Path("specs/data/train.jsonl").read_text(encoding="utf-8").splitlines()
    assert (rows["examples"].theirs, rows["examples"].ours) == (len(lines), len(lines))
    tokens = rows["billable tokens"]
    assert tokens.theirs
    assert tokens.ours
    assert 0.5 < tokens.ours / tokens.theirs < 2


def test_an_evaluation_of_a_checkpoint_is_shown_with_the_name_of_its_run(project: Path) -> None:
    output = "outputConfig: {gcsDestination: {outputUriPrefix: gs://acme-tuning/evaluation}}"
    config = f"evaluationConfig: {{metrics: [{{exactMatchSpec: {{}}}}], {output}}}"
    data = "trainingDatasetUri: data/train.jsonl"
    edited("gemini-3.5-flash", "gemini-2.5-flash")
    edited(data, f"{data}, validationDatasetUri: data/validation.jsonl, {config}")

    details = applied().details(ADDRESS)

    assert details.attempts[0].details is not None
    runs = [run.resource_name for run in details.attempts[0].details.evaluations]
    assert runs
    assert all("/locations/us-central1/evaluationRuns/" in name for name in runs)
    assert all(f"\n    {name}\n" in str(details) for name in runs)
    shown = json.loads(details.to_json())["attempts"][0]["service"]["evaluations"]
    assert [run["resource_name"] for run in shown] == runs


def test_other_bytes_are_no_count_of_what_was_trained_on(project: Path) -> None:
    tuned = applied()
    data = Path("specs/data/train.jsonl")
    data.write_text(data.read_text(encoding="utf-8").replace("?", "!", 1) + "\n", encoding="utf-8")
    shutil.rmtree(".tuneform/cache", ignore_errors=True)

    (found,) = tuned.details(ADDRESS).attempts

    assert found.details is not None
    assert found.ours is None


def test_what_the_service_has_no_more_says_so(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec()])
    stage.apply()
    (entry,) = stage.lock.entries.values()
    stage.cloud.jobs.clear()

    (found,) = details_of(stage.world(), Address("vertex", "router"), entry)

    assert found.details is None
    assert found.missing == "The service has it no more."


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"job": ""}, "Nothing was submitted."),
        ({"submission": COPIED}, "A copy: nothing was trained for it."),
    ],
)
def test_what_was_not_trained_is_not_asked_for(tmp_path: Path, change: dict[str, Any], missing: str) -> None:
    stage = Stage(tmp_path, [a_spec()])
    stage.apply()
    (entry,) = stage.lock.entries.values()
    trainings = {number: replace(training, **change) for number, training in entry.trainings.items()}
    asked = stage.cloud.calls("details")

    (found,) = details_of(stage.world(), Address("vertex", "router"), replace(entry, trainings=trainings))

    assert found.missing == missing
    assert stage.cloud.calls("details") == asked


def test_every_attempt_is_told_of_the_newest_first(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tuned = applied()
    edited("data/train.jsonl}", "data/train.jsonl, hyperParameters: {epochCount: 3}}")
    assert tuned.apply().wait().ok
    capsys.readouterr()

    code = run(["show", ADDRESS, "--live"])

    out = capsys.readouterr().out
    assert code == 0
    assert out.index("training 2") < out.index("training 1")
    assert out.count("billable tokens") == 2


def test_an_address_that_is_not_in_the_lock_is_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    applied()

    assert run(["show", "vertex/nobody", "--live"]) == 1
    assert "RUN013" in capsys.readouterr().err
