"""A wheel holds what it needs: unpacked anywhere, its command serves an emulator and pytest has its fixture."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tests.examples.test_examples import ROOT
from tests.examples.test_pipelines import _run

PARTS = ("pyproject.toml", "README.md", "LICENSE", "tuneform.yaml", "specs", "reconciler")
USERS_TEST = """
import os


def test_the_fixture_is_there(vertex_emulator):
    vertex_emulator.answer("Sunny.")
    assert os.environ["GOOGLE_GEMINI_BASE_URL"] == vertex_emulator.url
    import reconciler
    assert reconciler.__file__.startswith(os.environ["UNPACKED"])
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The contents of a wheel that was built from what is in the repository, as an installer lays them out."""
    source, folder = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("unpacked")
    for name in PARTS:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    built = _run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", "dist", folder=source)
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = (source / "dist").glob("tuneform-*.whl")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def _environment(unpacked: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "TUNEFORM_"))}
    return kept | {"PYTHONPATH": str(unpacked), "UNPACKED": str(unpacked)}


@pytest.mark.slow
def test_the_wheel_has_the_definitions_and_names_command_and_plugin(unpacked: Path) -> None:
    definitions = unpacked / "reconciler/emulator/definitions"
    (points,) = unpacked.glob("tuneform-*.dist-info/entry_points.txt")

    assert {p.name for p in definitions.glob("*.json")} == {
        p.name for p in (ROOT / "reconciler/emulator/definitions").glob("*.json")
    }
    assert points.read_text() == (
        "[console_scripts]\ntuneform = reconciler.__main__:main\n\n"
        "[pytest11]\ntuneform = reconciler.emulator.pytest_plugin\n"
    )


@pytest.mark.slow
def test_the_command_of_the_wheel_serves_on_a_free_port(unpacked: Path, tmp_path: Path) -> None:
    """What `uvx --from WHEEL tuneform emulator --port 0` runs: the function that the entry point names."""
    script = "import sys; from reconciler.__main__ import main; sys.exit(main())"
    process = subprocess.Popen(
        [sys.executable, "-c", script, "emulator", "--port", "0"],
        cwd=tmp_path,
        env=_environment(unpacked),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.fullmatch(
        r"tuneform emulator [0-9a-f-]{36} listens on (http://127\.0\.0\.1:\d+), state in memory\n", line
    )
    assert found, line

    with urllib.request.urlopen(f"{found[1]}/_emulator/ready", timeout=20) as ready:
        status = ready.status
    process.send_signal(signal.SIGTERM)

    assert (status, process.wait(20)) == (200, 0)
    assert list(tmp_path.iterdir()) == []
    process.stdout.close()


@pytest.mark.slow
def test_pytest_finds_the_fixture_by_itself(unpacked: Path, tmp_path: Path) -> None:
    (tmp_path / "test_users.py").write_text(USERS_TEST)

    ended = _run(sys.executable, "-m", "pytest", "-q", folder=tmp_path, env=_environment(unpacked))
    without = _run(
        sys.executable, "-m", "pytest", "-q", "-p", "no:tuneform", folder=tmp_path, env=_environment(unpacked)
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "1 passed" in ended.stdout
    assert "fixture 'vertex_emulator' not found" in without.stdout


def test_the_plugin_is_named_where_pytest_looks() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["entry-points"] == {"pytest11": {"tuneform": "reconciler.emulator.pytest_plugin"}}
    assert not any(dependency.startswith("pytest") for dependency in project["dependencies"])
