"""JSON Schemas that users give."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.core.json_schemas import checker, schema_mistake

TICKET = {
    "type": "object",
    "required": ["queue"],
    "properties": {"queue": {"enum": ["billing", "other"]}, "lines": {"items": {"type": "integer"}}},
}


@pytest.mark.parametrize(
    "schema",
    [
        {},
        TICKET,
        {"$schema": "http://json-schema.org/draft-07/schema#", "type": "string"},
        {"$ref": "#/$defs/a", "$defs": {"a": {}}},
    ],
)
def test_what_is_a_schema_is_taken(schema: dict[str, Any]) -> None:
    assert schema_mistake(schema) == ""


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "objekt"}, 'type: "objekt" is not'),
        ({"properties": {"a": {"pattern": "("}}}, "properties.a.pattern"),
        ({"$ref": "#/nowhere"}, "does not exist"),
        ({"$ref": "https://example.com/x.json"}, "nothing is fetched"),
        ({"$ref": "file:///etc/hostname"}, "nothing is fetched"),
        ({"$schema": "https://example.com/mine"}, "Unknown meta-schema"),
    ],
)
def test_what_is_none_is_told_with_its_place(schema: dict[str, Any], why: str) -> None:
    assert why in schema_mistake(schema)

    with pytest.raises(ValueError, match=r"\S"):
        checker(schema)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"queue": "billing", "lines": [1, 2]}, ""),
        ({}, '"queue" is a required property'),
        ({"queue": "billing", "lines": [1, "2"]}, 'lines.1: it is not of type "integer"'),
        ({"lines": "x", "queue": 3}, 'queue: it is not one of "billing" or "other"'),
        ([], 'it is not of type "object"'),
    ],
)
def test_a_value_follows_the_schema_or_it_is_said_where_not(value: Any, why: str) -> None:
    assert checker(TICKET)(value) == why


def test_a_value_that_is_wrong_in_many_places_is_told_in_one_short_line() -> None:
    found = checker({"items": {"enum": [f"a\n{'b' * 1000}"]}})(["secret"] * 50)

    assert found.endswith("… (and 49 more)")
    assert "secret" not in found
    assert len(found) < 400
    assert "\n" not in found


def test_a_pattern_that_would_take_for_ever_ends(recwarn: pytest.WarningsRecorder) -> None:
    found = checker({"pattern": "^(?=(a+)+$)(b|a+)+$"})("a" * 60 + "!")

    assert found
