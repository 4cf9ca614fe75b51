"""The JSON Schemas say the same as the loader, as far as one document goes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from reconciler.core.diagnostics import Diagnostic
from reconciler.files.json_schema import SCHEMA_NAMES, json_schema
from reconciler.files.yaml_tree import Document, SourceText, read_documents
from tests.files import test_loading, test_pasted_bodies, test_workspace
from tests.files.cases import Case, cases

IN_A_DOCUMENT = {f"SPEC{n:03}" for n in range(22, 36)} - {"SPEC034"}
"""Codes of mistakes that can be seen in one document alone."""
BEYOND_SCHEMA = (
    "which is no regular expression", "no value is between", "as the displayName", "a day that does not exist",
    "outputConfig is given in both spellings",
)  # fmt: skip
"""Details of mistakes in a document that a schema cannot see all the same."""
CASES = [case for case in cases() if case.topic in ("fields", "gates", "workspace", "documents", "relations")]
GOOD = [
    test_loading.FULL, test_loading.MINIMAL.replace("NAME", "a"), test_workspace.FULL,
    test_workspace.BARE.replace("NAME", "a"),
    *(
        f"apiVersion: tuneform.dev/v1\nkind: {kind}\nmetadata: {{name: a}}\nspec:\n  {body}".replace("\n", "\n  ")
        .replace("\n  kind", "\nkind").replace("\n  metadata", "\nmetadata").replace("\n  spec", "\nspec")
        for kind, bodies in {
            "VertexTunedModel": (
                test_pasted_bodies.MIXED, test_pasted_bodies.TEMPLATE, test_pasted_bodies.BARE_ADAPTER_SIZE,
                test_pasted_bodies.NUMBER_AS_TEXT,
            ),
            "GeminiTunedModel": (test_pasted_bodies.NUMBER_GENERATOR,),
        }.items()
        for body in bodies
    ),
]  # fmt: skip


@cache
def validator(name: str) -> Draft7Validator:
    return Draft7Validator(json_schema(name))


def is_accepted(document: Document) -> bool:
    name = "Workspace" if document.value.get("kind") == "Workspace" else "specs"
    return bool(validator(name).is_valid(document.value))


def documents_of(case: Case) -> Iterator[Document]:
    for path, text in case.files.items():
        for document in read_documents(SourceText("<stdin>" if path == "-" else path, text.encode()))[0]:
            if isinstance(document.value, dict) and document.value.get("apiVersion") == "tuneform.dev/v1":
                yield document


def visible(diagnostics: list[Diagnostic], document: Document, end: int) -> list[Diagnostic]:
    """What is wrong inside of this document, as far as a schema can tell."""
    start = document.start
    return [
        d
        for d in diagnostics
        if d.code in IN_A_DOCUMENT
        and d.where is not None
        and (d.where.path, start.line <= d.where.line < end) == (start.path, True)
        and not any(words in d.detail for words in BEYOND_SCHEMA)
    ]


@pytest.mark.parametrize("name", SCHEMA_NAMES)
def test_every_schema_is_one(name: str) -> None:
    schema = json_schema(name)

    Draft7Validator.check_schema(schema)
    assert schema["$id"] == f"https://tuneform.dev/schema/v1/{name}.json"


@pytest.mark.parametrize("text", GOOD, ids=range(len(GOOD)))
def test_what_the_loader_takes_the_schema_accepts(text: str) -> None:
    (document,), _ = read_documents(SourceText("a.yaml", text.encode()))
    name = "Workspace" if document.value["kind"] == "Workspace" else "specs"

    assert [error.message for error in validator(name).iter_errors(document.value)] == []
    assert validator(document.value["kind"]).is_valid(document.value)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.topic}: {case.name}")
def test_the_schema_refuses_a_document_where_the_loader_does(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    diagnostics = case.load(tmp_path).diagnostics
    documents = list(documents_of(case))

    for document in documents:
        later = [d.start.line for d in documents if d.source is document.source and d.index > document.index]
        mistakes = visible(diagnostics, document, min(later, default=10**6))
        assert is_accepted(document) is (not mistakes), (document.start, [m.detail for m in mistakes])


@pytest.mark.parametrize("name", SCHEMA_NAMES)
def test_every_field_of_a_schema_has_a_description(name: str) -> None:
    assert [path for path, field in _fields(json_schema(name), name) if not field.get("description")] == []


def _fields(schema: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            yield from ((f"{path}.{name}", field) for name, field in schema["properties"].items())
        for key, below in schema.items():
            yield from _fields(below, f"{path}/{key}")
