"""The docs as a whole: every page can be reached, every decision has its three parts, the kustomize example holds."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
import yaml

from reconciler.cli import run
from reconciler.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
KUSTOMIZE = ROOT / "examples" / "kustomize"
DECISIONS = sorted((DOCS / "decisions").glob("*.md"))


def test_the_index_leads_to_every_page() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([^)#]+)\)", index))

    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")} - {"index.md"}

    assert pages - linked == set()


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(path.name[:4]) for path in DECISIONS]

    assert numbers == list(range(1, len(DECISIONS) + 1))


def test_the_glossary_leads_to_code_that_is_there() -> None:
    text = (DOCS / "explanation" / "glossary.md").read_text(encoding="utf-8")
    modules = set(re.findall(r"`([a-z_]+/[a-z_]+\.py)`", text))
    names = set(re.findall(r"`([a-z_]+/[a-z_]+)\.([A-Za-z_]+)`", text)) - {
        (module.removesuffix(".py"), "py") for module in modules
    }

    assert modules
    assert [m for m in sorted(modules) if not (ROOT / "reconciler" / m).is_file()] == []
    assert [f"{m}.{n}" for m, n in sorted(names) if not _has(m, n)] == []


def test_every_module_that_the_docs_run_is_there() -> None:
    pages = [path.read_text(encoding="utf-8") for path in DOCS.rglob("*.md")]
    named = {name for text in pages for name in re.findall(r"python -m (tests[\w.]+)", text)}

    assert "tests.benchmarks.datasets" in named
    assert [name for name in sorted(named) if not (ROOT / f"{name.replace('.', '/')}.py").is_file()] == []


def _has(module: str, name: str) -> bool:
    return hasattr(importlib.import_module(f"reconciler.{module.replace('/', '.')}"), name)


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_why_what_and_at_what_price(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    parts = re.findall(r"^\*\*(.+?)\.\*\*", text, re.MULTILINE)

    assert parts == ["Context", "Choice", "What we gave up"]
    assert text.startswith(f"# {path.name[:4]} ")


def test_the_rooms_of_the_architecture_exist() -> None:
    page = (DOCS / "explanation" / "architecture.md").read_text(encoding="utf-8")
    named = {
        room for row in re.findall(r"^\| (`.+?`) \|", page, re.MULTILINE) for room in re.findall(r"`([^`]+)`", row)
    }

    assert [room for room in sorted(named) if not list((ROOT / "reconciler").glob(room.rstrip("/")))] == []


def test_the_architecture_leaves_no_room_out() -> None:
    page = (DOCS / "explanation" / "architecture.md").read_text(encoding="utf-8")
    rooms = {f"{p.name}/" if p.is_dir() else p.name for p in (ROOT / "reconciler").iterdir()}
    plain = {"data/", "version.py", "py.typed", "__init__.py", "__main__.py", "__pycache__/"}

    assert [room for room in sorted(rooms - plain) if f"`{room}`" not in page] == []


def test_what_does_not_exist_yet_does_not_exist() -> None:
    pages = [path.read_text(encoding="utf-8") for path in DOCS.rglob("*.md")]

    promised = {name for text in pages for name in re.findall(r"`(\w+)` is planned and does not exist yet", text)}

    assert promised & set(COMMANDS) == set()


def test_the_specs_of_the_kustomize_example_are_valid(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(KUSTOMIZE)

    code = run(["validate", "--workspace", "staging", "-f", "base/models.yaml"])

    assert capsys.readouterr().out == "2 specs are valid.\n"
    assert code == 0


def test_kustomize_knows_every_reference_between_specs() -> None:
    configured = yaml.safe_load((KUSTOMIZE / "base/name-reference.yaml").read_text(encoding="utf-8"))
    listed = {(r["kind"], f["kind"], f["path"]) for r in configured["nameReference"] for f in r["fieldSpecs"]}

    page = (DOCS / "reference/specs.md").read_text(encoding="utf-8")
    kinds = re.split(r"^## ", page, flags=re.MULTILINE)[1:]
    known = {
        (kind.split("\n", 1)[0], path.replace(".", "/"))
        for kind in kinds
        for path in re.findall(r"\| `(spec\.[\w.]+\.ref\.name)` \|", kind)
    }

    assert {(kind, path) for _, kind, path in listed} == known
    assert all(target == kind for target, kind, _ in listed)
