"""YAML text as plain values, with the place of every key and value.

Values are built in one pass over libyaml's nodes. Places are looked up afterwards, by composing the
text once more: only a file with something to say about it pays for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeGuard

from yaml.error import YAMLError
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic, Location
from reconciler.core.model import Json
from reconciler.files.yaml_aliases import alias_mistake
from reconciler.files.yaml_mistakes import as_diagnostic, encoding_mistake
from reconciler.files.yaml_parser import COLLECTION, HALF_A_CHARACTER, MAX_DEPTH, PLAIN, QUOTED, compose, without_pairs
from reconciler.files.yaml_scalars import UnusableNumberError, plain_value
from reconciler.files.yaml_spelling import spellings

Path: TypeAlias = Sequence[str | int]
"""Keys and list positions, from the root of a document."""

_TAGLESS = (QUOTED, COLLECTION)


class Source:
    """One text of the user's, by the name that messages give it."""

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.data = data
        self.may_have_anchors = b"&" in data
        self._nodes: list[Node] | None = None

    def root(self, index: int) -> Node:
        """The node of document number `index`, which was read before."""
        if self._nodes is None:
            self._nodes = list(_until_broken(self.data))
        return self._nodes[index]

    def at(self, node: Node) -> Location:
        """Where a node starts, counted from 1."""
        return Location(self.path, node.start_mark.line + 1, node.start_mark.column + 1)


@dataclass(frozen=True, slots=True)
class Document:
    """One document, or one item of a list of them (`below` leads to it): its value, and where it starts."""

    value: Json
    source: Source
    index: int
    start: Location
    below: tuple[str | int, ...] = ()

    @property
    def places(self) -> Places:
        """Where its fields stand, without what they say."""
        return Places(self.source, self.index, self.start, self.below)

    def place(self, path: Path = (), *, of_key: bool = False) -> Location:
        """Where the value at `path` stands, or its key.

        A field may be named in either spelling. Where `path` leads nowhere, the place is that of the
        last key on the way. A value that spreads over lines, or is empty, is found by its key.
        """
        return self.places.at(path, of_key=of_key)


@dataclass(frozen=True, slots=True)
class Places:
    """The places of one document's fields; nothing of its value is kept."""

    source: Source
    index: int
    start: Location
    below: tuple[str | int, ...] = ()

    def at(self, path: Path = (), *, of_key: bool = False) -> Location:
        """As Document.place says."""
        if not path:
            return self.start
        root, _, _ = _walk(self.source.root(self.index), self.below)
        node, key, arrived = _walk(root, path)
        by_key = key is not None and (of_key or not arrived or not _starts_on_its_own(node))
        return self.source.at(key if key is not None and by_key else node)


def read_documents(source: Source) -> tuple[list[Document], list[Diagnostic]]:
    """Every document that is not empty, and every mistake of the YAML itself; of a list, each of its items.

    Documents before a syntax error are returned; one with a mistake is, too, as far as it makes sense.
    """
    if mistake := encoding_mistake(source.path, source.data):
        return [], [mistake]
    documents: list[Document] = []
    mistakes: list[Diagnostic] = []
    try:
        for index, root in enumerate(compose(source.data)):
            value = _value_of(source, root, mistakes)
            if value is not None:
                documents += _expanded(Document(value, source, index, source.at(root)), root, mistakes)
    except YAMLError as exc:
        if HALF_A_CHARACTER in str(exc) and (mended := without_pairs(source.data)) != source.data:
            return read_documents(Source(source.path, mended))
        mistakes.append(as_diagnostic(exc, source.path, source.data))
    return documents, mistakes


def _expanded(document: Document, node: Node, mistakes: list[Diagnostic]) -> Iterator[Document]:
    """A document as it is, or what a `kind: List` holds, lists in lists too: what kubectl and others pipe."""
    if not is_list(document.value):
        yield document
        return
    items = document.value.get("items")
    below = _child(node, "items")
    if not isinstance(items, list) or below is None:
        if items is not None or below is None:
            fix = "Write the documents of the list under items:, each with its apiVersion and kind."
            where = document.start if below is None else document.source.at(below[1])
            mistakes.append(spec_error("SPEC013", where, "It has no list of items.", fix))
        return
    for position, (value, item) in enumerate(zip(items, below[1].value, strict=True)):
        path = (*document.below, "items", position)
        start = document.source.at(item)
        yield from _expanded(Document(value, document.source, document.index, start, path), item, mistakes)


def is_list(value: Json) -> TypeGuard[Mapping[str, Any]]:
    """Whether a document is a list of documents: `List`, `VertexTunedModelList`, kustomize's `ResourceList`."""
    if not isinstance(value, Mapping):
        return False
    kind = value.get("kind")
    return isinstance(kind, str) and kind.endswith("List") and ("items" in value or kind == "List")


def _value_of(source: Source, root: Node, mistakes: list[Diagnostic]) -> Json:
    if source.may_have_anchors and (found := alias_mistake(root)):
        node, detail, fix = found
        mistakes.append(spec_error("SPEC006", source.at(node), detail, fix))
        return None
    return _Builder(source, mistakes).build(root, 0)


def _until_broken(data: bytes) -> Iterator[Node]:
    try:
        yield from compose(data)
    except YAMLError:
        return  # said when the documents were read


def _walk(node: Node, path: Path) -> tuple[Node, Node | None, bool]:
    """The node at `path` with the last key on the way, and whether the whole path exists."""
    key: Node | None = None
    for segment in path:
        entry = _child(node, segment)
        if entry is None:
            return node, key, False
        key, node = entry
    return node, key, True


def _child(node: Node, segment: str | int) -> tuple[Node | None, Node] | None:
    if isinstance(node, SequenceNode):
        fits = isinstance(segment, int) and segment < len(node.value)
        return (None, node.value[segment]) if fits else None
    if not isinstance(node, MappingNode):
        return None
    by_key = {k.value: (k, v) for k, v in reversed(node.value) if isinstance(k, ScalarNode)}
    return next((by_key[s] for s in (segment, *spellings(str(segment))) if s in by_key), None)


def _starts_on_its_own(node: Node) -> bool:
    if isinstance(node, ScalarNode):
        return bool(node.value) or node.tag != PLAIN
    return isinstance(node, CollectionNode) and bool(node.flow_style)


class _Builder:
    """Turns nodes into values; what is wrong with a node is noted, and the rest goes on."""

    def __init__(self, source: Source, mistakes: list[Diagnostic]) -> None:
        self._source = source
        self._mistakes = mistakes

    def build(self, node: Node, depth: int) -> Any:
        if node.tag == PLAIN:
            try:
                return plain_value(node.value)
            except UnusableNumberError:
                return self._unusable_number(node)
        if node.tag not in _TAGLESS:
            self._tagged(node)
        if type(node) is ScalarNode:
            return node.value
        return self._collection(node, depth)

    def _collection(self, node: Node, depth: int) -> Any:
        if depth >= MAX_DEPTH:
            self._note("SPEC009", node, f"This is more than {MAX_DEPTH} levels deep.", "Flatten it.")
            return None
        if type(node) is MappingNode:
            return self._mapping(node, depth + 1)
        return [self.build(item, depth + 1) for item in node.value]

    def _mapping(self, node: Node, depth: int) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            if key_node.tag != QUOTED and not self._is_text(key_node):
                continue
            if key in entries:
                self._twice(node, key_node)
            else:
                entries[key] = self.build(value_node, depth)
        return entries

    def _is_text(self, key: Node) -> bool:
        """Whether an unquoted key is a text; says what it is where it is not."""
        if not isinstance(key, ScalarNode):
            fix = "If this is a template ({{ … }}), render it first; else put the key in quotes."
            self._note("SPEC008", key, "A mapping or a list stands where a key belongs.", fix)
        elif key.tag != PLAIN:
            self._note("SPEC005", key, f"The tag is {_as_written(key.tag)}.", "Remove the tag and write the key.")
        elif key.value == "<<":
            self._note("SPEC007", key, "<< merges one mapping into another.", "Write the keys out here.")
        elif not _is_plain_text(key.value):
            fix = f'Put it in quotes: "{key.value}".' if key.value else "Write the key before the colon."
            self._note("SPEC008", key, f"{key.value or 'Nothing'} is not a text.", fix)
        else:
            return True
        return False

    def _twice(self, mapping: Node, key: Node) -> None:
        first = next(k for k, _ in mapping.value if k.value == key.value)
        line = first.start_mark.line + 1
        fix = "Keep the one that is meant, and remove the other."
        self._note("SPEC004", key, f'"{key.value}" stands in line {line} already.', fix)

    def _tagged(self, node: Node) -> None:
        fix = "Remove the tag and write the value."
        self._note("SPEC005", node, f"The tag is {_as_written(node.tag)}.", fix)

    def _unusable_number(self, node: Node) -> None:
        fix = "Write a finite number, or put it in quotes if it is a text."
        self._note("SPEC010", node, f"{_short(node.value)} is not a number that JSON can carry.", fix)

    def _note(self, code: str, node: Node, detail: str, fix: str) -> None:
        self._mistakes.append(spec_error(code, self._source.at(node), detail, fix))


def _is_plain_text(key: str) -> bool:
    try:
        return isinstance(plain_value(key), str)
    except UnusableNumberError:
        return False


def _as_written(tag: str) -> str:
    return _short(tag.replace("tag:yaml.org,2002:", "!!"))


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
