"""scan.c: that it is the one in use, and that its columns and classes are those of Python."""

from __future__ import annotations

import shlex
import subprocess
from array import array
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.datasets import native, sizes
from reconciler.datasets.columns import _grouped
from reconciler.datasets.native import build
from reconciler.datasets.native.build import checksum, compiler
from tests.datasets.rows import example, lines

needs_compiler = pytest.mark.skipif(not compiler(), reason="There is no C compiler here.")


def library() -> native.Library:
    found = native.library()
    assert found is not None
    return found


@needs_compiler
def test_the_library_was_made_of_the_source_that_lies_beside_it() -> None:
    assert library().source == checksum()


@needs_compiler
def test_it_compiles_without_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", shlex.join([*compiler(), "-Wall", "-Wextra", "-Wconversion", "-Werror"]))

    assert build.build(tmp_path / "scan.so")
    assert native.Library(tmp_path / "scan.so").source == checksum()


def test_without_a_compiler_an_old_library_does_not_stay_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "scan.so"
    old.write_bytes(b"of another source")
    monkeypatch.setenv("CC", "no-such-compiler")

    assert not build.build(old)
    assert not old.exists()


def test_a_source_that_does_not_compile_leaves_the_old_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "scan.so"
    old.write_bytes(b"of another source")
    monkeypatch.setenv("CC", "false")

    with pytest.raises(subprocess.CalledProcessError):
        build.build(old)

    assert old.read_bytes() == b"of another source"
    assert list(tmp_path.iterdir()) == [old]


def test_a_library_for_another_machine_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    foreign = tmp_path / "scan.so"
    foreign.write_bytes(b"not for this machine")
    monkeypatch.setattr(native, "LIBRARY", foreign)
    native.library.cache_clear()

    assert native.library() is None
    native.library.cache_clear()


@needs_compiler
@given(st.lists(st.integers(-(1 << 63), (1 << 63) - 1), max_size=200), st.integers(0, 6).map(lambda bits: 1 << bits))
def test_hashes_are_grouped_as_in_python(hashes: list[int], count: int) -> None:
    values = array("q", hashes)

    assert library().grouped(values, count) == _grouped(values, count)


@needs_compiler
@given(st.lists(st.integers(1, 200_000), min_size=1, max_size=5))
def test_sizes_are_counted_by_the_same_classes_as_in_python(lengths: list[int]) -> None:
    reader = native.NativeReader(library(), 1_000_000)
    data = lines(*(example("x" * length, "y") for length in lengths))
    wanted: dict[int, int] = {}
    sizes.count(wanted, lengths)

    reader.vouch(data, 0, len(data), wants_labels=False)

    assert reader.sizes() == (wanted, {1: len(lengths)})


@given(st.integers(0, (1 << 63) - 1))
def test_a_size_stands_for_itself_to_within_a_hundredth(size: int) -> None:
    assert abs(sizes.rounded(size) - size) <= size / 100
    assert size >= sizes.EXACT or sizes.rounded(size) == size
    assert sizes.rounded(sizes.rounded(size)) == sizes.rounded(size)
