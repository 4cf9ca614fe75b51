"""Partial answers (`fields=`) and update masks."""

from __future__ import annotations

import re
from typing import Any

from reconciler.emulator.definitions import camel
from reconciler.emulator.errors import invalid

Json = dict[str, Any]
_TOKEN = re.compile(r"[\w$.*@-]+|[(),/]")
Tree = dict[str, Any]  # name -> subtree; an empty one means the whole value


def selected(value: Any, mask: str) -> Any:
    """The parts of an answer that a `fields` parameter names, such as `items(name,size),nextPageToken`."""
    tokens = _TOKEN.findall(mask)
    tree, rest = _parse(tokens, 0, 0)
    if rest != len(tokens) or "".join(tokens) != re.sub(r"\s", "", mask):
        raise invalid(f"Invalid field selection {mask[:80]}")
    return _keep(value, tree)


def _parse(tokens: list[str], at: int, depth: int) -> tuple[Tree, int]:
    tree: Tree = {}
    while at < len(tokens) and tokens[at] != ")" and depth < 50:
        node = tree.setdefault(camel(tokens[at]), {})
        at += 1
        while at + 1 < len(tokens) and tokens[at] == "/":
            node = node.setdefault(camel(tokens[at + 1]), {})
            at += 2
        if at < len(tokens) and tokens[at] == "(":
            inner, at = _parse(tokens, at + 1, depth + 1)
            node.update(inner)
            at += 1
        if at < len(tokens) and tokens[at] == ",":
            at += 1
        elif at < len(tokens) and tokens[at] != ")":
            break
    return tree, at


def _keep(value: Any, tree: Tree) -> Any:
    if not tree or "*" in tree:
        return value
    if isinstance(value, list):
        return [_keep(v, tree) for v in value]
    if not isinstance(value, dict):
        return value
    return {k: _keep(v, tree[k]) for k, v in value.items() if k in tree}


def mask_paths(mask: str) -> list[str]:
    """The top-level fields of an update mask, in camelCase; `labels.team` counts as `labels`."""
    return [camel(path.strip().split(".")[0]) for path in mask.split(",") if path.strip()]
