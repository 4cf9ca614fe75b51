"""The one pass over training data: rules, counts, sizes, duplicates and digests together."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

import google_crc32c

from reconciler.datasets.checked import UNREADABLE, Checked, Distribution
from reconciler.datasets.columns import Columns, Hashes
from reconciler.datasets.container import BOM, SNIFFED_BYTES, Container, container_of, start_of, unreadable
from reconciler.datasets.documents import pieces
from reconciler.datasets.examine import Examiner
from reconciler.datasets.findings import Breach
from reconciler.datasets.formats import ACCEPTED, HAVE_NO_ANSWERS, Format, recognise
from reconciler.datasets.identity import FileIdentity, encode_crc32c, new_sha256
from reconciler.datasets.kinds import NO_FORMAT, unknown_row
from reconciler.datasets.lexical import decode_line, decode_text
from reconciler.datasets.packed import PackedScanner
from reconciler.datasets.parallel import can_fork
from reconciler.datasets.ranges import Scanned, scan_file
from reconciler.datasets.rules import RuleSet
from reconciler.datasets.scan import Scanner
from reconciler.datasets.source import (
    BLOCK_BYTES,
    FileState,
    Source,
    UnreadableError,
    blocks_of_chunks,
    blocks_of_file,
    open_regular,
)
from reconciler.datasets.tally import Tally
from reconciler.datasets.whole import say_whole_file

if TYPE_CHECKING:
    from collections.abc import Iterator

_OF_GEMINI = frozenset({Format.VERTEX_SFT, Format.PREFERENCE, Format.PAIRS, Format.JUDGED_PROMPTS})
_UNREAD = frozenset({Container.FOREIGN, Container.EMPTY})

FORK_FROM_BYTES = 8 << 20
"""Smaller files are done before a second process has started."""

SNIFFED_LINES = 50


def check(
    source: Source,
    rules: RuleSet | None = None,
    *,
    workers: int | None = None,
    sha256: bool = True,
) -> Checked:
    """Check training data of any size in one pass and bounded memory.

    Never raises for anything in the data or about the file: what is wrong is a finding. `workers` is for
    local files of more than FORK_FROM_BYTES; by default one for each processor, at most two. `sha256` is
    the dearest of the digests; leave it out where crc32c is enough.
    """
    chosen = rules or RuleSet()
    if source.chunks is not None:
        scan = _Scan(source, chosen)
        return scan.finish(scan.blocks(blocks_of_chunks(source.chunks), sha256=sha256))
    assert source.path is not None
    try:
        fd = open_regular(source.path)
    except UnreadableError as exc:
        return _unreadable(source, chosen, str(exc))
    try:
        return _check_file(source, chosen, fd, workers or min(2, os.cpu_count() or 1), sha256=sha256)
    except OSError as exc:
        return _unreadable(source, chosen, f"{exc.strerror or exc}.")
    finally:
        os.close(fd)


def _check_file(source: Source, rules: RuleSet, fd: int, workers: int, *, sha256: bool) -> Checked:
    stamp = FileState.of(fd)
    scan = _Scan(source, rules)
    scanned = None
    if stamp.size > FORK_FROM_BYTES and can_fork():
        scanned = scan.ranges(fd, stamp.size, workers, sha256=sha256)
    if scanned is None:
        scanned = scan.blocks(blocks_of_file(fd, 0, stamp.size), sha256=sha256)
    checked = scan.finish(scanned)
    changed = rules.finding("DATA108")
    if changed and (FileState.of(fd) != stamp or checked.identity.size != stamp.size):
        counts = {**checked.counts, changed.rule: 1}
        return replace(checked, findings=(changed, *checked.findings), counts=counts)
    return checked


def _unreadable(source: Source, rules: RuleSet, why: str) -> Checked:
    finding = rules.finding(UNREADABLE, why)
    findings = (finding,) if finding else ()
    counts = {UNREADABLE: len(findings)}
    return Checked(source.name, Format.UNKNOWN, FileIdentity("", "", 0), findings, counts, rules.limits)


class _Digests:
    """Checksums of blocks on their way to somebody else."""

    def __init__(self, *, sha256: bool) -> None:
        self._crc = 0
        self._size = 0
        self._sha256 = new_sha256() if sha256 else None

    def watch(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """The same blocks."""
        for block in blocks:
            self._crc = google_crc32c.extend(self._crc, block)
            self._size += len(block)
            if self._sha256:
                self._sha256.update(block)
            yield block

    @property
    def identity(self) -> FileIdentity:
        """Of everything so far."""
        digest = self._sha256.hexdigest() if self._sha256 else ""
        return FileIdentity(digest, encode_crc32c(self._crc), self._size)


class _Scan:
    """One file on its way from bytes to a result."""

    def __init__(self, source: Source, rules: RuleSet) -> None:
        self._source = source
        self._rules = rules
        self._examiner = Examiner(rules, Format.UNKNOWN)
        self._container = Container.EMPTY
        self._holds = ""
        """What examples of no known format seem to be."""

    def _sniff(self, first: bytes) -> None:
        self._container = container_of(first, is_table=self._source.is_table)
        kind = _format_of(first, self._container, self._source, self._rules)
        if kind is Format.UNKNOWN and self._container is not Container.FOREIGN:
            rows = (row for row in _first_rows(first, self._container) if isinstance(row, dict))
            self._holds = unknown_row(next(rows, {}))
        self._examiner = Examiner(self._rules, kind)

    def ranges(self, fd: int, size: int, workers: int, *, sha256: bool) -> Scanned | None:
        """A large local file by lines; None where it is packed otherwise, or a worker died."""
        first = os.pread(fd, SNIFFED_BYTES, 0)
        self._sniff(first)
        if self._container is not Container.LINES:
            return None
        return scan_file(fd, size, self._examiner, workers=workers, sha256=sha256, has_bom=first.startswith(BOM))

    def blocks(self, raw: Iterator[bytes], *, sha256: bool) -> Scanned:
        """Any file, from its first byte to its last."""
        digests = _Digests(sha256=sha256)
        watched = digests.watch(raw)
        first = start_of(watched)
        self._sniff(first)
        rest = chain((first[i : i + BLOCK_BYTES] for i in range(0, len(first), BLOCK_BYTES)), watched)
        hashes = Hashes.in_memory()
        tally = self._scan(first, rest, hashes)
        # What is not looked at still belongs to the digests.
        for _ in rest:
            pass
        return Scanned(tally, Columns([hashes]), digests.identity)

    def _scan(self, first: bytes, blocks: Iterator[bytes], hashes: Hashes) -> Tally:
        match self._container:
            case Container.LINES:
                return _scan_lines(blocks, self._examiner, hashes)
            case Container.DOCUMENT:
                return PackedScanner(self._examiner, hashes).document(blocks)
            case Container.TABLE:
                return PackedScanner(self._examiner, hashes).table(blocks)
            case Container.FOREIGN:
                tally = Tally()
                self._examiner.say(tally, unreadable(first), line=0)
                return tally
            case Container.EMPTY:
                return Tally()

    def finish(self, scanned: Scanned) -> Checked:
        """Say what can be said once everything is counted."""
        tally, columns, identity = scanned
        self._say_format(tally)
        size = identity.size
        repeats = say_whole_file(self._examiner, tally, columns, name=self._source.name, size=size)
        findings = sorted(tally.findings, key=lambda f: (f.line, f.column, f.severity.rank, f.rule))
        return Checked(
            name=self._source.name,
            format=self._examiner.format,
            identity=identity,
            findings=tuple(findings),
            counts=dict(sorted(tally.counts.items())),
            limits=self._rules.limits,
            examples=tally.examples,
            lines=tally.lines,
            input_total=tally.input_bytes,
            output_total=tally.output_bytes,
            input_bytes=Distribution.of(tally.input_sizes),
            output_bytes=Distribution.of(tally.output_sizes),
            longest=tuple((line, size) for size, line in tally.longest),
            turns=tally.turns,
            multi_turn=tally.multi_turn,
            with_system=tally.with_system,
            with_tools=tally.with_tools,
            with_settings=tally.with_settings,
            with_media=tally.with_media,
            media=dict(tally.media),
            resolutions=dict(tally.resolutions),
            labels=tally.labels,
            long_answers=tally.long_answers,
            duplicates=repeats,
            columns=columns,
        )

    def _say_format(self, tally: Tally) -> None:
        kind = self._examiner.format
        if kind in self._rules.accepted or self._container in _UNREAD:
            return
        if kind in HAVE_NO_ANSWERS or kind is Format.UNKNOWN:
            self._examiner.say(tally, Breach(NO_FORMAT, detail=HAVE_NO_ANSWERS.get(kind, self._holds)), line=1)
            return
        accepted = " or ".join(format_.title for format_ in self._rules.accepted)
        rule = "DATA304" if kind in _OF_GEMINI else "DATA301"
        problem = Breach(rule, detail=f"The examples are {kind.title}, not {accepted}.")
        self._examiner.say(tally, problem, line=1)


def _scan_lines(blocks: Iterator[bytes], examiner: Examiner, hashes: Hashes) -> Tally:
    first = next(blocks, b"")
    has_bom = first.startswith(BOM)
    scanner = Scanner(examiner, hashes, after_bom=has_bom)
    scanner.feed(first.removeprefix(BOM))
    for block in blocks:
        scanner.feed(block)
    return scanner.finish()


def _format_of(first: bytes, container: Container, source: Source, rules: RuleSet) -> Format:
    """The hint, else the first example that can be recognised, else what the method wants."""
    if source.format is not None:
        return source.format
    if container is Container.TABLE:
        return Format.PAIRS
    if container is Container.FOREIGN:
        return Format.UNKNOWN
    rows = [row for row in _first_rows(first, container) if isinstance(row, dict)]
    known = next((kind for row in rows if (kind := recognise(row, rules.method)) is not Format.UNKNOWN), None)
    if known is not None or rows:
        return known or Format.UNKNOWN
    return ACCEPTED[rules.method][0] if rules.method else Format.VERTEX_SFT


def _first_rows(first: bytes, container: Container) -> Iterator[object]:
    data = first.removeprefix(BOM)
    if container is Container.DOCUMENT:
        yield from (decode_text(piece.text).row for piece in pieces(iter([first])) if not piece.problem)
    elif container is Container.LINES:
        for line in data.split(b"\n")[:SNIFFED_LINES]:
            yield decode_line(line).row
