"""A spec has every field that the published documents let a caller set, or says why not; and it has no other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, get_args

import pytest

from reconciler.core.dialects.vertex import VERTEX
from reconciler.files.fields import KnownField, fields_of
from reconciler.files.schema.base import Part
from reconciler.files.schema.values import AdapterSize, FreeObject
from reconciler.files.schema.vertex import VertexSpec
from tests.conformance.discovery import document

Json = dict[str, Any]

ROOTS = {
    "aiplatform.v1": "GoogleCloudAiplatformV1TuningJob",
    "aiplatform.v1beta1": "GoogleCloudAiplatformV1beta1TuningJob",
}
NEWEST = "aiplatform.v1beta1"
OURS = {"project", "location", "tuneform", "from", "ref"}
"""Of specs alone: the first two stand in a request's path."""


class Place(NamedTuple):
    """One mapping of a spec, with the schema that a document has for it."""

    path: str
    part: type[Part]
    properties: Json

    def at(self, name: str) -> str:
        """The path of one of its fields."""
        return f"{self.path}.{name}" if self.path else name


def places(version: str) -> list[Place]:
    return list(_places(version, VertexSpec, ROOTS[version], ""))


def _places(version: str, part: type[Part], schema: str, path: str) -> Iterator[Place]:
    found = Place(path, part, document(version)["schemas"][schema].get("properties", {}))
    yield found
    for name, known in fields_of(part).items():
        wanted = found.properties.get(name, {})
        below = wanted.get("$ref") or wanted.get("items", {}).get("$ref")
        if below and known.part is not None:
            yield from _places(version, known.part, below, found.at(name))


def known_in(place: Place) -> dict[str, KnownField]:
    return {name: known for name, known in fields_of(place.part).items() if name not in OURS}


@pytest.mark.parametrize("version", ROOTS)
def test_every_field_that_may_be_set_is_a_field_of_specs_or_has_a_reason(version: str) -> None:
    missing = [
        place.at(name)
        for place in places(version)
        for name, said in place.properties.items()
        if not said.get("readOnly") and name not in known_in(place) and name not in place.part.left_out
    ]

    assert missing == []


@pytest.mark.parametrize("version", ROOTS)
def test_no_field_of_specs_is_one_that_the_service_fills_in(version: str) -> None:
    filled_in = [
        place.at(name)
        for place in places(version)
        for name in known_in(place)
        if place.properties.get(name, {}).get("readOnly")
    ]

    assert filled_in == []


def test_what_is_said_to_be_the_services_is_so_in_the_document() -> None:
    wrong = [
        place.at(name)
        for place in places(NEWEST)
        for name in place.part.answers
        if not place.properties[name].get("readOnly")
    ]

    assert wrong == []


def test_specs_have_no_field_that_no_document_has_and_leave_none_out() -> None:
    invented = [
        place.at(name)
        for place in places(NEWEST)
        for name in {*known_in(place), *place.part.left_out, *place.part.answers}
        if name not in place.properties
    ]

    assert invented == []


def test_every_reason_is_a_sentence_and_no_field_is_both_left_out_and_there() -> None:
    for place in places(NEWEST):
        for name, reason in place.part.left_out.items():
            assert len(reason) > 20, place.at(name)
            assert reason.endswith("."), place.at(name)
            assert name not in known_in(place), place.at(name)


def test_every_method_that_specs_have_is_looked_into() -> None:
    looked = {place.path for place in places(NEWEST)}

    assert {method.field for method in VERTEX.methods} <= looked
    assert {"preferenceOptimizationSpec.hyperParameters", "fullFineTuningSpec.hyperParameters"} <= looked
    assert "reinforcementTuningSpec.compositeRewardConfig.weightedRewardConfigs.rewardConfig.autoraterScorer" in looked


def _taken(known: KnownField) -> tuple[str, ...] | None:
    """The words that a field takes, None where it takes any text."""
    if any(isinstance(part, AdapterSize) for part in _parts_of(known.info.annotation, known.info.metadata)):
        return tuple(f"ADAPTER_SIZE_{size}" for size in ("ONE", "TWO", "FOUR", "EIGHT", "SIXTEEN", "THIRTY_TWO"))
    words = tuple(word for word in _parts_of(known.info.annotation, ()) if isinstance(word, str))
    return words or None


def _parts_of(annotation: Any, metadata: Any) -> Iterator[Any]:
    """Everything that an annotation is made of."""
    yield from metadata
    for inner in (*get_args(annotation), *getattr(annotation, "__metadata__", ())):
        yield inner
        if inner is not annotation:
            yield from _parts_of(inner, ())


@pytest.mark.parametrize("version", ROOTS)
def test_every_word_of_an_enumeration_is_taken_but_the_one_that_says_nothing(version: str) -> None:
    checked = 0
    for place in places(version):
        for name, known in known_in(place).items():
            wanted = place.properties.get(name, {}).get("enum")
            if wanted:
                checked += 1
                assert set(_taken(known) or ()) == {w for w in wanted if not w.endswith("UNSPECIFIED")}, place.at(name)

    assert checked >= 2


@pytest.mark.parametrize("version", ROOTS)
def test_what_is_passed_on_as_it_is_is_known_by_its_fields(version: str) -> None:
    schemas, checked = document(version)["schemas"], 0
    for place in places(version):
        for name, known in known_in(place).items():
            free = [p for p in _parts_of(known.info.annotation, known.info.metadata) if isinstance(p, FreeObject)]
            reference = place.properties.get(name, {}).get("$ref")
            if free and reference:
                checked += 1
                assert set(free[0].known) == set(schemas[reference]["properties"]), place.at(name)

    assert checked >= 1
