from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.datasets.documents import pieces

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=3), below, max_size=3),
    max_leaves=8,
)


def read(data: bytes, size: int = 1 << 16) -> list[tuple[int, int, object]]:
    blocks = (data[start : start + size] for start in range(0, len(data), size))
    return [(p.line, p.column, p.problem.rule if p.problem else json.loads(p.text)) for p in pieces(blocks)]


@given(st.lists(VALUES, max_size=5), st.integers(1, 9), st.sampled_from([None, 2]), st.booleans())
def test_a_list_is_read_value_by_value_whatever_the_blocks(
    values: list[object], size: int, indent: int | None, has_mark: bool
) -> None:
    data = json.dumps(values, indent=indent, ensure_ascii=False).encode()

    found = read(b"\xef\xbb\xbf" + data if has_mark else data, size)

    assert [value for *_, value in found] == values


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b'[\n {"a": 1},\n {"b": 2}]', [(2, 2, {"a": 1}), (3, 2, {"b": 2})]),
        (b'{\n"a": 1}\n\n{"b": 2} {"c": 3}', [(1, 1, {"a": 1}), (4, 1, {"b": 2}), (4, 10, {"c": 3})]),
        (b"[1 2]", [(1, 2, 1), (1, 4, "DATA201")]),
        (b"[1,]", [(1, 2, 1), (1, 4, "DATA201")]),
        (b"[1,,2]", [(1, 2, 1), (1, 4, "DATA201")]),
        (b"[1", [(1, 2, 1), (1, 3, "DATA201")]),
        (b"[1]\n[2]", [(1, 2, 1), (2, 1, "DATA208")]),
        (b'[{"a":\n x}]', [(2, 2, "DATA201")]),
        (b"[" * 100_000, [(1, 2, "DATA207")]),
        (b'["\xff"]', [(1, 1, "DATA110")]),
        (b"", []),
    ],
)
def test_a_mistake_ends_the_reading_at_its_place(data: bytes, found: list[tuple[int, int, object]]) -> None:
    assert read(data) == found


def test_a_value_without_end_is_not_kept_in_memory() -> None:
    blocks = (b'["' if number == 0 else b"x" * 65_536 for number in range(1_000))

    (piece,) = pieces(blocks)

    assert piece.problem is not None
    assert piece.problem.rule == "DATA114"
    assert sum(1 for _ in blocks) > 500
