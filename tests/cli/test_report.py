"""`tuneform report`, as it is typed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.cli import run
from reconciler.core import exits
from tests.cli.session import folder_for, replay
from tests.cli.what_breaks import break_data, break_yaml
from tests.render.reading_html import read

_SPEC = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: router}
spec:
  baseModel: gemini-2.5-flash
  labels: {team: support}
  supervisedTuningSpec: {trainingDatasetUri: data/train.jsonl, validationDatasetUri: data/validation.jsonl}
"""
_PAGE = Path("report.html")


@pytest.fixture(autouse=True)
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model that serves."""
    monkeypatch.setenv("TUNEFORM_EMULATOR", "embedded")
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    monkeypatch.chdir(tmp_path)
    folder_for("", tmp_path)
    Path("specs/router.yaml").write_text(_SPEC, encoding="utf-8")
    assert run(["apply", "--yes"]) == exits.OK
    return tmp_path


def test_it_is_printed_or_written_whole(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()

    codes = [run(["report"]), run(["report", "--into", "report.html"])]

    printed, file = capsys.readouterr().out, _PAGE.read_text(encoding="utf-8")
    assert codes == [exits.OK, exits.OK]
    assert read(printed).tags[0] == read(file).tags[0] == ("html", {"lang": "en"})
    assert "vertex/router" in file
    assert "<figure>" in file


def test_a_report_is_written_anew_and_nothing_else_is(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.html").write_text("<!DOCTYPE html>\n<p>mine</p>\n", encoding="utf-8")

    codes = [run(["report", "--into", name]) for name in ("report.html", "report.html", "mine.html")]

    assert codes == [exits.OK, exits.OK, exits.FAILED]
    assert "RUN029" in capsys.readouterr().err
    assert Path("mine.html").read_text(encoding="utf-8").endswith("<p>mine</p>\n")


@pytest.mark.parametrize("breaks", [break_yaml, break_data])
def test_specs_with_a_mistake_are_told_in_the_file_and_beside_it(
    breaks: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(breaks)
    breaks()
    capsys.readouterr()

    code = run(["report", "--into", "report.html"])

    page, said = _PAGE.read_text(encoding="utf-8"), capsys.readouterr().err
    assert code == exits.FAILED
    assert "No plan could be made" in page
    assert "specs/" in said
    assert page.count("<figure>") == 2


def test_a_refused_plan_is_a_report_like_any_other() -> None:
    Path("specs/router.yaml").unlink()

    code = run(["report", "--into", "report.html"])

    assert code == exits.OK
    assert "PLAN102" in _PAGE.read_text(encoding="utf-8")


def test_an_emulator_that_does_not_answer_leaves_what_the_lock_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    lock = Path(".tuneform/emulator.lock").read_text(encoding="utf-8")
    Path("other.lock").write_text(lock, encoding="utf-8")
    monkeypatch.setenv("TUNEFORM_EMULATOR", "http://127.0.0.1:9")

    assert run(["report", "--into", "report.html"]) == exits.FAILED


def test_only_what_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    Path("specs/second.yaml").write_text(_SPEC.replace("router", "second"), encoding="utf-8")

    codes = [run(["report", "--only", name, "--into", "report.html"]) for name in ("vertex/second", "vertex/absent")]

    assert codes == [exits.OK, exits.FAILED]
    page = _PAGE.read_text(encoding="utf-8")
    assert "vertex/second" in page
    assert "vertex/router" not in page
    assert "1 other address left out." in page
    assert "RUN013" in capsys.readouterr().err


def test_a_set_of_specs_that_holds_none_is_wrong_usage() -> None:
    Path("nothing").mkdir()

    assert run(["report", "-f", "nothing", "--into", "report.html"]) == exits.USAGE
    assert not _PAGE.exists()


def test_nothing_is_written_where_it_cannot_be(capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo("pipe.html")

    assert run(["report", "--into", "pipe.html"]) == exits.FAILED

    assert "RUN016" in capsys.readouterr().err


def test_a_deleted_experiment_is_said_at_its_model() -> None:
    replay("@ console deletes the experiment of vertex/router")

    code = run(["report", "--into", "report.html"])

    page = _PAGE.read_text(encoding="utf-8")
    assert code == exits.OK
    assert "RUN024" in page
    assert "<figure>" not in page
