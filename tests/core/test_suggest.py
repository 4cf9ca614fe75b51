"""A command that a message suggests is a value: no text spells one, so that none forgets the options of the run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import reconciler
from reconciler.core.suggest import suggest

ROOT = Path(reconciler.__file__).parent
_COMMANDS = (
    "init|validate|plan|apply|wait|status|show|cancel|destroy|import|forget|gate|prompt|output|metrics|lock|gc|doctor|"
    "dataset|models"
)
_SPELT = re.compile(rf"\btuneform ({_COMMANDS})\b")
_NOT_MESSAGES = {
    "files/init.py",
    "files/imported.py",
    "files/reference_pages.py",
    "files/base_models_page.py",
    "datasets/rules_page.py",
    "render/junit.py",
    "render/schemas.py",
}
"""Comments in files that people keep, pages of the documentation, names of test suites and documents."""
_DOCUMENTATION = {
    "Meta",
    "Explained",
    "ApiCode",
    "PlanCode",
    "SpecCode",
    "DoctorCode",
    "example",
    "group",
    "command",
    "option",
}


def _modules() -> list[Path]:
    found = (path for path in ROOT.rglob("*.py") if "emulator" not in path.relative_to(ROOT).parts)
    return sorted(p for p in found if str(p.relative_to(ROOT)) not in _NOT_MESSAGES)


def _texts(tree: ast.AST) -> Iterator[str]:
    """Every text that may be shown: no docstring, no help, no description of a code or a field."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.Call) and _name(node.func) in _DOCUMENTATION:
            continue
        if isinstance(node, ast.Assign | ast.AnnAssign) and _targets(node) & {"CODES", "COMMANDS", "_DESCRIPTIONS"}:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        yield from _texts(node)


def _name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _targets(node: ast.Assign | ast.AnnAssign) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {t.id.rpartition("_")[0] if t.id.startswith("CODES_") else t.id for t in targets if isinstance(t, ast.Name)}


@pytest.mark.parametrize("module", _modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_message_spells_a_command_itself(module: Path) -> None:
    """Write suggest("apply", "--replace", address), and suggest("status").quoted inside a sentence."""
    spelt = [text for text in _texts(ast.parse(module.read_text(encoding="utf-8"))) if _SPELT.search(text)]

    assert spelt == []


def test_what_a_shell_would_split_or_expand_is_quoted() -> None:
    command = suggest("plan", "-f", "my specs/*.yaml", "--lock=$HOME/x lock", "--emulator=http://127.0.0.1:1")

    assert str(command) == ("tuneform plan -f 'my specs/*.yaml' --lock='$HOME/x lock' --emulator=http://127.0.0.1:1")
