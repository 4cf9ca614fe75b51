"""Classes that may be wrong: found by what is almost asked twice, ranked by how many stand against them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.datasets import Noise, RuleSet, Source, check, label_noise, questions_at
from tests.bounds.work import peak_of, steps_of
from tests.datasets.rows import example, lines

if TYPE_CHECKING:
    from collections.abc import Sequence

_FILLED = [(f"question {n}", "abc"[n % 3]) for n in range(30)]


def _noise(rows: Sequence[tuple[str, str]], name: str = "x.jsonl") -> Noise:
    data = lines(*[example(question, label) for question, label in rows])
    if name.endswith(".csv"):
        data = b"text_input,output\n" + b"".join(f"{q},{a}\n".encode() for q, a in rows)
    return label_noise(Source.stream([data], name), check(Source.stream([data], name)))


def test_the_class_that_most_stand_against_comes_first() -> None:
    rows = [
        *_FILLED,
        *(("Where is it?", "a"), ("where is it", "b")),
        *(("Who pays?", "a"), ("who pays", "a"), ("WHO PAYS!", "a"), ("(who pays?)", "c")),
    ]

    noise = _noise(rows)

    assert [(d.line, d.label, d.other, d.agreeing, d.first) for d in noise.doubts] == [
        (36, "c", "a", 3, 33),
        (31, "a", "b", 1, 32),
        (32, "b", "a", 1, 31),
    ]
    assert noise.count == 3


def test_a_class_that_is_given_once_has_its_line() -> None:
    noise = _noise([*_FILLED, ("another", "d"), ("one more", "e")])

    assert noise.singles == (("d", 31), ("e", 32))


@pytest.mark.parametrize(
    ("one", "other"), [("1 + 1", "1 - 1"), ("1.5 kg", "15 kg"), ("to be", "tobe"), ("a?", "b?"), ("x", "x y")]
)
def test_another_question_is_no_doubt(one: str, other: str) -> None:
    assert _noise([*_FILLED, (one, "a"), (other, "b")]).count == 0


def test_a_table_is_read_as_well() -> None:
    assert [d.line for d in _noise([*_FILLED, ("who", "a"), ("Who?", "b")], "x.csv").doubts] == [32, 33]


def test_of_answers_that_are_no_classes_nothing_is_said_and_nothing_read() -> None:
    data = lines(
        *[example("q", f"a long answer of its own, {n} of many, that is no name of anything") for n in range(9)]
    )
    checked = check(Source.stream([data], "x.jsonl"))

    def unread() -> bytes:
        raise AssertionError

    assert label_noise(Source.stream((unread() for _ in range(1)), "x.jsonl"), checked) == Noise()


def test_findings_quote_no_answer_that_is_given_once() -> None:
    noise = _noise([*_FILLED, *[("w", "a")] * 2, ("W", "my name is Ann"), ("v", "b"), ("V?", "secret")])

    found, totals = noise.findings()

    assert [(f.line, f.rule, f.detail) for f in found] == [
        (33, "DATA933", '2 examples that ask almost the same have "a" (line 31).'),
        (33, "DATA934", ""),
        (34, "DATA933", "Line 35 asks almost the same and has another one."),
        (35, "DATA933", "Line 34 asks almost the same and has another one."),
        (35, "DATA934", ""),
    ]
    assert totals == {"DATA933": 3, "DATA934": 2}
    assert noise.findings(RuleSet.of(severities={"DATA933": "off", "DATA934": "off"})) == ([], {})


def test_of_many_doubts_a_hundred_are_kept_and_all_counted() -> None:
    noise = _noise([pair for n in range(200) for pair in ((f"q {n}", "a"), (f"Q {n}!", "b"))])

    found, totals = noise.findings()

    assert (len(noise.doubts), noise.count, len(found), totals["DATA933"]) == (100, 400, 100, 400)


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from("abc")), min_size=6, max_size=60))
def test_every_line_of_a_minority_is_doubted_and_no_line_of_a_unanimous_question(rows: list[tuple[int, str]]) -> None:
    rows = [*rows, *[(99, "a"), (99, "a"), (98, "b"), (98, "b")]]
    told = {doubt.line for doubt in _noise([(f"q {n}", label) for n, label in rows]).doubts}

    for line, (asked, label) in enumerate(rows, 1):
        others = [other for number, other in rows if number == asked]
        counts = sorted((others.count(one), one) for one in set(others))
        is_outvoted = others.count(label) < counts[-1][0]
        is_tied = len(counts) > 1 and counts[-1][0] == counts[-2][0]
        assert (line in told) == (is_outvoted or is_tied), (line, asked, label)


def test_questions_of_some_lines_are_short_and_harmless() -> None:
    data = lines(example("a\nb\x1b[31m " + "x" * 200, "a"), example("second", "b"))

    found = questions_at(Source.stream([data], "x.jsonl"), [1, 2, 7])

    assert found[2] == "second"
    assert len(found[1]) <= 80
    assert found[1].isprintable()
    assert set(found) == {1, 2}


def test_work_and_memory_grow_with_the_number_of_examples() -> None:
    def look(count: int) -> object:
        return _noise([(f"q {n // 2}", "ab"[n % 2]) for n in range(count)])

    look(10)
    few, many = (steps_of(lambda: look(count)) for count in (200, 2_000))  # noqa: B023

    assert many < 12 * few + 2_000
    assert peak_of(lambda: look(5_000)) < (16 << 20)
