"""The import contracts of pyproject.toml bite: each is broken by a planted import."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
PLANTED = [
    ("core.plan", "import reconciler.files.specs", "Data flows one way"),
    ("backends.base", "import reconciler.apply", "Data flows one way"),
    ("apply", "import reconciler.gate", "Data flows one way"),
    ("core.model", "import reconciler.core.plan", "Inside core, decisions stand on data"),
    ("core.an_afterthought", "import json", "Inside core, decisions stand on data"),
    ("an_annexe", "import json", "Data flows one way"),
    ("session.opening", "import reconciler.cli.console", "Data flows one way"),
    ("workflow.world", "import reconciler.session.clock", "Data flows one way"),
    ("library", "import reconciler.cli", "Data flows one way"),
    ("core.plan", "import os.path", "Core is pure"),
    ("core.plan", "from pathlib import Path", "Core is pure"),
    ("core.plan", "def now():\n    import time", "Core is pure"),
    ("core.plan", "import google.auth", "Core is pure"),
    ("emulator.store", "import reconciler.core.model", "The emulator imports nothing of ours"),
    ("emulator.__init__", "import reconciler.files.specs", "The emulator imports nothing of ours"),
    (
        "emulator.store",
        "import reconciler.emulator.call",
        "Inside the emulator, modules stand on what is below",
    ),
    ("emulator.unheard_of", "import json", "Inside the emulator, modules stand on what is below"),
    (
        "emulator.server",
        "import reconciler.emulator.recording.twin",
        "Inside the emulator, modules stand on what is below",
    ),
    (
        "emulator.recording.twin",
        "import reconciler.emulator.recording.recorder",
        "Inside recordings, values come first",
    ),
    ("emulator.recording.unheard_of", "import json", "Inside recordings, values come first"),
    ("workflow", "import reconciler.emulator.app", "Nothing but cli and session imports the emulator"),
    ("backends.vertex", "import reconciler.backends.gemini", "The adapters do not know each other"),
    ("workflow", "import reconciler.backends.vertex", "The adapters do not know each other"),
    ("cli.run_plan", "import reconciler.backends.vertex", "Only session names the adapters"),
    ("session.clock", "import click", "A program that uses the library never meets click"),
    ("library", "import click.core", "A program that uses the library never meets click"),
    ("core.plan", "import deepdiff", "deepdiff lives in core/diff"),
    ("files.declare_gate", "import jsonschema_rs", "jsonschema_rs lives in core/json_schemas"),
    ("files.policies", "import celpy", "celpy lives in policy/parsing"),
    ("policy.evaluating", "import re2", "celpy lives in policy/parsing"),
    ("policy.rules", "import reconciler.files.specs", "Data flows one way"),
    ("cli.__init__", "import rich.table", "rich lives in render/terminal"),
    ("workflow", "import click", "click lives in cli"),
    ("backends.http", "import yaml", "yaml lives in files"),
    ("apply", "import httpx", "httpx and google-auth live in backends"),
    ("emulator.app", "import httpx", "httpx and google-auth live in backends"),
    ("backends.http", "import sqlite3", "sqlite3 and uvicorn live in the emulator"),
]

AT_HOME = [
    ("core.diff", "import deepdiff"),
    ("core.json_schemas", "import jsonschema_rs"),
    ("policy.parsing", "import celpy"),
    ("policy.functions", "import re2"),
    ("render.terminal", "import rich.table"),
    ("cli.__init__", "import click, reconciler.emulator.app, reconciler.session.opening"),
    ("session.opening", "import reconciler.emulator.app, reconciler.backends.vertex, reconciler.workflow.world"),
    ("library", "import reconciler.session.opening, reconciler.workflow.world"),
    ("files.specs", "import yaml, os, pathlib"),
    ("backends.http", "import httpx, google.auth, time"),
    ("emulator.store", "import sqlite3"),
    ("workflow", "import reconciler.apply, reconciler.files.specs, reconciler.backends.base"),
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Every module that the package has, with nothing in it."""
    for module in (PYPROJECT.parent / "reconciler").rglob("*.py"):
        empty = tmp_path / module.relative_to(PYPROJECT.parent)
        empty.parent.mkdir(parents=True, exist_ok=True)
        empty.touch()
    return tmp_path


def file_of(tree: Path, module: str) -> Path:
    place = tree.joinpath("reconciler", *module.split("."))
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


def plant(tree: Path, module: str, statement: str) -> None:
    file_of(tree, module).write_text(f"{statement}\n", encoding="utf-8")


def broken_contracts(tree: Path) -> list[str]:
    lint = Path(sys.executable).with_name("lint-imports")
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
    done = subprocess.run(
        [lint, "--config", PYPROJECT, "--no-cache"],
        cwd=tree, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Contracts:" in done.stdout, done.stdout + done.stderr
    return re.findall(r"^(\S.*) BROKEN$", done.stdout, re.MULTILINE)


@pytest.mark.parametrize(("module", "statement", "contract"), PLANTED)
def test_a_planted_import_breaks_its_contract(tree: Path, module: str, statement: str, contract: str) -> None:
    plant(tree, module, statement)

    broken = broken_contracts(tree)

    assert any(name.startswith(contract) for name in broken), broken


def test_imports_at_home_break_nothing(tree: Path) -> None:
    for module, statement in AT_HOME:
        plant(tree, module, statement)

    assert broken_contracts(tree) == []


@pytest.mark.parametrize("room", ["reconciler.backends", "reconciler.emulator"])
def test_the_two_services_do_not_know_each_other(room: str) -> None:
    graph = grimp.build_graph("reconciler", cache_dir=None)

    crossings = {
        (importer, imported)
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
        if {service_of(importer, room), service_of(imported, room)} == {"vertex", "gemini"}
    }

    assert crossings == set()


def service_of(module: str, room: str) -> str:
    """`reconciler.backends.vertex_wire` is of the service vertex, as is `reconciler.backends.vertex.wire`."""
    name = module.removeprefix(f"{room}.").split(".", maxsplit=1)[0]
    return name.split("_", maxsplit=1)[0] if module.startswith(f"{room}.") else ""


def test_a_service_is_told_by_the_start_of_a_module_name() -> None:
    names = ["reconciler.backends.vertex_wire", "reconciler.backends.gemini.wire", "reconciler.core.plan"]

    assert [service_of(name, "reconciler.backends") for name in names] == ["vertex", "gemini", ""]
