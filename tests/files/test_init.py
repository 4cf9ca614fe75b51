"""The starter project works as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from reconciler.core.model import Address
from reconciler.core.settings import Home
from reconciler.files.init import name_of, starter_files
from reconciler.files.specs import load
from reconciler.files.starter_data import STARTER_ROWS
from reconciler.files.yaml_tree import SourceText, read_documents


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for path, text in starter_files("acme", "acme-ml", "us-central1").items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("folder", ["tmp.1LpSZX", "My Models", "support_router", "été", "---", "a" * 90, "x-"])
def test_a_folder_of_any_name_has_a_workspace_that_loads(folder: str, tmp_path: Path) -> None:
    """`init` wrote a name that every other command refused (SPEC032)."""
    files = starter_files(name_of(folder), "acme-ml", "us-central1")
    (tmp_path / "tuneform.yaml").write_text(files["tuneform.yaml"], encoding="utf-8")

    assert [d.code for d in load(tmp_path).diagnostics] in ([], ["SPEC060"])


def test_a_folder_that_is_a_name_already_gives_it() -> None:
    assert name_of("support-router") == "support-router"


def test_the_starter_project_loads(project: Path) -> None:
    loaded = load(project)

    assert loaded.diagnostics == []
    assert loaded.desired is not None
    assert list(loaded.desired.models) == [Address("vertex", "ticket-sorter")]
    assert loaded.workspace.name == "acme"
    assert loaded.workspace.home("vertex") == Home("acme-ml", "us-central1")


def test_its_data_is_conversations_with_balanced_answers(project: Path) -> None:
    lines = (project / "specs/data/ticket-sorter.train.jsonl").read_text(encoding="utf-8").splitlines()

    examples = [json.loads(line)["contents"] for line in lines]

    assert len(examples) >= 20
    assert all([turn["role"] for turn in turns] == ["user", "model"] for turns in examples)
    assert len({turns[0]["parts"][0]["text"] for turns in examples}) == len(examples)
    counts = {queue: [q for _, q in STARTER_ROWS].count(queue) for _, queue in STARTER_ROWS}
    assert counts == {"billing": 6, "login": 6, "bug": 6, "feature": 6}


def test_the_schemas_that_editors_are_pointed_at_are_there_and_fit(project: Path) -> None:
    for name in ("tuneform.yaml", "specs/ticket-sorter.yaml"):
        text = (project / name).read_text(encoding="utf-8")
        target = text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")
        schema = json.loads(((project / name).parent / target).read_text(encoding="utf-8"))
        (document,), _ = read_documents(SourceText(name, text.encode()))

        assert [e.message for e in Draft7Validator(schema).iter_errors(document.value)] == []


def test_what_must_not_be_committed_is_ignored(project: Path) -> None:
    ignored = (project / ".gitignore").read_text(encoding="utf-8").splitlines()

    assert {".tuneform/", "*.lock.journal"} <= set(ignored)
