"""A refusal is seen although the plan goes to a file or another program, and said once where both streams are one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_ENV = {**os.environ, "TUNEFORM_EMULATOR": "embedded", "TUNEFORM_EMULATOR_SPEED": "instant", "NO_COLOR": "1"}
_LINES = "error PLAN102: Every spec is gone\nRefused: the plan on standard output says why, and what fixes it.\n"


def _run(*words: str, err: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "reconciler", *words]
    return subprocess.run(
        line, env=_ENV, stdout=subprocess.PIPE, stderr=err, stdin=subprocess.DEVNULL, text=True, check=False
    )


@pytest.fixture
def emptied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace whose one model is trained, and whose one spec is gone."""
    monkeypatch.chdir(tmp_path)
    _run("init", "--name", "acme")
    _run("apply", "--yes")
    Path("specs/ticket-sorter.yaml").unlink()
    return tmp_path


@pytest.mark.usefixtures("emptied")
@pytest.mark.parametrize("words", ["apply", "apply --yes", "plan", "plan --format markdown", "plan --format json"])
def test_what_refuses_is_on_stderr_when_stdout_goes_elsewhere(words: str) -> None:
    done = _run(*words.split())

    assert done.returncode == 3
    assert done.stderr == _LINES
    assert "PLAN102" in done.stdout


@pytest.mark.usefixtures("emptied")
@pytest.mark.parametrize("words", ["apply --yes", "plan"])
def test_what_refuses_is_said_once_where_both_streams_are_one(words: str) -> None:
    done = _run(*words.split(), err=subprocess.STDOUT)

    assert done.returncode == 3
    assert done.stdout.count("PLAN102") == 1
