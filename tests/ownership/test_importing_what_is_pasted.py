"""import finds a model by a bare number, a part of its name, or the address of a page; what is ambiguous is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ownership.room import PLACE, SAMPLE, Room

CONSOLE = "https://console.cloud.google.com/vertex-ai"


@pytest.fixture
def made(room: Room) -> dict[str, Any]:
    return room.job_by_hand("By hand")


def number(name: str) -> str:
    return name.rpartition("/")[2].partition("@")[0]


@pytest.mark.parametrize("of", ["job", "model", "version", "endpoint", "checkpoint endpoint"])
def test_the_number_at_the_end_of_a_name_is_enough(room: Room, made: dict[str, Any], of: str) -> None:
    tuned = made["tunedModel"]
    pasted = {
        "job": number(made["name"]),
        "model": number(tuned["model"]),
        "version": f"{number(tuned['model'])}@1",
        "endpoint": number(tuned["endpoint"]),
        "checkpoint endpoint": number(tuned["checkpoints"][0]["endpoint"]),
    }[of]

    shown = room.run("import", "vertex/by-hand", pasted, "--yes")

    assert shown.code == 0, shown.text
    assert room.training("vertex/by-hand")["job"] == made["name"]
    assert room.actions() == []


@pytest.mark.parametrize(
    "page",
    [
        "/studio/tuning/locations/us-central1/tuningJob/{job}/monitor?project=acme-ml",
        "/models/locations/us-central1/models/{model}/versions/1?project=acme-ml",
        "/online-prediction/locations/us/endpoints/{endpoint}?project=acme-ml",
    ],
)
def test_the_address_of_a_page_of_the_console_is_enough(room: Room, made: dict[str, Any], page: str) -> None:
    tuned = made["tunedModel"]
    names = {"job": made["name"], "model": tuned["model"], "endpoint": tuned["endpoint"]}
    pasted = CONSOLE + page.format(**{key: number(name) for key, name in names.items()})

    shown = room.run("import", "vertex/by-hand", pasted, "--yes")

    assert shown.code == 0, shown.text
    assert room.training("vertex/by-hand")["job"] == made["name"]


def test_a_part_of_a_name_takes_the_rest_from_the_workspace(room: Room, made: dict[str, Any]) -> None:
    shown = room.run("import", "vertex/by-hand", f"tuningJobs/{number(made['name'])}", "--yes")

    assert shown.code == 0, shown.text


def test_a_page_of_another_location_brings_its_location_along(room: Room) -> None:
    room.run("status")
    body = {"baseModel": "gemini-3.5-flash", "supervisedTuningSpec": {"trainingDatasetUri": SAMPLE}}
    job = room.ask("POST", "/v1/projects/acme-ml/locations/europe-west4/tuningJobs", body)
    room.ask("GET", "/_emulator/health")
    page = f"{CONSOLE}/tuning/locations/europe-west4/tuningJob/{number(job['name'])}/monitor?project=acme-ml"

    shown = room.run("import", "vertex/elsewhere", page, "--yes")

    assert shown.code == 0, shown.text
    assert "location: europe-west4" in (room.folder / "specs/elsewhere.yaml").read_text(encoding="utf-8")


def test_a_model_with_versions_of_two_jobs_is_ambiguous_and_both_are_named(room: Room, made: dict[str, Any]) -> None:
    model = made["tunedModel"]["model"]
    body = {
        "preTunedModel": {"tunedModelName": model},
        "tunedModelDisplayName": "By hand",
        "supervisedTuningSpec": {"trainingDatasetUri": SAMPLE},
    }
    second = room.ask("POST", f"/v1/{PLACE}/tuningJobs", body)
    room.ask("GET", "/_emulator/health")
    versions = room.ask("GET", f"/v1/{second['name']}")["tunedModel"]["model"], model
    assert len({v.partition("@")[0] for v in versions}) == 1, "the emulator made a version of the parent's Model"

    refused = room.run("import", "vertex/by-hand", number(model))
    told = " ".join(refused.text.split())
    taken = room.run("import", "vertex/by-hand", f"{number(model)}@2", "--yes")

    assert (refused.code, "RUN066" in told) == (1, True)
    assert made["name"] in told
    assert second["name"] in told
    assert taken.code == 0, taken.text
    assert room.training("vertex/by-hand")["job"] == second["name"]


@pytest.mark.parametrize(
    ("address", "pasted", "said"),
    [
        ("vertex/x", "tunedModels/next-1", "Name it gemini/x."),
        ("gemini/x", f"{PLACE}/tuningJobs/12", "Name it vertex/x."),
        ("vertex/x", f"{CONSOLE}/models?project=acme-ml", "A page that lists several names none"),
        ("vertex/x", "by/hand", "names no job"),
    ],
)
def test_what_is_not_understood_says_what_is(room: Room, address: str, pasted: str, said: str) -> None:
    shown = room.run("import", address, pasted)

    assert (shown.code, "RUN065" in shown.text) == (1, True), shown.text
    assert said in " ".join(shown.text.split())


def test_a_number_that_leads_nowhere_is_told(room: Room) -> None:
    shown = room.run("import", "vertex/x", "12345")

    assert (shown.code, "RUN018" in shown.text) == (1, True)
    assert "12345 is not in the cloud" in shown.text


def test_a_model_that_is_deployed_nowhere_is_told(room: Room, made: dict[str, Any]) -> None:
    there = "projects/acme-ml/locations/europe-west4"
    room.ask("POST", f"/v1/{there}/models:copy", {"sourceModel": made["tunedModel"]["model"].partition("@")[0]})
    room.ask("GET", "/_emulator/health")
    (copy,) = room.ask("GET", f"/v1/{there}/models")["models"]

    shown = room.run("import", "vertex/copy", copy["name"])

    assert (shown.code, "is deployed on no endpoint" in " ".join(shown.text.split())) == (1, True)


def test_a_tuned_model_is_found_by_its_id_and_by_a_page(room: Room) -> None:
    room.run("status")
    pairs = [{"textInput": str(n), "output": str(n + 1)} for n in range(20)]
    body = {
        "displayName": "next number",
        "baseModel": "models/gemini-1.5-flash-001-tuning",
        "tuningTask": {"trainingData": {"examples": {"examples": pairs}}},
    }
    room.ask("POST", "/v1beta/tunedModels", body, query="tunedModelId=next-number-1")

    by_page = room.run(
        "import",
        "gemini/a",
        "https://aistudio.google.com/prompts/new_chat?model=tunedModels%2Fnext-number-1",
        "--dry-run",
    )
    by_id = room.run("import", "gemini/numbers", "next-number-1", "--yes")

    assert (by_page.code, "existing: tunedModels/next-number-1" in by_page.text) == (0, True), by_page.text
    assert by_id.code == 0, by_id.text
    assert room.actions() == []
