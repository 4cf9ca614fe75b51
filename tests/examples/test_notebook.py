"""The notebook of the examples runs from its first cell to its last, and shows what it says."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.render.reading_html import read

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "examples/notebook/tuning.ipynb"

pytestmark = pytest.mark.slow


def _read() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]  # it has no types


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The notebook after all of its cells were run, in a copy of its folder."""
    folder = tmp_path_factory.mktemp("notebook") / "copy"
    shutil.copytree(NOTEBOOK.parent, folder)
    notebook = _read()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TUNEFORM_")}
    environment |= {"TUNEFORM_EMULATOR_SPEED": "200", "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(folder / ".ipython")}
    client = NotebookClient(notebook, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    client.execute(env=environment)
    return notebook


def _shown(notebook: Any, source: str) -> list[str]:
    """The HTML of the one cell that ends so."""
    (cell,) = [c for c in notebook.cells if c.cell_type == "code" and c.source.endswith(source)]
    return [output.data["text/html"] for output in cell.outputs if "data" in output and "text/html" in output.data]


def test_every_cell_runs(played: Any) -> None:
    cells = [cell for cell in played.cells if cell.cell_type == "code"]

    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert [
        o for cell in cells for o in cell.outputs if o.output_type in ("error", "stream") and o.name == "stderr"
    ] == []


def test_the_plan_is_a_table(played: Any) -> None:
    (shown,) = _shown(played, "\nplan")

    page = read(shown)
    assert "table" in {tag for tag, _ in page.tags}
    assert "vertex/changelog-sorter" in "".join(page.texts)


def test_a_run_is_one_line_that_was_drawn_again(played: Any) -> None:
    progress, result = _shown(played, "\nresult")

    assert "1 of 1 done" in "".join(read(progress).texts)
    assert "1 created" in "".join(read(result).texts)


def test_curves_are_pictures(played: Any) -> None:
    (shown,) = _shown(played, "\nmetrics")

    names = [tag for tag, _ in read(shown).tags]
    assert names.count("figure") == 2
    assert "polyline" in names


def test_the_notebook_is_kept_without_what_it_showed() -> None:
    assert [cell for cell in _read().cells if cell.cell_type == "code" and (cell.outputs or cell.execution_count)] == []
