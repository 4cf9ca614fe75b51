"""No regular expression of ours can be made to run for ever by the text that it meets."""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import reconciler

PUMPED = Path(__file__).with_name("pumped.py")
ROOT = Path(reconciler.__file__).parent


class Expression(NamedTuple):
    """As it was compiled."""

    pattern: str
    flags: int
    is_bytes: bool
    is_whole: bool = False
    """Whether it is only ever held against a whole text."""


def _compiled() -> Iterator[Expression]:
    for found in pkgutil.walk_packages([str(ROOT)], "reconciler."):
        if found.name.endswith(("__main__", "._scan")):  # the one would run, the other is a library in C
            continue
        module = importlib.import_module(found.name)
        for value in vars(module).values():
            yield from _within(value, 3)


def _within(value: Any, depth: int) -> Iterator[Expression]:
    if isinstance(value, re.Pattern):
        pattern = value.pattern
        is_bytes = isinstance(pattern, bytes)
        yield Expression(pattern.decode("latin-1") if is_bytes else pattern, value.flags, is_bytes)
    elif depth and isinstance(value, dict):
        for item in value.values():
            yield from _within(item, depth - 1)
    elif depth and isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _within(item, depth - 1)


def _written() -> Iterator[Expression]:
    """What stands in a call: `re.sub(r"…", …)`, `Formed(r"…", …)`."""
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and _takes_expression(node.func):
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    is_whole = isinstance(node.func, ast.Name) or node.func.attr == "fullmatch"  # type: ignore[attr-defined]
                    yield Expression(first.value, re.UNICODE, is_bytes=False, is_whole=is_whole)


def _takes_expression(called: ast.expr) -> bool:
    if isinstance(called, ast.Attribute):
        return isinstance(called.value, ast.Name) and called.value.id == "re" and called.attr != "escape"
    return isinstance(called, ast.Name) and called.id == "Formed"


def _ends(expression: Expression) -> bool:
    given = json.dumps(expression._asdict())
    ended = subprocess.run([sys.executable, str(PUMPED)], input=given, text=True, capture_output=True, check=False)
    assert ended.returncode in (0, -signal.SIGXCPU, -signal.SIGKILL), ended.stderr
    return ended.returncode == 0


@pytest.mark.slow
def test_every_expression_ends_on_every_text_that_is_made_against_it() -> None:
    expressions = sorted(set(_compiled()) | set(_written()))
    assert len(expressions) > 80

    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(_ends, expressions))

    assert [e.pattern for e, is_done in zip(expressions, ended, strict=True) if not is_done] == []


@pytest.mark.slow
def test_the_texts_find_what_is_known_to_run_for_ever() -> None:
    known = ["(a+)+$", "(?:[._]?[a-z0-9_-])+", "(?:a|a)*b", r"(x+x+)+y", r"\s*(?:,\s*)*;(?:\d+,?)+z"]

    assert [pattern for pattern in known if _ends(Expression(pattern, re.UNICODE, is_bytes=False))] == []
