"""What stands around examples, between them or over them is put right and told; what is in doubt is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.datasets import Converted, Format, NotConverted, Source, check, convert
from tests.bounds.work import peak_of, steps_of

if TYPE_CHECKING:
    from collections.abc import Callable

A, B, C = ({"text_input": f"q {n}", "output": "a"} for n in "ABC")
ONE, TWO, THREE = map(json.dumps, (A, B, C))
MARK, CR, LIST, LINES, TWICE, COMMA, SHARED = (
    "a byte order mark in front of it was left out",
    "the CR of its line end was left out",
    "it stood in a list",
    "it went over several lines",
    "it was encoded twice",
    "a comma behind it was left out",
    "it shared a line with other examples",
)


def _pretty(row: object) -> str:
    return json.dumps(row, indent=2)


def _results(text: str, name: str = "x.jsonl") -> list[Converted | NotConverted]:
    return list(convert(Source.stream([text.encode()], name), Format.PAIRS))


def _rows(text: str, name: str = "x.jsonl") -> list[Any]:
    return [json.loads(r.text) if isinstance(r, Converted) else r.reason for r in _results(text, name)]


def _notes(text: str, name: str = "x.jsonl") -> set[str]:
    return {note for result in _results(text, name) if isinstance(result, Converted) for note in result.notes}


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        (f"{ONE},\n{TWO},\n{THREE},\n", {COMMA}),
        (f"{ONE},\n{TWO},\n{THREE}\n", {COMMA}),
        (f"{ONE}{TWO}{THREE}", {SHARED}),
        (f"{ONE}{TWO}\n{THREE}", {SHARED}),
        (f"{ONE}\n{_pretty(B)}\n{THREE}", {LINES}),
        (f"{ONE}\n{_pretty(B)},\n{THREE}", {LINES, COMMA}),
        (f"{_pretty(A)}\n{_pretty(B)}\n{_pretty(C)}", {LINES}),
        (f"{_pretty(A)},\n{_pretty(B)},\n{_pretty(C)},", {LINES}),
        (f"{_pretty(A)}{_pretty(B)}{_pretty(C)}", {LINES}),
        (f"{ONE}\n{_pretty(B)}{_pretty(C)}", {LINES, SHARED}),
        ("\n".join(map(json.dumps, (ONE, TWO, THREE))), {TWICE}),
        (f"{json.dumps(ONE)},\n{json.dumps(TWO)},\n{json.dumps(THREE)}", {TWICE}),
        (f"{ONE}\n{json.dumps(TWO)}\n{THREE}", {TWICE}),
        (_pretty([A, B, C]), {LIST}),
        (json.dumps([A, B, C]), {LIST}),
        (f"[\n{ONE},\n{TWO},\n{THREE},\n]", {LIST}),
        (f"[{ONE}]\n[{TWO},{THREE}]", {LIST}),
        (f"{ONE}\n[{TWO},{THREE}]\n", {LIST}),
        (f"\ufeff{ONE}\n{TWO}\n{THREE}", {MARK}),
        (f"\ufeff{_pretty([A, B, C])}", {MARK, LIST}),
        (f"{ONE}\r\n{TWO}\r\n{THREE}\r\n", {CR}),
        (f"{ONE}\r{TWO}\r{THREE}\r", {SHARED, CR}),
        (f"{ONE}\n\n{TWO}\n\n\n{THREE}", set()),
    ],
)
def test_what_people_have_becomes_one_example_a_line_and_is_told(text: str, notes: set[str]) -> None:
    assert _rows(text) == [A, B, C]
    assert _notes(text) >= notes - {CR}
    assert _notes(text) <= notes | {CR}


def test_a_list_in_a_file_that_is_named_as_one_is_nobodys_mistake() -> None:
    assert _rows(_pretty([A, B]), "x.json") == [A, B]
    assert _notes(_pretty([A, B]), "x.json") == set()


def test_an_example_that_was_cut_off_takes_none_of_those_below_it_along() -> None:
    cut = _pretty(A).rpartition("\n")[0]

    results = _results(f"{ONE}\n{cut}\n{TWO}\n{THREE}")

    good = [json.loads(r.text) for r in results if isinstance(r, Converted)]
    assert good == [A, B, C]
    assert {r.line for r in results if isinstance(r, NotConverted)} == {2, 3, 4}


def test_a_list_without_an_end_is_told() -> None:
    *rows, last = _rows(f"[{ONE},\n{TWO},\n{THREE}")

    assert rows == [A, B, C]
    assert "The list has no end." in last


@pytest.mark.parametrize(
    "line", [f"{ONE}]", f"x {ONE}", f"[{ONE}", f"[{ONE}, 5]", f'"{ONE}"', json.dumps(f"{ONE} x"), '"{"', "{", "]"]
)
def test_what_is_in_doubt_is_refused_whole(line: str) -> None:
    first, second, third = _rows(f"{ONE}\n{line}\n{TWO}")

    assert (first, third) == (A, B)
    assert isinstance(second, str)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (f"{ONE},\n{TWO}", "DATA208"),
        (f"{ONE}{TWO}", "DATA208"),
        (f"{ONE}\n{_pretty(B)}", "DATA201"),
        (json.dumps(ONE), "DATA209"),
        (f"\ufeff{ONE}", "DATA104"),
        ('{"contents": [\n]}', "DATA113"),
    ],
)
def test_the_check_says_what_is_wrong_and_names_what_mends_it(text: str, rule: str) -> None:
    result = check(Source.stream([text.encode()], "x.jsonl"))

    fixes = [finding.fix for finding in result.findings if finding.rule == rule]
    assert fixes
    assert "dataset convert" in fixes[0]


_PACKED: tuple[Callable[[list[str]], str], ...] = (
    "\n".join,
    ",\n".join,
    "".join,
    lambda rows: "\n".join(json.dumps(json.loads(row), indent=1) for row in rows),
    lambda rows: "\n".join(map(json.dumps, rows)),
    lambda rows: f"[{','.join(rows)}]",
    "\r\n".join,
)


@given(
    st.lists(st.text(min_size=1).filter(str.strip), min_size=1, max_size=6),
    st.sampled_from(_PACKED),
    st.integers(1, 30),
)
def test_the_same_examples_come_out_however_they_were_packed(
    texts: list[str], packed: Callable[[list[str]], str], size: int
) -> None:
    rows = [{"text_input": text, "output": "a"} for text in texts]
    data = packed([json.dumps(row) for row in rows]).encode()

    blocks = [data[at : at + size] for at in range(0, len(data), size)]
    found = list(convert(Source.stream(blocks, "x.jsonl"), Format.PAIRS))

    wanted = [Converted] * len(rows) if all("\0" not in text for text in texts) else [type(f) for f in found]
    assert [type(result) for result in found] == wanted
    assert [json.loads(r.text) for r in found if isinstance(r, Converted)] == [
        row for row, kind in zip(rows, wanted, strict=True) if kind is Converted
    ]


SHAPES: dict[str, Callable[[int], str]] = {
    "begun objects": lambda n: "{\n" * n,
    "a begun object above blank lines": lambda n: "{}\n{" + "\n" * n,
    "objects that never end": lambda n: '{}\n{"a":\n' + " 1,\n" * n,
    "many that never end": lambda n: "{}\n" + ('{"a":\n' + " 1,\n" * 9) * (n // 10),
    "pretty objects": lambda n: "{}\n" + (_pretty(A) + "\n") * (n // 4),
    "escaped quotes": lambda n: "{}\n{" + '\\"' * n,
    "texts of a line": lambda n: '"' * n,
    "texts in texts": lambda n: "{}\n" + json.dumps(json.dumps("{" * n)),
    "commas": lambda n: "[" + "," * n,
    "brackets": lambda n: "{}\n" + "[" * n,
    "lists on lines": lambda n: "{}\n" + "[{}]\n" * n,
}


@pytest.mark.parametrize("make", SHAPES.values(), ids=SHAPES)
def test_ten_times_as_much_takes_at_most_some_ten_times_the_steps_and_memory(make: Callable[[int], str]) -> None:
    _results(make(10))

    few, many = (steps_of(lambda: _results(make(count))) for count in (300, 3_000))  # noqa: B023
    peak = peak_of(lambda: _results(make(30_000)))

    assert many < 12 * few + 4_000, f"{few}, {many}"
    assert peak < (64 << 20)
