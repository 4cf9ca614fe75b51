"""Aliases that do harm: a value inside itself, or a small file that expands into an enormous one."""

from __future__ import annotations

from yaml.nodes import MappingNode, Node, ScalarNode

from reconciler.files.yaml_parser import MAX_DEPTH

MAX_EXPANDED = 100_000
"""How many nodes a document with aliases may come to when they are written out."""


def alias_mistake(root: Node) -> tuple[Node, str, str] | None:
    """Where the first harmful alias points, what is wrong, and how to mend it; None where all is well."""
    count = _Expansion()
    try:
        size = count.size_of(root, 0)
    except _EndlessError as exc:
        return exc.node, "This value contains an alias of itself.", "Write out what is meant there."
    if count.has_aliases and size > MAX_EXPANDED:
        detail = f"Written out, the aliases of this document come to more than {MAX_EXPANDED} values."
        return root, detail, "Write the values out, or split the document."
    return None


class _EndlessError(Exception):
    def __init__(self, node: Node) -> None:
        super().__init__()
        self.node = node


class _Expansion:
    """Sizes by node, each computed once: an alias is the same node met again."""

    def __init__(self) -> None:
        self.has_aliases = False
        self._sizes: dict[int, int] = {}
        self._open: set[int] = set()

    def size_of(self, node: Node, depth: int) -> int:
        key = id(node)
        if key in self._open:
            raise _EndlessError(node)
        if key in self._sizes:
            self.has_aliases = True
            return self._sizes[key]
        self._open.add(key)
        self._sizes[key] = size = self._count(node, depth)
        self._open.discard(key)
        return size

    def _count(self, node: Node, depth: int) -> int:
        if isinstance(node, ScalarNode):
            return 1 + len(node.value) // 100
        if depth > MAX_DEPTH:
            return 1  # refused for its depth when it is built
        if isinstance(node, MappingNode):
            return 1 + sum(self.size_of(k, depth + 1) + self.size_of(v, depth + 1) for k, v in node.value)
        return 1 + sum(self.size_of(item, depth + 1) for item in node.value)
