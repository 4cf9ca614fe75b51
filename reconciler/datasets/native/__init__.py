"""The part of `dataset check` that is compiled: scan.c through ctypes.

Whether it is there makes no difference but speed. `library()` is None where it was not built, and where it does
not load, as on another kind of machine; reconciler.datasets.fast does the same in Python then.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import sys
from array import array
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.datasets.sizes import CLASSES, size_of_class
from reconciler.datasets.vouched import Vouched

if TYPE_CHECKING:
    from collections.abc import Iterable

LIBRARY = Path(__file__).with_name("_scan.so")

ROOM = 4096
"""Examples of which one call takes the measures."""


_SEED = int.from_bytes(os.urandom(8), "little", signed=True) | 1
"""The key of the hashes: the same in the workers that this process forks, whenever they load the library."""


class _Sums(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_int64)
        for name in (
            *("stop", "examples", "input_bytes", "output_bytes"),
            *("turns", "multi_turn", "with_system", "largest"),
        )
    ]


_LETS_REFUSE = 2
_BEGINNING = 600
"""Bytes of an answer that are looked at."""
_WRITTEN = re.compile(
    rb'(?:[^"\\\x80-\xff]|\\[^u]|\\u[dD][89abAB]..\\u....|\\u....|[\xc2-\xf4][\x80-\xbf]+(?![\x80-\xbf]))*'
)
"""Whole characters and escapes of a text."""

_ENTRIES = ("inputs", "outputs", "prompts", "wholes", "answers", "answer_sizes")
_CLASSES = ("input_classes", "output_classes")


class _Entries(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in (*_ENTRIES, *_CLASSES)]


class Library:
    """scan.c, with a key of this process for its hashes."""

    def __init__(self, path: Path) -> None:
        self._c = ctypes.CDLL(str(path))
        self._c.tuneform_source.restype = ctypes.c_char_p
        self._hash = self._c.tuneform_hash
        self._hash.restype = ctypes.c_int64
        self._hash.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int64]
        self.scan = self._c.tuneform_scan
        self.scan.restype = None
        self.scan.argtypes = [
            *(ctypes.c_char_p, *6 * (ctypes.c_int64,)),
            *(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p),
        ]
        self._group = self._c.tuneform_group
        self._group.restype = None
        self._group.argtypes = [ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, *3 * (ctypes.c_void_p,)]
        self.seed = _SEED

    @property
    def source(self) -> str:
        """The checksum of the source that it was made of."""
        made_of: bytes = self._c.tuneform_source()
        return made_of.decode()

    def chained(self, texts: Iterable[str], before: int) -> int:
        """One hash of texts in their order, behind `before`; a lone surrogate is a character like others."""
        for text in texts:
            data = text.encode(errors="surrogatepass")
            before = self._hash(data, len(data), before)
        return before

    def folded(self, inner: int, before: int) -> int:
        """One hash of two."""
        folded: int = self._hash(inner.to_bytes(8, sys.byteorder, signed=True), 8, before)
        return folded

    def grouped(self, hashes: array[int], count: int) -> tuple[array[int], array[int]]:
        """(the hashes in `count` groups of equal low bits, the size of each group); count is a power of two."""
        to, sizes, places = (array("q", bytes(8 * size)) for size in (len(hashes), count, count))
        self._group(_address(hashes), len(hashes), count, *map(_address, (to, sizes, places)))
        return to, sizes


def _address(values: array[int]) -> int:
    return values.buffer_info()[0]


PURE = "TUNEFORM_PURE_PYTHON"
"""The variable that takes the way without the library, when it is set to anything."""


@lru_cache(maxsize=1)
def library() -> Library | None:
    """The library where it was built for this kind of machine, unless the environment says to do without."""
    if os.environ.get(PURE):
        return None
    try:
        return Library(LIBRARY)
    except (OSError, AttributeError):
        return None


class NativeReader:
    """Vouches for lines by the library. One for each file: what it writes to is used again for every block."""

    def __init__(self, lib: Library, most_bytes: int, *, watches: bool = False) -> None:
        """`watches` leaves texts in doubt that may hold a secret or personal data."""
        self._lib = lib
        self._most_bytes = most_bytes
        self._watches = watches
        self._sums = _Sums()
        self._columns = {name: array("q", bytes(8 * ROOM)) for name in _ENTRIES}
        self._classes = [array("q", bytes(8 * CLASSES)) for _ in _CLASSES]
        self._entries = _Entries(*map(_address, (*self._columns.values(), *self._classes)))
        self._scratch = bytearray()

    def vouch(self, block: bytes, start: int, stop: int, *, wants_labels: bool) -> Vouched:
        """The lines of block[start:stop], each with its LF, up to the first in doubt or ROOM of them."""
        return self._vouch(block, start, stop, wants_labels=wants_labels, flags=int(self._watches))

    def vouch_refusing(self, block: bytes, start: int, stop: int, *, wants_labels: bool) -> tuple[Vouched, str]:
        """One line, whose answer may begin like a refusal; with the beginning of that answer."""
        flags = int(self._watches) | _LETS_REFUSE
        found = self._vouch(block, start, stop, wants_labels=wants_labels, flags=flags)
        return found, _begun(block, self._columns["answers"][0]) if found.examples else ""

    def _vouch(self, block: bytes, start: int, stop: int, *, wants_labels: bool, flags: int) -> Vouched:
        if len(self._scratch) < stop - start:
            self._scratch = bytearray(stop - start)
        scratch = (ctypes.c_char * len(self._scratch)).from_buffer(self._scratch)
        sums = self._sums
        self._lib.scan(
            *(block, start, stop, self._most_bytes, flags, self._lib.seed, ROOM),
            *(scratch, ctypes.byref(self._entries), ctypes.byref(sums)),
        )
        count = sums.examples
        column = self._columns
        return Vouched(
            *(sums.stop, count, sums.input_bytes, sums.output_bytes, sums.turns, sums.multi_turn),
            *(sums.with_system, sums.largest),
            inputs=column["inputs"][:count],
            outputs=column["outputs"][:count],
            prompts=column["prompts"][:count],
            wholes=column["wholes"][:count],
            labels=self._labels(block, count) if wants_labels else [],
        )

    def sizes(self) -> tuple[dict[int, int], dict[int, int]]:
        """How many examples have a size: of input, of output."""
        given, learnt = self._classes
        return _counts(given), _counts(learnt)

    def _labels(self, block: bytes, count: int) -> list[str]:
        places = zip(self._columns["answers"][:count], self._columns["answer_sizes"][:count], strict=True)
        return [_text(block[at : at + size]) if size >= 0 else "" for at, size in places]


def _begun(block: bytes, at: int) -> str:
    """The beginning of a text that is vouched for, from behind its quote on."""
    found = _WRITTEN.match(block, at, at + _BEGINNING)
    return _text(found.group()) if found else ""


def _counts(classes: array[int]) -> dict[int, int]:
    return {size_of_class(index): count for index, count in enumerate(classes) if count}


def _text(written: bytes) -> str:
    text = written.decode()
    return json.loads(f'"{text}"') if "\\" in text else text
