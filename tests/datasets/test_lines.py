from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from reconciler.datasets.lines import MOST_BYTES, lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@given(st.lists(st.binary(max_size=6), max_size=6), st.integers(1, 7))
def test_lines_are_the_same_whatever_the_blocks(parts: list[bytes], size: int) -> None:
    data = b"\n".join(part.replace(b"\n", b"") for part in parts)
    blocks = [data[start : start + size] for start in range(0, len(data), size)]

    found = [(line.number, line.text) for line in lines_of(blocks)]

    bare = [part.strip(b" \t\r") for part in data.split(b"\n")]
    assert found == list(enumerate(bare, start=1))
    assert all(data[line.offset :].startswith(line.text) for line in lines_of(blocks))


def test_a_mark_in_front_belongs_to_no_line() -> None:
    found = [(line.text, line.offset) for line in lines_of([b"\xef\xbb", b"\xbfa\n\xef\xbb\xbfb"])]

    assert found == [(b"a", 3), (b"\xef\xbb\xbfb", 5)]


def test_memory_does_not_grow_with_a_line() -> None:
    def blocks() -> Iterator[bytes]:
        yield b"first\n"
        for _ in range(80):
            yield bytes(1 << 20)
        yield b"\nlast"

    tracemalloc.start()
    found = [(line.number, line.size, line.is_kept) for line in lines_of(blocks())]
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert found == [(1, 5, True), (2, 80 << 20, False), (3, 4, True)]
    assert most < 3 * MOST_BYTES
