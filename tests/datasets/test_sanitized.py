"""The scan touches nothing but its buffers: called with none that has a byte to spare, under sanitizers in `make fuzz`.

Without them the same calls are made, and what it writes is looked at.
"""

from __future__ import annotations

import ctypes
import os
import random
from pathlib import Path

import pytest

from reconciler.datasets import native
from reconciler.datasets.native.build import SOURCE, compiler
from tests.datasets import sanitized
from tests.datasets.test_one_verdict import FILES, SEEDS, _Maker

IS_SANITIZED = bool(os.environ.get(sanitized.LIBRARY))
GUARD = b"\xa5" * 64

pytestmark = [
    pytest.mark.timeout(0),
    pytest.mark.skipif(not compiler(), reason="there is no C compiler"),
]


class Exact(native.NativeReader):
    """Gives the scan a block that ends with its last LF, and scratch room of just the size that is asked for."""

    def scan(self, lines: bytes, start: int) -> int:
        """How far it came."""
        block = (ctypes.c_char * len(lines)).from_buffer_copy(lines)
        size = len(lines) - start
        # Under a sanitizer the guard would be room to spare.
        scratch = (ctypes.c_char * size).from_buffer_copy(bytes(size)) if IS_SANITIZED else None
        guarded = (ctypes.c_char * (size + len(GUARD))).from_buffer_copy(bytes(size) + GUARD)
        scan = self._lib._c.tuneform_scan
        arguments = (start, len(lines), self._most_bytes, self._watches, self._lib.seed, native.ROOM)
        to = scratch if scratch is not None else guarded
        as_pointer = ctypes.cast(block, ctypes.c_char_p)
        scan(as_pointer, *arguments, to, ctypes.byref(self._entries), ctypes.byref(self._sums))
        assert guarded.raw[size:] == GUARD
        return int(self._sums.stop)


def _library() -> native.Library:
    return native.Library(Path(os.environ.get(sanitized.LIBRARY) or native.LIBRARY))


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("watches", [False, True], ids=["", "with secrets"])
def test_no_byte_beyond_a_buffer_is_touched(seed: int, watches: bool) -> None:
    chance = random.Random(f"exact {seed} {watches}")
    maker, reader = _Maker(chance), Exact(_library(), 1_000_000, watches=watches)

    for _ in range(max(1, FILES // SEEDS)):
        lines = maker.file()
        if chance.random() < 0.3:  # cut anywhere, as a block of a broken file may be
            lines = lines[: chance.randrange(len(lines) + 1)]
        lines = lines.rstrip(b"\n") + b"\n"
        starts = [0, *(i + 1 for i, byte in enumerate(lines[:-1]) if byte == 0x0A)]
        for start in starts:
            stop = reader.scan(lines, start)
            assert start <= stop <= len(lines)
            assert stop == start or lines[stop - 1] == 0x0A


PLANTED = {
    "one byte too many in front of a text without its escapes": (
        "uint8_t *to = reader->scratch;\n    memcpy",
        "uint8_t *to = reader->scratch - 1;\n    memcpy",
    ),
    "one line is looked for behind the last": (
        "while (sums->stop < stop && sums->examples < room)",
        "while (sums->stop <= stop && sums->examples < room)",
    ),
    "words are read across the end": (
        "while (LIKELY(end - at >= 8))",
        "while (LIKELY(end - at >= 1))",
    ),
    "a shift by more bits than there are": (
        "word |= (uint64_t)at[i] << (8 * i)",
        "word |= (uint64_t)at[i] << (64 + i)",
    ),
}


@pytest.mark.slow
@pytest.mark.skipif(IS_SANITIZED, reason="it is what is run")
@pytest.mark.skipif(not sanitized.runtimes(), reason="this compiler has no sanitizers")
@pytest.mark.parametrize("bug", PLANTED)
def test_the_sanitizers_find_a_bug_that_is_planted(bug: str, tmp_path: Path) -> None:
    before, after = PLANTED[bug]
    text = SOURCE.read_text(encoding="utf-8")
    assert text.count(before) == 1
    source = tmp_path / "scan.c"
    source.write_text(text.replace(before, after), encoding="utf-8")

    ended = sanitized.run(120, suites=sanitized.SUITES[:1], source=source)

    assert ended.returncode != 0
    assert "AddressSanitizer" in ended.stderr or "runtime error" in ended.stderr, ended.stdout + ended.stderr


@pytest.mark.slow
@pytest.mark.skipif(IS_SANITIZED, reason="it is what is run")
@pytest.mark.skipif(not sanitized.runtimes(), reason="this compiler has no sanitizers")
def test_they_find_nothing_in_the_scan_as_it_is() -> None:
    ended = sanitized.run(240)

    assert ended.returncode == 0, ended.stdout + ended.stderr
