"""The room's own rule: no form of output knows another; they share words, values and records alone."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import reconciler.render

ROOM = Path(reconciler.render.__file__).parent
SHARED = {
    "report_values",
    "advice",
    "commands",
    "data_words",
    "forecasts",
    "words",
    "style",
    "values",
    "totals",
    "records",
    "plan_records",
    "event_records",
    "verdicts",
}
MORE = {"json_stats.py": ("datasets",), "json_policies.py": ("policy",), "policies.py": ("policy",)}
"""Forms of what another room below them has as values: figures of data, rules."""
FORMS = sorted(ROOM.rglob("*.py"))


def form_of(file: Path) -> str:
    """`terminal` for every file of that package, else the module."""
    return file.relative_to(ROOM).parts[0].removesuffix(".py")


def imported(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    from_imports = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return from_imports | {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}


@pytest.mark.parametrize("file", FORMS, ids=lambda file: str(file.relative_to(ROOM)))
def test_a_form_imports_no_other_form(file: Path) -> None:
    rooms = {name.split(".")[2] for name in imported(file) if name.startswith("reconciler.render.")}

    others = rooms - SHARED - {form_of(file)}

    # Schemas are made from the types of every JSON form.
    assert {name for name in others if form_of(file) != "schemas" or not name.startswith("json_")} == set()


@pytest.mark.parametrize("file", FORMS, ids=lambda file: str(file.relative_to(ROOM)))
def test_renderers_know_the_core_and_no_other_room(file: Path) -> None:
    ours = {name for name in imported(file) if name.split(".")[0] == "reconciler"}

    assert {name for name in ours if name.split(".")[1] not in ("core", "render", *MORE.get(file.name, ()))} == set()
