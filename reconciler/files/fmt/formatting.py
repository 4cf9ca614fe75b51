"""The text of specs and settings in one form: keys in the order of the reference, in camelCase, indented by two.

Nothing else is touched: quotes, numbers, the form of lists, blank lines, what stands behind a `#`. It works on the
lines of the text, by the places that the parser tells, so that what is not moved is not written anew. What comes out is
read again: it must say the same, with every comment, or the text stays as it was.

Round-trip libraries for YAML keep a comment with what stands before it: a key that is moved leaves the comment above it
behind, and takes along the one of its successor. Here the comment above a key is a part of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from yaml.error import YAMLError

from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Diagnostic, Location
from reconciler.core.findings import Findings
from reconciler.files.complaints import check_document
from reconciler.files.fields import KnownField, fields_of
from reconciler.files.fmt.blocks import Node, Root, roots
from reconciler.files.fmt.layout import Layout
from reconciler.files.schema import API_GROUP, KINDS
from reconciler.files.schema.base import Part
from reconciler.files.yaml_spelling import camel
from reconciler.files.yaml_tree import SourceText, read_documents

_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_OTHER_BREAKS: Final = re.compile("[\x85\u2028\u2029]")
"""Ends of lines for a parser and for nothing else."""


def formatted(path: str, data: bytes) -> tuple[bytes, list[Diagnostic]]:
    """The text in its form, and what keeps it from being formatted: then it is as it was."""
    source = SourceText(path, data)
    mistakes = _mistakes(source)
    if mistakes:
        return data, mistakes
    text = data.decode("utf-8-sig")
    if _OTHER_BREAKS.search(text):
        return data, [_left(path)]
    try:
        new = data[: len(data) - len(text.encode())] + _laid_out(_spelt(text)).encode()
    except (YAMLError, IndexError, ValueError):
        return data, [_left(path)]
    return (new, []) if new == data or _says_the_same(path, data, new) else (data, [_left(path)])


def _mistakes(source: SourceText) -> list[Diagnostic]:
    documents, found = read_documents(source)
    findings = Findings()
    findings.extend(found)
    for document in documents:
        part = _part_of(document.value)
        if part is not None:
            check_document(part, document, findings)
    return [d for d in findings.all() if d.is_error]


def _left(path: str) -> Diagnostic:
    detail = "Moved, its lines would not say the same any more. It is left as it is."
    return run_diagnostic("RUN080", detail, where=Location(path), fix="Bring it into order by hand.")


def _part_of(value: Any) -> type[Part] | None:
    """The type of a document of ours; of others nothing is known, and nothing is touched."""
    if not isinstance(value, Mapping) or not str(value.get("apiVersion", value.get("api_version", ""))).startswith(
        f"{API_GROUP}/"
    ):
        return None
    kind = value.get("kind")
    return KINDS.get(kind) if isinstance(kind, str) else None


def _lines_of(text: str) -> list[str]:
    lines = [match[0] for match in _LINE.finditer(text)]
    return lines[:-1] if lines and not lines[-1] else lines


def _ending(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


# The spelling of keys, and the order in mappings on one line


def _spelt(text: str) -> str:
    """Each key of ours in camelCase; by spans of the text, so that the lines stay what they are."""
    lines = _lines_of(text)
    edits = [
        edit
        for root in roots(text.encode())
        if (part := _root_part(root)) is not None
        for edit in _renames(root.node, part)
    ]
    for node, name in sorted(edits, key=lambda edit: (edit[0].line, edit[0].column), reverse=True):
        line = lines[node.line]
        old = line[node.column : node.end]
        lines[node.line] = line[: node.column] + old.replace(node.text, name) + line[node.end :]
    return _flows_in_order("".join(lines))


def _renames(node: Node, part: type[Part]) -> Iterator[tuple[Node, str]]:
    for key, value, known in _known(node, part):
        if key.text != known.name and key.line == key.last:
            yield key, known.name
        for inner in _inner(value, known):
            if known.part is not None:
                yield from _renames(inner, known.part)


def _known(node: Node, part: type[Part]) -> Iterator[tuple[Node, Node, KnownField]]:
    if node.kind == "mapping":
        for key, value in node.pairs:
            known = fields_of(part).get(camel(key.text))
            if known is not None:
                yield key, value, known


def _inner(value: Node, known: KnownField) -> Sequence[Node]:
    """The mappings that have the fields below a field."""
    if known.many is list and value.kind == "sequence":
        return value.items
    if known.many is dict and value.kind == "mapping":
        return value.items[1::2]
    return [value]


def _root_part(root: Root) -> type[Part] | None:
    if root.node.kind != "mapping":
        return None
    named = {key.text: value.text for key, value in root.node.pairs if value.kind == "scalar"}
    return _part_of(named)


def _flows_in_order(text: str) -> str:
    """Mappings on one line, innermost first: the entries change places, what is between them stays."""
    lines = _lines_of(text)
    for root in roots(text.encode()):
        part = _root_part(root)
        if part is None or root.has_aliases:
            continue
        for node, of in reversed(list(_flows(root.node, part))):
            lines[node.line] = _reordered(lines[node.line], node, of)
    return "".join(lines)


def _flows(node: Node, part: type[Part] | None) -> Iterator[tuple[Node, type[Part]]]:
    """Every mapping on one line with fields of ours, the outer ones first."""
    if part is None:
        return
    if node.kind == "mapping" and node.is_flow and node.line == node.last:
        yield node, part
    for _, value, known in _known(node, part):
        for inner in _inner(value, known):
            yield from _flows(inner, known.part)


def _reordered(line: str, node: Node, part: type[Part]) -> str:
    names = list(fields_of(part))
    pairs = list(node.pairs)
    if any(value.end <= value.column or camel(key.text) not in names for key, value in pairs):
        return line  # an empty value has no place of its own
    spans = [(key.column, value.end) for key, value in pairs]
    wanted = sorted(range(len(pairs)), key=lambda n: names.index(camel(pairs[n][0].text)))
    if wanted == list(range(len(pairs))):
        return line
    texts = [line[start:stop] for start, stop in spans]
    shown, at = "", 0
    for (start, stop), number in zip(spans, wanted, strict=True):
        shown += line[at:start] + texts[number]
        at = stop
    return shown + line[at:]


# Blocks


def _laid_out(text: str) -> str:
    found = roots(text.encode())
    bare = [line.rstrip("\r\n") for line in _lines_of(text)]
    shown: list[str] = []
    at = 0
    for number, root in enumerate(found):
        part = _root_part(root)
        if part is None or root.node.is_flow or root.node.column:
            continue
        stop = _end_of(bare, root, found[number + 1 :])
        shown += bare[at : root.node.line]
        shown += Layout(bare, keeps_order=root.has_aliases).document(root.node, stop, part)
        at = stop
    ending = _ending(text)
    return "".join(f"{line}{ending}" for line in [*shown, *bare[at:]])


def _end_of(lines: Sequence[str], root: Root, following: Sequence[Root]) -> int:
    """The line with which something else begins: `---`, `...`, or the end of the text."""
    last = following[0].node.line if following else len(lines)
    marks = (n for n in range(root.node.last + 1, last) if lines[n].startswith(("---", "...")))
    return next(marks, last if not following else root.node.last + 1)


# Whether nothing is lost


def _says_the_same(path: str, old: bytes, new: bytes) -> bool:
    if _mistakes(SourceText(path, new)) or _comments(old) != _comments(new):
        return False
    values = [[_in_camel(d.value) for d in read_documents(SourceText(path, data))[0]] for data in (old, new)]
    return values[0] == values[1]


def _in_camel(value: Any) -> Any:
    """A document of ours with its own fields in one spelling."""
    part = _part_of(value)
    return value if part is None else _camelled(value, part)


def _camelled(value: Any, part: type[Part] | None) -> Any:
    if part is None or not isinstance(value, Mapping):
        return value
    fields = fields_of(part)
    return {camel(key) if camel(key) in fields else key: _below(v, fields.get(camel(key))) for key, v in value.items()}


def _below(value: Any, known: KnownField | None) -> Any:
    if known is None or known.part is None:
        return value
    if known.many is list and isinstance(value, list):
        return [_camelled(item, known.part) for item in value]
    if known.many is dict and isinstance(value, Mapping):
        return {key: _camelled(item, known.part) for key, item in value.items()}
    return _camelled(value, known.part)


def _comments(data: bytes) -> Counter[str]:
    """Every line's comment by its text, as far as that can be told without a parser: the same before and after."""
    found = (re.search(r"(?:^|\s)#.*$", line) for line in data.decode("utf-8-sig").splitlines())
    return Counter(match[0].strip() for match in found if match)
