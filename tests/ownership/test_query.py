"""query lists everything in a project, ours or not, and needs no spec that loads."""

from __future__ import annotations

import csv
import io
import json
import os
from typing import Any

import pytest

from tests.ownership.room import PLACE, SAMPLE, Room


def rows(room: Room, *words: str) -> list[dict[str, Any]]:
    shown = room.run("query", "--format", "json", *words)
    assert shown.code == 0, shown.text
    found: list[dict[str, Any]] = json.loads(shown.text)["resources"]
    return found


@pytest.fixture
def crowded(room: Room) -> Room:
    """A model of ours, one by hand, one of another workspace, and an endpoint that somebody forgot."""
    room.workspace(more="  prices: {gemini-3.5-flash: {train: 5 USD/1M, asOf: 2026-11-01}}\n")
    room.spec("router", labels="team: support")
    room.apply()
    room.job_by_hand("By hand")
    room.job_by_hand("Theirs", labels={"tuneform-workspace": "theirs", "tuneform-name": "x"})
    room.ask("POST", f"/v1/{PLACE}/endpoints", {"displayName": "forgotten", "labels": {"team": "sales"}})
    return room


def test_every_job_model_and_endpoint_is_there_with_whose_it_is(crowded: Room) -> None:
    found = rows(crowded)

    jobs = {row["name"]: (row["state"], row["owner"], row["address"]) for row in found if row["kind"] == "job"}
    assert jobs == {
        "router": ("succeeded", "acme", "vertex/router"),
        "By hand": ("succeeded", "", ""),
        "Theirs": ("succeeded", "theirs", ""),
    }
    models = {row["name"]: (row["state"], row["address"]) for row in found if row["kind"] == "model"}
    assert models == {"router": ("deployed", "vertex/router"), "By hand": ("deployed", ""), "Theirs": ("deployed", "")}
    endpoints = [row for row in found if row["kind"] == "endpoint"]
    assert {row["address"] for row in endpoints if row["name"] == "router"} == {"vertex/router"}
    assert {row["location"] for row in endpoints} == {"us", "us-central1"}


def test_an_endpoint_with_nothing_on_it_is_marked(crowded: Room) -> None:
    (forgotten,) = [row for row in rows(crowded) if row["is_idle"]]

    assert (forgotten["name"], forgotten["state"], forgotten["deployed"]) == ("forgotten", "empty", 0)
    assert "nothing is deployed on it" in crowded.run("query").text


def test_an_endpoint_without_traffic_and_one_that_is_billed_by_the_hour_are_marked(crowded: Room) -> None:
    job = crowded.job_by_hand("Quiet")
    model = job["tunedModel"]["model"].partition("@")[0]
    crowded.ask("POST", f"/v1/{PLACE}/endpoints", {"displayName": "quiet"})
    crowded.ask("GET", "/_emulator/health")
    (endpoint,) = [row["resource"] for row in rows(crowded, "--filter", "name=quiet", "--filter", "kind=endpoint")]
    deployed = {
        "deployedModel": {
            "model": model,
            "dedicatedResources": {"machineSpec": {"machineType": "n1-standard-4"}, "minReplicaCount": 2},
        },
        "trafficSplit": {"0": 100},
    }
    crowded.asked("POST", f"/v1/{endpoint}:deployModel", deployed)

    (row,) = rows(crowded, "--filter", "name=quiet", "--filter", "kind=endpoint")

    assert row["deployed"] == 1
    assert "billed by the hour: 2 x n1-standard-4" in row["note"]


def test_a_training_costs_its_tokens_by_its_epochs_and_the_price(crowded: Room) -> None:
    found = {row["name"]: row for row in rows(crowded) if row["kind"] == "job"}

    ours = found["router"]
    assert float(ours["cost"]) == pytest.approx(ours["tokens"] * 3 * 5 / 1_000_000)
    assert ours["currency"] == "USD"


def test_a_filter_takes_some_and_how_many_there_are_in_all_is_said(crowded: Room) -> None:
    shown = crowded.run("query", "--filter", "kind=endpoint", "--filter", "state=empty")

    assert shown.code == 0
    assert "1 endpoint, of " in shown.text
    assert "forgotten" in shown.text
    assert "router" not in shown.text


def test_no_spec_has_to_load(crowded: Room) -> None:
    crowded.write("specs/router.yaml", "{ not: [yaml\n")

    assert len(rows(crowded, "--filter", "kind=job")) == 3


def test_a_folder_without_a_workspace_will_do_where_the_place_is_named(crowded: Room) -> None:
    empty = crowded.folder / "elsewhere"
    empty.mkdir()
    clone = Room(empty, crowded.state)

    named = clone.run("query", "--project", "acme-ml", "--location", "us-central1", "--format", "csv")
    unnamed = clone.run("query")

    table = list(csv.DictReader(io.StringIO(named.text)))
    assert (named.code, {row["owner"] for row in table if row["kind"] == "job"}) == (0, {"acme", "theirs", ""})
    assert (unnamed.code, "RUN069" in unnamed.text, "--project" in unnamed.text) == (1, True, True)
    assert not (empty / "tuneform.lock").exists()


def test_all_locations_finds_what_is_elsewhere(room: Room) -> None:
    room.run("status")
    body = {"baseModel": "gemini-3.5-flash", "supervisedTuningSpec": {"trainingDatasetUri": SAMPLE}}
    room.ask("POST", "/v1/projects/acme-ml/locations/europe-west4/tuningJobs", body)
    room.ask("GET", "/_emulator/health")

    here = rows(room, "--filter", "kind=job")
    everywhere = rows(room, "--all-locations", "--filter", "kind=job")
    there = rows(room, "--location", "europe-west4", "--filter", "kind=job")

    assert here == []
    assert [row["location"] for row in everywhere] == ["europe-west4"]
    assert [row["location"] for row in there] == ["europe-west4"]


def test_a_place_that_cannot_be_read_hides_nothing_of_the_others_and_ends_with_1(crowded: Room) -> None:
    shown = crowded.run("query", "--location", "us-central1", "--location", "No Such Place")

    assert shown.code == 1
    assert "RUN068" in shown.text
    assert "By hand" in shown.text


def test_specs_are_written_of_what_can_be_imported_and_the_plan_adopts_them(crowded: Room) -> None:
    shown = crowded.run("query", "--filter", "kind=job", "--generate", "specs")

    assert "Written: specs/by-hand.yaml" in shown.text
    assert shown.code == 0, shown.text
    assert sorted(os.listdir(crowded.folder / "specs")) == ["by-hand.yaml", "router.yaml"]  # noqa: PTH208
    assert crowded.actions() == ["adopt vertex/by-hand"]


def test_a_name_that_a_spreadsheet_would_calculate_is_a_text_in_csv(room: Room) -> None:
    room.job_by_hand("=cmd|' /C calc'!A0")

    (row,) = [r for r in csv.DictReader(io.StringIO(room.run("query", "--format", "csv").text)) if r["kind"] == "job"]

    assert row["name"] == "'=cmd|' /C calc'!A0"


def test_tuned_models_of_the_gemini_api_are_listed_too(room: Room) -> None:
    room.run("status")
    pairs = [{"textInput": str(n), "output": str(n + 1)} for n in range(20)]
    body = {
        "displayName": "next number",
        "baseModel": "models/gemini-1.5-flash-001-tuning",
        "tuningTask": {"trainingData": {"examples": {"examples": pairs}}},
    }
    room.ask("POST", "/v1beta/tunedModels", body, query="tunedModelId=next-number-1")
    room.ask("GET", "/_emulator/health")

    (row,) = rows(room)

    assert (row["kind"], row["service"], row["state"], row["cost"]) == ("tuned-model", "gemini", "active", "0.00")
    assert [found["resource"] for found in rows(room, "--filter", "state=ready")] == [row["resource"]]


def test_what_is_shown_is_a_table_and_nothing_is_written(crowded: Room) -> None:
    before = crowded.lock_path.read_bytes()

    shown = crowded.run("query", "--filter", "kind=job")

    assert crowded.lock_path.read_bytes() == before
    assert [line.split()[0] for line in shown.text.splitlines() if line.startswith(("KIND", "job"))] == [
        "KIND",
        *(["job"] * 3),
    ]
