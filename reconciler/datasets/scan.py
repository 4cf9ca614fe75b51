"""One range of lines, block by block: the fast way where it vouches, the slow way for every other line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.plurals import counted
from reconciler.datasets.container import BOM
from reconciler.datasets.findings import Breach
from reconciler.datasets.formats import Format
from reconciler.datasets.native import NativeReader, library
from reconciler.datasets.refusals import RULE as REFUSES
from reconciler.datasets.refusals import refuses
from reconciler.datasets.tally import Tally
from reconciler.datasets.tokens import BYTES_PER_TOKEN_HIGH

if TYPE_CHECKING:
    from reconciler.datasets.columns import Hashes
    from reconciler.datasets.examine import Examiner
    from reconciler.datasets.vouched import FastPath, Vouched

_LF = ord("\n")

_JOINED_BYTES = 1 << 16
"""A longer piece of a line is not copied again with every block."""

MAX_LINE_BYTES = 1 << 23
"""Longer lines are not parsed, or memory would grow with them."""


def fast_reader(most_bytes: int, *, watches: bool = False) -> FastPath | None:
    """The fastest there is here for examples up to that size; None where `watches` leaves none.

    `watches` is for the rules about secrets and personal data, which in Python look at every text.
    """
    lib = library()
    if lib is not None:
        return NativeReader(lib, most_bytes, watches=watches)
    if watches:
        return None
    # Half a megabyte of decoders that nothing else needs.
    from reconciler.datasets.fast import PythonReader

    return PythonReader(most_bytes)


class Scanner:
    """Takes blocks of bytes that follow each other and adds up what their lines hold."""

    def __init__(self, examiner: Examiner, hashes: Hashes, *, after_bom: bool = False) -> None:
        self.tally = Tally()
        self._examiner = examiner
        self._hashes = hashes
        self._tail: list[bytes] = []
        self._tail_bytes = 0
        self._offset = 0
        self._fast: FastPath | None = None
        if examiner.format is Format.VERTEX_SFT:
            doubtful = int(examiner.rules.limits.tokens_per_example * BYTES_PER_TOKEN_HIGH)
            self._fast = fast_reader(doubtful, watches=examiner.checks_patterns)
        if after_bom:
            self._offset = len(BOM)
            examiner.say(self.tally, Breach("DATA104", at=0), line=1, offset=0)

    def feed(self, block: bytes) -> None:
        """Take the next bytes."""
        if 0 < self._tail_bytes <= _JOINED_BYTES:
            block = b"".join((*self._tail, block))
            self._tail, self._tail_bytes = [], 0
        end = block.rfind(b"\n") + 1
        if not end:
            self._keep(block)
            return
        start = 0
        if self._tail_bytes:
            start = block.find(b"\n") + 1
            self._end_tail(block[:start])
        if start < end:
            self._lines(block, start, end)
        if end < len(block):
            self._keep(block[end:])

    def finish(self) -> Tally:
        """The last line may have no end."""
        if self._tail_bytes:
            self._end_tail(b"")
        if self._fast is not None:
            self.tally.add_sizes(*self._fast.sizes())
        return self.tally

    def _keep(self, piece: bytes) -> None:
        self._tail_bytes += len(piece)
        if self._tail_bytes <= MAX_LINE_BYTES:
            self._tail.append(piece)
        else:
            self._tail = [b""]

    def _end_tail(self, piece: bytes) -> None:
        size = self._tail_bytes + len(piece)
        line = b"".join((*self._tail, piece))
        self._tail, self._tail_bytes = [], 0
        if size <= MAX_LINE_BYTES:
            self._lines(line, 0, len(line))
            return
        problem = Breach("DATA114", detail=f"The line has {counted(size, 'byte')}.")
        self._examiner.say(self.tally, problem, line=self.tally.lines + 1, offset=self._offset)
        self._skip_line(size)

    def _skip_line(self, size: int) -> None:
        self._hashes.add([0], [0])
        self.tally.lines += 1
        self._offset += size

    def _lines(self, block: bytes, start: int, stop: int) -> None:
        """Whole lines; only the very last of a file may lack its end."""
        # One byte is found ten times as fast as two are.
        has_cr = not self.tally.windows_line_end and block.find(b"\r", start, stop) >= 0
        if has_cr and (found := block.find(b"\r\n", start, stop)) >= 0:
            self.tally.windows_line_end = self.tally.lines + 1 + block.count(b"\n", start, found)
        if block[stop - 1] != _LF:
            block, start, stop = block[start:stop] + b"\n", 0, stop - start + 1
        if self._fast is None:
            self._slow_lines(block, start, stop)
        else:
            self._fast_lines(self._fast, block, start, stop)

    def _slow_lines(self, block: bytes, start: int, stop: int) -> None:
        while start < stop:
            end = block.index(b"\n", start) + 1
            self._slow(block[start:end])
            start = end

    def _fast_lines(self, fast: FastPath, block: bytes, start: int, stop: int) -> None:
        """The fast way; where it does not vouch for a line, the slow way for that one."""
        while start < stop:
            vouched = fast.vouch(block, start, stop, wants_labels=self.tally.labels is not None)
            if vouched.examples:
                self._take(vouched, vouched.stop - start)
                start = vouched.stop
            else:
                end = block.index(b"\n", start) + 1
                if not self._is_refusal_alone(fast, block, start, end):
                    self._slow(block[start:end])
                start = end

    def _take(self, vouched: Vouched, size: int) -> None:
        self.tally.add_vouched(vouched, self.tally.lines + 1)
        self._hashes.add(vouched.prompts, vouched.wholes)
        self.tally.lines += vouched.examples
        self._offset += size

    def _is_refusal_alone(self, fast: FastPath, block: bytes, start: int, end: int) -> bool:
        """Take a line that is good but for an answer that begins like a refusal: they may be many.

        Where refusals are errors, so that the example is broken, all of them go the slow way.
        """
        if self._examiner.breaks(REFUSES):
            return False
        vouched, answer = fast.vouch_refusing(block, start, end, wants_labels=self.tally.labels is not None)
        if not vouched.examples:
            return False
        if refuses(answer):
            problem = Breach(REFUSES, ("contents", vouched.turns - 1, "parts", 0))
            raw = block[start:end].rstrip(b"\r\n")
            self._examiner.say_in(self.tally, problem, raw, line=self.tally.lines + 1, offset=self._offset)
        self._take(vouched, end - start)
        return True

    def _slow(self, raw: bytes) -> None:
        line = self.tally.lines + 1
        measure = self._examiner.line(self.tally, raw, line, self._offset)
        self._hashes.add([measure.prompt if measure else 0], [measure.whole if measure else 0])
        self.tally.lines += 1
        self._offset += len(raw)
