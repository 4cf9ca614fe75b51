"""A document of YAML as blocks of lines: what may be moved or indented as a whole, comments included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from reconciler.files.yaml_parser import events


@dataclass(slots=True)
class Node:
    """Lines and columns count from 0; `last` is the last line with anything of it but comments.

    `items` are the values of a sequence, or keys and values of a mapping in turn. `end` is the column after a node
    that ends on its last line, and counts for scalars and flow collections alone.
    """

    kind: str
    line: int
    column: int
    last: int
    end: int = 0
    is_flow: bool = False
    text: str = ""
    items: list[Node] = field(default_factory=list)

    @property
    def pairs(self) -> Iterator[tuple[Node, Node]]:
        """Keys with their values."""
        return zip(self.items[::2], self.items[1::2], strict=True)

    @property
    def is_block(self) -> bool:
        """Whether what is in it stands on lines of its own."""
        return self.kind in ("mapping", "sequence") and not self.is_flow


@dataclass(slots=True)
class Root:
    """One document: its value, and whether anything in it stands for something else, whose order may matter."""

    node: Node
    has_aliases: bool = False


def roots(data: bytes) -> list[Root]:
    """Every document of a text. Raise yaml.YAMLError where it is none."""
    found: list[Root] = []
    above: list[Node] = []
    for event in events(data):
        if isinstance(event, DocumentStartEvent):
            found.append(Root(Node("none", 0, 0, 0)))
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            _close(above.pop(), event)
        elif isinstance(event, ScalarEvent | AliasEvent | MappingStartEvent | SequenceStartEvent):
            node = _node(event)
            found[-1].has_aliases |= node.kind == "alias"
            if above:
                above[-1].items.append(node)
            else:
                found[-1].node = node
            if isinstance(event, MappingStartEvent | SequenceStartEvent):
                above.append(node)
        elif isinstance(event, DocumentEndEvent):
            above.clear()
    return found


def _node(event: Any) -> Node:
    start, stop = event.start_mark, event.end_mark
    if isinstance(event, MappingStartEvent | SequenceStartEvent):
        kind = "mapping" if isinstance(event, MappingStartEvent) else "sequence"
        return Node(kind, start.line, start.column, start.line, is_flow=bool(event.flow_style))
    if isinstance(event, AliasEvent):
        return Node("alias", start.line, start.column, stop.line, stop.column)
    is_literal = event.style in ("|", ">")
    last = stop.line - (1 if is_literal and stop.column == 0 and stop.line > start.line else 0)
    is_nothing = not event.value and not event.style
    return Node("scalar", start.line, start.column, start.line if is_nothing else last, stop.column, text=event.value)


def _close(node: Node, event: Any) -> None:
    if node.is_flow:
        node.last, node.end = event.end_mark.line, event.end_mark.column
    else:
        node.last = max((item.last for item in node.items), default=node.line)
