"""Nobody else's model is touched, and ours are never removed by accident."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.ownership.room import PLACE, SAMPLE, Room


@pytest.fixture
def router(room: Room) -> Room:
    """A room with a router that serves."""
    room.spec("router", labels="team: support")
    assert room.apply().code == 0
    return room


def _labels(room: Room, name: str) -> dict[str, str]:
    labels: dict[str, str] = room.ask("GET", f"/v1/{name.partition('@')[0]}").get("labels", {})
    return labels


# Another target, another set of files


def test_an_emulator_run_beside_a_production_lock_stops_before_it_reads_the_cloud(router: Room) -> None:
    production = {**router.lock, "target": "google"}
    router.write("tuneform.lock", json.dumps(production))

    refused = router.run("plan", "--lock", "tuneform.lock")
    beside = router.run("plan", "--detailed-exitcode")

    assert (refused.code, "LOCK004" in refused.text) == (1, True)
    assert beside.code == 0, beside.text
    assert json.loads((router.folder / "tuneform.lock").read_text(encoding="utf-8")) == production


@pytest.mark.parametrize("place", ["s3://acme/tuneform.lock", "gs:/acme/tuneform.lock", "GS://acme/tuneform.lock"])
def test_a_lock_in_a_place_that_is_none_is_no_new_lock(router: Room, place: str) -> None:
    shown = router.apply("--lock", place)

    assert (shown.code, "LOCK001" in shown.text) == (1, True)
    assert len(router.jobs()) == 1
    assert [p.name for p in router.folder.iterdir() if ":" in p.name] == []


def test_a_broken_file_is_never_a_removed_one(router: Room) -> None:
    router.spec("other")
    router.write("specs/router.yaml", "apiVersion: tuneform.dev/v1\nkind: VertexTunedModel\nmetadata: {name: router\n")

    shown = router.apply()

    assert (shown.code, "specs/router.yaml" in shown.text) == (1, True)
    assert len(router.jobs()) == 1


def test_a_partial_run_leaves_the_rest_alone_and_counts_it(router: Room) -> None:
    router.spec("other")

    plan = router.plan("-f", "specs/other.yaml")
    router.apply("-f", "specs/other.yaml")

    assert plan["undeclared"] == 1
    assert sorted(router.lock["entries"]) == ["vertex/other", "vertex/router"]


def test_an_empty_folder_never_empties_the_world(router: Room) -> None:
    (router.folder / "specs/router.yaml").unlink()

    refused = router.apply()
    kept = sorted(router.lock["entries"])
    allowed = router.apply("--allow-empty")

    assert (refused.code, "--allow-empty" in refused.text) == (3, True)
    assert kept == ["vertex/router"]
    assert (allowed.code, router.lock.get("entries", {})) == (0, {})


def test_a_name_prefix_from_a_pipe_removes_nothing(router: Room) -> None:
    text = (router.folder / "specs/router.yaml").read_text(encoding="utf-8")
    router.write("built/all.yaml", text.replace("name: router", "name: staging-router"))

    actions = router.actions("-f", "built/all.yaml")

    assert actions == ["create vertex/staging-router"]


def test_a_name_prefix_over_the_whole_folder_is_told_as_a_likely_rename(router: Room) -> None:
    text = (router.folder / "specs/router.yaml").read_text(encoding="utf-8")
    router.write("specs/router.yaml", text.replace("name: router", "name: staging-router"))

    changes = {c["address"]: c for c in router.plan()["changes"]}

    assert {a: c["action"] for a, c in changes.items()} == {
        "vertex/router": "delete",
        "vertex/staging-router": "create",
    }
    assert "PLAN009" in [n["code"] for n in changes["vertex/staging-router"]["notes"]]


# Endpoints and versions that are shared with strangers


def _deploy(room: Room, endpoint: str, model: str) -> None:
    body = {"deployedModel": {"model": model, "sharedResources": f"{PLACE}/deploymentResourcePools/p"}}
    room.ask("POST", f"/v1/{endpoint}:deployModel", body)
    room.ask("GET", "/_emulator/health")


def test_a_strangers_model_on_our_endpoint_stays_deployed_there(router: Room) -> None:
    theirs = router.job_by_hand("Theirs")["tunedModel"]["model"]
    endpoint = router.training("vertex/router")["endpoint"]
    _deploy(router, endpoint, theirs)
    (router.folder / "specs/router.yaml").unlink()

    shown = router.apply("--allow-empty")

    deployed = router.ask("GET", f"/v1/{endpoint}")["deployedModels"]
    assert shown.code == 0, shown.text
    assert [d["model"].partition("@")[0] for d in deployed] == [theirs.partition("@")[0]]
    assert router.ask("GET", f"/v1/{theirs}")["name"]


@pytest.fixture
def shared(router: Room) -> tuple[Room, str]:
    """Our router's model, which somebody deployed on an endpoint of theirs; its spec is gone."""
    answer = router.ask("POST", f"/v1/{PLACE}/endpoints", {"displayName": "theirs"})
    router.ask("GET", "/_emulator/health")
    endpoint = answer["name"].partition("/operations/")[0]
    _deploy(router, endpoint, router.training("vertex/router")["model"])
    router.spec("other")
    (router.folder / "specs/router.yaml").unlink()
    return router, endpoint


def test_our_model_on_a_strangers_endpoint_is_refused(shared: tuple[Room, str]) -> None:
    room, endpoint = shared

    shown = room.apply()

    assert (shown.code, "PLAN104" in shown.text, "--allow-foreign" in shown.text) == (3, True, True)
    assert len(room.ask("GET", f"/v1/{endpoint}")["deployedModels"]) == 1


def test_our_model_is_undeployed_from_a_strangers_endpoint_where_that_is_allowed(shared: tuple[Room, str]) -> None:
    room, endpoint = shared
    model = room.training("vertex/router")["model"].partition("@")[0]

    shown = room.apply("--allow-foreign", "--allow-empty")

    assert shown.code == 0, shown.text
    assert room.ask("GET", f"/v1/{endpoint}").get("deployedModels", []) == []
    assert room.asked("GET", f"/v1/{model}")[0] == 404
    assert room.actions() == []


def test_of_a_model_with_several_versions_only_ours_is_deleted(router: Room) -> None:
    ours = router.training("vertex/router")["model"]
    body = {
        "preTunedModel": {"tunedModelName": ours},
        "supervisedTuningSpec": {"trainingDatasetUri": SAMPLE},
    }
    router.ask("POST", f"/v1/{PLACE}/tuningJobs", body)
    router.ask("GET", "/_emulator/health")
    base = ours.partition("@")[0]
    versions = [m["versionId"] for m in router.ask("GET", f"/v1/{base}:listVersions")["models"]]
    (router.folder / "specs/router.yaml").unlink()

    shown = router.apply("--allow-empty")

    left = [m["versionId"] for m in router.ask("GET", f"/v1/{base}:listVersions")["models"]]
    assert shown.code == 0, shown.text
    assert (sorted(versions), left) == (["1", "2"], ["2"])


# Labels


def test_a_label_patch_keeps_the_services_and_strangers_labels(router: Room) -> None:
    training = router.training("vertex/router")
    model = training["model"].partition("@")[0]
    for name in (model, training["endpoint"]):
        router.ask(
            "PATCH",
            f"/v1/{name}",
            {"labels": {**_labels(router, name), "cost-center": "42"}},
            query="updateMask=labels",
        )
    before = _labels(router, model)

    router.spec("router", labels="team: sales")
    router.apply()

    for name in (model, training["endpoint"]):
        labels = _labels(router, name)
        assert (labels["team"], labels["cost-center"]) == ("sales", "42")
        assert {k: v for k, v in labels.items() if k != "team"}.items() >= {
            k: v for k, v in before.items() if k != "team"
        }.items()


def test_a_label_that_the_spec_drops_is_removed_and_no_other(router: Room) -> None:
    model = router.training("vertex/router")["model"].partition("@")[0]
    router.spec("router", labels="cost: low")

    router.apply()

    labels = _labels(router, model)
    assert "team" not in labels
    assert labels["cost"] == "low"
    assert labels["tuneform-name"] == "router"


def test_a_label_edited_while_it_trains_is_patched_when_there_is_a_model(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "manual")
    room.spec("router", labels="team: support")
    room.apply("--no-wait")
    room.spec("router", labels="team: sales")

    (change,) = room.plan()["changes"]
    room.apply("--no-wait")
    room.ask("POST", "/_emulator/clock", {"advance": 100_000})
    waited = room.run("wait")

    assert (change["action"], [n["code"] for n in change["notes"]]) == ("await", ["PLAN001"])
    assert waited.code == 0, waited.text
    assert _labels(room, room.training("vertex/router")["model"])["team"] == "sales"
    assert (len(room.jobs()), room.actions()) == (1, [])


# What somebody did to it


def test_a_model_deleted_in_the_console_is_not_trained_again_by_itself(router: Room) -> None:
    router.delete_model(router.training("vertex/router"))

    (change,) = router.plan()["changes"]
    applied = router.apply()

    assert (change["action"], change["reason"]["code"]) == ("blocked", "model_gone")
    assert (applied.code, len(router.jobs())) == (1, 1)


def test_what_was_deleted_and_is_declared_again_is_trained_again(router: Room) -> None:
    text = (router.folder / "specs/router.yaml").read_text(encoding="utf-8")
    (router.folder / "specs/router.yaml").unlink()
    router.apply("--allow-empty")
    router.write("specs/router.yaml", text)

    (change,) = router.plan()["changes"]
    router.apply()

    assert (change["action"], [n["code"] for n in change["notes"]]) == ("create", ["PLAN004"])
    assert len(router.jobs()) == 2


def test_what_was_forgotten_is_left_alone_by_every_later_plan(router: Room) -> None:
    router.run("forget", "vertex/router", "--yes")

    (change,) = router.plan()["changes"]

    assert (change["action"], [n["code"] for n in change["notes"]]) == ("create", ["PLAN006"])


def test_a_renamed_spec_keeps_its_model(router: Room) -> None:
    text = (router.folder / "specs/router.yaml").read_text(encoding="utf-8")
    renamed = text.replace("name: router", "name: gate") + "  tuneform: {formerNames: [router]}\n"
    (router.folder / "specs/router.yaml").unlink()
    router.write("specs/gate.yaml", renamed)

    planned = router.actions()
    applied = router.apply()

    assert planned == ["update vertex/gate"]
    assert applied.code == 0, applied.text
    assert (len(router.jobs()), router.actions()) == (1, [])


# Who else is there


@pytest.fixture
def renamed(router: Room) -> Room:
    """Our router is called sorter now; nothing but the labels of its Model and Endpoint tells so."""
    for more in ("  tuneform: {formerNames: [router]}\n", ""):
        (router.folder / "specs/router.yaml").unlink(missing_ok=True)
        router.spec("sorter", more=more)
        assert router.apply().code == 0
    router.lock_path.unlink()
    return router


def test_a_renamed_model_is_found_again_when_the_lock_is_lost(renamed: Room) -> None:
    planned = renamed.actions()
    renamed.apply()

    assert planned == ["adopt vertex/sorter"]
    assert len(renamed.jobs()) == 1
    assert renamed.actions() == []


def test_another_spec_under_the_former_name_takes_nothing_from_a_renamed_model(renamed: Room) -> None:
    model = renamed.jobs()[0]["tunedModel"]["model"]
    renamed.spec("router", epochs=1)

    planned = renamed.plan()["changes"]
    renamed.apply()

    assert {c["address"]: c["action"] for c in planned} == {"vertex/router": "create", "vertex/sorter": "adopt"}
    assert renamed.training("vertex/sorter")["model"] == model
    assert [t["role"] for t in renamed.lock["entries"]["vertex/router"]["trainings"].values()] == ["serving"]


def test_two_workspaces_in_one_project_leave_each_others_models_alone(make_room: Callable[..., Room]) -> None:
    ours, theirs = make_room("ours"), make_room("theirs", workspace="theirs")
    for room in (ours, theirs):
        room.spec("router")
        assert room.apply().code == 0
    (theirs.folder / "specs/router.yaml").unlink()

    theirs.apply("--allow-empty")

    assert len(ours.jobs()) == 2
    assert ours.actions() == []


def test_a_repository_with_the_same_workspace_name_and_another_spec_is_told_of_the_other(
    make_room: Callable[..., Room],
) -> None:
    ours, theirs = make_room("ours"), make_room("theirs")
    ours.spec("router", epochs=3)
    ours.apply()
    theirs.spec("router", epochs=4)

    (change,) = theirs.plan()["changes"]
    theirs.apply()

    assert (change["action"], [n["code"] for n in change["notes"]]) == ("create", ["PLAN005"])
    assert ours.actions() == []
    assert len(ours.jobs()) == 2


def test_a_repository_with_the_same_workspace_name_and_other_models_removes_none(
    make_room: Callable[..., Room],
) -> None:
    ours, theirs = make_room("ours"), make_room("theirs")
    ours.spec("router")
    ours.apply()
    theirs.spec("other")

    theirs.apply()

    assert sorted(theirs.lock["entries"]) == ["vertex/other"]
    assert ours.actions() == []


# The Gemini API has no labels: its ids prove who made them


_NUMBERS = """\
apiVersion: tuneform.dev/v1
kind: GeminiTunedModel
metadata: {name: numbers}
spec:
  baseModel: models/gemini-1.5-flash-001-tuning
  tuningTask:
    hyperparameters: {epochCount: 2}
    trainingData: {examples: {examples: [%s]}}
"""


@pytest.fixture
def numbers(room: Room) -> Room:
    """A declared model of the Gemini API."""
    pairs = ", ".join(f'{{textInput: "{n}", output: "{n + 1}"}}' for n in range(20))
    room.write("specs/numbers.yaml", _NUMBERS % pairs)
    return room


def _fault(room: Room, method: str, fault: str, times: int | None = 1) -> None:
    room.ask("POST", "/_emulator/faults", {"method": method, "fault": fault, "times": times})


def test_a_409_on_our_id_is_ours_if_the_service_shows_it(numbers: Room) -> None:
    numbers.apply()
    numbers.lock_path.unlink()
    _fault(numbers, "gemini.tunedModels.list", "lag:3600", None)

    shown = numbers.apply()

    assert shown.code == 0, shown.text
    assert len(numbers.ask("GET", "/v1beta/tunedModels").get("tunedModels", [])) in (0, 1)
    assert numbers.training("gemini/numbers")["role"] == "serving"


def test_a_409_on_our_id_that_is_somebody_elses_model_is_an_error(numbers: Room) -> None:
    numbers.apply()
    job = numbers.training("gemini/numbers")["job"]
    numbers.lock_path.unlink()
    numbers.ask("DELETE", f"/v1beta/{job}")
    theirs: dict[str, Any] = {
        "baseModel": "models/gemini-1.0-pro-001",
        "tuningTask": {"trainingData": {"examples": {"examples": [{"textInput": "a", "output": "b"}] * 20}}},
    }
    numbers.ask("POST", "/v1beta/tunedModels", theirs, query="tunedModelId=" + job.partition("/")[2])
    _fault(numbers, "gemini.tunedModels.list", "lag:3600", None)

    shown = numbers.apply()

    assert (shown.code, "API321" in shown.text) == (1, True), shown.text


@pytest.mark.parametrize("method", ["list", "get"])
def test_a_403_is_neither_absence_nor_presence(numbers: Room, method: str) -> None:
    if method == "get":
        _fault(numbers, "gemini.tunedModels.create", "status:409")
    _fault(numbers, f"gemini.tunedModels.{method}", "status:403")

    shown = numbers.apply()
    again = numbers.apply()

    assert shown.code == 1, shown.text
    assert again.code == 0, again.text
    assert len(numbers.ask("GET", "/v1beta/tunedModels")["tunedModels"]) == 1
