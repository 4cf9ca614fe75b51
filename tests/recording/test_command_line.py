"""`emulator --record`, `emulator verify` and `verify --read-only`, as they are typed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.cli import run
from reconciler.core import exits
from reconciler.emulator.recording.exchange import encoded, file_name
from tests.recording.plants import PLANTS
from tests.recording.served import ROOT, Serving
from tests.recording.sessions import Session, work

Golden = Callable[[str, str], None]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TUNEFORM_EMULATOR", raising=False)


@contextmanager
def _recording(folder: Path, *more: str) -> Iterator[Serving]:
    """A recorder of an emulator of its own."""
    upstream = Serving("--speed", "60", "--catalog", "historic", folder=folder)
    recorder = Serving(
        *("--catalog", "historic", "--record", "kept", "--upstream", upstream.url, "--yes", *more), folder=folder
    )
    try:
        yield recorder
    finally:
        recorder.end()
        upstream.end()


@pytest.mark.slow
def test_a_long_session_of_ours_finds_nothing_and_its_recording_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "specs", tmp_path / "specs")
    shutil.copy(ROOT / "tuneform.yaml", tmp_path)
    with _recording(tmp_path) as recorder:
        there = f"--emulator={recorder.url}"
        ends = {
            words: run([*words.split(), there])
            for words in (
                *("plan", "apply --yes", "plan", "wait", "status", "doctor", "query", "gc", "gate"),
                *("show vertex/support-router", "metrics vertex/support-router", "output"),
                *("prompt vertex/support-router hello", "prompt gemini/number-generator 7"),
                *("verify --read-only", "destroy vertex/docs-chat --yes --allow-protected", "gc --yes", "status"),
            )
        }
        code, said = recorder.end()

    assert [words for words, end in ends.items() if end != exits.OK] == [], capsys.readouterr().out[-2000:]
    assert (code, said.count("differs")) == (exits.OK, 0), said
    capsys.readouterr()
    assert run(["emulator", "verify", "kept"]) == exits.OK
    shown = capsys.readouterr().out
    assert "holds    assumed" in shown
    assert "demo-project" not in "".join(p.read_text(encoding="utf-8") for p in (tmp_path / "kept").iterdir())


def test_without_a_terminal_nothing_is_recorded_that_nobody_agreed_to(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["emulator", "--record", "kept", "--upstream", "http://127.0.0.1:9"])

    assert code == exits.FAILED
    assert "PLAN111" in capsys.readouterr().err
    assert not Path("kept").exists()


@pytest.mark.parametrize(
    "words",
    [
        "emulator --record kept",
        "emulator --upstream google",
        "emulator --yes",
        "emulator --record kept --upstream google --speed 3",
        "emulator --record kept --upstream google --yes --host 0.0.0.0",
        "verify",
        "verify --read-only --yes",
    ],
)
def test_what_does_not_go_together_is_wrong_usage(words: str) -> None:
    assert run(words.split()) == exits.USAGE


def test_a_folder_that_holds_something_is_not_recorded_into(capsys: pytest.CaptureFixture[str]) -> None:
    Path("kept").mkdir()
    Path("kept/mine.txt").write_text("mine", encoding="utf-8")

    code = run(["emulator", "--record", "kept", "--upstream", "http://127.0.0.1:9", "--yes"])

    assert code == exits.FAILED
    assert "RUN029" in capsys.readouterr().err


def test_an_upstream_that_is_no_address_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["emulator", "--record", "kept", "--upstream", "http://example.com", "--yes"])

    assert code == exits.FAILED
    assert "API208" in capsys.readouterr().err


def test_what_is_no_recording_is_said_to_be_none(capsys: pytest.CaptureFixture[str]) -> None:
    Path("kept").mkdir()

    code = run(["emulator", "verify", "kept"])

    assert code == exits.FAILED
    assert "RUN096" in capsys.readouterr().err


def _kept(*names: str) -> None:
    """A recording with planted differences, in the folder `kept`."""
    plants = [plant for plant in PLANTS if plant.name in names]

    def alter(request: object, status: int, body: object) -> tuple[int, object]:
        for plant in plants:
            status, body = plant(request, status, body)  # type: ignore[arg-type]
        return status, body

    session = Session(alter)
    work(session)
    Path("kept").mkdir()
    Path("kept/recording.json").write_text('{"format": 1, "of": "emulator", "catalog": "historic"}', encoding="utf-8")
    for number, exchange in enumerate(session.recorder.exchanges, start=1):
        Path("kept", file_name(number, exchange)).write_bytes(encoded(exchange))


def test_a_replay_shows_what_holds_and_what_differs(capsys: pytest.CaptureFixture[str], golden: Golden) -> None:
    _kept("oldest first", "another text of 404", "one step more on the Gemini API")

    code = run(["emulator", "verify", "kept"])

    assert code == exits.FAILED
    golden("verified.txt", capsys.readouterr().out)


def test_programs_read_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    _kept("oldest first")

    run(["emulator", "verify", "kept", "--format", "json"])

    document = json.loads(capsys.readouterr().out)
    assert document["format_version"] == "1.0"
    assert document["differences"] == 1
    (row,) = [row for row in document["behaviours"] if row["differences"]]
    assert row["source"] == "assumed"
    assert row["differences"][0]["aspect"] == "order"


def test_the_embedded_emulator_can_be_asked_what_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    place = ["--project", "acme", "--location", "us-central1", "--bucket", "acme-data"]

    code = run(["verify", "--read-only", "--emulator", *place, "--record", "kept", "--yes"])

    shown = capsys.readouterr().out
    assert code == exits.OK, shown
    assert "and 0 differ" in shown
    assert "acme" not in "".join(p.read_text(encoding="utf-8") for p in Path("kept").iterdir())
    assert run(["emulator", "verify", "kept"]) == exits.OK


def test_a_place_to_ask_about_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["verify", "--read-only", "--emulator"])

    assert code == exits.FAILED
    assert "RUN069" in capsys.readouterr().err
