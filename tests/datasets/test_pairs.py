from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from reconciler.core.diagnostics import Diagnostic, ReconcilerError
from reconciler.datasets import RuleSet, Source, check, read_pairs
from tests.datasets.rows import SHARED, WHY_SKIPPED


def written(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def mistakes(path: Path) -> list[Diagnostic]:
    with pytest.raises(ReconcilerError) as refused:
        read_pairs(path, path.name)
    return list(refused.value.diagnostics)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pairs.csv", 'text_input,output\n1,2\n"three, ""3""\n",4\n'),
        ("pairs.csv", 'note,output,text_input\r\nx,2,1\r\nx,4,"three, ""3""\n"\r\n'),
        ("pairs.json", '[{"text_input": "1", "output": "2"}, {"textInput": "three, \\"3\\"\\n", "output": "4"}]'),
        ("pairs.jsonl", '{"text_input": "1", "output": "2"}\n{"textInput": "three, \\"3\\"\\n", "output": "4"}'),
        ("pairs.txt", '{"text_input": "1", "output": "2"}\n\n{"textInput": "three, \\"3\\"\\n", "output": "4"}\n'),
    ],
)
def test_pairs_are_read_from_every_form(tmp_path: Path, name: str, content: str) -> None:
    path = written(tmp_path, name, content)

    pairs = read_pairs(path)

    assert pairs == [("1", "2"), ('three, "3"\n', "4")]


@pytest.mark.parametrize(
    ("name", "content", "code", "line"),
    [
        ("p.csv", "question,answer\n1,2\n", "DATA706", 1),
        ("p.csv", "text_input,output\n1,2\n1\n", "DATA706", 3),
        ("p.csv", 'text_input,output\n1,"2\n', "DATA706", 2),
        ("p.csv", "text_input,output\n1,2\n3,4\0\n", "DATA205", 3),
        ("p.csv", "", "DATA103", 0),
        ("p.json", "[]", "DATA103", 0),
        ("p.json", '[{"text_input": "1", "output": "2"},\n {"text_input": "1"}]', "DATA701", 2),
        ("p.json", '[{"text_input": "1", "output": 2}]', "DATA305", 1),
        ("p.json", '[{"text_input": "1", "output": "2"}', "DATA201", 1),
        ("p.jsonl", '{"text_input": "1", "output": ""}\n', "DATA319", 1),
        ("p.jsonl", '{"text_input": "1", "output": "2"}\nnonsense\n', "DATA201", 2),
        ("p.jsonl", '{"messages": [{"role": "user", "content": "1"}]}\n', "DATA301", 1),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, name: str, content: str, code: str, line: int) -> None:
    path = written(tmp_path, name, content)

    found = mistakes(path)

    assert [(d.code, d.where.line if d.where else None) for d in found] == [(code, line)]


def test_a_pipe_is_no_data_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pairs.csv"
    os.mkfifo(pipe)

    assert [d.detail for d in mistakes(pipe)] == ["It is a pipe (FIFO)."]


def test_a_pair_over_a_limit_of_the_service_is_still_read(tmp_path: Path) -> None:
    path = written(tmp_path, "p.json", json.dumps([{"text_input": "x" * 40_001, "output": "2"}]))

    assert [len(given) for given, _ in read_pairs(path)] == [40_001]


@pytest.mark.skipif(not SHARED.exists(), reason=WHY_SKIPPED)
def test_googles_own_sample_is_read() -> None:
    pairs = read_pairs(SHARED / "cookbook.increment_tuning_data.json")

    assert len(pairs) == 15
    assert pairs[0] == ("1", "2")


def test_inline_examples_are_checked_like_those_of_a_file() -> None:
    pairs = [("1", "2"), ("x" * 40_001, "y" * 5_001), (" ", "")]

    result = check(Source.inline(pairs, "specs/numbers.yaml"), RuleSet.of("pairs"))

    assert [(f.rule, f.line) for f in result.findings if f.line] == [
        ("DATA702", 2),
        ("DATA703", 2),
        ("DATA318", 3),
        ("DATA319", 3),
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.csv", "text_input,output\n1,2\n"),
        ("p.jsonl", '{"textInput": "1", "output": "2"}\n'),
        ("p.json", '[{"textInput": "1", "output": "2"}]'),
    ],
)
def test_a_byte_order_mark_is_no_part_of_a_pair(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text("\ufeff" + text, encoding="utf-8")

    assert read_pairs(tmp_path / name) == [("1", "2")]


@pytest.mark.parametrize(
    ("content", "counts"),
    [
        ("text_input,output,output\n1,2,3\n4,5,6\n", {"DATA204": 1}),
        ("text_input,output,text_input\n1,2,3\n", {"DATA204": 1}),
        ("note,text_input,output,note\na,1,2,b\n", {"DATA204": 1}),
        ("text_input,output,,\n1,2,,\n", {}),
        ("text_input,output\n1\u2028,2\n3,4\u2029\n5,6\n", {"DATA206": 2}),
        ("text_input,output\n1,\0\n\0,2\n3,4\n", {"DATA205": 2}),
    ],
)
def test_what_a_table_hides_is_told(content: str, counts: dict[str, int]) -> None:
    result = check(Source.stream([content.encode()], "p.csv"), RuleSet.of("pairs"))

    assert {rule: count for rule, count in result.counts.items() if rule != "DATA704"} == counts
    assert result.examples == content.count("\n") - 1 - counts.get("DATA205", 0)


def test_a_column_given_twice_is_told_where_the_header_is_and_the_last_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, "p.csv", "text_input,output,output\n1,2,3\n")

    (finding,) = (f for f in check(Source.file(path), RuleSet.of("pairs")).findings if f.rule == "DATA204")

    assert (finding.line, finding.detail) == (1, 'Column "output": of each record the last is read.')
    assert read_pairs(path) == [("1", "3")]
