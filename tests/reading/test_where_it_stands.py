"""What is said of a spec points at the line that it is about, and base models go by all of their names."""

from __future__ import annotations

import json
import re

import pytest

from tests.ownership.room import PLACE, SAMPLE, Room

_KEY = "projects/p/locations/{}/keyRings/r/cryptoKeys/k"


def _current(room: Room) -> None:
    """Today's catalogue: the rooms of other tests have the models of yesterday."""
    text = (room.folder / "tuneform.yaml").read_text(encoding="utf-8")
    room.write("tuneform.yaml", text.replace("  catalog: historic\n", ""))


def _spec(room: Room, *fields: str, base: str = "baseModel: gemini-3.5-flash", data: str = SAMPLE) -> None:
    lines = [
        "apiVersion: tuneform.dev/v1",
        "kind: VertexTunedModel",
        "metadata: {name: other}",
        "spec: {baseModel: gemini-3.5-flash, supervisedTuningSpec: {trainingDatasetUri: " + SAMPLE + "}}",
        "---",
        "apiVersion: tuneform.dev/v1",
        "kind: VertexTunedModel",
        "metadata: {name: router}",
        "spec:",
        f"  {base}",
        *fields,
        "  supervisedTuningSpec:",
        f"    trainingDatasetUri: {data}",
    ]
    room.write("specs/all.yaml", "\n".join(lines) + "\n")


def _said(room: Room, code: str) -> list[tuple[str, int, str]]:
    shown = room.run("plan", "--json-into", "plan.json", "--allow-unread")
    found = re.findall(rf"^(\S+?):(\d+):\d+: (?:error|warning) {code}:", shown.text, re.MULTILINE)
    path = room.folder / "plan.json"
    saved = json.loads(path.read_text(encoding="utf-8"))["diagnostics"] if path.exists() else []
    lines = {(d["where"]["path"], d["where"]["line"], d["severity"]) for d in saved if d["code"] == code and d["where"]}
    return sorted(lines) or [(where, int(line), "") for where, line in found]


@pytest.mark.parametrize(
    ("code", "line", "fields"),
    [
        ("PLAN115", 11, {"fields": ("  location: europe-west9",)}),
        ("PLAN114", 10, {"base": "baseModel: gemini-9-flash"}),
        ("PLAN107", 10, {"base": "baseModel: gemini-2.5-flash"}),
        ("PLAN107", 10, {"base": "baseModel: gemini-3.6-flash"}),
        ("PLAN125", 11, {"fields": (f"  encryptionSpec: {{kmsKeyName: {_KEY.format('us-central1')}}}",)}),
        ("RUN011", 12, {"data": "gs://acme-tuning/none.jsonl"}),
        ("PLAN124", 10, {"base": f"preTunedModel: {{tunedModelName: {PLACE}/models/123@1}}"}),
    ],
)
def test_a_message_stands_at_its_field(room: Room, code: str, line: int, fields: dict[str, object]) -> None:
    _current(room)
    _spec(room, *fields.pop("fields", ()), **fields)  # type: ignore[misc, arg-type]

    assert [(path, at) for path, at, _ in _said(room, code)] == [("specs/all.yaml", line)]


def test_the_adapter_size_and_the_evaluation_stand_where_they_are_written(room: Room) -> None:
    _current(room)
    evaluation = (
        "{metrics: [{exactMatchSpec: {}}], outputConfig: {gcsDestination: {outputUriPrefix: gs://acme-tuning/out}}}"
    )
    _spec(room)
    with (room.folder / "specs/all.yaml").open("a", encoding="utf-8") as file:
        file.write(f"    hyperParameters:\n      adapterSize: 32\n    evaluationConfig: {evaluation}\n")

    assert [(path, at) for path, at, _ in _said(room, "PLAN116")] == [("specs/all.yaml", 14)]
    assert [(path, at) for path, at, _ in _said(room, "PLAN125")] == [("specs/all.yaml", 15)]


def test_an_unoffered_field_may_be_allowed_once(room: Room) -> None:
    _current(room)
    _spec(room, f"  encryptionSpec: {{kmsKeyName: {_KEY.format('us-central1')}}}")

    assert (room.run("plan").code, room.run("plan", "--allow-retired").code) == (3, 0)


def test_a_key_in_global_is_refused_at_load(room: Room) -> None:
    _spec(room, "  location: global", f"  encryptionSpec: {{kmsKeyName: {_KEY.format('global')}}}")

    assert "SPEC065" in room.run("validate").text


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("publishers/google/models/gemini-2.5-flash", "PLAN107"),
        ("projects/p/locations/us-central1/publishers/google/models/gemini-2.5-flash", "PLAN107"),
        ("gemini-2.0-flash", "PLAN107"),
        ("gemini-2.0-flash-lite", "PLAN107"),
        ("gemini-1.5-pro", "PLAN107"),
        ("publishers/google/models/gemini-1.5-flash", "PLAN107"),
        ("publishers/google/models/gemini-9", "PLAN114"),
        ("gemini-2.0", "PLAN114"),
    ],
)
def test_a_base_model_is_known_by_every_name(room: Room, name: str, code: str) -> None:
    _current(room)
    _spec(room, base=f"baseModel: {name}")

    assert [at for _, at, _ in _said(room, code)] == [10]


def test_a_tuned_model_that_is_there_may_be_tuned_further(room: Room) -> None:
    room.spec("parent")
    room.apply()
    parent = room.training("vertex/parent")["model"]
    _spec(room, base=f"preTunedModel: {{tunedModelName: {parent}}}")
    (room.folder / "specs/parent.yaml").rename(room.folder / "specs/zz.yaml")

    assert room.run("plan").code == 0


@pytest.mark.parametrize(("length", "code"), [(63, 0), (64, 1)])
@pytest.mark.parametrize("what", ["key", "value"])
def test_a_label_has_63_characters_at_most(room: Room, length: int, code: int, what: str) -> None:
    text = "a" * length
    room.spec("router", labels=f"{text}: x" if what == "key" else f"x: {text}")

    assert room.run("validate").code == code
