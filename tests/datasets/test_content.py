"""The digest of content: no change of form changes it, every change of what is learnt does."""

from __future__ import annotations

import hashlib
import json
import resource
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.datasets.content import canonical_row, identified_rows, pairs_content, rows_content
from reconciler.datasets.lines import MOST_BYTES

_texts = st.text(alphabet=st.characters(exclude_categories=()), max_size=12)
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _texts,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(_texts, below, max_size=4),
    max_leaves=12,
)
_rows = st.lists(st.dictionaries(_texts, _values, min_size=1, max_size=4), min_size=1, max_size=5)
_junk = st.binary(min_size=1, max_size=20).map(lambda raw: b"<" + raw.replace(b"\n", b"").strip(b" \t\r") + b">")


def _plain(rows: list[Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def _digest(data: bytes) -> str:
    return rows_content([data])


class _Writer:
    """Writes the same rows in another form, drawn by hypothesis."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def file(self, rows: list[Any]) -> bytes:
        end = self._draw(st.sampled_from([b"\n", b"\r\n"]))
        bom = self._draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))
        blank = self._draw(st.sampled_from([b"", b"\n", b" \t\n\r\n"]))
        lines = [blank + self._space() + self._value(row).encode() + self._space() for row in rows]
        last = self._draw(st.sampled_from([b"", b"\n", b"\r\n", b"\n\n \n"]))
        return bom + end.join(lines) + last

    def _space(self) -> bytes:
        return self._draw(st.sampled_from([b"", b" ", b"\t "]))

    def _value(self, value: Any) -> str:
        gap = self._draw(st.sampled_from(["", " ", "\t"]))
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, list):
            return f"[{gap}{f'{gap},'.join(map(self._value, value))}{gap}]"
        if isinstance(value, dict):
            keys = self._draw(st.permutations(list(value)))
            inside = f",{gap}".join(f"{self._text(key)}{gap}:{gap}{self._value(value[key])}" for key in keys)
            return f"{{{gap}{inside}{gap}}}"
        return json.dumps(value)

    def _text(self, text: str) -> str:
        how = self._draw(st.sampled_from(["ascii", "plain", "all"]))
        has_half = any(unicodedata.category(c) == "Cs" for c in text)
        if how == "all":
            units = text.encode("utf-16-be", "surrogatepass")
            return '"' + "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2)) + '"'
        return json.dumps(text, ensure_ascii=how == "ascii" or has_half)


@st.composite
def _two_forms(draw: st.DrawFn) -> tuple[list[Any], bytes, bytes]:
    rows = draw(_rows)
    writer = _Writer(draw)
    return rows, writer.file(rows), writer.file(rows)


@given(forms=_two_forms())
def test_the_form_never_changes_it(forms: tuple[list[Any], bytes, bytes]) -> None:
    rows, one, other = forms

    assert _digest(one) == _digest(other) == _digest(_plain(rows))


@given(rows=_rows, other=_rows)
def test_other_rows_are_another_content(rows: list[Any], other: list[Any]) -> None:
    # By what JSON itself can tell apart: 0.0 and -0.0, 1 and 1.0, True and 1 are equal in Python.
    assume(json.dumps(rows, sort_keys=True) != json.dumps(other, sort_keys=True))

    assert _digest(_plain(rows)) != _digest(_plain(other))


@given(rows=_rows, data=st.data())
def test_one_character_more_anywhere_is_another_content(rows: list[Any], data: st.DataObject) -> None:
    spelt = [json.dumps(row, ensure_ascii=True) for row in rows]
    number = data.draw(st.integers(0, len(rows) - 1))
    key = data.draw(st.sampled_from(sorted(rows[number])))
    extra = data.draw(st.sampled_from([" ", "\t", "\n", "\r", "\u00a0", "\u200b", "x", "\u0301"]))
    changed = [*rows[:number], {**rows[number], key: [rows[number][key], extra]}, *rows[number + 1 :]]

    assert _digest("\n".join(spelt).encode()) != _digest(_plain(changed))


@given(rows=_rows, data=st.data())
def test_the_order_of_rows_and_their_number_are_content(rows: list[Any], data: st.DataObject) -> None:
    mixed = data.draw(st.permutations(rows))
    assume([json.dumps(r, sort_keys=True) for r in mixed] != [json.dumps(r, sort_keys=True) for r in rows])

    assert _digest(_plain(mixed)) != _digest(_plain(rows))
    assert _digest(_plain([*rows, rows[0]])) != _digest(_plain(rows))
    assert _digest(_plain(rows[:-1])) != _digest(_plain(rows))


@given(rows=st.lists(_junk | _rows.map(lambda r: json.dumps(r[0]).encode()), max_size=6), data=st.data())
def test_how_the_bytes_are_cut_into_blocks_means_nothing(rows: list[bytes], data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([b"\n", b"\r\n"])).join(rows)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    blocks = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]

    assert rows_content(blocks) == _digest(whole)


def test_the_digest_is_the_same_in_every_version() -> None:
    row = '{"contents": [{"role": "user", "parts": [{"text": "caf\u00e9 \U0001f600 \\n"}]}], "n": 1.50}'
    data = f"{row}\nno json\n".encode()

    spelt = 'j{"contents":[{"parts":[{"text":"caf\u00e9 \U0001f600 \\n"}],"role":"user"}],"n":1.50}\nrno json\n'
    assert _digest(data) == f"rows1:{hashlib.sha256(spelt.encode()).hexdigest()}"
    assert _digest(data) == "rows1:2b3af89665a736cb9cb81e5fdbddff30c73c83fead7d122707f281a24123ede6"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b'{"a": "x y"}', b'{"a": "x  y"}'),
        (b'{"a": " x"}', b'{"a": "x"}'),
        (b'{"a": "x\\r\\ny"}', b'{"a": "x\\ny"}'),
        ('{"a": "caf\u00e9"}'.encode(), '{"a": "cafe\u0301"}'.encode()),
        (b'{"a": "X"}', b'{"a": "x"}'),
        (b'{"a": "1"}', b'{"a": 1}'),
        (b'{"a": 1}', b'{"a": 1.0}'),
        (b'{"a": 1e2}', b'{"a": 100}'),
        (b'{"a": 0}', b'{"a": -0}'),
        (b'{"a": 100000000000000000001}', b'{"a": 100000000000000000002}'),
        (b'{"a": 0.1000000000000000055}', b'{"a": 0.1}'),
        (b'{"a": NaN}', b'{"a": "NaN"}'),
        (b'{"a": null}', b"{}"),
        (b'{"a": true}', b'{"a": 1}'),
        (b'{"a": []}', b'{"a": {}}'),
        (b'{"a": [1, 2]}', b'{"a": [2, 1]}'),
        (b'{"a": 1, "a": 2}', b'{"a": 2, "a": 1}'),
        (b'{"a": 1, "a": 2}', b'{"a": 2}'),
        (b'{"a": 1}\n{"b": 2}', b'{"a": 1, "b": 2}'),
        (b'{"a": 1}\n\n{"a": 1}', b'{"a": 1}'),
        (b'{"a": "\\ud800"}', b'{"a": "\\ud801"}'),
        (b'"{}"', b"{}"),
        (b"not json", b"not  json"),
        (b"caf\xe9", b"caf\xe8"),
        (b'{"a": 1}', b'{"a": 1},'),
        (b'\xef\xbb\xbf\xef\xbb\xbf{"a": 1}', b'{"a": 1}'),
    ],
)
def test_what_is_learnt_may_differ_in_a_hair(one: bytes, other: bytes) -> None:
    assert _digest(one) != _digest(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b'{"b": 1, "a": 2}', b'{"a":2,"b":1}'),
        (b'{"a": "\\u00e9\\/\\u0041"}', '{"a": "\u00e9/A"}'.encode()),
        (b'{"a": "\\uD83D\\ude00"}', '{"a": "\U0001f600"}'.encode()),
        (b'{"a": 1, "b": 0, "a": 2}', b'{"b": 0, "a": 1, "a": 2}'),
        (b"no json \r\n", b" no json"),
        (b"caf\xe9\r\n", b"caf\xe9\n"),
        (b"", b"\xef\xbb\xbf\r\n \n"),
        (b'[{"b": 1.0, "a": []}]', b'[ {"a": [ ], "b": 1.0} ]'),
    ],
)
def test_what_is_form(one: bytes, other: bytes) -> None:
    assert _digest(one) == _digest(other)


@pytest.mark.parametrize("depth", [99, 100, 101, 5_000, 300_000])
def test_no_depth_breaks_it(depth: int) -> None:
    deep = b'{"a":' * depth + b"1" + b"}" * depth
    spaced = deep.replace(b":", b": ")

    assert (_digest(deep) == _digest(spaced)) is (depth <= 100)
    assert _digest(deep) == _digest(deep + b"\r\n")


def test_the_fast_way_spells_a_row_as_the_exact_one() -> None:
    row = '{"b": [{"x": "\\u0001\\u001f\\u007f\\u2028\\"\\\\"}, null, true, [], {}], "a": "\u00e9"}'
    twice = row[:-1] + ', "z": 1}'

    assert canonical_row(twice.encode()) == canonical_row(row.encode())[:-1] + b',"z":1}'


def test_both_digests_are_of_one_pass() -> None:
    data = b'{"a": 1}\r\n{"a": 2}\r\n'

    identity, content = identified_rows([data[:5], data[5:]])

    assert (identity.size, content) == (len(data), _digest(b'{"a":1}\n{"a":2}'))


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b" \t\r\n"])
def test_a_row_that_is_too_long_to_be_held_counts_by_its_bytes(end: bytes) -> None:
    long = b'{"a": "' + b"x" * MOST_BYTES + b'"}'

    assert _digest(long + end) == _digest(long)
    assert _digest(long + end) != _digest(long.replace(b"xx", b"xy", 1) + end)
    assert _digest(long + b"\n" + long) != _digest(long)


_MEASURE = """
import resource, sys
from reconciler.datasets.content import rows_content
def blocks(mb, inside):
    yield b'{"a": "'
    for _ in range(mb * 8):
        yield inside * ((1 << 17) // len(inside))
    yield b'"}\\n'
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
rows_content(blocks(int(sys.argv[1]), sys.argv[2].encode()))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("inside", ["x", " ", "\\u00e9", "[1,"])
def test_a_row_of_200_megabytes_takes_the_memory_of_a_short_one(inside: str) -> None:
    grown = subprocess.run(
        [sys.executable, "-c", _MEASURE, "200", inside], check=True, capture_output=True, text=True
    ).stdout

    assert int(grown) < 120_000  # kilobytes


def test_many_rows_take_the_memory_of_one() -> None:
    def blocks() -> Iterator[bytes]:
        for number in range(40_000):
            yield b'{"contents": "%d"}\n' % number

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rows_content(blocks())

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000


_printable = _texts.map(lambda text: "".join(filter(str.isprintable, text)))
_pairs = st.lists(st.tuples(_printable, _printable), max_size=4)


@given(one=_pairs, other=_pairs)
def test_pairs_are_what_they_say(one: list[tuple[str, str]], other: list[tuple[str, str]]) -> None:
    assert (pairs_content(one) == pairs_content(other)) is (one == other)


def test_line_ends_within_a_cell_are_the_files() -> None:
    unix, windows = [("a\nb", "c\n")], [("a\r\nb", "c\r\n")]

    assert pairs_content(unix, is_table=True) == pairs_content(windows, is_table=True) == pairs_content(unix)
    assert pairs_content(windows) != pairs_content(unix)
