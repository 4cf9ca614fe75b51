"""The format of recordings, and those that are in the repository."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from reconciler.emulator.recording.exchange import RecordingError, encoded, file_name, read_folder, schema
from reconciler.emulator.recording.recorder import folded
from reconciler.emulator.recording.verifying import replayed
from tests.recording.sessions import Session, on_storage, work

ROOT = Path(__file__).parents[2]
HERE = ROOT / "tests/recordings"
KEPT = [path.parent for path in sorted(HERE.glob("*/recording.json"))]


def _written(folder: Path, session: Session) -> list[Path]:
    found = []
    for number, exchange in enumerate(session.recorder.exchanges, start=1):
        found.append(folder / file_name(number, exchange))
        found[-1].write_bytes(encoded(exchange))
    return found


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    session = Session()
    work(session)

    _written(tmp_path, session)

    assert read_folder(tmp_path) == session.recorder.exchanges


def test_every_file_follows_the_schema_beside_them(tmp_path: Path) -> None:
    session = Session()
    work(session)
    validator = jsonschema.Draft202012Validator(json.loads((HERE / "exchange.schema.json").read_text(encoding="utf-8")))

    files = _written(tmp_path, session)

    assert [list(validator.iter_errors(json.loads(path.read_bytes()))) for path in files] == [[] for _ in files]


def test_the_schema_beside_them_is_that_of_the_format() -> None:
    assert json.loads((HERE / "exchange.schema.json").read_text(encoding="utf-8")) == json.loads(json.dumps(schema()))


def _changed(path: Path, **more: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **more}), encoding="utf-8")


@pytest.mark.parametrize(
    ("more", "why"),
    [({"format": 2}, "is of format 2"), ({"note": "mine"}, "note"), ({"request": {"verb": "GET"}}, "path")],
)
def test_a_file_of_another_format_or_with_another_field_is_refused(
    tmp_path: Path, more: dict[str, Any], why: str
) -> None:
    session = Session()
    on_storage(session)
    _changed(_written(tmp_path, session)[0], **more)

    with pytest.raises(RecordingError, match=why):
        read_folder(tmp_path)


def test_a_folder_without_an_exchange_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="holds no exchange"):
        read_folder(tmp_path)


def test_polls_that_say_nothing_new_are_kept_once() -> None:
    session = Session()
    for _ in range(5):
        session.get("/v1beta/tunedModels")
    on_storage(session)
    session.get("/v1beta/tunedModels")

    kept = folded(session.recorder.exchanges)

    assert sum(e.method == "gemini.tunedModels.list" for e in session.recorder.exchanges) == 6
    assert sum(e.method == "gemini.tunedModels.list" for e in kept) == 2


@pytest.mark.parametrize("folder", KEPT, ids=lambda path: path.name)
def test_a_recording_of_the_repository_differs_where_its_page_says_so(folder: Path) -> None:
    header = json.loads((folder / "recording.json").read_bytes())

    replay = replayed(read_folder(folder), catalog=header["catalog"])

    known = (folder / "differences.txt").read_text(encoding="utf-8").splitlines() if replay.findings else []
    assert [str(finding) for finding in replay.findings] == known
