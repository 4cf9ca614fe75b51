"""A list of what is to be imported: documents of `kind: Import`, or a line each, as a file or piped in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic, Location, ReconcilerError
from reconciler.core.findings import Findings
from reconciler.core.model import Address
from reconciler.files.complaints import check_document
from reconciler.files.schema import API_VERSION
from reconciler.files.schema.imports import ImportDocument
from reconciler.files.schema.values import shown
from reconciler.files.sources import UnreadableFileError, piped_source, read_source
from reconciler.files.yaml_tree import Document, SourceText, read_into

IMPORT: Final = "Import"
_IS_YAML = re.compile(rb"(?m)^\s*(?:-\s+)?[\"']?(?:apiVersion|api_version|kind)[\"']?\s*:|\A\s*[\[{]|^---\s*$")
_ADDRESS = re.compile(r"(?:vertex|gemini)/[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class ToImport(NamedTuple):
    """One entry of the list: what was pasted, the address that was asked for, and where it stands."""

    resource: str
    address: Address | None
    where: Location


def read_import_list(path: str) -> list[ToImport]:
    """What a file names, or `-` for what is piped in. Raises ReconcilerError with every mistake in it."""
    try:
        source = piped_source() if path == "-" else read_source(path)
    except UnreadableFileError as exc:
        raise ReconcilerError(exc.diagnostic) from exc
    findings = Findings()
    entries = _of_documents(source, findings) if _IS_YAML.search(source.data) else list(_of_lines(source, findings))
    if not entries and not findings.count:
        fix = "Write a resource a line, or a document of kind: Import."
        findings.add(_error("SPEC087", Location(source.path, 1, 1), "It names nothing to import.", fix))
    findings.extend(_repeats(entries))
    if findings.count:
        raise ReconcilerError(*findings.all())
    return entries


def _of_documents(source: SourceText, findings: Findings) -> list[ToImport]:
    entries: list[ToImport] = []
    for document in read_into(source, findings):
        kind = document.value.get("kind") if isinstance(document.value, dict) else None
        if kind != IMPORT:
            fix = f"Write apiVersion: {API_VERSION} and kind: {IMPORT}, with spec.resources, or a resource a line."
            findings.add(_error("SPEC087", document.start, f"This document is {_called(kind)}.", fix))
            continue
        checked = check_document(ImportDocument, document, findings)
        entries += _entries(checked, document) if checked else []
    return entries


def _called(kind: object) -> str:
    return "no list of resources" if kind is None else f"of kind {shown(kind)}"


def _entries(checked: ImportDocument, document: Document) -> Iterator[ToImport]:
    for number, one in enumerate(checked.spec.resources):
        address = Address.parse(one.address) if one.address else None
        yield ToImport(str(one.resource), address, document.place(("spec", "resources", number)))


def _of_lines(source: SourceText, findings: Findings) -> Iterator[ToImport]:
    """`RESOURCE`, or with an ADDRESS before or after it; a comment begins with # at the start of a word."""
    for number, line in enumerate(source.data.decode("utf-8", "replace").splitlines(), start=1):
        words = re.sub(r"(?:^|\s)#.*", "", line).split()
        if not words:
            continue
        where = Location(source.path, number, 1)
        addresses = [word for word in words if _ADDRESS.fullmatch(word)]
        resources = [word for word in words if word not in addresses]
        if len(resources) != 1 or len(addresses) > 1:
            fix = "Write a resource, and after it the address that its spec gets, if you want a certain one."
            findings.add(_error("SPEC087", where, f"{shown(line.strip())} is no resource with its address.", fix))
            continue
        yield ToImport(resources[0], Address.parse(addresses[0]) if addresses else None, where)


def _repeats(entries: Sequence[ToImport]) -> Iterator[Diagnostic]:
    """By what is written: that two names lead to one training is found when they are looked up."""
    resources: dict[str, Location] = {}
    addresses: dict[Address, Location] = {}
    for entry in entries:
        first = resources.setdefault(entry.resource, entry.where)
        if first is not entry.where:
            yield _error("SPEC088", entry.where, f"{shown(entry.resource)} stands at {first} too.", "Keep one of them.")
        if entry.address is None:
            continue
        taken = addresses.setdefault(entry.address, entry.where)
        if taken is not entry.where:
            yield _error(
                "SPEC088", entry.where, f"{entry.address} stands at {taken} too.", "Give each its own address."
            )


def _error(code: str, where: Location, detail: str, fix: str) -> Diagnostic:
    return spec_error(code, where, detail, fix)
