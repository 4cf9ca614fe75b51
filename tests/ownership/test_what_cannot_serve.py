"""A model that is named or found and cannot serve is told by the plan, and not by an apply that ends without it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ownership.room import SAMPLE, Room


@pytest.fixture
def made(room: Room) -> dict[str, Any]:
    return room.job_by_hand("By hand")


def _named(room: Room, name: str) -> None:
    room.spec("by-hand", epochs=2, more=f"  tuneform: {{existing: {name}}}\n")


@pytest.mark.parametrize("of", ["job", "model", "bare model"])
def test_existing_whose_model_is_gone_is_blocked(room: Room, made: dict[str, Any], of: str) -> None:
    tuned = made["tunedModel"]
    bare = tuned["model"].partition("@")[0]
    _named(room, {"job": made["name"], "model": tuned["model"], "bare model": bare}[of])
    room.delete_model({**tuned, "checkpoints": tuned.get("checkpoints", [])})

    (change,) = room.plan()["changes"]
    applied = room.apply()

    assert (change["action"], change["reason"]["code"]) == ("blocked", "model_gone")
    assert [n["code"] for n in change["notes"]] == ["PLAN018"]
    assert applied.code == 1
    assert "RUN007" not in applied.text


def test_existing_whose_endpoint_is_gone_is_blocked(room: Room, made: dict[str, Any]) -> None:
    _named(room, made["name"])
    room.delete_endpoint(made["tunedModel"]["endpoint"])

    (change,) = room.plan()["changes"]

    assert (change["action"], change["reason"]["code"]) == ("blocked", "endpoint_gone")


def test_existing_of_a_cancelled_job_is_blocked(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "manual")
    room.run("status")
    body = {"baseModel": "gemini-3.5-flash", "supervisedTuningSpec": {"trainingDatasetUri": SAMPLE}}
    job = room.ask("POST", "/v1/projects/acme-ml/locations/us-central1/tuningJobs", body)
    room.ask("POST", f"/v1/{job['name']}:cancel", {})
    room.ask("POST", "/_emulator/clock", {"advance": 100_000})
    _named(room, job["name"])

    (change,) = room.plan()["changes"]

    assert change["action"] == "blocked"
    assert "JOB_STATE_CANCELLED" in change["reason"]["text"]


def test_the_remedy_of_an_existing_that_is_gone_is_true(room: Room, made: dict[str, Any]) -> None:
    _named(room, made["name"])
    room.delete_model(made["tunedModel"])
    room.spec("by-hand", epochs=2)

    assert room.actions() == ["create vertex/by-hand"]


def test_a_lost_lock_and_a_missing_endpoint_are_blocked_and_replace_mends_it(room: Room) -> None:
    room.spec("router")
    room.apply()
    room.delete_endpoint(room.training("vertex/router")["endpoint"])
    room.lock_path.unlink()

    (change,) = room.plan()["changes"]
    mended = room.apply("--replace", "vertex/router")

    assert (change["action"], change["reason"]["code"]) == ("blocked", "endpoint_gone")
    assert "--replace vertex/router" in change["command"]
    assert mended.code == 0, mended.text
    assert room.run("plan", "--detailed-exitcode").code == 0


# What is blocked is not nothing to do


def test_a_plan_with_something_blocked_is_not_the_empty_one(room: Room, made: dict[str, Any]) -> None:
    room.spec("router")
    room.apply()
    empty = room.plan()["checksum"]
    _named(room, "projects/acme-ml/locations/us-central1/models/1")

    blocked, shown = room.plan(), room.run("plan", "--detailed-exitcode")

    assert blocked["checksum"] != empty
    assert (shown.code, room.run("plan").code, room.apply().code) == (2, 0, 1)
    assert "1 blocked model needs a person (above): apply ends with 1." in shown.text
    assert "apply ends with 1" in room.run("plan", "--format", "markdown").text


def test_what_is_blocked_elsewhere_is_not_in_the_checksum_of_a_change(room: Room) -> None:
    room.spec("router")
    alone = room.plan()["checksum"]
    room.spec("by-hand", more="  tuneform: {existing: projects/acme-ml/locations/us-central1/models/1}\n")

    assert room.plan()["checksum"] == alone


# One Model at two addresses


def _child(room: Room, parent: str, display: str) -> None:
    room.write(
        "specs/child.yaml",
        f"""\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {{name: child}}
spec:
  preTunedModel: {{tunedModelName: {parent}}}
  tunedModelDisplayName: {display}
  supervisedTuningSpec: {{trainingDatasetUri: {SAMPLE}, hyperParameters: {{epochCount: 2}}}}
""",
    )


@pytest.mark.parametrize("numbered", [False, True], ids=["id", "number"])
@pytest.mark.parametrize("version", ["", "@1"])
def test_a_child_by_name_with_its_parents_display_name_is_refused_before_it_is_paid_for(
    room: Room, numbered: bool, version: str
) -> None:
    room.spec("router")
    room.apply()
    model = room.training("vertex/router")["model"].partition("@")[0]
    if not numbered:
        model = "projects/acme-ml/" + model.split("/", 2)[2]
    _child(room, model + version, "router")

    refused = room.apply()
    _child(room, model + version, "another")

    assert (refused.code, "PLAN120" in refused.text, len(room.jobs())) == (3, True, 1)
    assert room.run("plan").code == 0


def test_a_stranger_as_parent_counts_as_well(room: Room, made: dict[str, Any]) -> None:
    _child(room, made["tunedModel"]["model"], "By hand")

    assert room.run("plan").code == 3


def test_versions_of_one_model_at_two_addresses_are_told_and_patched_by_neither(room: Room) -> None:
    room.spec("router", labels="team: a")
    room.apply()
    parent = room.training("vertex/router")["model"]
    body = {
        "preTunedModel": {"tunedModelName": parent},
        "tunedModelDisplayName": "router",
        "supervisedTuningSpec": {"trainingDatasetUri": SAMPLE, "hyperParameters": {"epochCount": "2"}},
    }
    job = room.ask("POST", "/v1/projects/acme-ml/locations/us-central1/tuningJobs", body)
    room.ask("GET", "/_emulator/health")
    _child(room, parent, "router")
    text = (room.folder / "specs/child.yaml").read_text(encoding="utf-8")
    room.write("specs/child.yaml", text + f"  tuneform: {{existing: {job['name']}}}\n")
    room.apply()
    room.apply()

    shown = room.plan()

    told = {c["address"]: [n["code"] for n in c["notes"]] for c in shown["changes"]}
    assert shown["pending"] is False
    assert told == {"vertex/router": ["PLAN121"], "vertex/child": ["PLAN121"]}
    assert "PLAN121" in room.run("doctor").text


# Renames


def test_a_rename_is_shown_as_one(room: Room) -> None:
    room.spec("router")
    room.apply()
    (room.folder / "specs/router.yaml").unlink()
    room.spec("triage", more="  tunedModelDisplayName: router\n  tuneform: {formerNames: [router]}\n")

    shown = room.run("plan").text

    assert "router → triage  (renamed)" in shown
    assert "drifted" not in shown


@pytest.mark.parametrize("with_edit", [False, True], ids=["renamed", "renamed and edited"])
def test_a_reverted_rename_trains_and_deletes_nothing(room: Room, with_edit: bool) -> None:
    before = room.spec("router").read_text(encoding="utf-8")
    room.apply()
    (room.folder / "specs/router.yaml").unlink()
    room.spec("triage", epochs=4 if with_edit else 3, more="  tuneform: {formerNames: [router]}\n")
    room.apply()
    jobs = len(room.jobs())
    (room.folder / "specs/triage.yaml").unlink()
    room.write("specs/router.yaml", before)

    applied = room.apply()

    assert applied.code == 0, applied.text
    assert room.run("plan", "--detailed-exitcode").code == 0
    assert (len(room.jobs()), list(room.lock["entries"])) == (jobs, ["vertex/router"])


def test_a_reverted_rename_of_the_gemini_api_trains_and_deletes_nothing(room: Room) -> None:
    text = """\
apiVersion: tuneform.dev/v1
kind: GeminiTunedModel
metadata: {{name: {name}}}
spec:
  baseModel: models/gemini-1.5-flash-001-tuning
  tuningTask:
    trainingData: {{examples: {{examples: [{{textInput: "1", output: "2"}}, {{textInput: "3", output: "4"}}]}}}}
{more}"""
    room.write("specs/n.yaml", text.format(name="numbers", more=""))
    room.apply()
    model = room.training("gemini/numbers")["model"]
    room.write("specs/n.yaml", text.format(name="digits", more="  tuneform: {formerNames: [numbers]}\n"))
    room.apply()
    room.write("specs/n.yaml", text.format(name="numbers", more=""))

    assert room.apply().code == 0
    assert room.training("gemini/numbers")["model"] == model
    assert room.run("plan", "--detailed-exitcode").code == 0


def test_a_retained_spec_under_another_name_is_a_likely_rename_too(room: Room) -> None:
    room.spec("router", more="  tuneform: {lifecycle: {onRemove: retain}}\n")
    room.apply()
    (room.folder / "specs/router.yaml").unlink()
    room.spec("triage")

    assert "formerNames: [router]" in room.run("plan").text
