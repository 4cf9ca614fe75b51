"""An upgrade trains nothing: this version on locks, intents, jobs and uploads of the released 0.1.0 (make_0_1_0.py).

Every workspace is opened with its lock and without it, with its data as it was and in other forms, and with its uploads
and without them.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import run
from reconciler.core.lock import LOCK_VERSION

HERE = Path(__file__).parent


def _as_it_was(data: bytes) -> bytes:
    return data


def _windows(data: bytes) -> bytes:
    return data.replace(b"\n", b"\r\n")


def _unfinished(data: bytes) -> bytes:
    return b"\n" + data.rstrip(b"\n") if data.startswith(b"{") else data.rstrip(b"\n")


def _rewritten(data: bytes) -> bytes:
    """Keys in another order, no spaces, escapes, and blank lines between rows."""
    if not data.startswith(b"{"):
        return data + b"\n\n"
    rows = [json.loads(line) for line in data.splitlines()]
    return b"\n\n".join(json.dumps(_turned(row), separators=(",", ":")).encode() for row in rows)


def _turned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _turned(value[key]) for key in reversed(value)}
    return [_turned(below) for below in value] if isinstance(value, list) else value


Form = Callable[[bytes], bytes]
FORMS: dict[str, Form] = {
    "unchanged": _as_it_was,
    "windows": _windows,
    "no-last-newline": _unfinished,
    "rewritten": _rewritten,
}
every_form = pytest.mark.parametrize("form", FORMS)
with_or_without_uploads = pytest.mark.parametrize("uploads", ["kept", "gone"])
with_or_without_lock = pytest.mark.parametrize("lock", ["kept", "gone"])


class Upgraded:
    """A workspace of 0.1.0 in a folder, and the command line of this version in it."""

    def __init__(self, folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        shutil.copytree(HERE / name, folder, dirs_exist_ok=True)
        scratch = folder / ".tuneform"
        scratch.mkdir()
        for left, place in (("left.lock", "emulator.lock"), ("left.journal", "emulator.lock.journal")):
            if (folder / left).exists():
                shutil.move(folder / left, scratch / place)
        with sqlite3.connect(self._state) as state:
            state.executescript(gzip.decompress((HERE / f"{name}.sql.gz").read_bytes()).decode())
        monkeypatch.chdir(folder)
        monkeypatch.setenv("TUNEFORM_EMULATOR", "embedded")
        monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")

    @property
    def _state(self) -> Path:
        return self.folder / ".tuneform/emulator.db"

    @property
    def lock(self) -> Path:
        return self.folder / ".tuneform/emulator.lock"

    def take(self, form: str, *, lock: str = "kept", uploads: str = "kept") -> None:
        """The data in another form; without the lock, or without what was uploaded."""
        for file in (self.folder / "specs/data").iterdir():
            file.write_bytes(FORMS[form](file.read_bytes()))
        if lock == "gone":
            for file in (self.lock, self.lock.with_name("emulator.lock.journal")):
                file.unlink(missing_ok=True)
        if uploads == "gone":
            with sqlite3.connect(self._state) as state:
                state.execute("DELETE FROM objects")
                state.execute("DELETE FROM chunks")

    def edit(self, old: bytes, new: bytes) -> None:
        for file in (self.folder / "specs/data").glob("*.jsonl"):
            file.write_bytes(file.read_bytes().replace(old, new))

    @property
    def trainings(self) -> list[str]:
        """Everything that was ever paid for."""
        with sqlite3.connect(self._state) as state:
            found = state.execute("SELECT name FROM resources WHERE kind IN ('tuningJob', 'tunedModel')").fetchall()
        return sorted(name for (name,) in found)

    def run(self, *words: str) -> tuple[int, str]:
        out = io.StringIO()
        with self._monkeypatch.context() as patched:
            patched.setattr(sys, "stdout", out)
            patched.setattr(sys, "stderr", out)
            patched.setattr(sys, "stdin", io.StringIO())
            code = run([*words])
        return code, out.getvalue()


Opened = Callable[[str], Upgraded]


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    return lambda name: Upgraded(tmp_path, name, monkeypatch)


@every_form
@with_or_without_lock
@with_or_without_uploads
def test_what_serves_is_never_trained_again(opened: Opened, form: str, lock: str, uploads: str) -> None:
    here = opened("served")
    before = here.trainings
    here.take(form, lock=lock, uploads=uploads)
    kept = lock == "kept"

    planned = here.run("plan", "--detailed-exitcode")
    swept = here.run("gc")
    applied = here.run("apply", "--yes")
    again = here.run("plan", "--detailed-exitcode")
    gate = here.run("gate")
    swept_again = here.run("gc")

    assert planned[0] == (0 if kept else 2), planned[1]
    assert (applied[0], again[0], gate[0]) == (0, 0, 0), applied[1] + again[1] + gate[1]
    assert here.trainings == before
    assert "staging/" not in swept[1] + swept_again[1]
    doubts = {"PLAN023", "PLAN024"} & set(re.findall(r"PLAN\d+", planned[1]))
    is_told = form == "unchanged" or uploads == "kept"
    assert doubts == (set() if is_told else {"PLAN023"} if kept else {"PLAN024"}), planned[1]


def test_unchanged_data_costs_nothing(opened: Opened) -> None:
    here = opened("served")
    before = here.lock.read_bytes()

    planned = here.run("plan", "--detailed-exitcode")
    is_untouched = here.lock.read_bytes() == before
    here.run("apply", "--yes")

    assert (planned[0], is_untouched) == (0, True)
    assert "Nothing to do: 5 models are as declared." in planned[1]
    assert not (here.folder / ".tuneform/cache/contents").exists()
    assert "rows1:" not in here.lock.read_text()


@pytest.mark.parametrize("form", ["windows", "no-last-newline", "rewritten"])
def test_another_form_is_said_and_downloaded_once(opened: Opened, form: str) -> None:
    here = opened("served")
    here.take(form)

    text = here.run("plan")[1]
    as_json = json.loads(here.run("plan", "--format", "json")[1])
    markdown = here.run("plan", "--format", "markdown")[1]
    here.run("apply", "--yes")
    here.take("unchanged", uploads="gone")
    shutil.rmtree(here.folder / ".tuneform/cache", ignore_errors=True)
    later = here.run("plan", "--detailed-exitcode")

    assert "only the form" in text
    assert "only the form" in markdown
    change = next(c for c in as_json["changes"] if c["address"] == "vertex/ready")
    assert (change["action"], change["reason"]["code"]) == ("noop", "form")
    assert {f["on_change"] for f in change["fields"]} == {"form"}
    assert "PLAN023" not in later[1]
    assert later[0] == 0
    assert json.loads(here.lock.read_bytes())["version"] == LOCK_VERSION


@pytest.mark.parametrize("lock", ["kept", "gone"])
def test_an_edit_after_the_upgrade_is_one(opened: Opened, lock: str) -> None:
    here = opened("served")
    here.take("windows", lock=lock)
    here.edit(b"answer 3", b"answer  3")

    _, told = here.run("plan", "--format", "json")

    actions = {c["address"]: c["action"] for c in json.loads(told)["changes"] if not c["deposed"]}
    trains = "replace" if lock == "kept" else "create"
    assert (actions["vertex/ready"], actions["vertex/twice"]) == (trains, trains)


@every_form
@pytest.mark.parametrize("how", ["wait", "apply", "plan apply wait"])
def test_what_was_queued_is_trained_once(opened: Opened, form: str, how: str) -> None:
    here = opened("running")
    here.take(form)

    for command in how.split():
        code, told = here.run(command, *(["--yes"] if command == "apply" else []))
        assert code == 0, told

    assert len(here.trainings) == 2
    assert here.run("plan", "--detailed-exitcode")[0] == 0


@every_form
def test_a_running_job_is_taken_over_where_the_lock_is_lost(opened: Opened, form: str) -> None:
    here = opened("running")
    (first,) = here.trainings
    here.take(form, lock="gone")

    code, told = here.run("apply", "--yes", "--target", "vertex/first")

    assert (code, here.trainings) == (0, [first]), told


@every_form
@with_or_without_lock
@pytest.mark.parametrize("name", ["sent", "sent_gemini"])
def test_a_create_without_an_answer_is_found(opened: Opened, name: str, form: str, lock: str) -> None:
    here = opened(name)
    before = here.trainings
    here.take(form, lock=lock)

    code, told = here.run("apply", "--yes")

    assert code == 0, told
    assert here.trainings == before
    assert here.run("plan", "--detailed-exitcode")[0] == 0


@pytest.mark.parametrize("form", ["unchanged", "windows"])
@pytest.mark.parametrize("name", ["sent", "sent_gemini"])
def test_a_wait_finds_it_as_well(opened: Opened, name: str, form: str) -> None:
    here = opened(name)
    before = here.trainings
    here.take(form)

    code, told = here.run("wait")

    assert (code, here.trainings) == (0, before), told


@every_form
def test_a_create_that_never_left_is_sent_as_it_was_recorded(opened: Opened, form: str) -> None:
    here = opened("lost")
    here.take(form)

    code, told = here.run("apply", "--yes")

    assert code == 0, told
    assert len(here.trainings) == 1
    training = json.loads(here.lock.read_bytes())["entries"]["vertex/router"]["trainings"]["1"]
    assert training["submission"]["dataId"].startswith("crc-")
    assert "crc-" in here.run("show", "vertex/router", "--request")[1]


@pytest.mark.parametrize("form", ["windows", "rewritten"])
def test_a_create_whose_upload_is_gone_is_said(opened: Opened, form: str) -> None:
    here = opened("lost")
    here.take(form, uploads="gone")

    _, told = here.run("apply", "--yes")

    assert "RUN019" in told
    assert len(here.trainings) <= 1


@every_form
@with_or_without_uploads
def test_a_model_that_a_spec_names_is_taken_over(opened: Opened, form: str, uploads: str) -> None:
    here = opened("named")
    (job,) = here.trainings
    here.take(form, uploads=uploads)
    spec = here.folder / "specs/router.yaml"
    spec.write_text(f"{spec.read_text()}  tuneform: {{existing: {job}}}\n")

    code, told = here.run("apply", "--yes", "--allow-foreign")
    later = here.run("plan", "--detailed-exitcode")

    assert code == 0, told
    assert here.trainings == [job]
    assert "trains anew" not in later[1]
    assert later[0] == 0, later[1]
