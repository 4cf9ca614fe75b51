"""YAML text as plain values, with the place of every key and value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from yaml.error import YAMLError

from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic, Location
from reconciler.core.findings import Findings
from reconciler.core.model import Json
from reconciler.files.yaml_build import build
from reconciler.files.yaml_mistakes import as_diagnostic, encoding_mistake
from reconciler.files.yaml_parser import HALF_A_CHARACTER, events, without_pairs
from reconciler.files.yaml_places import Path, PlaceIndex

__all__ = ["Document", "Path", "Places", "SourceText", "is_list", "read_documents", "read_into"]


class SourceText:
    """One text of the user's, by the name that messages give it."""

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.data = data
        self._index: PlaceIndex | None = None

    @property
    def index(self) -> PlaceIndex:
        """The places in it, read when the first is asked for."""
        if self._index is None:
            self._index = PlaceIndex(self.data)
        return self._index


@dataclass(frozen=True, slots=True)
class Document:
    """One document, or one item of a list of them (`below` leads to it): its value, and where it starts.

    `size` counts its values and keys. Of a trial of a sweep, `moved` are ways in it that stand elsewhere in the text.
    """

    value: Json
    source: SourceText
    index: int
    start: Location
    below: tuple[str | int, ...] = ()
    size: int = 0
    moved: tuple[tuple[Path, Path], ...] = ()
    is_trial: bool = False

    @property
    def places(self) -> Places:
        """Where its fields stand, without what they say."""
        return Places(self.source, self.index, self.start, self.below, self.moved)

    def place(self, path: Path = (), *, of_key: bool = False) -> Location:
        """Where the value at `path` stands, or its key.

        A field may be named in either spelling. Where `path` leads nowhere, the place is that of the
        last key on the way. A value that spreads over lines, or is empty, is found by its key.
        """
        return self.places.at(path, of_key=of_key)


@dataclass(frozen=True, slots=True)
class Places:
    """The places of one document's fields; nothing of its value is kept."""

    source: SourceText
    index: int
    start: Location
    below: tuple[str | int, ...] = ()
    moved: tuple[tuple[Path, Path], ...] = ()

    def at(self, path: Path = (), *, of_key: bool = False) -> Location:
        """As Document.place says."""
        if not path:
            return self.start
        for there, here in self.moved:
            if tuple(path[: len(there)]) == tuple(there):
                path = (*here, *path[len(there) :])
                break
        index = self.source.index
        root = index.walk(index.roots[self.index], self.below).node
        found = index.walk(root, path)
        by_key = of_key or not found.arrived or not index.starts_on_its_own(found.node)
        return Location(self.source.path, *index.place(found.key if found.key is not None and by_key else found.node))


def read_documents(source: SourceText) -> tuple[list[Document], list[Diagnostic]]:
    """Every document that is not empty, and every mistake of the YAML itself; of a list, each of its items.

    Documents before a syntax error are returned; one with a mistake is, too, as far as it makes sense.
    """
    findings = Findings()
    return read_into(source, findings), findings.all()


def read_into(source: SourceText, findings: Findings) -> list[Document]:
    """The same, for whoever reads several texts."""
    if mistake := encoding_mistake(source.path, source.data):
        findings.add(mistake)
        return []
    documents: list[Document] = []
    found = Findings()
    try:
        for index, (value, (line, column), size) in enumerate(build(events(source.data), source.path, found)):
            if value is not None:
                start = Location(source.path, line + 1, column + 1)
                documents += _expanded(Document(value, source, index, start, size=size), found)
    except YAMLError as exc:
        if HALF_A_CHARACTER in str(exc) and (mended := without_pairs(source.data)) != source.data:
            return read_into(SourceText(source.path, mended), findings)
        found.add(as_diagnostic(exc, source.path, source.data))
    findings.extend(found.all())
    return documents


def _expanded(document: Document, findings: Findings) -> Iterator[Document]:
    """A document as it is, or what a `kind: List` holds, lists in lists too: what kubectl and others pipe."""
    if not is_list(document.value):
        yield document
        return
    items = document.value.get("items")
    if not isinstance(items, list):
        if items is not None or "items" not in document.value:
            fix = "Write the documents of the list under items:, each with its apiVersion and kind."
            where = document.place(("items",)) if "items" in document.value else document.start
            findings.add(spec_error("SPEC013", where, "It has no list of items.", fix))
        return
    index, below = document.source.index, (*document.below, "items")
    node = index.walk(index.roots[document.index], below).node
    for position, (value, item) in enumerate(zip(items, index.items(node), strict=True)):
        start = Location(document.source.path, *index.place(item))
        inner = Document(value, document.source, document.index, start, (*below, position), document.size)
        yield from _expanded(inner, findings)


def is_list(value: Json) -> TypeGuard[Mapping[str, Any]]:
    """Whether a document is a list of documents: `List`, `VertexTunedModelList`, kustomize's `ResourceList`."""
    if not isinstance(value, Mapping):
        return False
    kind = value.get("kind")
    return isinstance(kind, str) and kind.endswith("List") and ("items" in value or kind == "List")
