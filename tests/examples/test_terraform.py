"""The page on Terraform by the real binary, where it is installed; and how its external data source asks a program."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ownership.room import Room

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/how-to/terraform.md"
BLOCKS = dict(re.findall(r"```hcl (\S+)\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL))
TERRAFORM = shutil.which("terraform")
needs_terraform = pytest.mark.skipif(TERRAFORM is None, reason="terraform is not installed here")


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    """One model serves; `tuneform` in PATH is the one that is tested, on its emulator."""
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    made = Room(tmp_path / "repository", tmp_path / "cloud.db")
    made.workspace()
    made.spec("support-router")
    assert made.apply().code == 0
    tools = tmp_path / "tools"
    tools.mkdir()
    program = tools / "tuneform"
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m reconciler "$@" --emulator\n', encoding="utf-8"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    return made


def served(room: Room) -> str:
    return str(room.training("vertex/support-router")["endpoint"])


def terraform(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    assert TERRAFORM is not None
    return subprocess.run([TERRAFORM, *words], cwd=folder, capture_output=True, text=True, check=False)


def written(room: Room, path: str) -> Path:
    return room.write(path, BLOCKS[path]).parent


@needs_terraform
@pytest.mark.slow
def test_a_file_of_what_serves_is_read_without_any_provider(room: Room) -> None:
    folder = written(room, "file/main.tf")
    (folder / "models.json").write_text(room.run("output", "--format", "json").text, encoding="utf-8")

    begun = terraform(folder, "init", "-input=false")
    applied = terraform(folder, "apply", "-auto-approve", "-input=false")

    assert (begun.returncode, applied.returncode) == (0, 0), begun.stderr + applied.stderr
    assert terraform(folder, "output", "-raw", "endpoint").stdout == served(room)


@needs_terraform
@pytest.mark.slow
def test_the_external_data_source_reads_it(room: Room) -> None:
    folder = written(room, "external/main.tf")
    begun = terraform(folder, "init", "-input=false")
    if begun.returncode:
        pytest.skip("the external provider cannot be had here")

    applied = terraform(folder, "apply", "-auto-approve", "-input=false")

    assert applied.returncode == 0, applied.stderr
    assert terraform(folder, "output", "-raw", "endpoint").stdout == served(room)


def asked(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """As that data source asks: a query on stdin, an object of texts on stdout, a message on stderr where it fails."""
    program = re.search(r"program\s*=\s*(\[.*?\])", BLOCKS["external/main.tf"])
    assert program is not None
    command = [*json.loads(program[1]), *words]
    return subprocess.run(command, cwd=folder, input="{}", capture_output=True, text=True, check=False)


def test_what_it_asks_is_answered_by_one_object_of_texts(room: Room) -> None:
    answer = asked(room.folder)

    found = json.loads(answer.stdout)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert found["vertex_support_router_endpoint"] == served(room)
    assert set(found) == {"vertex_support_router_endpoint", "vertex_support_router_model"}
    assert {type(value) for value in found.values()} == {str}


def test_where_nothing_serves_it_fails_with_a_message(room: Room) -> None:
    answer = asked(room.folder, "vertex/other")

    assert (answer.returncode, answer.stdout) == (1, "")
    assert "vertex/other" in answer.stderr
