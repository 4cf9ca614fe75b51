"""What a plan says of an edit of training data: counts, from what was uploaded, and no example."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.workflow import reviewing
from tests.datasets_cli.conftest import Project, row, rows

_LINE = "data/train.jsonl: 20 → 24 examples: 6 added, 2 removed, 3 relabelled"


def _edit(project: Project) -> None:
    """Of the twenty examples two are gone and three have another answer; six are new."""
    kept = project.train.read_text(encoding="utf-8").splitlines(keepends=True)
    moved = [line.replace("billing", "shipping") for line in kept[:3]]
    project.write("specs/data/train.jsonl", "".join([*moved, *kept[3:18]]) + rows(6, first="a secret question"))


@pytest.fixture
def edited(project: Project) -> Project:
    """A model that was trained, and whose data was edited afterwards."""
    project.write("specs/data/train.jsonl", rows(20))
    project.model()
    assert project.run("apply --yes").code == 0
    _edit(project)
    return project


def _forget(project: Project) -> None:
    """Everything that may be missing on another machine."""
    for file in (project.folder / ".tuneform/cache").rglob("*.json"):
        file.unlink()


def _data_of(project: Project) -> list[dict[str, Any]]:
    (change,) = json.loads(project.run("plan --format json").out)["changes"]
    found: list[dict[str, Any]] = change["data"]
    return found


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_an_edit_is_a_line_of_counts(edited: Project, form: str) -> None:
    shown = edited.run(f"plan --format {form}").out

    assert _LINE in " ".join(shown.split())
    assert "secret question" not in shown


def test_programs_get_the_same_as_fields(edited: Project) -> None:
    (found,) = _data_of(edited)

    assert found["rows"] == {"added": 6, "removed": 2, "relabelled": 3, "unchanged": 15}
    assert found["examples"] == {"before": 20, "after": 24}
    assert found["tokens"]["before"] > 0
    assert found["field"] == "supervisedTuningSpec.trainingDatasetUri"
    assert "secret" not in json.dumps(found)


def test_what_apply_shows_before_it_asks_says_it_too(edited: Project) -> None:
    assert _LINE in " ".join(edited.run("apply --yes").out.split())


def test_an_edit_says_what_the_training_before_it_was_billed(edited: Project) -> None:
    (change,) = json.loads(edited.run("plan --format json").out)["changes"]

    billed = edited.trainings()["1"]["billableTokens"]
    assert change["data"][0]["tokens"]["before"] == billed
    assert float(change["cost_before"]["low"]) == pytest.approx(billed * 2 * 5 / 1e6, abs=1e-6)
    assert change["age_s"] >= 0


def test_a_machine_that_has_nothing_kept_learns_it_from_what_was_uploaded(edited: Project) -> None:
    edited.run("plan")
    _forget(edited)

    (found,) = _data_of(edited)

    assert found["rows"]["relabelled"] == 3


def _gone(project: Project) -> None:
    (training,) = project.trainings().values()
    project.remove(training["submission"]["data"][0]["sentUri"].removeprefix("gs://"))


def _replaced(project: Project) -> None:
    (training,) = project.trainings().values()
    project.upload(training["submission"]["data"][0]["sentUri"].removeprefix("gs://"), row("other", "bytes"))


@pytest.mark.parametrize(("happens", "why"), [(_gone, "is gone"), (_replaced, "has other bytes by now")])
def test_what_was_uploaded_may_be_lost_and_then_counts_alone_are_said(
    edited: Project, happens: Callable[[Project], None], why: str
) -> None:
    happens(edited)

    shown = edited.run("plan")

    assert shown.code == 0
    words = " ".join(shown.out.split())
    assert "data/train.jsonl: 20 → 24 examples: rows not compared (gs://" in words
    assert why in words


def test_large_data_is_not_downloaded_for_a_plan(edited: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reviewing, "MOST_BYTES", 100)

    words = " ".join(edited.run("plan").out.split())

    assert "20 → 24 examples: rows not compared (a plan reads up to" in words
    assert "tuneform dataset diff gs://" in words


def test_the_very_same_rows_in_another_order_are_said_to_be_that(project: Project) -> None:
    project.write("specs/data/train.jsonl", rows(20))
    project.model()
    project.run("apply --yes")
    lines = project.train.read_text(encoding="utf-8").splitlines(keepends=True)
    project.write("specs/data/train.jsonl", "".join(reversed(lines)))

    assert "20 examples: the same rows, in another order" in " ".join(project.run("plan").out.split())


def test_validation_data_is_compared_as_well(project: Project) -> None:
    project.write("specs/data/train.jsonl", rows(20))
    project.write("specs/data/val.jsonl", rows(4, first="check"))
    project.model()
    spec = json.loads((project.folder / "specs/router.yaml").read_text(encoding="utf-8"))
    spec["spec"]["supervisedTuningSpec"]["validationDatasetUri"] = "data/val.jsonl"
    project.write("specs/router.yaml", json.dumps(spec))
    project.run("apply --yes")
    project.write("specs/data/val.jsonl", rows(5, first="check"))

    words = " ".join(project.run("plan").out.split())

    assert "data/val.jsonl: 4 → 5 examples: 1 added" in words


def test_nothing_is_said_of_another_form_of_the_same_rows(project: Project) -> None:
    project.write("specs/data/train.jsonl", rows(20))
    project.model()
    project.run("apply --yes")
    project.train.write_bytes(project.train.read_bytes().replace(b"\n", b"\r\n"))

    (change,) = json.loads(project.run("plan --format json").out)["changes"]

    assert "data" not in change


def test_no_checksum_covers_it(edited: Project) -> None:
    before = json.loads(edited.run("plan --format json").out)
    _gone(edited)
    _forget(edited)
    after = json.loads(edited.run("plan --format json").out)

    assert before["changes"][0]["data"] != after["changes"][0]["data"]
    assert before["checksum"] == after["checksum"]
