"""YAML text as values and places."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.files import yaml_parser
from reconciler.files.yaml_tree import Document, SourceText, read_documents
from tests.files.cases import cases

TEXTS = [(f"{case.topic}: {case.name}", text) for case in cases() for text in case.files.values()]
FINITE = st.floats(allow_nan=False, allow_infinity=False)
# YAML takes a key of at most 1024 characters before its colon, escapes counted as written.
KEYS = st.text(st.characters(codec="utf-8"), max_size=80)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | FINITE | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@pytest.fixture
def without_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_parser, "_parser", yaml_parser._PURE)


def value_of(text: str) -> Any:
    (document,), mistakes = read_documents(SourceText("a.yaml", text.encode()))
    assert mistakes == []
    return document.value


def only_document(text: str) -> Document:
    return read_documents(SourceText("a.yaml", text.encode()))[0][0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 1e-4), ("1E3", 1000.0), (".5", 0.5), ("5.", 5.0), ("-.5e+2", -50.0), ("+3", 3), ("-0", 0),
        ("0123", 123), ("0o17", 15), ("0x1F", 31), ("1_000", "1_000"), ("0b1", "0b1"), ("12:30", "12:30"),
        ("true", True), ("False", False), ("TRUE", True), ("tRUE", "tRUE"),
        ("yes", "yes"), ("on", "on"), ("off", "off"), ("n", "n"),
        ("~", None), ("null", None), ("Null", None), ("", None), ("none", "none"),
        ("2026-11-01", "2026-11-01"), (".", "."), ("+", "+"), ("1e", "1e"), ("e5", "e5"),
        ('"12"', "12"), ("'true'", "true"), ('"\\u00e9"', "é"), ("9223372036854775808", 9223372036854775808),
    ],
)  # fmt: skip
def test_plain_scalars_follow_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    found = value_of(f"a: {text}")["a"]

    assert (found, type(found)) == (value, type(value))


def test_every_key_and_value_has_its_place() -> None:
    text = "# first\na:\n  base_model: x\n  list: [1, {b: 2}]\n  empty:\n  block:\n    - k: |\n        text\n"

    document = only_document(text)

    assert document.start[1:] == (2, 1)
    assert document.place(("a", "baseModel"))[1:] == (3, 15)
    assert document.place(("a", "baseModel"), of_key=True)[1:] == (3, 3)
    assert document.place(("a", "list", 1, "b"))[1:] == (4, 17)
    assert document.place(("a", "empty"))[1:] == (5, 3)
    assert document.place(("a", "block"))[1:] == (6, 3)
    assert document.place(("a", "block", 0, "k"))[1:] == (7, 10)
    assert document.place(("a", "block", 0, "missing"))[1:] == (7, 7)
    assert document.place(("nothing", "here"))[1:] == (2, 1)


def test_columns_count_characters_and_not_bytes() -> None:
    document = only_document("größe: {日本: 1, b: x}\n")

    assert document.place(("größe", "b"))[1:] == (1, 19)


def test_every_document_of_a_stream_has_its_own_start() -> None:
    documents, mistakes = read_documents(SourceText("a.yaml", b"--- \n---\n# nothing\n---\na: 1\n...\n---\n\nb: 2\n"))

    assert [d.value for d in documents] == [{"a": 1}, {"b": 2}]
    assert [d.start.line for d in documents] == [5, 9]
    assert documents[1].place(("b",))[1:] == (9, 4)
    assert mistakes == []


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [
        (b"a: 1\nb: \xff\n", 2, 4),
        ("a: 1\nü: ".encode() + b"\xc3\n", 2, 4),
        ("a: 1".encode("utf-16"), 1, 1),
        ("a: 1".encode("utf-16-be"), 1, 1),
        (b"a: 1\n---\n\xef\xbb\xbfb: 2\n", 3, 1),
        (b"a: x\0y\n", 1, 5),
        ("a: \u0085x\nb: \u0080".encode(), 2, 4),
    ],
)
def test_what_is_not_plain_text_is_found(data: bytes, line: int, column: int) -> None:
    documents, mistakes = read_documents(SourceText("a.yaml", data))

    assert documents == []
    assert [(m.code, m.where) for m in mistakes] == [("SPEC002", ("a.yaml", line, column))]


def test_a_byte_order_mark_at_the_start_is_passed_over() -> None:
    (document,), mistakes = read_documents(SourceText("a.yaml", b"\xef\xbb\xbfa: 1\n"))

    assert (document.value, mistakes) == ({"a": 1}, [])


def test_a_number_of_a_thousand_digits_is_refused() -> None:
    _, mistakes = read_documents(SourceText("a.yaml", b"a: " + b"9" * 10_000))

    assert [(m.code, m.where) for m in mistakes] == [("SPEC010", ("a.yaml", 1, 4))]
    assert len(mistakes[0].detail) < 100


@pytest.mark.parametrize(
    "text", ["[" * 200_000, "[\n" * 150_000, "- " * 200_000, "{a: " * 100_000, "? " * 100_000], ids=len
)
def test_nesting_that_would_exhaust_the_stack_is_refused(text: str) -> None:
    documents, mistakes = read_documents(SourceText("a.yaml", text.encode()))

    assert documents == []
    assert [m.code for m in mistakes] in (["SPEC009"], ["SPEC003"])


def test_sixty_four_levels_are_allowed_and_one_more_is_not() -> None:
    allowed, refused = ("a: " + "[" * depth + "]" * depth for depth in (63, 64))

    assert read_documents(SourceText("a.yaml", allowed.encode()))[1] == []
    assert [m.code for m in read_documents(SourceText("a.yaml", refused.encode()))[1]] == ["SPEC009"]


@pytest.mark.parametrize(("name", "text"), TEXTS, ids=[f"{i}: {name}" for i, (name, _) in enumerate(TEXTS)])
def test_without_libyaml_the_same_is_read(name: str, text: str, request: pytest.FixtureRequest) -> None:
    source = SourceText("a.yaml", text.encode())
    documents, mistakes = read_documents(source)

    request.getfixturevalue("without_libyaml")
    pure_documents, pure_mistakes = read_documents(SourceText("a.yaml", text.encode()))

    if "nesting without end" not in name:  # one parser stops there, the other reads what is left
        assert [(d.value, d.start) for d in pure_documents] == [(d.value, d.start) for d in documents]
    assert [m.code for m in pure_mistakes] == [m.code for m in mistakes]


@pytest.mark.parametrize("is_pure", [False, True], ids=["libyaml", "pure"])
def test_half_a_character_is_refused_and_a_whole_one_is_read(is_pure: bool, request: pytest.FixtureRequest) -> None:
    if is_pure:
        request.getfixturevalue("without_libyaml")

    assert value_of('{"a": "\\ud83d\\ude00 \\\\ud83d"}') == {"a": "😀 \\ud83d"}
    assert [m.code for m in read_documents(SourceText("a.yaml", b'a: "\\ud83d"'))[1]] == ["SPEC003"]


@given(JSON)
def test_json_is_yaml(value: Any) -> None:
    found = value_of(json.dumps({"a": value}))

    assert found == {"a": value}


@given(st.binary(max_size=200) | st.text(alphabet=" \n\t-:{}[],&*!|>'\"#%@`?ab1\ufeff", max_size=80).map(str.encode))
def test_no_text_whatever_raises(data: bytes) -> None:
    documents, mistakes = read_documents(SourceText("a.yaml", data))

    for document in documents:
        assert document.place() == document.start
    assert all(m.where is not None and m.where.path == "a.yaml" for m in mistakes)
