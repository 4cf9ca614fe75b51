"""One word means one thing: no two public classes of the package share a name."""

from __future__ import annotations

import ast
import io
import tokenize
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]

SHARED = {
    "Objects": "files says as a protocol what a lock in a bucket needs, backends has it",
    "Workspace": "library is the whole of one, as a program calls it; core has what its file says",
    "WireTunedModel": "TunedModel of either API as its definition names it",
}
"""Why these may be: rather rename one than add to them."""
_TRANSLATED = [
    *(f"reconciler/{room}" for room in ("cli", "core", "backends", "workflow", "session", "apply")),
    *("reconciler/gate.py", "reconciler/library", "reconciler/observe.py"),
]


def test_no_two_public_classes_share_a_name() -> None:
    sources = ((str(p.relative_to(ROOT)), p.read_text(encoding="utf-8")) for p in (ROOT / "reconciler").rglob("*.py"))

    assert {name: homes for name, homes in shared(sources).items() if name not in SHARED} == {}


def test_a_name_that_two_modules_give_a_class_is_found() -> None:
    planted = [("a.py", "class Plan: ...\nclass _Own: ..."), ("b.py", "class Plan: ...\nclass _Own: ...")]

    assert shared(planted) == {"Plan": ["a.py", "b.py"]}


def test_no_name_says_that_somebody_was_told() -> None:
    rooms = [*map(ROOT.joinpath, _TRANSLATED)]
    modules = (p for room in rooms for p in ([room] if room.is_file() else room.rglob("*.py")))

    assert [(str(p.relative_to(ROOT)), n) for p in modules for n in told(p.read_text(encoding="utf-8"))] == []


def test_a_name_that_says_so_is_found() -> None:
    assert told("def _told(untold): told_reasons = tell; could_tell = a.told") == [
        "_told", "untold", "told_reasons", "told",
    ]  # fmt: skip


def told(text: str) -> list[str]:
    """Names with that word in them: what is told is a report, a detail, a label or whatever else it holds."""
    words = (t.string for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type == tokenize.NAME)
    return [word for word in words if {"told", "untold"} & set(word.lower().split("_"))]


def shared(sources: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Public classes by name, where more than one module has one of it."""
    homes = defaultdict(list)
    for path, text in sources:
        for node in ast.parse(text).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(path)
    return {name: sorted(paths) for name, paths in homes.items() if len(paths) > 1}
