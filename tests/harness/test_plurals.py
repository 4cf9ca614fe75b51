"""A number stands before its noun by `counted` alone: no message says `1 examples`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.core.plurals import counted

ROOT = Path(__file__).parents[2]

_VERBS = frozenset({
    *("access", "address", "alias", "always", "becomes", "changes", "declares", "does", "exists", "forbids", "has"),
    *("holds", "is", "its", "lies", "listens", "names", "needs", "pass", "serves", "shows", "stands", "takes", "this"),
    *("asks", "unless", "was", "writes"),
})  # fmt: skip
"""Ends in s, and is not counted."""

_NOUN = re.compile(r" (?:(?:different|further|long|more|other|ready|validation) )*([a-z]{2,}s)\b")


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 examples"), (1, "1 example"), (2, "2 examples"), (1204, "1,204 examples")]
)
def test_one_is_one(number: int, words: str) -> None:
    assert counted(number, "example") == words


def test_a_noun_may_bring_its_own_plural() -> None:
    assert [counted(n, "address is", "addresses are") for n in (0, 1, 2)] == [
        "0 addresses are", "1 address is", "2 addresses are",
    ]  # fmt: skip


LEFT = {
    "reconciler/emulator/server.py": "Google's own words, of limits that are millions",
}


def test_no_text_counts_a_plural_noun_itself() -> None:
    found = {
        str(path.relative_to(ROOT)): lines
        for path in sorted((ROOT / "reconciler").rglob("*.py"))
        if (lines := list(counting(path.read_text(encoding="utf-8"))))
    }

    assert {path: lines for path, lines in found.items() if path not in LEFT} == {}


def test_a_text_that_counts_a_plural_noun_is_found() -> None:
    texts = ['f"{n} examples"', 'f"It has {n:,} more pages."', 'f"{n} has"', 'f"at most {MOST} bytes"', 'f"{n}"']

    assert [list(counting(text)) for text in texts] == [["n examples"], ["n more pages"], [], [], []]


def counting(source: str) -> Iterator[str]:
    """What an f-string counts with a plural, whatever the number; a constant is known to be more than one."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.JoinedStr):
            continue
        for value, text in zip(node.values, node.values[1:], strict=False):
            if isinstance(value, ast.FormattedValue) and isinstance(text, ast.Constant):
                number, found = ast.unparse(value.value), _NOUN.match(str(text.value))
                if found and found[1] not in _VERBS and not _is_constant(number):
                    yield f"{number}{found[0]}"


def _is_constant(number: str) -> bool:
    return number.rpartition(".")[2].isupper()
