from __future__ import annotations

import pytest

from reconciler.datasets import Source, UnreadableError, split
from tests.datasets.rows import examples


def sides(data: bytes, fraction: float = 0.2, seed: str = "") -> tuple[list[bytes], list[bytes]]:
    found = list(split(Source.stream([data], "train.jsonl"), fraction, seed))
    return (
        [line for line, is_validation in found if not is_validation],
        [line for line, is_validation in found if is_validation],
    )


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
        split(Source.stream([b""], "x"), fraction)


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
        list(split(Source.stream([data], "x.jsonl"), 0.2))
