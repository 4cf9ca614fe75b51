from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from reconciler.datasets.columns import SPILL, Column, chunks_of, repeated, total_and_distinct

HASHES = st.integers(-(1 << 63), (1 << 63) - 1)


def column(values: list[int], *, is_flushed: bool) -> Column:
    result = Column()
    result.extend(values)
    if is_flushed:
        result.flush()
    return result


@given(st.lists(st.lists(HASHES | st.integers(0, 5), max_size=50), min_size=1, max_size=3), st.booleans())
def test_hashes_are_counted_over_all_parts(parts: list[list[int]], is_flushed: bool) -> None:
    columns = [column(part, is_flushed=is_flushed) for part in parts]
    counts = Counter(value for part in parts for value in part if value)

    assert total_and_distinct(columns) == (counts.total(), len(counts))
    assert repeated(columns, 1_000) == {value for value, count in counts.items() if count > 1}
    assert [value for chunk in chunks_of(columns) for value in chunk] == [v for part in parts for v in part]


def test_more_hashes_than_stay_in_memory_are_counted_alike() -> None:
    values = [(n * 0x9E3779B97F4A7C15) % (1 << 63) for n in range(3 * SPILL)]
    columns = [column(values, is_flushed=False), column([*values[:5], 0], is_flushed=False)]

    assert total_and_distinct(columns) == (3 * SPILL + 3, 3 * SPILL - 1)
    assert repeated(columns, 1_000) == set(values[:5]) - {0}
