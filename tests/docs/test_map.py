"""The docs as a whole: every page can be reached, every decision has its three parts, the kustomize example holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from reconciler.cli import run

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


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_why_what_and_at_what_price(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    parts = re.findall(r"^\*\*(.+?)\.\*\*", text, re.MULTILINE)

    assert parts == ["Context", "Choice", "What we gave up"]
    assert text.startswith(f"# {path.name[:4]} ")


def test_the_specs_of_the_kustomize_example_are_valid(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(KUSTOMIZE)

    code = run(["validate", "--workspace", "staging", "-f", "base/models.yaml"])

    assert capsys.readouterr().out == "2 specs are valid.\n"
    assert code == 0


def test_kustomize_is_told_of_every_reference_between_specs() -> None:
    configured = yaml.safe_load((KUSTOMIZE / "base/name-reference.yaml").read_text(encoding="utf-8"))
    told = {(r["kind"], f["kind"], f["path"]) for r in configured["nameReference"] for f in r["fieldSpecs"]}

    page = (DOCS / "reference/specs.md").read_text(encoding="utf-8")
    kinds = re.split(r"^## ", page, flags=re.MULTILINE)[1:]
    known = {
        (kind.split("\n", 1)[0], path.replace(".", "/"))
        for kind in kinds
        for path in re.findall(r"\| `(spec\.[\w.]+\.ref\.name)` \|", kind)
    }

    assert {(kind, path) for _, kind, path in told} == known
    assert all(target == kind for target, kind, _ in told)
