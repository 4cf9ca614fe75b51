"""One word means one thing: no two public classes of the package share a name."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]

SHARED = {
    "Answer": "of a service in backends; in apply of a search for a training, which goes with the redesign there",
    "Command": "what a message suggests to run; in cli a click command with our help page, named as click names it",
    "Kind": "of a request in backends, of garbage in core: each is only ever read with its module before it",
    "Marked": "both in core, one training and all of them: to be renamed there",
    "Objects": "files says as a protocol what a lock in a bucket needs, backends has it",
    "Reader": "what each adapter reads with; the adapters do not know each other",
    "Target": "Google or an emulator; in cli with the client that speaks to it",
    "Verdict": "both in core, of a gate and of a search for a job: to be renamed there",
    "WireTunedModel": "TunedModel of either API as its definition names it",
}
"""Why these may be: rather rename one than add to them."""


def test_no_two_public_classes_share_a_name() -> None:
    sources = ((str(p.relative_to(ROOT)), p.read_text(encoding="utf-8")) for p in (ROOT / "reconciler").rglob("*.py"))

    assert {name: homes for name, homes in shared(sources).items() if name not in SHARED} == {}


def test_a_name_that_two_modules_give_a_class_is_found() -> None:
    planted = [("a.py", "class Plan: ...\nclass _Own: ..."), ("b.py", "class Plan: ...\nclass _Own: ...")]

    assert shared(planted) == {"Plan": ["a.py", "b.py"]}


def shared(sources: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Public classes by name, where more than one module has one of it."""
    homes = defaultdict(list)
    for path, text in sources:
        for node in ast.parse(text).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(path)
    return {name: sorted(paths) for name, paths in homes.items() if len(paths) > 1}
