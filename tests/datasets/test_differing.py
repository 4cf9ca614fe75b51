"""What two files have in common, held against a plain reading of both."""

from __future__ import annotations

import csv
import io
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.data_changes import RowCounts
from reconciler.datasets import Source, UnreadableError, differing
from reconciler.datasets.differing import RowPairs, difference

_ROWS = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz")), max_size=12)


def turns(question: str, answer: str, **more: Any) -> dict[str, Any]:
    """One example of supervised tuning."""
    contents = [{"role": "user", "parts": [{"text": question}]}, {"role": "model", "parts": [{"text": answer}]}]
    return {"contents": contents, **more}


def lines(*rows: dict[str, Any]) -> bytes:
    """A file of JSON lines."""
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def of(old: bytes, new: bytes, *, name: str = "a.jsonl", rows: int = 0, keep: int = 0) -> differing.RowDifference:
    """The difference of two files in memory."""
    return difference(Source.stream([old], name), Source.stream([new], name), rows=rows, keep=keep)


def plainly(old: list[tuple[str, str]], new: list[tuple[str, str]]) -> RowCounts:
    """The same, from what the words mean: by pairs of question and answer, all of them in memory."""
    before, after = Counter(old), Counter(new)
    gone, come = before - after, after - before
    questions_gone, questions_come = (Counter(dict.fromkeys("abcd", 0)) for _ in range(2))
    for (question, _), times in gone.items():
        questions_gone[question] += times
    for (question, _), times in come.items():
        questions_come[question] += times
    relabelled = sum(min(questions_gone[q], questions_come[q]) for q in "abcd")
    return RowCounts(
        come.total() - relabelled, gone.total() - relabelled, relabelled, sum(min(before[r], after[r]) for r in before)
    )


@given(_ROWS, _ROWS, st.sampled_from([0, 100_000, 10_000_000]))
def test_counts_are_those_of_a_plain_reading(old: list[tuple[str, str]], new: list[tuple[str, str]], rows: int) -> None:
    found = of(lines(*(turns(*r) for r in old)), lines(*(turns(*r) for r in new)), rows=rows)

    assert found.counts == plainly(old, new)
    assert found.reordered == (Counter(old) == Counter(new) and old != new)


def test_what_does_not_fit_in_memory_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(differing, "GROUP_ROWS", 64)
    monkeypatch.setattr(differing, "HELD_ROWS", 100)
    chance = random.Random(7)
    old = [(chance.choice("abcd"), chance.choice("xyz")) for _ in range(3_000)]
    new = [row for row in old if chance.random() > 0.1] + [("a", "new")] * 50
    files = [lines(*(turns(*r) for r in rows)) for rows in (old, new)]

    found = of(*files, rows=3_000)

    assert found.counts == plainly(old, new)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (turns("q", "a"), turns("q", "b")),
        ({"textInput": "q", "output": "a"}, {"textInput": "q", "output": "b"}),
        ({"prompt": "q", "completion": "a"}, {"prompt": "q", "completion": "b"}),
        ({"input_text": "q", "output_text": "a"}, {"input_text": "q", "output_text": "b"}),
        (
            {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]},
            {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "b"}]},
        ),
        (
            {"contents": [], "completions": [{"score": 1.0, "completion": 1}, {"score": 0.0, "completion": 2}]},
            {"contents": [], "completions": [{"score": 0.0, "completion": 1}, {"score": 1.0, "completion": 2}]},
        ),
    ],
)
def test_another_answer_to_the_same_question_is_relabelled(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert of(lines(before), lines(after)).counts == RowCounts(relabelled=1)


@pytest.mark.parametrize("more", [{"systemInstruction": {"parts": [{"text": "s"}]}}, {"tools": [{"a": 1}]}])
def test_a_row_that_asks_something_else_is_another_row(more: dict[str, Any]) -> None:
    assert of(lines(turns("q", "a")), lines(turns("q", "a", **more))).counts == RowCounts(added=1, removed=1)


def test_form_makes_no_difference() -> None:
    row = turns("é", "b")
    written = json.dumps(dict(reversed(list(row.items()))), ensure_ascii=False, indent=None, separators=(" , ", " : "))

    found = of(lines(row, row), b"\xef\xbb\xbf" + written.encode() + b"\r\n\r\n" + written.encode())

    assert found.counts == RowCounts(unchanged=2)
    assert not found.reordered


def test_lines_that_are_no_json_are_told_apart_by_their_bytes() -> None:
    good = lines(turns("q", "a"))

    found = of(good + b"broken {\nother [\n", good + b"other [\nbroken }\n")

    assert found.counts == RowCounts(added=1, removed=1, unchanged=2)


def test_the_first_rows_of_each_kind_are_named() -> None:
    old = [turns("gone", "x"), turns("kept", "x"), turns("moved", "x"), turns("gone too", "x")]
    new = [turns("new", "x"), turns("moved", "y"), turns("kept", "x"), turns("newer", "x")]

    found = of(lines(*old), lines(*new), rows=10_000_000, keep=1)

    assert found.first == RowPairs(added=(0,), removed=(0,), relabelled=((2, 1),))


def test_documents_and_tables_have_rows_too() -> None:
    pairs = [("a", "x"), ("b", "y")]
    table = io.StringIO()
    csv.writer(table).writerows([("textInput", "output"), *pairs])
    document = json.dumps([{"textInput": given, "output": output} for given, output in pairs], indent=1)

    old = Source.stream([table.getvalue().encode()], "a.csv")
    new = Source.stream([document.encode()], "a.json")

    assert difference(old, new).counts == RowCounts(unchanged=2)


def test_a_document_that_breaks_off_is_not_compared_as_if_it_were_whole() -> None:
    with pytest.raises(UnreadableError, match=r"line 1"):
        of(b'[{"textInput": "a", "output": "b"}', b'[{"textInput": "a", "output": "b"}]', name="a.json")


def test_a_large_file_is_compared_in_little_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(differing, "HELD_ROWS", 1_000)
    held = []
    spill = differing._Groups._spill

    def watched(groups: differing._Groups) -> None:
        held.append(sum(map(len, groups._here)))
        spill(groups)

    monkeypatch.setattr(differing._Groups, "_spill", watched)
    place = tmp_path / "a.jsonl"
    place.write_bytes(lines(*(turns(str(n), "x") for n in range(5_000))))

    difference(Source.file(place), Source.file(place), rows=5_000)

    assert len(held) == 10
    assert max(held) == 3 * 1_000
