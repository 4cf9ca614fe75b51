"""Files that nobody should have, and some people do: each gets a finding, none a traceback."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.core.diagnostics import Severity
from reconciler.datasets import Source, check
from tests.datasets.rows import checked, example, examples, lines, place, rules_broken

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("fast_way")

GOOD = lines(example())


def test_a_byte_order_mark_is_an_error_and_the_first_line_is_read_all_the_same() -> None:
    result = checked(b"\xef\xbb\xbf" + GOOD)

    assert place(result, "DATA104")[:2] == (1, 1)
    assert result.examples == 1


def test_windows_line_ends_are_a_note() -> None:
    result = checked(examples(3).replace(b"\n", b"\r\n"))

    assert [(f.rule, f.severity) for f in result.findings if f.rule == "DATA105"] == [("DATA105", Severity.NOTE)]
    assert result.examples == 3


def test_a_nul_byte_is_shown_where_it_stands() -> None:
    result = checked(GOOD + GOOD.replace(b"2+2", b"2\0+2"))

    assert place(result, "DATA205")[:2] == (2, GOOD.index(b"2+2") + 2)


def test_utf_16_is_told_by_its_name() -> None:
    result = checked(GOOD.decode().encode("utf-16"))

    (finding,) = (f for f in result.findings if f.severity is Severity.ERROR)
    assert finding.rule == "DATA110"
    assert "UTF-16" in finding.detail


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\0"])
@pytest.mark.parametrize("is_escaped", [True, False])
def test_a_character_that_ends_lines_for_some_is_a_warning(separator: str, is_escaped: bool) -> None:
    written = f"\\u{ord(separator):04x}" if is_escaped or separator == "\0" else separator
    data = GOOD.replace(b"2+2", f"2{written}2".encode())

    result = checked(data)

    assert place(result, "DATA206")[:2] == (1, GOOD.index(b"2+2") + 2)
    assert result.examples == 1


def test_an_escaped_backslash_before_u2028_is_plain_text() -> None:
    result = checked(GOOD.replace(b"2+2", rb"2\\u2028"))

    assert rules_broken(result) == set()


@pytest.mark.parametrize(
    ("written", "at"),
    [(rb"2\\\u2028", 3), ("2\\\\\u2028".encode(), 3), (rb"2\\\\\u2028", 5), (rb"\"\u2029", 2), (rb"\\u2028\u0085", 7)],
)
def test_one_behind_an_escaped_backslash_is_seen_where_it_stands(written: bytes, at: int) -> None:
    result = checked(GOOD.replace(b"2+2", written))

    assert place(result, "DATA206")[:2] == (1, GOOD.index(b"2+2") + 1 + at)


@pytest.mark.parametrize("half", [rb"\ud83d", rb"\ude00", rb"\ud83d x \ude00", rb"\ud83d\ud83d\ude00"])
def test_half_of_a_surrogate_pair_is_an_error(half: bytes) -> None:
    result = checked(GOOD.replace(b"2+2", half))

    assert place(result, "DATA203")[:2] == (1, GOOD.index(b"2+2") + 1)


def test_a_whole_surrogate_pair_is_a_character() -> None:
    result = checked(GOOD.replace(b"2+2", rb"\ud83d\ude00"))

    assert rules_broken(result) == set()
    assert result.input_bytes.total == 4


def test_the_second_of_two_equal_keys_is_shown() -> None:
    line = GOOD.replace(b'"text": "2+2"', b'"text": "a", "text": "b"')

    result = checked(GOOD * 3 + line)

    assert place(result, "DATA204") == (4, line.rindex(b'"text": "b"') + 1, "contents[0].parts[0].text")


@pytest.mark.parametrize("word", [b"NaN", b"Infinity", b"-Infinity"])
def test_numbers_that_json_does_not_have_are_errors(word: bytes) -> None:
    call = b'{"functionCall": {"name": "f", "args": {"x": ' + word + b"}}}"
    line = GOOD.replace(b'{"text": "4"}', call)

    result = checked(line)

    assert place(result, "DATA202")[:2] == (1, line.index(word) + 1)


def test_a_line_of_50_mb_is_counted_and_not_parsed() -> None:
    long = b'{"contents": "' + b"x" * (50 << 20) + b'"}\n'

    result = check(Source.stream(_pieces(GOOD + long + GOOD), "train.jsonl"))

    assert place(result, "DATA114")[0] == 2
    assert (result.examples, result.lines) == (2, 3)
    assert result.identity.size == len(long) + 2 * len(GOOD)


def _pieces(data: bytes) -> Iterator[bytes]:
    return (data[start : start + 100_000] for start in range(0, len(data), 100_000))


@pytest.mark.parametrize("depth", [101, 10_000, 1_000_000])
def test_nesting_without_end_is_an_error_of_its_line(depth: int) -> None:
    deep = b'{"contents": ' + b"[" * depth + b"]" * depth + b"}\n"

    result = checked(GOOD + deep + GOOD)

    assert place(result, "DATA207")[0] == 2
    assert result.examples == 2


def test_brackets_in_a_text_are_no_nesting() -> None:
    result = checked(lines(example("[" * 10_000, '"{' * 200)))

    assert rules_broken(result) == set()


def test_a_number_with_too_many_digits_is_not_read() -> None:
    result = checked(b'{"contents": ' + b"9" * 10_000 + b"}\n")

    assert place(result, "DATA201")[0] == 1


@pytest.mark.parametrize("kept", [None, 20])
def test_compressed_data_is_told_by_its_first_bytes(kept: int | None) -> None:
    result = checked(gzip.compress(GOOD)[:kept])

    assert [(f.rule, f.detail) for f in result.findings] == [("DATA102", "It is gzip.")]


@pytest.mark.parametrize("data", [b"", b"\n\n \r\n", b"\xef\xbb\xbf"])
def test_a_file_without_examples_is_an_error(data: bytes) -> None:
    result = checked(data)

    assert "DATA103" in result.counts
    assert not result.ok


@pytest.mark.parametrize("data", [b"[]", b"[\n]\n"])
def test_an_empty_list_has_no_examples(data: bytes) -> None:
    result = checked(data)

    assert not result.ok
    assert result.examples == 0


def test_a_directory_is_told_as_one(tmp_path: Path) -> None:
    result = check(Source.file(tmp_path))

    assert [(f.rule, f.detail) for f in result.findings] == [("DATA101", "It is a directory.")]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "train.jsonl"
    os.mkfifo(pipe)

    result = check(Source.file(pipe))

    assert [(f.rule, f.detail) for f in result.findings] == [("DATA101", "It is a pipe (FIFO).")]


@pytest.mark.parametrize("name", ["missing.jsonl", "nul\0.jsonl", "x" * 5_000, "/dev/zero"])
def test_a_path_that_is_no_file_is_a_finding(tmp_path: Path, name: str) -> None:
    result = check(Source.file(tmp_path / name))

    assert [f.rule for f in result.findings] == ["DATA101"]
    assert not result.ok


def test_a_file_that_changes_while_it_is_read_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    path.write_bytes(examples(2_000))

    result = check(_GrowingSource("train.jsonl", path=path))

    assert place(result, "DATA108")[0] == 0
    assert not result.ok


class _GrowingSource(Source):
    """A source to whose file somebody appends while it is read."""

    @property
    def is_table(self) -> bool:
        # Asked once the first block was read: a moment in which a file may grow.
        assert self.path is not None
        with self.path.open("ab") as file:
            file.write(GOOD)
        return False


@pytest.mark.parametrize(
    "line",
    [b"null", b"5", b'"text"', b"[]x", b"{", b"}", b"\xff\xfe", b"{'a': 1}", b'{"contents": null}', b'{"": []}'],
)
def test_no_line_whatsoever_ends_the_check(line: bytes) -> None:
    result = checked(GOOD + line + b"\n" + GOOD)

    assert not result.ok
    assert result.examples >= 2
