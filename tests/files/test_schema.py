"""The schema has every field of the API that a user may set, and says of each what an edit means."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import reconciler
from reconciler.core.dialects.vertex import VERTEX
from reconciler.core.model import OnChange
from reconciler.files.descriptions import descriptions_of
from reconciler.files.fields import KnownField, every_field, fields_of
from reconciler.files.schema import KINDS
from reconciler.files.schema.base import Part
from reconciler.files.schema.gemini import GeminiSpec
from reconciler.files.schema.vertex import VertexSpec

DEFINITIONS = Path(reconciler.__file__).parent / "emulator" / "definitions"
OURS = {"project", "location", "tuneform", "from"}
API_FIELDS = [
    (kind.__name__, ".".join(path), known)
    for kind in (VertexSpec, GeminiSpec)
    for path, known in every_field(kind)
    if path[0] not in OURS - {"project", "location"}
]


def schemas(name: str) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = json.loads((DEFINITIONS / name).read_text(encoding="utf-8"))["schemas"]
    return found


def disagreements(
    part: type[Part], definitions: Mapping[str, Mapping[str, str]], schema: str, path: str = ""
) -> list[str]:
    """Fields that one side has and the other has not; "!" in a definition says that only answers have it."""
    defined = definitions[schema]
    known = {name: field for name, field in fields_of(part).items() if name not in OURS and name != "ref"}
    wrong = [f"{path}{name} is not in the API" for name in known if name not in defined]
    for name, kind in defined.items():
        if name not in known and name not in part.answers and name not in part.left_out:
            wrong.append(f"{path}{name} is not in the schema")
        if name in known and kind.endswith("!"):
            wrong.append(f"{path}{name} is output only")
        inner, below = kind.strip("[]"), known[name].part if name in known else None
        if inner in definitions and below is not None:
            wrong += disagreements(below, definitions, inner, f"{path}{name}.")
    return wrong


@pytest.mark.parametrize(
    ("part", "file", "schema"),
    [(VertexSpec, "vertex.v1beta1.json", "TuningJob"), (GeminiSpec, "gemini.v1beta.json", "TunedModel")],
)
def test_the_schema_has_every_writable_field_of_the_api_and_no_other(part: type[Part], file: str, schema: str) -> None:
    definitions = schemas(file)

    assert disagreements(part, definitions, schema) == []


def test_what_v1_has_is_in_v1beta1_too_or_nobody_could_say_which_is_newer() -> None:
    assert set(schemas("vertex.v1.json")["TuningJob"]) <= set(schemas("vertex.v1beta1.json")["TuningJob"])


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_a_field_that_v1_has_not_makes_a_job_of_v1beta1_and_no_other_does(version: str) -> None:
    definitions = schemas(f"vertex.{version}.json")
    old = schemas("vertex.v1.json")
    for name, kind in definitions["TuningJob"].items():
        inner = definitions.get(kind.strip("[]"), {}) if name in {m.field for m in VERTEX.methods} else {}
        assert VERTEX.version_for({name: {}}) == (
            "v1" if name in old["TuningJob"] or kind.endswith("!") else "v1beta1"
        ), name
        for field in inner if name in old["TuningJob"] else ():
            wanted = "v1" if field in old[kind] else "v1beta1"
            assert VERTEX.version_for({name: {field: {}}}) == wanted, f"{name}.{field}"
            below = definitions.get(inner[field].strip("[]!"), {}) if field == "hyperParameters" else {}
            for leaf in below:
                wanted = "v1" if leaf in old[inner[field]] else "v1beta1"
                assert VERTEX.version_for({name: {field: {leaf: 1}}}) == wanted, f"{name}.{field}.{leaf}"


@pytest.mark.parametrize(("kind", "path", "known"), API_FIELDS, ids=[f"{k}.{p}" for k, p, _ in API_FIELDS])
def test_every_api_field_says_what_an_edit_means(kind: str, path: str, known: KnownField) -> None:
    assert known.on_change in (OnChange.REPLACE, OnChange.IN_PLACE, OnChange.REPORT), f"{kind}.{path} has no mark"


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_field_has_a_sentence(kind: type[Part]) -> None:
    silent = [".".join(path) for path, known in every_field(kind) if known.attribute not in _sentences(kind, path)]

    assert silent == []


def test_what_patches_in_place_is_what_the_services_can_patch() -> None:
    marked = {f"{kind}.{path}" for kind, path, known in API_FIELDS if known.on_change is OnChange.IN_PLACE}

    assert marked == {
        "VertexSpec.tunedModelDisplayName", "VertexSpec.description", "VertexSpec.labels",
        "GeminiSpec.displayName", "GeminiSpec.description", "GeminiSpec.temperature", "GeminiSpec.topP",
        "GeminiSpec.topK", "GeminiSpec.readerProjectNumbers",
    }  # fmt: skip


def test_what_does_not_change_the_weights_is_reported_only() -> None:
    marked = {path.rpartition(".")[2] for _, path, known in API_FIELDS if known.on_change is OnChange.REPORT}

    of_reinforcement = {"evaluateInterval", "checkpointInterval"}
    everywhere = {"validationDatasetUri", "evaluationConfig", "exportLastCheckpointOnly", "outputUri"}
    assert marked == {*everywhere, *of_reinforcement}


def _sentences(kind: type[Part], path: tuple[str, ...]) -> Mapping[str, Any]:
    part = kind
    for step in path[:-1]:
        if step in ("[]", "*"):
            continue
        below = fields_of(part)[step].part
        assert below is not None
        part = below
    return descriptions_of(part)
