"""Parts of examples under names of the user's own: which column is what, in tables and in JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.core.diagnostics import ReconcilerError
from reconciler.datasets import ColumnMap, Converted, Format, NotConverted, Source, convert
from tests.datasets.rows import lines, preference, turn

SFT = {"contents": [turn("user", "q"), turn("model", "a")]}
WITH_SYSTEM = {"systemInstruction": turn("system", "s"), **SFT}
PAIR = ("question=Frage", "answer=Antwort")


def _results(
    data: bytes, *mapped: str, name: str = "x.jsonl", to: Format = Format.VERTEX_SFT
) -> list[Converted | NotConverted]:
    return list(convert(Source.stream([data], name), to, ColumnMap.of(mapped)))


def _one(data: bytes, *mapped: str, name: str = "x.jsonl", to: Format = Format.VERTEX_SFT) -> Any:
    (result,) = _results(data, *mapped, name=name, to=to)
    return json.loads(result.text) if isinstance(result, Converted) else result.reason


def _refusal(data: bytes, *mapped: str, name: str = "x.jsonl") -> str:
    with pytest.raises(ReconcilerError) as caught:
        _results(data, *mapped, name=name)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "RUN090"
    return f"{diagnostic.detail} {diagnostic.fix}"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.csv", b"id,Frage,Antwort\n1,q,a\n"),
        ("x.csv", b"id;Frage;Antwort\r\n1;q;a\r\n"),
        ("x.csv", b"\xef\xbb\xbfFrage;Antwort\nq;a\n"),
        ("x.csv", b"Frage\tAntwort\nq\ta\n"),
        ("x.tsv", b"Frage\tAntwort\nq\ta\n"),
        ("x.TSV", b"Frage\tAntwort\nq\ta\n"),
        ("x.json", json.dumps([{"Frage": "q", "Antwort": "a"}]).encode()),
        ("x.jsonl", lines({"Frage": "q", "Antwort": "a"})),
    ],
)
def test_columns_of_any_name_become_examples(name: str, data: bytes) -> None:
    assert _one(data, *PAIR, name=name) == SFT


def test_commas_in_the_cells_of_a_table_with_tabs_are_text() -> None:
    found = _one(b"Frage\tAntwort\nq, r\ta, b\n", *PAIR, name="x.tsv")

    assert found == {"contents": [turn("user", "q, r"), turn("model", "a, b")]}


@pytest.mark.parametrize("system", ["s", "", None])
def test_a_system_instruction_may_be_missing_in_a_row(system: str | None) -> None:
    row = {"Frage": "q", "Antwort": "a", "Rolle": system}

    assert _one(lines(row), *PAIR, "system=Rolle") == (WITH_SYSTEM if system else SFT)


def test_two_answers_become_a_preference() -> None:
    row = lines({"p": "q", "good": "a", "bad": "b"})

    found = _one(row, "question=p", "chosen=good", "rejected=bad", to=Format.PREFERENCE)

    assert found == preference("q", "a", "b")


def test_a_column_may_be_a_path_and_a_name_with_dots_wins() -> None:
    row = {"in": {"text": "q"}, "out": {"text": "a"}}

    assert _one(lines(row), "question=in.text", "answer=out.text") == SFT
    assert _one(lines({**row, "in.text": "q"}), "question=in.text", "answer=out.text") == SFT


@pytest.mark.parametrize(("value", "text"), [(3, "3"), (True, "true"), ({"a": ["ü"]}, '{"a": ["ü"]}'), ([1], "[1]")])
def test_what_is_no_text_is_written_as_json_and_told(value: object, text: str) -> None:
    (result,) = _results(lines({"Frage": "q", "Antwort": value}), *PAIR)

    assert isinstance(result, Converted)
    assert json.loads(result.text)["contents"][1] == turn("model", text)
    assert result.notes == ("Antwort is no text, and was written as JSON",)


def test_what_is_not_mapped_is_told_as_lost() -> None:
    (result,) = _results(lines({"Frage": "q", "Antwort": "a", "Quelle": "web"}), *PAIR)

    assert isinstance(result, Converted)
    assert result.notes == ("Quelle of the example was dropped",)
    assert result.kind == "the columns that --map names"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"Frage": "q"}, 'It has no column "Antwort"'),
        ({"Frage": "q", "Antwort": None}, '"Antwort" is no text'),
        ({"Frage": " ", "Antwort": "a"}, '"Frage" is empty'),
        ({"Frage": "q", "Antwort": 1e999}, "cannot be written as JSON"),
    ],
)
def test_a_row_that_lacks_something_is_refused_alone(row: dict[str, Any], why: str) -> None:
    good = {"Frage": "q", "Antwort": "a"}
    data = lines(good) + json.dumps(row).replace("Infinity", "1e999").encode() + b"\n" + lines(good)

    first, second, third = _results(data, *PAIR)

    assert isinstance(second, NotConverted)
    assert why in second.reason
    assert isinstance(first, Converted)
    assert isinstance(third, Converted)


def test_a_column_that_is_nowhere_is_named_with_those_that_there_are() -> None:
    told = _refusal(b"frage,Antworten,Quelle\nq,a,w\n", *PAIR, name="x.csv")

    assert told == ('No column "Frage", "Antwort"; there are: "frage", "Antworten", "Quelle". Did you mean "frage"?')
    assert "Name a column of the file." in _refusal(lines({"xyz": 1}), *PAIR)
    assert "and 8 more" in _refusal(lines({f"c{n}": 1 for n in range(20)}), *PAIR)


@pytest.mark.parametrize(
    ("mapped", "told"),
    [
        (["question"], "not of the form PART=COLUMN"),
        (["question="], "not of the form PART=COLUMN"),
        (["prompt=question"], "Did you mean question=prompt?"),
        (["anser=x"], "Did you mean answer=x?"),
        (["xyz=x"], "Name the part first"),
        (["question=x", "question=y"], "mapped twice"),
        (["question=x"], "answer or both chosen and rejected"),
        (["question=x", "chosen=y"], "answer or both chosen and rejected"),
        (["question=x", "answer=y", "chosen=z", "rejected=w"], "answer or both chosen and rejected"),
    ],
)
def test_a_map_that_is_none_is_told_before_the_file_is_looked_at(mapped: list[str], told: str) -> None:
    assert told in _refusal(b"", *mapped)


def test_a_file_without_examples_has_no_wrong_columns() -> None:
    assert _results(b"", *PAIR) == []
    (result,) = _results(b"oops", *PAIR)
    assert isinstance(result, NotConverted)
