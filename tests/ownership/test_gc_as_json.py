"""`tuneform gc --format json`: one document that proposes, and with --yes one event a line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reconciler.render import schemas
from tests.ownership.room import Room

_UPLOAD = "staging/acme/" + "a" * 64 + ".jsonl"


@pytest.fixture
def littered(room: Room, monkeypatch: pytest.MonkeyPatch) -> Room:
    """A model of ours that no lock names, and an upload that nobody names."""
    for name in ("router", "lonely"):
        room.spec(name)
    room.apply()
    kept = room.lock
    del kept["entries"]["vertex/lonely"]
    room.lock_path.write_text(json.dumps(kept), encoding="utf-8")
    (room.folder / "specs/lonely.yaml").unlink()
    room.ask("POST", "/upload/storage/v1/b/acme-tuning/o", b"x\n", query=f"uploadType=media&name={_UPLOAD}")
    monkeypatch.setattr("reconciler.workflow.garbage.UPLOAD_KEPT_S", 0.0)  # as if a week had passed
    return room


def _complaints(name: str, value: object) -> list[str]:
    return [error.message for error in Draft202012Validator(schemas.schema(name)).iter_errors(value)]


def test_the_proposal_is_one_document_that_its_schema_describes(littered: Room) -> None:
    shown = littered.run("gc", "--format", "json")

    document: dict[str, Any] = json.loads(shown.text)
    assert shown.code == 0
    assert _complaints("gc", document) == []
    assert [(i["kind"], i["address"]) for i in document["items"]] == [("orphan", "vertex/lonely")]
    assert [u["uri"] for u in document["uploads"]] == [f"gs://acme-tuning/{_UPLOAD}"]
    assert (document["format_version"], document["refused"], document["diagnostics"]) == ("1.0", False, [])


def test_a_proposal_that_would_be_refused_says_so(littered: Room) -> None:
    (littered.folder / "specs/router.yaml").unlink()
    littered.lock_path.unlink()

    document = json.loads(littered.run("gc", "--format", "json").text)

    assert _complaints("gc", document) == []
    assert document["refused"]
    assert "PLAN102" in [d["code"] for d in document["diagnostics"]]


def test_with_yes_every_line_is_an_event_and_the_summary_is_the_last(littered: Room) -> None:
    shown = littered.run("gc", "--yes", "--format", "json")

    lines = [json.loads(line) for line in shown.text.splitlines()]
    assert shown.code == 0
    assert [_complaints("events", line) for line in lines] == [[]] * len(lines)
    assert lines[0]["type"] == "version"
    assert [line["type"] for line in lines[-3:]] == ["change_done", "upload_deleted", "summary"]
    assert lines[-2]["uri"] == f"gs://acme-tuning/{_UPLOAD}"
    assert lines[-1]["done"] == {"delete": 1}


def test_with_yes_and_nothing_to_do_the_stream_is_empty_but_whole(room: Room) -> None:
    room.spec("router")
    room.apply()

    shown = room.run("gc", "--yes", "--format", "json")

    assert [json.loads(line)["type"] for line in shown.text.splitlines()] == ["version", "summary"]
