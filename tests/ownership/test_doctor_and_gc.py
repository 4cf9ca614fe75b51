"""doctor says what does not agree and what mends it; gc disposes of ours that nobody needs, and of nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.core.garbage import UPLOAD_KEPT_S
from tests.ownership.room import PLACE, SAMPLE, Room


def _findings(room: Room) -> list[tuple[str, str, str]]:
    """Code, address and command of each, without the options of the run."""
    shown = room.run("doctor", "--format", "json")
    found = json.loads(shown.text)["diagnostics"]
    assert shown.code == (1 if any(d["severity"] != "note" for d in found) else 0)
    commands = ((d.get("command") or "").removesuffix(" --emulator") for d in found)
    return [(d["code"], d.get("address") or "", command) for d, command in zip(found, commands, strict=True)]


def _codes(room: Room) -> list[str]:
    return [code for code, _, _ in _findings(room)]


def _mend(room: Room, command: str) -> None:
    """Run the command that was named, word for word, and say yes to it; what a plan shows is applied."""
    words = command.replace("tuneform plan", "tuneform apply").split()
    assert words[0] == "tuneform"
    more = ["--yes"] if words[1] in ("apply", "destroy", "import", "gc") else []
    shown = room.run(*words[1:], *more)
    assert shown.code == 0, shown.text


def _garbage(room: Room, *words: str) -> list[tuple[str, str]]:
    document = json.loads(room.run("gc", "--format", "json", *words).text)
    return [(i["kind"], i["address"]) for i in document["items"]] + [("upload", u["uri"]) for u in document["uploads"]]


@pytest.fixture
def router(room: Room) -> Room:
    room.spec("router")
    assert room.apply().code == 0
    return room


def _orphan(room: Room) -> None:
    """A model of ours that nobody knows of: its lock was lost and its spec removed."""
    room.spec("lonely")
    room.apply()
    kept = json.loads(room.lock_path.read_text(encoding="utf-8"))
    del kept["entries"]["vertex/lonely"]
    room.lock_path.write_text(json.dumps(kept), encoding="utf-8")
    (room.folder / "specs/lonely.yaml").unlink()


def _second_model(room: Room) -> None:
    """Another clone trained another spec of the same name."""
    before = room.lock_path.read_bytes()
    room.spec("router", epochs=9)
    room.apply()
    room.spec("router")
    room.lock_path.write_bytes(before)


def _forgotten_successor(room: Room) -> None:
    """A lock from before the training of what the spec says now."""
    before = room.lock_path.read_bytes()
    room.spec("router", epochs=9)
    room.apply()
    room.lock_path.write_bytes(before)


def _failed_leftover(room: Room) -> None:
    room.ask("POST", "/_emulator/faults", {"method": "vertex.tuningJobs.run", "fault": "no-endpoint"})
    room.spec("broken")
    room.apply()


def _endpoints_without_a_model(room: Room) -> None:
    """An orphan of which somebody deleted the model alone."""
    _orphan(room)
    lonely = next(j for j in room.jobs() if j["tunedModelDisplayName"] == "lonely")["tunedModel"]
    for name in {lonely["endpoint"], *(c["endpoint"] for c in lonely["checkpoints"])}:
        for deployed in room.ask("GET", f"/v1/{name}").get("deployedModels", []):
            room.ask("POST", f"/v1/{name}:undeployModel", {"deployedModelId": deployed["id"]})
    room.ask("GET", "/_emulator/health")
    room.ask("DELETE", "/v1/" + lonely["model"].partition("@")[0])


def _model_gone(room: Room) -> None:
    room.delete_model(room.training("vertex/router"))


def _model_alone_gone(room: Room) -> None:
    """Somebody deleted the model, and left its endpoints."""
    training = room.training("vertex/router")
    for name in dict.fromkeys((training["endpoint"], *(c["endpoint"] for c in training.get("checkpoints", [])))):
        for deployed in room.ask("GET", f"/v1/{name}").get("deployedModels", []):
            room.ask("POST", f"/v1/{name}:undeployModel", {"deployedModelId": deployed["id"]})
    room.ask("GET", "/_emulator/health")
    room.ask("DELETE", "/v1/" + training["model"].partition("@")[0])


def _endpoint_gone(room: Room) -> None:
    room.delete_endpoint(room.training("vertex/router")["endpoint"])


def _journal(room: Room) -> None:
    room.write(".tuneform/emulator.lock.journal", "")


def _undeclared(room: Room) -> None:
    room.spec("other")
    room.apply()
    (room.folder / "specs/other.yaml").unlink()


@pytest.mark.parametrize(
    ("arrange", "code", "command"),
    [
        (_orphan, "LOCK101", "tuneform import vertex/lonely "),
        (_second_model, "LOCK102", "tuneform gc"),
        (_forgotten_successor, "LOCK110", "tuneform apply"),
        (_endpoints_without_a_model, "LOCK103", "tuneform gc"),
        (_failed_leftover, "LOCK104", "tuneform gc"),
        (_model_gone, "LOCK105", "tuneform apply --replace vertex/router"),
        (_model_alone_gone, "LOCK105", "tuneform apply --replace vertex/router"),
        (_endpoint_gone, "LOCK105", "tuneform apply --replace vertex/router"),
        (_journal, "LOCK106", "tuneform wait"),
        (_undeclared, "LOCK108", "tuneform plan"),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else "",
)
def test_doctor_names_what_is_wrong_and_the_named_command_mends_it(
    router: Room, arrange: Callable[[Room], None], code: str, command: str
) -> None:
    assert _findings(router) == []
    arrange(router)

    found = _findings(router)
    _mend(router, found[0][2])

    assert [f[0] for f in found] == [code]
    assert found[0][2].startswith(command)
    # Why nothing is trained again stays: the plan goes on saying so.
    assert _codes(router) == (["LOCK111"] if arrange is _failed_leftover else [])


def test_an_approved_change_that_nobody_finishes_is_told(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "manual")
    room.spec("router")
    room.apply("--no-wait")

    found = _findings(room)
    room.ask("POST", "/_emulator/clock", {"advance": 100_000})
    _mend(room, "tuneform wait")

    assert found == [("LOCK107", "vertex/router", "tuneform wait")]
    assert _findings(room) == []


def test_one_job_at_two_addresses_is_told(router: Room) -> None:
    lock = router.lock
    lock["entries"]["vertex/copy"] = lock["entries"]["vertex/router"]
    router.lock_path.write_text(json.dumps(lock), encoding="utf-8")
    router.spec("copy")

    found = _findings(router)

    assert ("LOCK109", "vertex/router", "tuneform lock merge") in found


def test_doctor_writes_nothing(router: Room) -> None:
    _second_model(router)
    before = router.lock_path.read_bytes()

    shown = router.run("doctor")

    assert (shown.code, "1 finding." in shown.text) == (1, True)
    assert router.lock_path.read_bytes() == before


def test_what_is_not_ours_is_no_finding_and_no_garbage(router: Room) -> None:
    router.job_by_hand("By hand")
    router.job_by_hand("Theirs", labels={"tuneform-workspace": "theirs", "tuneform-name": "router"})

    assert _findings(router) == []
    assert _garbage(router) == []


# gc


def test_gc_proposes_and_touches_nothing(router: Room) -> None:
    _orphan(router)
    before = (router.lock_path.read_bytes(), router.ask("GET", f"/v1/{PLACE}/models"))

    shown = router.run("gc")
    detailed = router.run("gc", "--detailed-exitcode")

    assert (shown.code, detailed.code) == (0, 2)
    assert "orphan  vertex/lonely" in shown.text
    assert "Nothing was touched" in shown.text
    assert (router.lock_path.read_bytes(), router.ask("GET", f"/v1/{PLACE}/models")) == before


@pytest.mark.parametrize(
    ("arrange", "kind", "address"),
    [
        (_orphan, "orphan", "vertex/lonely"),
        (_second_model, "orphan", "vertex/router"),
        (_failed_leftover, "leftover", "vertex/broken"),
        (_endpoints_without_a_model, "endpoints", "vertex/lonely"),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else "",
)
def test_gc_disposes_of_all_that_is_left_of_it_and_of_nothing_else(
    router: Room, arrange: Callable[[Room], None], kind: str, address: str
) -> None:
    serving = router.training("vertex/router")
    arrange(router)
    document = json.loads(router.run("gc", "--format", "json").text)

    shown = router.run("gc", "--yes")

    (item,) = document["items"]
    assert (item["kind"], item["address"]) == (kind, address)
    assert item["resources"]
    assert shown.code == 0, shown.text
    assert [router.asked("GET", f"/v1/{name}")[0] for name in item["resources"]] == [404] * len(item["resources"])
    assert router.asked("GET", f"/v1/{serving['model']}")[0] == 200
    assert router.asked("GET", f"/v1/{serving['endpoint']}")[0] == 200
    assert _garbage(router) == []


def test_after_gc_of_a_failed_leftover_nothing_is_trained_again(router: Room) -> None:
    _failed_leftover(router)

    router.run("gc", "--yes")

    assert router.actions() == ["blocked vertex/broken"]


def test_gc_disposes_of_superseded_models_beyond_those_to_keep(router: Room) -> None:
    for epochs in (4, 5):
        router.spec("router", epochs=epochs, more="  tuneform: {lifecycle: {keep: 5}}\n")
        router.apply()

    by_default, keep_one = _garbage(router), _garbage(router, "--keep-last", "1")
    shown = router.run("gc", "--keep-last", "0", "--yes")

    assert (by_default, keep_one) == ([], [("superseded", "vertex/router")])
    assert shown.code == 0, shown.text
    assert [t["role"] for t in router.lock["entries"]["vertex/router"]["trainings"].values()] == ["serving"]
    assert router.actions() == []


def test_gc_leaves_alone_what_is_younger(router: Room) -> None:
    _orphan(router)

    assert _garbage(router, "--older-than", "1d") == []
    assert _garbage(router, "--older-than", "0s") == [("orphan", "vertex/lonely")]


def test_gc_names_what_is_protected_and_takes_it_only_when_that_is_allowed(router: Room) -> None:
    protected = "  tuneform: {lifecycle: {protect: true, keep: 5}}\n"
    router.spec("lonely", more=protected)
    router.apply()
    for epochs in (4, 5):
        router.spec("router", epochs=epochs, more=protected)
        router.apply()
    lock = router.lock
    del lock["entries"]["vertex/lonely"]
    router.lock_path.write_text(json.dumps(lock), encoding="utf-8")
    (router.folder / "specs/lonely.yaml").unlink()

    named = {("orphan", "vertex/lonely"), ("superseded", "vertex/router")}
    assert set(_garbage(router, "--keep-last", "0")) == named
    left_alone = router.run("gc", "--keep-last", "0", "--yes")
    assert (left_alone.code, set(_garbage(router, "--keep-last", "0"))) == (0, named)

    allowed = router.run("gc", "--yes", "--allow-protected")

    assert allowed.code == 0, allowed.text
    assert set(_garbage(router, "--keep-last", "0")) == {("superseded", "vertex/router")}


def test_a_protected_orphan_is_shown_with_what_takes_it(router: Room) -> None:
    _protected_orphan(router)

    shown = router.run("gc", "--detailed-exitcode")
    document = json.loads(router.run("gc", "--format", "json").text)
    allowed = json.loads(router.run("gc", "--format", "json", "--allow-protected").text)

    assert shown.code == 0
    assert "orphan  vertex/lonely" in shown.text
    assert "--allow-protected" in shown.text
    assert [i["protected"] for i in document["items"] + allowed["items"]] == [True, False]


def test_what_is_protected_keeps_nothing_else_from_being_disposed_of(router: Room) -> None:
    _protected_orphan(router)
    _failed_leftover(router)

    shown = router.run("gc", "--yes")

    assert shown.code == 0, shown.text
    assert _garbage(router) == [("orphan", "vertex/lonely")]


def test_a_dated_line_allows_a_protected_orphan_to_go(router: Room) -> None:
    _protected_orphan(router)
    router.workspace(more="  allow: [{protected: vertex/lonely, until: 2999-01-01, reason: gone}]\n")

    shown = router.run("gc", "--yes")

    assert shown.code == 0, shown.text
    assert _garbage(router) == []


def _protected_orphan(room: Room) -> None:
    """A protected model whose lock is lost and whose spec is removed: its label alone says so."""
    room.spec("lonely", more="  tuneform: {lifecycle: {protect: true}}\n")
    room.apply()
    lock = room.lock
    del lock["entries"]["vertex/lonely"]
    room.lock_path.write_text(json.dumps(lock), encoding="utf-8")
    (room.folder / "specs/lonely.yaml").unlink()


# Somebody's model on our endpoint


def _their_model_on_our_endpoint(room: Room) -> str:
    """Our orphan's model and endpoint, and a stranger's model beside it."""
    _orphan(room)
    made = next(j for j in room.jobs() if j["tunedModelDisplayName"] == "lonely")["tunedModel"]
    theirs = room.job_by_hand("Theirs")
    endpoint: str = made["endpoint"]
    room.ask("POST", f"/v1/{endpoint}:deployModel", {"deployedModel": {"model": theirs["tunedModel"]["model"]}})
    room.ask("GET", "/_emulator/health")
    return endpoint


def test_gc_takes_ours_off_the_endpoint_and_leaves_it_to_whoever_uses_it(router: Room) -> None:
    endpoint = _their_model_on_our_endpoint(router)

    first = router.run("gc", "--yes")
    second = router.run("gc", "--yes")

    assert first.code == 0, first.text
    assert "left, as another model is deployed there" in first.text
    assert "deleted" not in second.text
    assert _garbage(router) == []
    assert router.asked("GET", f"/v1/{endpoint}")[0] == 200


def test_doctor_says_once_whose_it_is_and_finds_nothing_to_mend(router: Room) -> None:
    endpoint = _their_model_on_our_endpoint(router)
    router.run("gc", "--yes")

    found = _findings(router)
    shown = router.run("doctor")

    assert found == [("LOCK113", "vertex/lonely", "")]
    assert (shown.code, shown.text.count(endpoint.rpartition("/")[2])) == (0, 1)
    assert "Specs, lock and cloud agree. 1 note." in shown.text


# What is not applied, and what was forgotten


def _edited(room: Room) -> None:
    room.spec("router", epochs=9)


def _declared(room: Room) -> None:
    for name in ("a", "b", "c"):
        room.spec(name)


def _drifted(room: Room) -> None:
    endpoint = room.training("vertex/router")["endpoint"]
    room.ask("PATCH", f"/v1/{endpoint}", {"labels": {"team": "other"}}, query="updateMask=labels")


def _settings(room: Room) -> None:
    room.spec("router", more="  tuneform: {lifecycle: {keep: 3}}\n")


@pytest.mark.parametrize(
    ("arrange", "words"),
    [
        (_edited, "A plan shows 1 change: 1 replace."),
        (_declared, "A plan shows 3 changes: 3 create."),
        (_drifted, "A plan shows 1 change: 1 update."),
        (_settings, "A plan shows 1 change: 1 update."),
    ],
)
def test_doctor_does_not_say_that_all_agrees_while_a_plan_shows_changes(
    router: Room, arrange: Callable[[Room], None], words: str
) -> None:
    arrange(router)

    found = _findings(router)
    shown = router.run("doctor").text

    assert found == [("LOCK111", "", "tuneform plan")]
    assert words in " ".join(shown.split())
    assert "The lock and the cloud agree; 1 finding." in shown
    _mend(router, found[0][2])
    assert _findings(router) == []


def test_doctor_says_that_a_plan_is_refused(room: Room) -> None:
    for name in ("a", "b", "c", "kept"):
        room.spec(name)
    room.apply()
    for name in ("a", "b", "c"):
        (room.folder / f"specs/{name}.yaml").unlink()

    shown = room.run("doctor")

    assert (shown.code, "A plan is refused: PLAN101." in " ".join(shown.text.split())) == (1, True)


def test_what_was_forgotten_and_is_still_there_is_named_with_the_way_back(router: Room) -> None:
    job = router.training("vertex/router")["job"]
    router.run("forget", "vertex/router", "--yes")
    (router.folder / "specs/router.yaml").unlink()

    found = _findings(router)

    assert found == [("LOCK112", "vertex/router", f"tuneform import vertex/router {job}")]
    assert "Specs, lock and cloud agree. 1 note." in router.run("doctor").text


def test_after_forget_of_what_is_still_declared_doctor_does_not_say_that_all_agrees(router: Room) -> None:
    router.run("forget", "vertex/router", "--yes")

    assert _codes(router) == ["LOCK111", "LOCK112"]


def test_gc_in_a_folder_without_specs_and_without_the_lock_never_empties_the_world(router: Room) -> None:
    router.lock_path.unlink()
    (router.folder / "specs/router.yaml").unlink()

    refused = router.run("gc", "--yes")
    kept = router.ask("GET", f"/v1/{PLACE}/models").get("models", [])
    allowed = router.run("gc", "--yes", "--allow-empty")

    assert (refused.code, "PLAN102" in refused.text, len(kept)) == (3, True, 1)
    assert allowed.code == 0, allowed.text
    assert router.ask("GET", f"/v1/{PLACE}/models").get("models", []) == []


def test_gc_disposes_of_no_more_orphans_than_max_deletes(room: Room) -> None:
    for name in ("a", "b", "c"):
        room.spec(name, epochs=1)
    room.apply()
    room.lock_path.unlink()
    for name in ("a", "b", "c"):
        (room.folder / f"specs/{name}.yaml").unlink()
    room.spec("router")
    room.apply()

    refused = room.run("gc", "--yes")
    allowed = room.run("gc", "--yes", "--allow-limits")

    assert (refused.code, "PLAN101" in refused.text) == (3, True)
    assert allowed.code == 0, allowed.text
    assert _garbage(room) == []


def test_gc_leaves_alone_what_the_next_apply_adopts(router: Room) -> None:
    _forgotten_successor(router)

    assert _garbage(router) == []


def test_gc_leaves_alone_what_was_forgotten(router: Room) -> None:
    router.run("forget", "vertex/router", "--yes")
    (router.folder / "specs/router.yaml").unlink()

    assert _garbage(router) == []


def test_gc_refuses_a_model_that_somebody_deployed_elsewhere(router: Room) -> None:
    _orphan(router)
    model = next(j for j in router.jobs() if j["tunedModelDisplayName"] == "lonely")["tunedModel"]["model"]
    theirs = router.ask("POST", f"/v1/{PLACE}/endpoints", {"displayName": "theirs"})["name"].partition("/operations/")[
        0
    ]
    router.ask("GET", "/_emulator/health")
    router.ask("POST", f"/v1/{theirs}:deployModel", {"deployedModel": {"model": model}})

    shown = router.run("gc", "--yes")

    assert (shown.code, "PLAN104" in shown.text) == (3, True), shown.text
    assert router.asked("GET", f"/v1/{model}")[0] == 200


def test_an_orphan_of_the_gemini_api_is_disposed_of(room: Room) -> None:
    pairs = ", ".join(f'{{textInput: "{n}", output: "{n + 1}"}}' for n in range(20))
    spec = room.write("specs/numbers.yaml", _NUMBERS % pairs)
    room.spec("router")
    room.apply()
    room.lock_path.unlink()
    spec.unlink()
    room.apply()

    proposed = _garbage(room)
    shown = room.run("gc", "--yes")

    assert proposed == [("orphan", "gemini/numbers")]
    assert shown.code == 0, shown.text
    assert room.ask("GET", "/v1beta/tunedModels").get("tunedModels", []) == []


_NUMBERS = """\
apiVersion: tuneform.dev/v1
kind: GeminiTunedModel
metadata: {name: numbers}
spec:
  baseModel: models/gemini-1.5-flash-001-tuning
  tuningTask: {trainingData: {examples: {examples: [%s]}}}
"""

_STAGED = "gs://acme-tuning/staging/acme"
_WEEK = "reconciler.workflow.garbage.UPLOAD_KEPT_S"


def _upload(room: Room, name: str) -> None:
    room.ask("POST", "/upload/storage/v1/b/acme-tuning/o", b"x\n", query=f"uploadType=media&name={name}")


@pytest.fixture
def staged(room: Room, monkeypatch: pytest.MonkeyPatch) -> Room:
    """A room whose router was trained from a local file, with other objects in the same bucket."""
    row: dict[str, Any] = {"role": "user", "parts": [{"text": "a"}]}
    rows = json.dumps({"contents": [row, {**row, "role": "model"}]}) + "\n"
    room.write("specs/data/train.jsonl", rows * 20)
    room.spec("router", data="data/train.jsonl")
    assert room.apply().code == 0
    for name in ("notes.txt", "a" * 64 + ".jsonl", "deep/" + "b" * 64):
        _upload(room, f"staging/acme/{name}")
    for name in ("staging/" + "b" * 64, "staging/theirs/" + "b" * 64 + ".jsonl", "b" * 64):
        _upload(room, name)
    monkeypatch.setattr(_WEEK, 0.0)  # as if a week had passed
    return room


def test_only_uploads_that_nobody_names_and_that_are_ours_by_name_are_proposed(staged: Room) -> None:
    assert _garbage(staged) == [("upload", f"{_STAGED}/{'a' * 64}.jsonl")]
    assert _garbage(staged, "--older-than", "1d") == []


def test_an_upload_that_a_spec_needs_is_kept_before_anything_was_trained_on_it(staged: Room) -> None:
    staged.run("destroy", "--yes", "vertex/router")

    assert _garbage(staged) == [("upload", f"{_STAGED}/{'a' * 64}.jsonl")]


def test_gc_deletes_the_upload_and_nothing_beside_it(staged: Room) -> None:
    shown = staged.run("gc", "--yes")

    names = [o["name"] for o in staged.ask("GET", "/storage/v1/b/acme-tuning/o")["items"]]
    assert shown.code == 0, shown.text
    assert f"- {_STAGED}/{'a' * 64}.jsonl" in shown.text
    assert len(names) == 6
    assert f"staging/acme/{'a' * 64}.jsonl" not in names
    assert staged.actions() == []


def test_an_upload_that_is_younger_than_a_week_stays_for_a_clone_whose_lock_nobody_here_sees(
    staged: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_WEEK, UPLOAD_KEPT_S)

    assert UPLOAD_KEPT_S == 7 * 86_400
    assert _garbage(staged) == []
    assert _garbage(staged, "--older-than", "0s") == []


@pytest.mark.parametrize("field", ["trainingDatasetUri", "validationDatasetUri"])
@pytest.mark.parametrize("location", ["us-central1", "europe-west4"])
@pytest.mark.parametrize("labels", [{}, {"tuneform-workspace": "theirs", "tuneform-name": "router"}])
def test_an_upload_that_a_job_in_progress_of_anybody_anywhere_names_stays(
    staged: Room, monkeypatch: pytest.MonkeyPatch, field: str, location: str, labels: dict[str, str]
) -> None:
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "manual")
    uri = f"{_STAGED}/{'a' * 64}.jsonl"
    spec = {"trainingDatasetUri": SAMPLE, field: uri}
    body = {"baseModel": "gemini-3.5-flash", "supervisedTuningSpec": spec, "labels": labels}
    staged.ask("POST", f"/v1/projects/acme-ml/locations/{location}/tuningJobs", body)

    assert _garbage(staged) == []


def test_uploads_of_the_old_layout_may_be_anybodys_and_are_never_proposed(staged: Room) -> None:
    names = {o["name"] for o in staged.ask("GET", "/storage/v1/b/acme-tuning/o")["items"]}

    staged.run("gc", "--yes")
    staged.run("gc", "--yes", "--older-than", "0s", "--allow-foreign")

    left = {o["name"] for o in staged.ask("GET", "/storage/v1/b/acme-tuning/o")["items"]}
    assert names - left == {f"staging/acme/{'a' * 64}.jsonl"}


def test_a_workspace_beside_this_one_with_the_same_staging_uri_keeps_what_it_uploaded(staged: Room) -> None:
    settings = staged.folder / "tuneform.yaml"
    mine = settings.read_text(encoding="utf-8")
    settings.write_text(mine.replace("name: acme", "name: other", 1), encoding="utf-8")

    staged.run("apply", "--yes", "--lock", ".tuneform/other.lock")

    proposed = _garbage(staged, "--lock", ".tuneform/other.lock")

    assert proposed == []


def test_a_model_whose_data_lies_in_the_old_layout_is_adopted_and_in_sync(staged: Room) -> None:
    """The lock of a 0.1.0 is lost: its job names the upload where that version put it."""
    sent = staged.training("vertex/router")["submission"]["data"][0]["sentUri"]
    old = sent.replace("/staging/acme/", "/staging/")
    job = next(j for j in staged.jobs() if j["supervisedTuningSpec"]["trainingDatasetUri"] == sent)
    copy = {
        "baseModel": job["baseModel"],
        "tunedModelDisplayName": "router",
        "labels": job["labels"],
        "supervisedTuningSpec": {**job["supervisedTuningSpec"], "trainingDatasetUri": old},
    }
    staged.run("destroy", "--yes", "vertex/router")
    staged.lock_path.unlink()
    rows = json.dumps({"contents": [{"role": r, "parts": [{"text": "a"}]} for r in ("user", "model")]}) + "\n"
    content = (rows * 20).encode()
    staged.ask("POST", "/upload/storage/v1/b/acme-tuning/o", content, query=f"uploadType=media&name={old[17:]}")
    staged.ask("POST", f"/v1/{PLACE}/tuningJobs", copy)

    assert staged.actions() == ["adopt vertex/router"]
    assert staged.apply().code == 0
    assert staged.actions() == []


def test_the_sample_data_of_others_is_never_listed(router: Room) -> None:
    assert SAMPLE not in router.run("gc").text
