"""`tuneform state …` on a lock in a file and on one in Cloud Storage: no editor, no spec, no account."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reconciler.cli import run
from reconciler.core import exits
from reconciler.files.lock_json import decode_lock
from reconciler.render import schemas
from tests.cli.what_breaks import break_yaml
from tests.ownership.room import Room, Shown

BUCKET = "gs://acme-locks/team/tuneform.lock"
WHERE = pytest.mark.parametrize("where", ["file", "bucket"])


class Clone:
    """A room with two applied models, whose lock is where the test says."""

    def __init__(self, room: Room, where: str) -> None:
        self.room = room
        self.words = ("--lock", BUCKET) if where == "bucket" else ()
        room.spec("router")
        room.spec("sorter", epochs=5)
        assert self.run("apply", "--yes").code == exits.OK

    def run(self, *words: str) -> Shown:
        return self.room.run(*words, *self.words)

    def pulled(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.run("state", "pull").text)
        return document

    def pushed(self, lock: dict[str, Any], *words: str) -> Shown:
        self.room.write("given.json", json.dumps(lock))
        return self.run("state", "push", "given.json", "--yes", *words)

    def backup(self, text: str) -> dict[str, Any]:
        """What the output names."""
        (line,) = [line for line in text.splitlines() if line.startswith("The lock of before is ")]
        place = line.removeprefix("The lock of before is ")
        if place.startswith("gs://"):
            bucket, _, name = place.removeprefix("gs://").partition("/")
            path = f"/download/storage/v1/b/{bucket}/o/{name.replace('/', '%2F')}"
            found: dict[str, Any] = self.room.ask("GET", path, query="alt=media")
            return found
        document: dict[str, Any] = json.loads((self.room.folder / place).read_text(encoding="utf-8"))
        return document


@pytest.fixture
def clone(room: Room, where: str, monkeypatch: pytest.MonkeyPatch) -> Clone:
    for name in ("GITHUB_ACTOR", "GITLAB_USER_LOGIN"):
        monkeypatch.delenv(name, raising=False)
    return Clone(room, where)


@WHERE
def test_the_list_is_what_the_lock_has_whatever_the_specs_and_the_cloud_say(clone: Clone) -> None:
    (clone.room.folder / "specs/sorter.yaml").unlink()
    clone.room.delete_model(clone.pulled()["entries"]["vertex/router"]["trainings"]["1"])

    text, document = clone.run("state", "list"), json.loads(clone.run("state", "list", "--format", "json").text)

    assert text.code == exits.OK
    assert "vertex/router" in text.text
    Draft202012Validator(schemas.schema("state")).validate(document)
    assert [(e["address"], e["serving"], e["attempts"]) for e in document["entries"]] == [
        ("vertex/router", "1", ["1"]),
        ("vertex/sorter", "1", ["1"]),
    ]


@WHERE
def test_one_entry_is_shown_as_show_does(clone: Clone) -> None:
    for form in ("text", "json", "yaml"):
        words = ("show", "vertex/router", "--format", form)
        assert clone.run("state", *words) == clone.run(*words)
    absent = clone.run("state", "show", "vertex/absent")
    assert (absent.code, "LOCK025" in absent.text) == (exits.FAILED, True)


@WHERE
def test_a_renamed_entry_serves_on_under_the_renamed_spec_and_who_and_why_stand_in_the_lock(clone: Clone) -> None:
    before, jobs = clone.pulled(), clone.room.jobs()

    shown = clone.run("state", "mv", "vertex/router", "vertex/triage", "--yes", "--actor", "sam", "--reason", "it is")
    path = clone.room.folder / "specs/router.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("name: router", "name: triage"), encoding="utf-8")
    planned = json.loads(clone.run("plan", "--format", "json").text)

    assert shown.code == exits.OK, shown.text
    assert clone.backup(shown.text)["entries"] == before["entries"]
    assert {c["address"]: c["action"] for c in planned["changes"]} == {
        "vertex/sorter": "noop",
        "vertex/triage": "update",
    }
    assert clone.run("apply", "--yes").code == exits.OK
    assert clone.run("plan", "--detailed-exitcode").code == exits.OK
    assert [job["name"] for job in clone.room.jobs()] == [job["name"] for job in jobs]
    (note,) = clone.pulled()["mended"]
    assert (note["what"], note["addresses"], note["reason"]) == ("mv", ["vertex/router", "vertex/triage"], "it is")
    assert note["by"]["actor"] == "sam"
    assert "by sam (it is)" in clone.run("state", "list").text


@WHERE
def test_what_is_pulled_and_pushed_is_no_change(clone: Clone) -> None:
    lock = clone.pulled()

    shown = clone.pushed(lock)

    assert (shown.code, "says that already" in shown.text) == (exits.OK, True)
    assert clone.pulled() == lock


@WHERE
def test_a_push_writes_what_differs_and_keeps_what_was(clone: Clone) -> None:
    before = clone.pulled()
    given = json.loads(json.dumps(before))
    given["entries"]["vertex/router"]["lifecycle"]["keep"] = 7

    shown = clone.pushed(given, "--reason", "keep more")

    assert shown.code == exits.OK, shown.text
    assert "vertex/router  is written over" in shown.text
    assert clone.backup(shown.text) == before
    after = clone.pulled()["entries"]
    assert after["vertex/router"]["lifecycle"]["keep"] == 7
    assert after["vertex/router"]["revision"] == before["entries"]["vertex/router"]["revision"] + 1
    assert after["vertex/sorter"] == before["entries"]["vertex/sorter"]


@WHERE
def test_a_push_that_loses_something_is_refused_unless_it_is_forced_with_a_reason(clone: Clone) -> None:
    before = clone.pulled()
    given = {**before, "entries": {"vertex/router": before["entries"]["vertex/router"]}}

    refused, unsaid = clone.pushed(given), clone.pushed(given, "--force")
    kept = clone.pulled()
    forced = clone.pushed(given, "--force", "--reason", "sorter is another team's")

    assert (refused.code, "LOCK030" in refused.text, "vertex/sorter" in refused.text) == (exits.FAILED, True, True)
    assert (unsaid.code, "--reason" in unsaid.text) == (exits.USAGE, True)
    assert kept == before
    assert forced.code == exits.OK, forced.text
    assert list(clone.pulled()["entries"]) == ["vertex/router"]
    # What was lost is found again by its markers, and not paid for again.
    assert clone.run("apply", "--yes").code == exits.OK
    assert len(clone.room.jobs()) == 2


@WHERE
def test_an_older_pull_is_refused(clone: Clone) -> None:
    older = clone.pulled()
    clone.room.spec("router", epochs=4)
    assert clone.run("apply", "--yes").code == exits.OK

    shown = clone.pushed(older)

    assert (shown.code, "LOCK030" in shown.text) == (exits.FAILED, True)


@WHERE
def test_a_file_that_contradicts_itself_is_refused_by_force_too(clone: Clone) -> None:
    lock = clone.pulled()
    lock["entries"]["vertex/again"] = lock["entries"]["vertex/router"]

    shown = clone.pushed(lock, "--force", "--reason", "no")

    assert (shown.code, "LOCK012" in shown.text) == (exits.FAILED, True)
    assert "vertex/again" not in clone.pulled()["entries"]


@WHERE
def test_rm_is_forget(clone: Clone) -> None:
    shown = clone.run("state", "rm", "vertex/router", "--yes", "--reason", "not ours", "--actor", "sam")

    assert shown.code == exits.OK, shown.text
    assert "RUN046" in shown.text
    assert "backups/" in shown.text
    grave = clone.pulled()["tombstones"]["vertex/router"]
    assert (grave["reason"], grave["by"]["actor"]) == ("asked for: not ours", "sam")
    planned = json.loads(clone.run("plan", "--format", "json").text)
    assert [c["action"] for c in planned["changes"]] == ["create", "noop"]


@WHERE
def test_a_dry_run_writes_nothing(clone: Clone) -> None:
    before = clone.pulled()
    given = {**before, "entries": {"vertex/router": {**before["entries"]["vertex/router"], "commit": "abc"}}}
    clone.room.write("given.json", json.dumps(given))
    push = ("push", "given.json", "--force", "--reason", "why")

    for words in (("mv", "vertex/router", "vertex/triage"), ("rm", "vertex/router"), push):
        assert clone.run("state", *words, "--dry-run").code == exits.OK

    assert clone.pulled() == before
    assert not (clone.room.folder / ".tuneform/backups").exists()


@WHERE
def test_without_a_yes_and_without_a_terminal_nothing_is_done(clone: Clone) -> None:
    before = clone.pulled()
    clone.room.write("given.json", json.dumps({**before, "projects": {"acme-ml": "7"}}))

    for words in (("mv", "vertex/router", "vertex/triage"), ("rm", "vertex/router"), ("push", "given.json")):
        shown = clone.run("state", *words)
        assert (shown.code, "PLAN111" in shown.text) == (exits.FAILED, True), shown.text

    assert clone.pulled() == before


@WHERE
def test_broken_specs_keep_nobody_from_the_lock(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(clone.room.folder)
    break_yaml()
    assert clone.run("validate").code == exits.FAILED

    assert clone.run("state", "list").code == exits.OK
    assert clone.run("state", "show", "vertex/router").code == exits.OK
    assert clone.run("state", "mv", "vertex/router", "vertex/triage", "--yes").code == exits.OK
    assert clone.pushed(clone.pulled()).code == exits.OK
    assert clone.run("state", "rm", "vertex/sorter", "--yes").code == exits.OK
    assert list(clone.pulled()["entries"]) == ["vertex/triage"]


@pytest.fixture
def typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Against Google, and nobody is logged in."""
    for name in [n for n in os.environ if n.startswith(("TUNEFORM_", "GOOGLE_", "CLOUDSDK_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    monkeypatch.chdir(tmp_path)
    Path("tuneform.yaml").write_text(
        "apiVersion: tuneform.dev/v1\nkind: Workspace\nmetadata: {name: acme}\n", encoding="utf-8"
    )

    def type_(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        code = run(list(words))
        shown = capsys.readouterr()
        return code, shown.out + shown.err

    return type_


_LOCK = {
    "version": 2,
    "lineage": "7c1f",
    "workspace": "acme",
    "target": "google",
    "entries": {
        "vertex/router": {
            "revision": 3,
            "trainings": {
                "1": {
                    "role": "serving",
                    "phase": "APPLIED",
                    "job": "projects/1/locations/us-central1/tuningJobs/1",
                    "model": "projects/1/locations/us-central1/models/1@1",
                    "submission": {"project": "acme-ml", "location": "us-central1"},
                }
            },
        }
    },
}


def test_a_lock_in_a_file_needs_no_account(typed: Callable[..., tuple[int, str]]) -> None:
    Path("tuneform.lock").write_text(json.dumps(_LOCK), encoding="utf-8")
    Path("other.lock").write_text(json.dumps(_LOCK), encoding="utf-8")

    assert typed("status")[0] == exits.FAILED
    assert typed("state", "list")[0] == exits.OK
    assert typed("state", "show", "vertex/router")[0] == exits.OK
    assert typed("state", "mv", "vertex/router", "vertex/triage", "--yes")[0] == exits.OK
    code, pulled = typed("state", "pull")
    assert (code, list(decode_lock(pulled.encode(), "")[0].entries)) == (exits.OK, ["vertex/triage"])
    assert typed("state", "rm", "vertex/triage", "--yes")[0] == exits.OK
    code, shown = typed("state", "push", "other.lock", "--yes", "--force", "--reason", "undo")
    assert code == exits.OK, shown
    assert sorted(path.name.split(".")[1] for path in Path(".tuneform/backups").iterdir()) == ["lock"] * 3


def test_a_lock_in_cloud_storage_does(typed: Callable[..., tuple[int, str]]) -> None:
    code, shown = typed("state", "list", "--lock", BUCKET)

    assert code == exits.FAILED
    assert "API10" in shown


def test_a_lock_of_another_target_is_not_this_runs(typed: Callable[..., tuple[int, str]]) -> None:
    Path("tuneform.lock").write_text(json.dumps({**_LOCK, "target": "emulator:x"}), encoding="utf-8")

    for words in (("list",), ("pull",), ("mv", "vertex/router", "vertex/triage", "--yes")):
        code, shown = typed("state", *words)
        assert (code, "LOCK004" in shown) == (exits.FAILED, True)


def test_a_push_of_what_is_no_lock_is_refused_in_words(typed: Callable[..., tuple[int, str]]) -> None:
    Path("tuneform.lock").write_text(json.dumps(_LOCK), encoding="utf-8")
    wrong = {
        "none.json": None,
        "empty.json": "",
        "text.json": "entries",
        "other.json": '{"entries": {}}',
        "newer.json": json.dumps({**_LOCK, "version": 99}),
        "hostile.json": json.dumps({**_LOCK, "entries": {"../x": {}}}),
    }
    for name, text in wrong.items():
        if text is not None:
            Path(name).write_text(text, encoding="utf-8")

        code, shown = typed("state", "push", name, "--yes", "--force", "--reason", "why")

        assert code == exits.FAILED, shown
        assert "error LOCK0" in shown
    assert json.loads(Path("tuneform.lock").read_text(encoding="utf-8")) == _LOCK


def test_the_first_lock_may_be_pushed(typed: Callable[..., tuple[int, str]]) -> None:
    Path("given.json").write_text(json.dumps(_LOCK), encoding="utf-8")

    code, shown = typed("state", "push", "given.json", "--yes")

    assert code == exits.OK, shown
    assert "The lock of before" not in shown
    assert list(decode_lock(Path("tuneform.lock").read_bytes(), "")[0].entries) == ["vertex/router"]
