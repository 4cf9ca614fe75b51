from __future__ import annotations

from reconciler.datasets import Source, example_lines
from tests.datasets.rows import examples


def test_examples_are_found_by_their_number_whatever_blank_lines_stand_between() -> None:
    one, two, three, four = examples(4).splitlines(keepends=True)
    data = one + b"\n \r\n" + two + three + b"\n" + four.rstrip()

    lines = example_lines(Source.stream([data], "train.jsonl"), [1, 2, 4, 9])

    assert lines == {1: 1, 2: 4, 4: 7}
