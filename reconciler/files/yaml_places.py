"""Where the keys and values of a text stand: looked up afterwards, by reading the text once more.

Only a file with something to say about it pays for that. A few arrays hold all places of a file; of the mappings that
are asked for, their keys.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple, TypeAlias

from yaml.error import YAMLError
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from reconciler.files.yaml_parser import events
from reconciler.files.yaml_spelling import spellings

Path: TypeAlias = Sequence[str | int]
"""Keys and list positions, from the root of a document."""

_EMPTY, _TEXT, _BLOCK, _FLOW, _BLOCK_MAPPING, _FLOW_MAPPING = range(6)
_ON_ITS_OWN: Final = frozenset({_TEXT, _FLOW, _FLOW_MAPPING})
_MAPPINGS: Final = frozenset({_BLOCK_MAPPING, _FLOW_MAPPING})
_SEQUENCES: Final = frozenset({_BLOCK, _FLOW})
_FURTHER: Final = 200
"""Levels after which nothing is looked up: such a document is refused whole."""


class Walked(NamedTuple):
    """The node at the end of a path, the last key on the way, and whether the whole path exists."""

    node: int
    key: int | None
    arrived: bool


class PlaceIndex:
    """The nodes of all documents of a text, numbered in the order in which they begin."""

    def __init__(self, data: bytes) -> None:
        self.roots = array("I")
        self._lines = array("I")
        self._columns = array("I")
        self._ends = array("I")
        """The node after everything inside."""
        self._hashes = array("q")
        """Of a scalar's text; a key is looked up by it."""
        self._kinds = bytearray()
        self._aliases: dict[int, int] = {}
        self._children: dict[int, Any] = {}
        with suppress(YAMLError):  # it was said when the documents were read
            self._read(data)

    def place(self, node: int) -> tuple[int, int]:
        """Line and column, counted from 1."""
        return self._lines[node] + 1, self._columns[node] + 1

    def starts_on_its_own(self, node: int) -> bool:
        """Whether its place is that of something to be seen: a value that is empty, or spreads over lines, has none."""
        return self._kinds[node] in _ON_ITS_OWN

    def walk(self, node: int, path: Path) -> Walked:
        """A field may be named in either spelling."""
        key: int | None = None
        for segment in path:
            found = self._child(node, segment)
            if found is None:
                return Walked(node, key, arrived=False)
            key, node = found
        return Walked(node, key, arrived=True)

    def items(self, node: int) -> Sequence[int]:
        """The nodes in a sequence."""
        children: Sequence[int] = self._children_of(node)
        return children

    def _child(self, node: int, segment: str | int) -> tuple[int | None, int] | None:
        kind = self._kinds[node]
        if kind in _SEQUENCES:
            items = self.items(node)
            return (None, items[segment]) if isinstance(segment, int) and segment < len(items) else None
        if kind not in _MAPPINGS:
            return None
        keys: dict[int, int] = self._children_of(node)
        for name in (str(segment), *spellings(str(segment))):
            key = keys.get(hash(name))
            if key is not None:
                return self._real(key), self._real(self._ends[key])
        return None

    def _children_of(self, node: int) -> Any:
        known = self._children.get(node)
        if known is None:
            known = self._children[node] = self._keys(node) if self._kinds[node] in _MAPPINGS else self._items(node)
        return known

    def _items(self, node: int) -> array[int]:
        found, at, end = array("I"), node + 1, self._ends[node]
        while at < end:
            found.append(self._real(at))
            at = self._ends[at]
        return found

    def _keys(self, node: int) -> dict[int, int]:
        """By the hash of its text, each key that is a text; of two that are the same the first."""
        found: dict[int, int] = {}
        at, end = node + 1, self._ends[node]
        while at < end:
            real = self._real(at)
            if self._kinds[real] in (_EMPTY, _TEXT):
                found.setdefault(self._hashes[real], at)
            at = self._ends[self._ends[at]]
        return found

    def _real(self, node: int) -> int:
        """An alias is what it stands for."""
        return self._aliases.get(node, node)

    def _read(self, data: bytes) -> None:
        anchors: dict[str, int] = {}
        above: list[int] = []
        event: Any
        for event in events(data):
            if isinstance(event, NodeEvent):
                node = len(self._lines)
                self._add(event)
                if not above:
                    self.roots.append(node)
                if type(event) is AliasEvent:
                    self._aliases[node] = anchors.get(str(event.anchor), node)
                elif event.anchor is not None:
                    anchors[event.anchor] = node
                if isinstance(event, CollectionStartEvent):
                    above.append(node)
                    if len(above) > _FURTHER:
                        return
            elif isinstance(event, CollectionEndEvent):
                self._ends[above.pop()] = len(self._lines)
            elif isinstance(event, DocumentStartEvent):
                anchors = {}

    def _add(self, event: Any) -> None:
        self._lines.append(event.start_mark.line)
        self._columns.append(event.start_mark.column)
        self._ends.append(len(self._lines))
        self._hashes.append(hash(event.value) if type(event) is ScalarEvent else 0)
        self._kinds.append(_kind(event))


def _kind(event: Any) -> int:
    if type(event) is ScalarEvent:
        is_plain = (event.tag is None or event.tag == "!") and event.implicit[0]
        return _EMPTY if is_plain and not event.value else _TEXT
    if type(event) is MappingStartEvent:
        return _FLOW_MAPPING if event.flow_style else _BLOCK_MAPPING
    if type(event) is SequenceStartEvent:
        return _FLOW if event.flow_style else _BLOCK
    return _TEXT
