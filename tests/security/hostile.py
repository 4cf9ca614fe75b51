"""Values that break programs and terminals, and ways to put them into trees of JSON."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

CONTROLS = "\x1b[31m\x1b]0;title\x07\x9b2J\r\x08\x00\u202e\u2066\u200f\u2028\x85\ufeff"
"""Colours, a window title, a cleared screen, a carriage return, and text that runs backwards."""

WRONG: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**400,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "x" * 10_000,
    CONTROLS,
    "\ud800",
    [],
    {},
    [[]],
    {"": {}},
    "../../etc/passwd",
    "2026-99-99T99:99:99Z",
)
"""In place of any value."""

_MAY_STAND = "\n\t"
_HARMFUL = frozenset("\u2028\u2029\u200e\u200f\u061c")


def harmful_in(text: str) -> list[str]:
    """Characters that would move the cursor, or the words around them."""
    return sorted({f"U+{ord(c):04X}" for c in text if c not in _MAY_STAND and _is_harmful(c)})


def _is_harmful(char: str) -> bool:
    return (
        unicodedata.category(char) in ("Cc", "Cs")
        or char in _HARMFUL
        or "\u202a" <= char <= "\u202e"
        or ("\u2066" <= char <= "\u2069")
    )


def paths_in(tree: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to every value, the tree itself left out; of a list, its first item alone."""
    if path:
        yield path
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from paths_in(value, (*path, key))
    elif isinstance(tree, list) and tree:
        yield from paths_in(tree[0], (*path, 0))


def with_value(tree: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """A copy in which the value at `path` is another."""
    if not path:
        return value
    copy: Any = dict(tree) if isinstance(tree, dict) else list(tree)
    copy[path[0]] = with_value(tree[path[0]], path[1:], value)
    return copy


def each_text(tree: Any, change: Callable[[str, str], str], key: str = "") -> Any:
    """A copy in which every string has gone through `change(key, text)`."""
    if isinstance(tree, dict):
        return {k: each_text(v, change, k) for k, v in tree.items()}
    if isinstance(tree, list):
        return [each_text(v, change, key) for v in tree]
    return change(key, tree) if isinstance(tree, str) else tree
