"""Lines of YAML in the order of the schema and indented by two, with each comment where it belongs.

A comment above a key goes with that key, one behind a value with that, and one at the end of a mapping stays at its
end; what stands above the first key of a document stays on top.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.files.fields import fields_of
from reconciler.files.fmt.blocks import Node
from reconciler.files.schema.base import Part
from reconciler.files.yaml_spelling import camel

_STEP: Final = 2


@dataclass(slots=True)
class _Chunk:
    """What is above it, its own lines, and what it is."""

    above: list[str]
    lines: list[str]
    key: Node | None
    value: Node
    first: int
    """The line in the text at which `lines` begin."""


@dataclass(frozen=True, slots=True)
class Layout:
    """`lines` are those of the whole text, without their ends. With `keeps_order` nothing is moved."""

    lines: Sequence[str]
    keeps_order: bool = False

    def document(self, node: Node, stop: int, part: type[Part]) -> list[str]:
        """From the first key of a document to the line before `stop`."""
        return self._mapping(node, node.line, stop, 0, part)

    def _mapping(self, node: Node, start: int, stop: int, indent: int, part: type[Part] | None) -> list[str]:
        chunks, below = self._chunks([k.line for k, _ in node.pairs], list(node.pairs), start, stop, node.column)
        ordered = chunks if self.keeps_order or part is None else sorted(chunks, key=lambda c: _rank(c, part))
        if ordered != chunks:
            ordered[0].above = _without_blanks(ordered[0].above)
        shown = [line for chunk in ordered for line in self._entry(chunk, node.column, indent, part)]
        return [*shown, *_comments(below, indent)]

    def _entry(self, chunk: _Chunk, column: int, indent: int, part: type[Part] | None) -> list[str]:
        assert chunk.key is not None, "an entry of a mapping has one"
        known = fields_of(part).get(camel(chunk.key.text)) if part else None
        above = _comments(chunk.above, indent)
        value = chunk.value
        if not value.is_block or value.line == chunk.key.line:
            return [*above, *_shifted(chunk.lines, indent - column)]
        inner = known.part if known else None
        head = value.line - chunk.first
        for number in range(head - 1, 0, -1):  # comments above the first key below go with it
            if not _is_empty(chunk.lines[number]):
                break
            head = number
        first, stop = chunk.first + head, chunk.first + len(chunk.lines)
        top = _shifted(chunk.lines[:head], indent - column)
        return [*above, *top, *self._collection(value, first, stop, indent + _STEP, inner)]

    def _collection(self, node: Node, start: int, stop: int, indent: int, part: type[Part] | None) -> list[str]:
        if node.kind == "sequence":
            return self._sequence(node, start, stop, indent, part)
        return self._mapping(node, start, stop, indent, part)

    def _sequence(self, node: Node, start: int, stop: int, indent: int, part: type[Part] | None) -> list[str]:
        dashes = [self._dash(item, node.column) for item in node.items]
        chunks, below = self._chunks(dashes, [(None, item) for item in node.items], start, stop, node.column)
        shown = [line for chunk in chunks for line in self._item(chunk, node.column, indent, part)]
        return [*shown, *_comments(below, indent)]

    def _dash(self, item: Node, column: int) -> int:
        """The line on which the item's dash stands."""
        for number in range(item.line, -1, -1):
            line = self.lines[number]
            if line[column : column + 1] == "-" and not line[:column].strip(" -"):
                return number
        return item.line

    def _item(self, chunk: _Chunk, column: int, indent: int, part: type[Part] | None) -> list[str]:
        above, value = _comments(chunk.above, indent), chunk.value
        is_on_its_line = value.line == chunk.first
        if value.kind != "mapping" or value.is_flow or not is_on_its_line:
            return [*above, *_shifted(chunk.lines, indent - column)]
        head = f"{chunk.lines[0][:column]} {chunk.lines[0][column + 1 :]}"
        inner = Layout([*self.lines[: chunk.first], head, *self.lines[chunk.first + 1 :]], self.keeps_order)
        lines = inner._mapping(value, chunk.first, chunk.first + len(chunk.lines), indent + _STEP, part)
        first = next(number for number, line in enumerate(lines) if not _is_empty(line))
        dashed = f"{' ' * indent}- {lines[first].lstrip(' ')}"
        return [*above, *_comments(lines[:first], indent), dashed, *lines[first + 1 :]]

    def _chunks(
        self, begins: Sequence[int], pairs: Sequence[tuple[Node | None, Node]], start: int, stop: int, column: int
    ) -> tuple[list[_Chunk], list[str]]:
        """The lines from `start` to `stop` by the entry they belong to, and what stands below the last one."""
        chunks: list[_Chunk] = []
        above = list(self.lines[start : begins[0]]) if begins else []
        for number, (key, value) in enumerate(pairs):
            after = begins[number + 1] if number + 1 < len(begins) else stop
            last = max(value.last, key.last if key else begins[number])
            ends = min(last + 1, after)
            while ends < after and _is_inside(self.lines, ends, after, column):
                ends += 1
            chunks.append(_Chunk(above, list(self.lines[begins[number] : ends]), key, value, begins[number]))
            above = list(self.lines[ends:after])
        return chunks, above


def _is_inside(lines: Sequence[str], number: int, after: int, column: int) -> bool:
    """Whether the next comment from here on is indented further than the entries: it is the last one's."""
    following = next((line for line in lines[number:after] if line.strip()), "")
    return bool(following) and len(following) - len(following.lstrip(" ")) > column


def _rank(chunk: _Chunk, part: type[Part]) -> int:
    names = list(fields_of(part))
    name = camel(chunk.key.text) if chunk.key else ""
    return names.index(name) if name in names else len(names)


def _is_empty(line: str) -> bool:
    return not line.strip() or line.lstrip(" ").startswith("#")


def _comments(lines: Sequence[str], indent: int) -> list[str]:
    return [f"{' ' * indent}{line.strip(' ')}" if line.strip() else line for line in lines]


def _without_blanks(lines: Sequence[str]) -> list[str]:
    first = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    return list(lines[first:])


def _shifted(lines: Sequence[str], by: int) -> list[str]:
    return [line if not line.strip() else _moved(line, by) for line in lines]


def _moved(line: str, by: int) -> str:
    bare = line.lstrip(" ")
    return " " * max(len(line) - len(bare) + by, 0) + bare
