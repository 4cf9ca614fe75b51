"""Every JSON document that a command prints says of which version its format is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.ownership.room import Room

ADDRESS = "vertex/router"
ROW = {"contents": [{"role": "user", "parts": [{"text": "a"}]}, {"role": "model", "parts": [{"text": "b"}]}]}


@pytest.fixture
def applied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    room = Room(tmp_path, tmp_path / "cloud.db")
    room.workspace()
    room.write("data/train.jsonl", (json.dumps(ROW) + "\n") * 20)
    room.spec("router")
    assert room.apply().code == 0
    return room


def test_every_json_document_is_one_and_says_its_version(applied: Room) -> None:
    commands = [
        *(["plan"], ["status"], ["gate"], ["doctor"], ["gc"], ["validate"], ["output"], ["models"]),
        *(
            ["show", ADDRESS],
            ["state", "list"],
            ["state", "show", ADDRESS],
            ["history", ADDRESS],
            ["metrics", ADDRESS],
            ["dataset", "check", "data/train.jsonl"],
        ),
    ]

    documents = {" ".join(words): json.loads(applied.run(*words, "--format", "json").text) for words in commands}

    assert {name: document.get("format_version") for name, document in documents.items()} == {
        **dict.fromkeys(documents, "1.0"),
        f"metrics {ADDRESS}": "1.1",
    }


def test_every_line_of_an_apply_is_one_and_the_first_says_the_version(applied: Room) -> None:
    lines = [json.loads(line) for line in applied.apply("--format", "json").text.splitlines()]

    assert lines[0]["format_version"] == "1.0"
    assert lines[-1]["exit_code"] == 0
