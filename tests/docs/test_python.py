"""The Python on the pages is of the types that it says, and runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from mypy import api

import reconciler
from reconciler.cli import run
from tests.docs.page import blocks_of

ROOT = Path(__file__).parents[2]
PAGES = {name: ROOT / "docs/how-to" / name for name in ("python.md", "notebooks.md")}


def _code(page: Path) -> str:
    """All of it in the order of the page: a later block goes on with what an earlier one has."""
    return "\n".join(
        "\n".join(block.lines) for block in blocks_of(page.read_text(encoding="utf-8")) if block.kind == "python"
    )


@pytest.fixture
def begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the project that `init` writes, in the place of each page."""
    for name in ("EMULATOR", "CHDIR", "WORKSPACE", "LOCK", "FORMAT"):
        monkeypatch.delenv(f"TUNEFORM_{name}", raising=False)
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    for folder in (tmp_path, tmp_path / "models"):
        folder.mkdir(exist_ok=True)
        monkeypatch.chdir(folder)
        assert run(["init", "--name", "support"]) == 0
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", PAGES)
def test_the_code_of_a_page_runs(begun: Path, name: str) -> None:
    exec(compile(_code(PAGES[name]), name, "exec"), {"__name__": "page"})

    assert reconciler.Workspace(begun / "models" if name == "python.md" else begun, emulator="embedded").plan().is_empty


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_the_code_of_a_page_has_its_types(tmp_path: Path, name: str) -> None:
    page = tmp_path / f"{name.removesuffix('.md')}_page.py"
    page.write_text(_code(PAGES[name]), encoding="utf-8")

    said, failed, code = api.run(["--config-file", str(ROOT / "pyproject.toml"), "--strict", str(page)])

    assert (code, failed) == (0, ""), said


@pytest.mark.slow
def test_a_wrong_type_on_a_page_is_found(tmp_path: Path) -> None:
    page = tmp_path / "planted.py"
    page.write_text("import reconciler\n\nreconciler.Workspace().plan(targets=3).is_emty\n", encoding="utf-8")

    said, _, code = api.run(["--config-file", str(ROOT / "pyproject.toml"), "--strict", str(page)])

    assert code == 1
    assert "arg-type" in said
    assert "attr-defined" in said
