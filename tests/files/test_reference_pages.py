"""The reference pages are those of the schema, and their examples load."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.core.settings import Workspace
from reconciler.files.base_models_page import base_models_page
from reconciler.files.reference_pages import (
    GEMINI_EXAMPLE,
    MOVED_EXAMPLE,
    POLICY_EXAMPLE,
    REMOVED_EXAMPLE,
    VERTEX_EXAMPLE,
    WORKSPACE_EXAMPLE,
    policies_page,
    specs_page,
    workspace_page,
)
from reconciler.files.specs import load
from reconciler.workflow.policy_tests import try_policies

EXAMPLES = f"{VERTEX_EXAMPLE}---\n{GEMINI_EXAMPLE}---\n{REMOVED_EXAMPLE}---\n{MOVED_EXAMPLE}"
PAGES = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("specs.md", specs_page),
        ("workspace.md", workspace_page),
        ("policies.md", policies_page),
        ("base-models.md", base_models_page),
    ],
)
def test_the_page_is_up_to_date(name: str, made: Callable[[], str], request: pytest.FixtureRequest) -> None:
    page = PAGES / name
    if request.config.getoption("--update-golden"):
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(made(), encoding="utf-8")

    assert page.read_text(encoding="utf-8") == made()


def test_the_examples_load(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "a.yaml").write_text(EXAMPLES, encoding="utf-8")
    (tmp_path / "tuneform.yaml").write_text(WORKSPACE_EXAMPLE, encoding="utf-8")

    loaded = load(tmp_path)

    assert loaded.diagnostics == []
    assert loaded.desired is not None
    assert [str(a) for a in loaded.desired.models] == ["gemini/number-generator", "vertex/support-router"]
    assert loaded.workspace != Workspace()


def test_the_example_of_policies_loads_and_its_cases_go_as_they_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("policies.yaml").write_text(POLICY_EXAMPLE, encoding="utf-8")

    tried = try_policies(Workspace(policies=("policies.yaml",)))

    assert [case.got for case in tried.cases] == ["pass", "refuse"]
    assert (tried.wrong, tried.untested) == ([], ())
