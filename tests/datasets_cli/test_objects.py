"""Training data in Cloud Storage: priced by its size, recorded at submit, looked up again, noticed when it changes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.datasets_cli.conftest import WORKSPACE, Project, rows

OBJECT = "acme-tuning/train.jsonl"
URI = f"gs://{OBJECT}"


@pytest.fixture
def stored(project: Project) -> Project:
    """A spec whose data is an object of twenty examples."""
    project.upload(OBJECT, rows(20))
    project.model(data=URI)
    return project


def _data(training: dict[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = training["submission"]["data"][0]
    return record


def test_an_object_is_priced_by_its_size_alone(stored: Project) -> None:
    shown = stored.run("plan")

    assert "(from the object's" in shown.out
    assert shown.code == 0


def test_what_was_trained_on_is_in_the_lock(stored: Project) -> None:
    applied = stored.run("apply --yes")

    record = _data(stored.trainings()["1"])
    assert applied.code == 0
    assert record["uri"] == URI
    assert record["crc32c"]
    assert record["size"] == len(rows(20))


def test_other_bytes_behind_the_same_uri_are_reported(stored: Project) -> None:
    stored.run("apply --yes")
    stored.upload(OBJECT, rows(20, first="other"))

    plan = stored.run("plan --detailed-exitcode")
    applied = stored.run("apply --yes")

    assert plan.code == 0
    assert "= vertex/router" in plan.out
    assert "PLAN002" in plan.out
    assert "tuneform apply --replace vertex/router" in plan.out
    assert applied.code == 0
    assert list(stored.trainings()) == ["1"]


def test_the_same_bytes_uploaded_again_are_no_change(stored: Project) -> None:
    stored.run("apply --yes")
    stored.upload(OBJECT, rows(20))

    assert "Nothing to do: 1 model is as declared." in stored.run("plan").out


def test_other_bytes_train_anew_where_the_spec_asks_for_it(stored: Project) -> None:
    stored.model(data=URI, lifecycle={"onDataChange": "retune"})
    stored.run("apply --yes")
    stored.upload(OBJECT, rows(30))

    plan = stored.run("plan --detailed-exitcode")
    applied = stored.run("apply --yes")

    assert plan.code == 2
    assert "± vertex/router" in plan.out
    assert applied.code == 0
    trainings = stored.trainings()
    assert [t["role"] for t in trainings.values()] == ["deposed", "serving"]
    assert _data(trainings["1"])["crc32c"] != _data(trainings["2"])["crc32c"]
    assert "Nothing to do: 1 model is as declared." in stored.run("plan").out


def test_an_object_that_is_not_there_is_told_before_anything_is_submitted(stored: Project) -> None:
    stored.model(data="gs://acme-tuning/none.jsonl")

    shown = stored.run("plan")

    assert shown.code == 1
    assert "RUN011" in shown.text


def test_a_local_file_needs_a_staging_bucket(project: Project) -> None:
    project.write("tuneform.yaml", WORKSPACE.replace(", stagingUri: gs://acme-tuning/staging", ""))
    project.model()

    shown = project.run("plan")

    assert shown.code == 1
    assert "RUN010" in shown.text
    assert "stagingUri" in shown.text


# What the job really read


@pytest.fixture
def submitted(stored: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The job is created, and time stands still."""
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "manual")
    shown = stored.run("apply --yes --no-wait")
    assert shown.code == 4, shown.text
    return stored


def test_data_that_stayed_what_it_was_is_seen_once(submitted: Project) -> None:
    submitted.advance(3600)

    shown = submitted.run("wait")

    training = submitted.trainings()["1"]
    assert shown.code == 0
    assert "DATA_SEEN" in training["times"]
    assert "dataUnproven" not in training
    assert "PLAN118" not in submitted.run("plan").out


def test_a_swap_between_submit_and_reading_is_told_and_recorded(submitted: Project) -> None:
    submitted.upload(OBJECT, rows(21))
    submitted.advance(3600)

    shown = submitted.run("wait")

    assert shown.code == 0
    assert "RUN020" in shown.text
    assert submitted.trainings()["1"]["dataUnproven"].startswith(f"{URI} was crc32c ")
    plan = submitted.run("plan")
    assert "PLAN118" in plan.out
    assert "tuneform apply --replace vertex/router" in plan.out


def test_an_object_that_is_gone_proves_nothing(submitted: Project) -> None:
    submitted.advance(37)
    submitted.remove(OBJECT)
    submitted.advance(3600)

    submitted.run("wait")

    assert submitted.trainings()["1"]["dataUnproven"] == f"{URI} was there when the job was submitted and is gone."


def test_a_change_after_the_job_has_read_its_data_is_only_a_change(submitted: Project) -> None:
    submitted.advance(37)
    assert submitted.run("wait --no-wait").code == 4
    submitted.upload(OBJECT, rows(21))
    submitted.advance(3600)

    shown = submitted.run("wait")

    assert shown.code == 0
    assert "RUN020" not in shown.text
    plan = submitted.run("plan").out
    assert "PLAN118" not in plan
    assert "PLAN002" in plan


def test_a_training_on_present_data_is_proven_again(submitted: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    submitted.upload(OBJECT, rows(21))
    submitted.advance(3600)
    submitted.run("wait")
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")

    submitted.run("apply --yes --replace vertex/router")

    assert "Nothing to do: 1 model is as declared." in submitted.run("plan").out


@pytest.mark.parametrize("command", ["plan", "apply --yes"])
def test_an_object_that_the_service_refuses_by_its_name_is_refused_before_anything_is_submitted(
    stored: Project, command: str
) -> None:
    stored.model(data=stored.upload("acme-tuning/train.json", rows(20)))

    shown = stored.run(command)

    assert shown.code == 1
    assert "specs/router.yaml" in shown.text
    assert "DATA112" in shown.text
    assert "Nothing was created" not in shown.text


def test_an_object_over_the_limit_of_its_base_model_is_refused_by_its_size(stored: Project) -> None:
    stored.workspace("  catalog: historic\n  models: {gemini-2.5-flash: {limits: {fileBytes: 100}}}")

    shown = stored.run("plan")

    assert shown.code == 1
    assert "DATA109" in shown.text
    assert "at most 100" in " ".join(shown.text.split())


def test_the_rules_over_objects_obey_the_workspaces_severities(stored: Project) -> None:
    stored.workspace("  catalog: historic\n  dataRules: {DATA112: warning}")
    stored.model(data=stored.upload("acme-tuning/train.json", rows(20)))

    shown = stored.run("plan")

    assert shown.code == 0
    assert "warning DATA112" in shown.out


def test_an_object_that_was_trained_on_is_not_judged_again(stored: Project) -> None:
    stored.run("apply --yes")
    stored.workspace("  catalog: historic\n  models: {gemini-2.5-flash: {limits: {fileBytes: 100}}}")

    assert stored.run("plan --detailed-exitcode").code == 0
