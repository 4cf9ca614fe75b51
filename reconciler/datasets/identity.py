"""What distinguishes the bytes of one file from those of another: sha256, and crc32c as Cloud Storage has it."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import google_crc32c

from reconciler.datasets.source import BLOCK_BYTES, open_regular

if TYPE_CHECKING:
    import hashlib
    from pathlib import Path

_CASTAGNOLI = 0x82F63B78


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """`sha256` in hexadecimal ("" where it was not asked for), `crc32c` in base64 of its big-endian bytes.

    The part of core's Identity that every file has. A class of its own, so that a check of data loads nothing that
    plans need: core.model takes more memory than the check of a file.
    """

    sha256: str
    crc32c: str
    size: int


def identify(path: Path, *, sha256: bool = True) -> FileIdentity:
    """Digests only, nothing parsed. Raises UnreadableError for all but a regular file."""
    fd = open_regular(path)
    try:
        return _identify(fd, sha256=sha256)
    finally:
        os.close(fd)


def _identify(fd: int, *, sha256: bool) -> FileIdentity:
    hasher = new_sha256() if sha256 else None
    crc = size = 0
    while block := os.read(fd, BLOCK_BYTES):
        crc = google_crc32c.extend(crc, block)
        if hasher:
            hasher.update(block)
        size += len(block)
    return FileIdentity(hasher.hexdigest() if hasher else "", encode_crc32c(crc), size)


def new_sha256() -> hashlib._Hash:
    """A hasher; its library is 4 MB of memory, which only those pay who want the digest."""
    import hashlib

    return hashlib.sha256()


def encode_crc32c(crc: int) -> str:
    """As Cloud Storage writes it in an object's metadata."""
    return base64.b64encode(crc.to_bytes(4, "big")).decode()


def combine_crc32c(first: int, second: int, second_bytes: int) -> int:
    """The checksum of two pieces one after the other, from that of each.

    Feeding zero bytes is linear over bits: the matrix of one zero byte, squared again and again, moves
    `first` past `second_bytes` bytes in some 60 steps, however many they are.
    """
    matrix = _one_zero_byte()
    while second_bytes:
        if second_bytes & 1:
            first = _times(matrix, first)
        matrix = _squared(matrix)
        second_bytes >>= 1
    return first ^ second


def _one_zero_byte() -> list[int]:
    one_bit = [_CASTAGNOLI, *(1 << bit for bit in range(31))]
    return _squared(_squared(_squared(one_bit)))


def _times(matrix: list[int], vector: int) -> int:
    result = 0
    for column in matrix:
        if vector & 1:
            result ^= column
        vector >>= 1
    return result


def _squared(matrix: list[int]) -> list[int]:
    return [_times(matrix, column) for column in matrix]
