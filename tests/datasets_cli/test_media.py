"""`dataset check --media`: what Cloud Storage says of the objects that examples name."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from reconciler.emulator import Request
from tests.datasets_cli.conftest import Project, rows


def _picture(project: Project, name: str, kind: str, size: int = 100) -> None:
    headers = {"content-type": kind}
    query = f"uploadType=media&name={quote(name, safe='')}"
    project.asked(Request("POST", "/upload/storage/v1/b/acme-media/o", query, headers, b"x" * size))


def _asking(*names: str) -> str:
    files = [{"fileData": {"mimeType": "image/png", "fileUri": f"gs://acme-media/{name}"}} for name in names]
    turns = [{"role": "user", "parts": [*files, {"text": "what?"}]}, {"role": "model", "parts": [{"text": "a cat"}]}]
    return json.dumps({"contents": turns}) + "\n"


@pytest.fixture
def album(project: Project) -> Project:
    """Thirty examples of text, and one with a good picture, one of another type, a large one and a missing one."""
    _picture(project, "good.png", "image/png")
    _picture(project, "photo.png", "image/jpeg")
    _picture(project, "large.png", "image/png", (20 << 20) + 1)
    project.write("album.jsonl", rows(40) + _asking("good.png", "photo.png") + _asking("large.png", "missing.png"))
    return project


def test_media_are_looked_up_by_their_metadata(album: Project) -> None:
    shown = album.run("dataset check album.jsonl --media --format json")

    (file,) = json.loads(shown.out)["files"]
    told = {(f["rule"], f["severity"], f["line"], f["path"]) for f in file["findings"] if f["rule"] > "DATA508"}
    of = "contents[0].parts[{}].fileData.fileUri".format
    assert shown.code == 1
    assert told - {t for t in told if t[0] >= "DATA9"} == {
        ("DATA511", "warning", 41, of(1)),
        ("DATA510", "error", 42, of(0)),
        ("DATA509", "error", 42, of(1)),
    }


def test_without_being_asked_nobody_is_asked(album: Project) -> None:
    shown = album.run("dataset check album.jsonl")

    assert shown.code == 0
    assert "DATA509" not in shown.out


def test_media_of_an_object_are_looked_up_too(album: Project) -> None:
    uri = album.upload("acme-tuning/album.jsonl", rows(40) + _asking("missing.png"))

    shown = album.run(f"dataset check {uri} album.jsonl --media")

    assert shown.code == 1
    assert f"{uri}:41:" in shown.out


def test_a_missing_medium_is_shown_to_a_person_and_to_no_log(album: Project) -> None:
    text = album.run("dataset check album.jsonl --media").out.splitlines()
    forms = [album.run(f"dataset check album.jsonl --media --format {form}") for form in ("json", "sarif", "github")]

    at = next(n for n, line in enumerate(text) if "DATA509" in line)
    excerpt, caret = text[at + 2 : at + 4]
    assert excerpt[caret.index("^") :].startswith('"gs://acme-media/missing.png"')
    assert ["missing.png" in form.out for form in forms] == [False] * 3


def test_a_rule_over_media_obeys_its_severity(album: Project) -> None:
    shown = album.run("dataset check album.jsonl --media --rule DATA509=off --rule DATA510=note")

    assert shown.code == 0
    assert "note DATA510" in shown.out


def test_a_file_that_cannot_be_read_is_told_once(project: Project) -> None:
    shown = project.run("dataset check nowhere.jsonl --media")

    assert shown.code == 1
    assert shown.text.count("DATA101") == 1
