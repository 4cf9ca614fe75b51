from __future__ import annotations

import json
import math
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.diagnostics import ReconcilerError
from reconciler.datasets import Source, Split, SplitLine, UnreadableError, Wish
from tests.bounds.work import peak_of
from tests.datasets.rows import example, examples, lines

if TYPE_CHECKING:
    from collections.abc import Iterator


def sides(data: bytes, fraction: float = 0.2, seed: str = "") -> tuple[list[bytes], list[bytes]]:
    found = split(data, Wish(fraction, seed=seed, by_question=False, stratify="off"))
    return [line for line, side in found if not side], [line for line, side in found if side]


def split(data: bytes, wish: Wish) -> list[SplitLine]:
    return list(Split(lambda: Source.stream([data], "train.jsonl"), wish).lines())


def test_each_line_is_on_one_side_and_about_the_fraction_is_for_validation() -> None:
    data = examples(5_000)

    train, validation = sides(data)

    assert sorted(train + validation) == sorted(data.splitlines(keepends=True))
    assert 900 < len(validation) < 1_100


def test_a_file_that_grows_keeps_its_split() -> None:
    before = sides(examples(500))

    after = sides(examples(500, start=500) + examples(500))

    assert set(before[1]) <= set(after[1])
    assert set(before[0]) <= set(after[0])


def test_copies_never_straddle_the_two_sides() -> None:
    train, validation = sides(examples(300) * 3)

    assert not set(train) & set(validation)


def test_another_seed_is_another_split() -> None:
    assert sides(examples(300), seed="a") != sides(examples(300), seed="b")
    assert sides(examples(300), seed="a") == sides(examples(300), seed="a")


def test_line_ends_and_marks_do_not_change_the_split() -> None:
    data = examples(300)
    windows = b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n").rstrip() + b"\r\n\r\n"

    assert sides(windows) == sides(data)


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 1.5])
def test_a_fraction_that_leaves_a_side_empty_is_refused(fraction: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Wish(fraction)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"[\n{},\n{}\n]", "dataset convert"),
        (b"{\n}\n", "one example a line"),
        (b"\x1f\x8b", "Decompress it"),
        ("{}\n".encode("utf-16"), "It is UTF-16. Save the file as UTF-8"),
        (b"{}\n" + b"x" * (9 << 20), "Line 2 has 9,437,184 bytes"),
    ],
)
def test_what_is_not_one_example_a_line_is_refused_with_what_mends_it(data: bytes, why: str) -> None:
    with pytest.raises(UnreadableError, match=why):
        split(data, Wish(0.2))


# By question


def _answer(line: bytes) -> str:
    text: str = json.loads(line)["contents"][-1]["parts"][0]["text"]
    return text


def _question(line: bytes) -> str:
    text: str = json.loads(line)["contents"][0]["parts"][0]["text"]
    return text


def test_what_asks_almost_the_same_is_on_one_side_whatever_it_answers() -> None:
    rows = [
        example(question, f"a long answer of its own, the one of number {n} of them, which is no name of any class {k}")
        for n in range(300)
        for k, question in enumerate((f"Where is {n}?", f"where is  {n}", f"WHERE, is {n}!"))
    ]

    found = split(lines(*rows), Wish(0.3))

    sides: dict[str, set[int]] = {}
    for line, side in found:
        sides.setdefault(_question(line).lower().replace(",", "").rstrip("?!").replace("  ", " "), set()).add(side)
    assert {len(s) for s in sides.values()} == {1}
    assert 60 < sum(s == {1} for s in sides.values()) < 120


@pytest.mark.parametrize(("one", "other"), [("2+2", "2-2"), ("1.5", "15"), ("a b", "ab"), ("x > 1", "x < 1")])
def test_what_asks_something_else_is_not_kept_together(one: str, other: str) -> None:
    rows = [example(f"{n}: {text}", f"{'long ' * 20}{n}") for n in range(60) for text in (one, other)]

    found = split(lines(*rows), Wish(0.5))

    pairs = zip(found[::2], found[1::2], strict=True)
    assert any(here.side != there.side for here, there in pairs)


def test_questions_with_another_system_instruction_are_others() -> None:
    system = [
        {"systemInstruction": {"parts": [{"text": f"You are {n}."}]}, **example("q", "x" * 99)} for n in range(80)
    ]

    assert {side for _, side in split(lines(*system), Wish(0.5))} == {0, 1}


def test_a_third_part_takes_nothing_from_validation() -> None:
    data = examples(3_000)

    two = split(data, Wish(0.1, stratify="off"))
    three = split(data, Wish(0.1, test=0.2, stratify="off"))

    assert [line for line, side in two if side == 1] == [line for line, side in three if side == 1]
    assert 500 < sum(side == 2 for _, side in three) < 700


def test_lines_that_are_no_examples_have_a_side_by_themselves() -> None:
    data = b"".join(b'{"x": %d}\n[%d]\noops %d\n{"a":\n' % (n, n, n) for n in range(200))

    found = split(data, Wish(0.5))

    assert [line for line, _ in found] == data.splitlines(keepends=True)
    assert {side for _, side in found} == {0, 1}


# By class


def _classified(counts: dict[str, int], start: int = 0) -> list[dict[str, object]]:
    return [example(f"question {name} {n}", name) for name, count in counts.items() for n in range(start, count)]


def _shares(found: list[SplitLine]) -> dict[str, Counter[int]]:
    shares: dict[str, Counter[int]] = {}
    for line, side in found:
        shares.setdefault(_answer(line), Counter())[side] += 1
    return shares


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.integers(2, 90), min_size=2),
    st.floats(0.01, 0.6),
    st.floats(0.0, 0.35),
    st.text(max_size=3),
)
def test_each_class_keeps_its_share_to_one_line(
    counts: dict[str, int], validation: float, test: float, seed: str
) -> None:
    found = split(lines(*_classified(counts)), Wish(validation, test=test, seed=seed))

    for name, sides in _shares(found).items():
        for side, share in ((1, validation), (2, test)):
            assert abs(sides[side] - share * counts[name]) <= 1 + 1e-9, (name, sides)
        assert sides[0] >= 1


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from("ab")), min_size=8, max_size=80), st.integers(0, 9))
def test_groups_stay_together_where_classes_keep_their_shares(rows: list[tuple[int, str]], seed: int) -> None:
    data = lines(*[example(f"Question {n}", label) for n, label in rows])

    found = split(data, Wish(0.25, test=0.2, seed=str(seed)))

    assert [line for line, _ in found] == data.splitlines(keepends=True)
    sides: dict[str, set[int]] = {}
    for line, side in found:
        sides.setdefault(_question(line), set()).add(side)
    assert {len(s) for s in sides.values()} == {1}


def test_the_order_of_lines_decides_nothing() -> None:
    rows = _classified({"a": 70, "b": 40, "c": 9})
    rows += [example(f"open question {n}", name) for n in range(40) for name in ("c", "a", "b")]

    here = dict(split(lines(*rows), Wish(0.2, test=0.1)))
    there = dict(split(lines(*reversed(rows)), Wish(0.2, test=0.1)))

    assert here == there


def test_a_file_that_grows_keeps_nearly_all_of_a_split_by_class() -> None:
    before = dict(split(lines(*_classified({"a": 500, "b": 300})), Wish(0.2)))
    after = dict(split(lines(*_classified({"a": 1_000, "b": 600})), Wish(0.2)))

    moved = sum(after[line] != side for line, side in before.items())

    assert moved < 40
    by_position = Wish(0.2, stratify="off")
    same = dict(split(lines(*_classified({"a": 500, "b": 300})), by_position))
    grown = dict(split(lines(*_classified({"a": 1_000, "b": 600})), by_position))
    assert all(grown[line] == side for line, side in same.items())


def test_answers_that_are_no_classes_are_not_kept_in_shares() -> None:
    made = Split(lambda: Source.stream([examples(50)], "x.jsonl"), Wish(0.2))
    classified = Split(lambda: Source.stream([lines(*_classified({"b": 30, "a": 60}))], "x.jsonl"), Wish(0.2))

    assert made.classes == {}
    assert list(classified.classes) == ["a", "b"]
    assert [sum(counts) for counts in classified.classes.values()] == [60, 30]


@pytest.mark.parametrize("field", ["kind", "meta.kind"])
def test_a_field_divides_where_it_is_named(field: str) -> None:
    rows = [
        {**example(f"q {n}", "long " * 30), "kind": kind, "meta": {"kind": kind}}
        for n in range(50)
        for kind in ("x", "y")
    ]

    made = Split(lambda: Source.stream([lines(*rows)], "x.jsonl"), Wish(0.2, stratify=field, by_question=False))

    assert {name: sum(counts) for name, counts in made.classes.items()} == {"x": 50, "y": 50}
    assert all(9 <= counts[1] <= 11 for counts in made.classes.values())


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"kin": "x"}, 'No line has a field "kind"; there are: "kin". Did you mean "kin"?'),
        ({"other": "x"}, "Name a field of the lines."),
    ],
)
def test_a_field_that_no_line_has_is_named_with_those_that_there_are(row: dict[str, str], words: str) -> None:
    with pytest.raises(ReconcilerError) as caught:
        split(lines(row, row), Wish(0.2, stratify="kind"))

    (found,) = caught.value.diagnostics
    assert found.code == "RUN091"
    assert words in f"{found.detail} {found.fix}"


def test_a_field_of_too_many_values_divides_nothing() -> None:
    with pytest.raises(ReconcilerError) as caught:
        split(lines(*[{"id": n} for n in range(600)]), Wish(0.2, stratify="id"))

    assert "more than 500 different values" in caught.value.diagnostics[0].detail


def test_a_file_that_is_another_one_in_the_second_pass_is_told() -> None:
    passes: Iterator[bytes] = iter([examples(50), examples(50).replace(b"5", b"7", 1)])

    with pytest.raises(UnreadableError, match="changed while it was read"):
        list(Split(lambda: Source.stream([next(passes)], "x.jsonl"), Wish(0.2)).lines())


@pytest.mark.parametrize("more", [b"", examples(60)])
def test_a_file_that_is_shorter_or_longer_in_the_second_pass_is_told(more: bytes) -> None:
    passes: Iterator[bytes] = iter([examples(50), more])

    with pytest.raises(UnreadableError, match="changed while it was read"):
        list(Split(lambda: Source.stream([next(passes)], "x.jsonl"), Wish(0.2)).lines())


def test_memory_grows_with_the_number_of_lines_alone() -> None:
    def peak(count: int, size: int) -> int:
        def read() -> Source:
            return Source.stream((lines(example(f"{n} {'x' * size}", "ab"[n % 2])) for n in range(count)), "x.jsonl")

        return peak_of(lambda: Split(read, Wish(0.2)).classes)

    few, many, long = peak(2_000, 10), peak(12_000, 10), peak(2_000, 1_000)

    assert (many - few) / 10_000 < 150
    assert long - few < 2 << 20
    assert math.isfinite(few)
