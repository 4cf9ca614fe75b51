"""What somebody made by hand comes in: a spec, a lock entry, labels, an empty plan, and no training."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.ownership.room import PLACE, SAMPLE, Room

BETA = f"v1beta1/{PLACE}"


@pytest.fixture
def made(room: Room) -> dict[str, Any]:
    return room.job_by_hand("By hand", labels={"team": "support"})


@pytest.mark.parametrize("of", ["job", "model", "bare model", "endpoint", "checkpoint endpoint"])
def test_a_job_a_model_or_an_endpoint_is_imported_and_the_plan_is_empty(
    room: Room, made: dict[str, Any], of: str
) -> None:
    tuned = made["tunedModel"]
    name = {
        "job": made["name"],
        "model": tuned["model"],
        "bare model": tuned["model"].partition("@")[0],
        "endpoint": tuned["endpoint"],
        "checkpoint endpoint": tuned["checkpoints"][0]["endpoint"],
    }[of]

    shown = room.run("import", "vertex/by-hand", name, "--yes")

    assert shown.code == 0, shown.text
    assert room.actions() == []
    assert len(room.jobs()) == 1
    assert room.training("vertex/by-hand")["role"] == "serving"


def test_the_spec_has_what_people_said_and_the_rest_as_comments(room: Room, made: dict[str, Any]) -> None:
    room.run("import", "vertex/by-hand", made["name"], "--yes")

    text = (room.folder / "specs/by-hand.yaml").read_text(encoding="utf-8")
    assert "baseModel: gemini-3.5-flash" in text
    assert "tunedModelDisplayName: By hand" in text
    assert f"trainingDatasetUri: {SAMPLE}" in text
    assert f"existing: {made['name']}" in text
    assert "  labels:\n    team: support\n" in text
    assert "google-" not in text
    assert "tune-type" not in text
    assert [line for line in text.splitlines() if "epochCount" in line] == [
        "    # hyperParameters: {adapterSize: ADAPTER_SIZE_FOUR, epochCount: 2, learningRateMultiplier: 1.0}"
    ]


def test_the_model_and_the_endpoint_get_our_labels_and_keep_theirs(room: Room, made: dict[str, Any]) -> None:
    room.run("import", "vertex/by-hand", made["name"], "--yes")

    for name in (made["tunedModel"]["model"].partition("@")[0], made["tunedModel"]["endpoint"]):
        labels = room.ask("GET", f"/v1/{name}")["labels"]
        assert (labels["tuneform-workspace"], labels["tuneform-name"]) == ("acme", "by-hand")
        assert (labels["team"], labels["tune-type"]) == ("support", "sft")
        assert "google-vertex-llm-tuning-job-id" in labels


def test_a_running_job_comes_in_and_serves_when_it_is_done(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "manual")
    room.run("status")
    job = room.ask("POST", f"/v1/{PLACE}/tuningJobs", _body("Slow"))

    shown = room.run("import", "vertex/slow", job["name"], "--yes")
    room.ask("POST", "/_emulator/clock", {"advance": 100_000})
    waited = room.run("wait")

    assert (shown.code, waited.code) == (4, 0), shown.text + waited.text
    assert room.training("vertex/slow")["role"] == "serving"
    assert room.actions() == []


def test_a_model_whose_data_is_gone_comes_in_with_a_note(room: Room) -> None:
    room.ask("POST", "/upload/storage/v1/b/mine/o", _rows(), query="uploadType=media&name=train.jsonl")
    job = room.job_by_hand("Old", supervisedTuningSpec={"trainingDatasetUri": "gs://mine/train.jsonl"})
    room.ask("DELETE", "/storage/v1/b/mine/o/train.jsonl")

    shown = room.run("import", "vertex/old", job["name"], "--yes")

    assert shown.code == 0, shown.text
    assert "note PLAN012" in shown.text
    assert room.actions() == []


def test_a_model_without_a_job_comes_in(room: Room, made: dict[str, Any]) -> None:
    model = made["tunedModel"]["model"].partition("@")[0]
    labels = room.ask("GET", f"/v1/{model}")["labels"]
    body = {"labels": {k: v for k, v in labels.items() if k != "google-vertex-llm-tuning-job-id"}}
    room.ask("PATCH", f"/v1/{model}", body, query="updateMask=labels")

    shown = room.run("import", "vertex/copied", f"{model}@1", "--yes")

    assert shown.code == 0, shown.text
    assert room.actions() == []


def test_a_name_that_leads_nowhere_is_told_and_nothing_is_written(room: Room) -> None:
    shown = room.run("import", "vertex/none", f"{PLACE}/tuningJobs/1", "--yes")

    assert (shown.code, "RUN018" in shown.text) == (1, True)
    assert list((room.folder / "specs").iterdir()) == []


@pytest.mark.parametrize("alias", ["default", "golden", "v2"])
def test_an_alias_is_refused_for_what_it_is(room: Room, made: dict[str, Any], alias: str) -> None:
    model = made["tunedModel"]["model"]

    shown = room.run("import", "vertex/by-hand", f"{model.partition('@')[0]}@{alias}")

    told = " ".join(shown.text.split())
    assert shown.code == 1
    assert f"{alias} is an alias" in told
    assert model in told
    assert "is not in the cloud" not in told


def test_a_failed_job_is_no_model(room: Room) -> None:
    room.ask("POST", "/_emulator/faults", {"method": "vertex.tuningJobs.run", "fault": "fail:3;message=bad"})
    job = room.job_by_hand("Failed")

    shown = room.run("import", "vertex/failed", job["name"], "--yes")

    assert (shown.code, "RUN018" in shown.text) == (1, True)


def test_an_address_that_is_declared_or_a_file_that_is_there_is_never_overwritten(
    room: Room, made: dict[str, Any]
) -> None:
    room.spec("by-hand")
    declared = room.run("import", "vertex/by-hand", made["name"], "--yes")
    taken = room.run("import", "vertex/other", made["name"], "--out", "specs/by-hand.yaml", "--yes")

    assert (declared.code, taken.code) == (1, 1)
    assert "declares vertex/by-hand already" in declared.text
    assert "exists already" in taken.text


def test_a_model_of_another_workspace_is_refused_without_allow_foreign(room: Room) -> None:
    job = room.job_by_hand("Theirs", labels={"tuneform-workspace": "theirs", "tuneform-name": "x"})

    refused = room.run("import", "vertex/theirs", job["name"], "--yes")
    left = list((room.folder / "specs").iterdir())
    allowed = room.run("import", "vertex/theirs", job["name"], "--allow-foreign", "--yes")

    assert (refused.code, left) == (3, [])
    assert "PLAN104" in refused.text
    assert allowed.code == 0, allowed.text


def test_a_method_that_specs_do_not_have_is_told(room: Room, made: dict[str, Any]) -> None:
    from reconciler.core.model import LiveTraining, Status
    from reconciler.files.imported import cannot_be_declared

    live = LiveTraining("vertex", "x", Status.READY, "", training={"baseModel": "b", "veoTuningSpec": {}})

    assert "veoTuningSpec" in cannot_be_declared(live)


def test_all_lists_what_is_not_managed_and_yes_takes_it_in(room: Room, made: dict[str, Any]) -> None:
    room.job_by_hand("By hand")
    room.job_by_hand("Theirs", labels={"tuneform-workspace": "theirs", "tuneform-name": "x"})

    listed = room.run("import", "--all")
    imported = room.run("import", "--all", "--yes")

    assert [line.split("  ")[0] for line in listed.text.splitlines() if line.startswith("<")] == [
        "< vertex/by-hand",
        "< vertex/by-hand-2",
    ]
    assert imported.code == 0, imported.text
    assert sorted(p.name for p in (room.folder / "specs").iterdir()) == ["by-hand-2.yaml", "by-hand.yaml"]
    assert room.actions() == []
    assert "Nothing to import" in room.run("import", "--all").text


def test_a_forgotten_model_is_listed_and_not_imported_by_all(room: Room) -> None:
    room.spec("router")
    room.apply()
    room.run("forget", "vertex/router", "--yes")
    (room.folder / "specs/router.yaml").unlink()

    listed = room.run("import", "--all")
    imported = room.run("import", "--all", "--yes")

    assert "forgotten" in listed.text
    assert "Nothing to import" in imported.text


def test_a_forgotten_model_is_imported_by_name(room: Room) -> None:
    room.spec("router")
    room.apply()
    job = room.training("vertex/router")["job"]
    room.run("forget", "vertex/router", "--yes")
    (room.folder / "specs/router.yaml").unlink()

    shown = room.run("import", "vertex/router", job, "--yes")

    assert shown.code == 0, shown.text
    assert room.actions() == []


def test_a_tuned_model_of_the_gemini_api_comes_in_without_its_data(room: Room) -> None:
    room.run("status")
    pairs = [{"textInput": str(n), "output": str(n + 1)} for n in range(20)]
    body = {
        "displayName": "next number",
        "baseModel": "models/gemini-1.5-flash-001-tuning",
        "tuningTask": {"trainingData": {"examples": {"examples": pairs}}},
    }
    room.ask("POST", "/v1beta/tunedModels", body, query="tunedModelId=next-number-1")
    room.ask("GET", "/_emulator/health")

    shown = room.run("import", "gemini/numbers", "tunedModels/next-number-1", "--yes")

    assert shown.code == 0, shown.text
    assert "PLAN013" in shown.text
    assert room.actions() == []


def test_what_a_tuned_model_was_trained_on_is_told_later_without_a_training(room: Room) -> None:
    test_a_tuned_model_of_the_gemini_api_comes_in_without_its_data(room)
    spec = room.folder / "specs/numbers.yaml"
    pairs = [f'{{textInput: "{n}", output: "{n + 1}"}}' for n in range(20)]
    data = "  tuningTask: {trainingData: {examples: {examples: [" + ", ".join(pairs) + "]}}}\n"
    spec.write_text(spec.read_text(encoding="utf-8") + data, encoding="utf-8")

    told = room.actions()
    room.apply()

    assert told == ["update gemini/numbers"]
    assert room.actions() == []


def test_a_spec_that_does_not_say_what_the_model_was_trained_from_plans_a_replace(
    room: Room, made: dict[str, Any]
) -> None:
    room.spec("by-hand", epochs=9, more=f"  tuneform: {{existing: {made['name']}}}\n")

    (change,) = room.plan()["changes"]
    room.apply()

    assert change["action"] == "adopt"
    assert ("supervisedTuningSpec.hyperParameters.epochCount", 2, 9) in [
        (f["field"], f["old"], f["new"]) for f in change["fields"]
    ]
    assert [note["code"] for note in change["notes"]] == ["PLAN011"]
    assert room.actions() == ["replace vertex/by-hand"]
    assert len(room.jobs()) == 1


def test_a_job_with_other_data_than_the_spec_plans_a_replace(room: Room) -> None:
    room.ask("POST", "/upload/storage/v1/b/mine/o", _rows(), query="uploadType=media&name=train.jsonl")
    job = room.job_by_hand("Other", supervisedTuningSpec={"trainingDatasetUri": "gs://mine/train.jsonl"})
    spec = room.spec("other", more=f"  tuneform: {{existing: {job['name']}}}\n")
    spec.write_text(
        spec.read_text(encoding="utf-8").replace("    hyperParameters: {epochCount: 3}\n", ""), encoding="utf-8"
    )

    room.apply()

    assert room.actions() == ["replace vertex/other"]


def _body(display: str) -> dict[str, Any]:
    data = {"trainingDatasetUri": SAMPLE, "hyperParameters": {"epochCount": "2"}}
    return {"baseModel": "gemini-3.5-flash", "tunedModelDisplayName": display, "supervisedTuningSpec": data}


def _rows() -> bytes:
    row = b'{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"b"}]}]}\n'
    return row * 20


@pytest.mark.parametrize("of", ["job", "model"])
def test_a_name_may_have_the_projects_id_instead_of_its_number(room: Room, made: dict[str, Any], of: str) -> None:
    name = made["name"] if of == "job" else made["tunedModel"]["model"]
    by_id = "projects/acme-ml/" + name.split("/", 2)[2]

    shown = room.run("import", "vertex/by-hand", by_id, "--yes")

    assert shown.code == 0, shown.text
    assert room.actions() == []


def test_existing_may_have_the_projects_id_instead_of_its_number(room: Room, made: dict[str, Any]) -> None:
    by_id = "projects/acme-ml/" + made["name"].split("/", 2)[2]
    room.spec("by-hand", epochs=2, more=f"  tuneform: {{existing: {by_id}}}\n")

    planned = room.actions()
    room.apply()

    assert planned == ["adopt vertex/by-hand"]
    assert room.actions() == []


def test_a_job_in_another_location_brings_its_location_along(room: Room) -> None:
    room.run("status")
    place = "projects/acme-ml/locations/europe-west4"
    job = room.ask("POST", f"/v1/{place}/tuningJobs", _body("Elsewhere"))
    room.ask("GET", "/_emulator/health")

    shown = room.run("import", "vertex/elsewhere", job["name"], "--yes")

    assert shown.code == 0, shown.text
    assert "  location: europe-west4\n" in (room.folder / "specs/elsewhere.yaml").read_text(encoding="utf-8")
    assert room.actions() == []


def test_a_model_tuned_further_from_another_one_names_its_parent(room: Room, made: dict[str, Any]) -> None:
    body = {
        "preTunedModel": {"tunedModelName": made["tunedModel"]["model"]},
        "tunedModelDisplayName": "child",
        "supervisedTuningSpec": {"trainingDatasetUri": SAMPLE},
    }
    job = room.ask("POST", f"/v1/{PLACE}/tuningJobs", body)
    room.ask("GET", "/_emulator/health")

    shown = room.run("import", "vertex/child", job["name"], "--yes")

    assert shown.code == 0, shown.text
    assert f"tunedModelName: {made['tunedModel']['model']}" in (room.folder / "specs/child.yaml").read_text(
        encoding="utf-8"
    )
    assert room.actions() == []


@pytest.mark.parametrize("label", ["1e5", "0123", "on", "null", "-1", "2026-01-01"])
def test_a_label_that_looks_like_something_else_stays_text(room: Room, label: str) -> None:
    job = room.job_by_hand("By hand", labels={"team": label})

    shown = room.run("import", "vertex/by-hand", job["name"], "--yes")

    assert shown.code == 0, shown.text
    assert room.actions() == []


def test_usage_that_names_half_of_it_ends_with_64(room: Room) -> None:
    assert room.run("import", "vertex/by-hand").code == 64
    assert room.run("import").code == 64
    assert room.run("import", "vertex/by-hand", "x", "--all").code == 64


@pytest.fixture
def files(room: Room) -> dict[str, Any]:
    """An open model that somebody tuned from the console: files, and no Model."""
    turns = [{"role": "user", "content": "Where is it?"}, {"role": "assistant", "content": "Here."}]
    rows = f"{json.dumps({'messages': turns})}\n".encode() * 20
    room.ask("POST", "/upload/storage/v1/b/theirs/o", rows, query="uploadType=media&name=messages.jsonl")
    body = {
        "baseModel": "meta/llama3_1@llama-3.1-8b-instruct",
        "tunedModelDisplayName": "By hand",
        "labels": {"team": "support"},
        "outputUri": "gs://theirs/out",
        "supervisedTuningSpec": {"trainingDatasetUri": "gs://theirs/messages.jsonl"},
    }
    job = room.ask("POST", f"/{BETA}/tuningJobs", body)
    room.ask("GET", "/_emulator/health")
    return room.ask("GET", f"/v1beta1/{job['name']}")


def test_an_open_model_is_imported_with_where_its_files_are(room: Room, files: dict[str, Any]) -> None:
    shown = room.run("import", "vertex/by-hand", files["name"], "--yes")

    text = (room.folder / "specs/by-hand.yaml").read_text(encoding="utf-8")
    assert shown.code == 0, shown.text
    assert room.actions() == []
    assert room.training("vertex/by-hand")["artifacts"].startswith("gs://theirs/out/")
    assert "outputUri: gs://theirs/out\n" in text
    assert "tunedModelDisplayName: By hand\n" in text
    assert "  labels:\n    team: support\n" in text


def test_an_open_model_whose_files_are_gone_is_not_imported(room: Room, files: dict[str, Any]) -> None:
    for item in room.ask("GET", "/storage/v1/b/theirs/o", query="prefix=out/")["items"]:
        room.ask("DELETE", f"/storage/v1/b/theirs/o/{quote(item['name'], safe='')}")

    shown = room.run("import", "vertex/by-hand", files["name"], "--yes")

    assert shown.code == 1
    assert "has no model" in shown.text
