"""A large local file in ranges of lines, one for each worker, and its sha256 beside them."""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING, NamedTuple

import google_crc32c

from reconciler.datasets.columns import Columns, Hashes
from reconciler.datasets.container import BOM
from reconciler.datasets.identity import FileIdentity, combine_crc32c, encode_crc32c, new_sha256
from reconciler.datasets.parallel import Worker, WorkerError, start
from reconciler.datasets.scan import Scanner
from reconciler.datasets.source import BLOCK_BYTES, blocks_of_file
from reconciler.datasets.tally import Tally

if TYPE_CHECKING:
    from reconciler.datasets.examine import Examiner


_YIELDS = 10
"""How far (nice) further ranges stand back: on two processors sha256 is done last unless it has one for itself."""


class Scanned(NamedTuple):
    """What one pass over a file has found."""

    tally: Tally
    columns: Columns
    identity: FileIdentity


class Range(NamedTuple):
    """Bytes from the start of a line to the end of another, and where the hashes of its lines go."""

    start: int
    stop: int
    hashes: Hashes


class RangeResult(NamedTuple):
    """What the worker of a range hands back."""

    tally: Tally
    crc32c: int
    size: int
    hashes: tuple[int, int]


def scan_file(fd: int, size: int, examiner: Examiner, *, workers: int, sha256: bool, has_bom: bool) -> Scanned | None:
    """The whole file in one pass; None where a worker died, so that the caller does it alone.

    The first range is read in this process, so one worker means no fork but the one for sha256, which cannot
    be computed in pieces, and whose library is the largest thing there is here.
    """
    skipped = len(BOM) if has_bom else 0
    ranges = _ranges(fd, skipped, size, workers)
    hasher = start(lambda: _sha256(fd, size)) if sha256 else None
    others = [_start_range(fd, part, examiner) for part in ranges[1:]]
    first = _scan_range(fd, ranges[0], examiner)
    try:
        results = [first, *(_result(worker) for worker in others)]
        digest = hasher.answer().decode() if hasher else ""
    except WorkerError:
        return None
    for part, result in zip(ranges[1:], results[1:], strict=True):
        part.hashes.adopt(result.hashes)
    columns = Columns([part.hashes for part in ranges])
    return Scanned(*_joined(results, columns, digest, skipped))


def _joined(
    results: list[RangeResult], columns: Columns, digest: str, skipped: int
) -> tuple[Tally, Columns, FileIdentity]:
    tally = results[0].tally
    crc = google_crc32c.value(BOM[:skipped])
    size = skipped
    for index, result in enumerate(results):
        if index:
            tally.absorb(result.tally, bytes_before=size)
        crc = combine_crc32c(crc, result.crc32c, result.size)
        size += result.size
    return tally, columns, FileIdentity(digest, encode_crc32c(crc), size)


def _ranges(fd: int, start_at: int, size: int, workers: int) -> list[Range]:
    places = [start_at]
    for index in range(1, workers):
        place = _after_line_end(fd, size * index // workers, size)
        if places[-1] < place < size:
            places.append(place)
    ends = [*places[1:], size]
    return [Range(a, b, Hashes.on_disk()) for a, b in zip(places, ends, strict=True)]


def _after_line_end(fd: int, position: int, size: int) -> int:
    while position < size:
        block = os.pread(fd, BLOCK_BYTES, position)
        found = block.find(b"\n")
        if found >= 0 or not block:
            return position + found + 1
        position += len(block)
    return size


def _start_range(fd: int, part: Range, examiner: Examiner) -> Worker:
    def work() -> bytes:
        os.nice(_YIELDS)
        result = _scan_range(fd, part, examiner)
        part.hashes.flush()
        return pickle.dumps(result)

    return start(work)


def _result(worker: Worker) -> RangeResult:
    result: RangeResult = pickle.loads(worker.answer())  # noqa: S301 - our own fork wrote it
    return result


def _scan_range(fd: int, part: Range, examiner: Examiner) -> RangeResult:
    # Only the first range starts behind a byte order mark, and only then at a byte below four.
    scanner = Scanner(examiner, part.hashes, after_bom=part.start == len(BOM))
    crc = size = 0
    for block in blocks_of_file(fd, part.start, part.stop):
        crc = google_crc32c.extend(crc, block)
        size += len(block)
        scanner.feed(block)
    return RangeResult(scanner.finish(), crc, size, part.hashes.lengths)


def _sha256(fd: int, size: int) -> bytes:
    hasher = new_sha256()
    for position in range(0, size, BLOCK_BYTES):
        hasher.update(os.pread(fd, min(BLOCK_BYTES, size - position), position))
    return hasher.hexdigest().encode()
