"""One range of lines, block by block: the fast way where it vouches, the slow way for every other line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.datasets.container import BOM
from reconciler.datasets.fast import FastBlock, SkimmedBlock, read_block, skim_block
from reconciler.datasets.findings import Problem
from reconciler.datasets.formats import Format
from reconciler.datasets.source import BLOCK_BYTES
from reconciler.datasets.tally import Tally
from reconciler.datasets.tokens import BYTES_PER_TOKEN_HIGH
from reconciler.datasets.written import hash_of_line, hashes_of_lines

if TYPE_CHECKING:
    from reconciler.datasets.columns import Hashes
    from reconciler.datasets.examine import Examiner

MAX_LINE_BYTES = 1 << 23
"""Longer lines are not parsed, or memory would grow with them."""

KEYS_COUNTED_BYTES = 1 << 23
KEYS_SAMPLED = 32
"""Keys given twice are looked for in the first 8 MiB of each worker, then in one block of 32."""

SIZES_SAMPLED = 32
"""Of a sampled file the sizes of examples are counted in one block of 32."""


class Scanner:
    """Takes blocks of bytes that follow each other and adds up what their lines hold."""

    def __init__(
        self, examiner: Examiner, hashes: Hashes, *, after_bom: bool = False, is_sampled: bool = False
    ) -> None:
        self.tally = Tally()
        self._examiner = examiner
        self._hashes = hashes
        self._tail: list[bytes] = []
        self._tail_bytes = 0
        self._offset = 0
        self._blocks = -1
        self._fast = examiner.format is Format.VERTEX_SFT and not examiner.checks_patterns
        self._is_sampled = is_sampled and self._fast
        if after_bom:
            self._offset = len(BOM)
            examiner.say(self.tally, Problem("DATA104", at=0), line=1, offset=0)
        self._doubtful = int(examiner.rules.limits.tokens_per_example * BYTES_PER_TOKEN_HIGH)

    def feed(self, block: bytes) -> None:
        """Take the next bytes."""
        end = block.rfind(b"\n") + 1
        if not end:
            self._keep(block)
            return
        if self._tail_bytes > BLOCK_BYTES:
            start = block.find(b"\n") + 1
            self._end_tail(block[:start])
            if start < end:
                self._lines(block[start:end])
        elif self._tail_bytes:
            self._end_tail(block[:end])
        else:
            self._lines(block[:end])
        if end < len(block):
            self._keep(block[end:])

    def finish(self) -> Tally:
        """The last line may have no end."""
        if self._tail_bytes:
            self._end_tail(b"")
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
            self._lines(line)
            return
        problem = Problem("DATA114", detail=f"The line has {size:,} bytes.")
        self._examiner.say(self.tally, problem, line=self.tally.lines + 1, offset=self._offset)
        self._skip_line(size)

    def _skip_line(self, size: int) -> None:
        self._hashes.add([0], [0], [0])
        self.tally.lines += 1
        self._offset += size

    def _lines(self, block: bytes) -> None:
        """Whole lines; only the very last of a file may lack its end."""
        # In good JSON a bare CR stands nowhere but at the end of a line.
        if not self.tally.windows_line_end and b"\r" in block:
            self.tally.windows_line_end = self.tally.lines + 1 + block.count(b"\n", 0, block.index(b"\r"))
        self._blocks += 1
        if self._fast:
            whole = block if block.endswith(b"\n") else block + b"\n"
            self._halves(whole, counts_keys=self._counts_keys())
        else:
            for line in _split(block):
                self._slow(line)

    def _halves(self, block: bytes, *, counts_keys: bool) -> None:
        """The fast way; where it does not vouch for a block, half by half down to the line in doubt."""
        if self._is_sampled:
            skimmed = skim_block(
                block, self._doubtful, counts_keys=counts_keys, wants_answers=self.tally.labels is not None
            )
            if skimmed is not None:
                self._take_skimmed(skimmed, block)
                return
        else:
            fast = read_block(block, self._doubtful, counts_keys=counts_keys)
            if fast is not None:
                self._take(fast, block)
                return
        middle = block.find(b"\n", len(block) // 2) + 1
        if middle in {0, len(block)}:
            middle = block.rfind(b"\n", 0, len(block) - 1) + 1
        if not middle:
            self._slow(block)
            return
        self._halves(block[:middle], counts_keys=counts_keys)
        self._halves(block[middle:], counts_keys=counts_keys)

    def _counts_keys(self) -> bool:
        is_sampled = self._blocks % KEYS_SAMPLED == 0
        return is_sampled or self._offset < KEYS_COUNTED_BYTES or self._examiner.is_strict_about_keys

    def _take(self, fast: FastBlock, block: bytes) -> None:
        self.tally.add_fast(fast, self.tally.lines + 1)
        self._hashes.add(fast.prompts, fast.wholes, hashes_of_lines(block, fast.ends))
        self.tally.lines += len(fast.inputs)
        self._offset += len(block)

    def _take_skimmed(self, skimmed: SkimmedBlock, block: bytes) -> None:
        first_line = self.tally.lines + 1
        may_be_longest = skimmed.longest_line > self.tally.longest_from
        measured = read_block(block, self._doubtful, counts_keys=False) if may_be_longest or self._is_sized() else None
        if measured is not None and may_be_longest:
            lines = range(first_line, first_line + skimmed.examples)
            self.tally.add_longest(measured.inputs, measured.outputs, lines)
        self.tally.add_skimmed(skimmed, first_line, measured=measured if self._is_sized() else None)
        self._hashes.add(skimmed.prompts, skimmed.wholes, hashes_of_lines(block, skimmed.ends))
        self.tally.lines += skimmed.examples
        self._offset += len(block)

    def _is_sized(self) -> bool:
        return not self._is_sampled or self._blocks % SIZES_SAMPLED == 0

    def _slow(self, raw: bytes) -> None:
        line = self.tally.lines + 1
        measure = self._examiner.line(self.tally, raw, line, self._offset, is_sized=self._is_sized())
        prompt, whole = (measure.prompt, measure.whole) if measure else (0, 0)
        written = hash_of_line(raw.removesuffix(b"\n")) if whole else 0
        is_sample = not self._is_sampled
        self._hashes.add([prompt] if is_sample else [], [whole] if is_sample else [], [written])
        self.tally.lines += 1
        self._offset += len(raw)


def _split(block: bytes) -> list[bytes]:
    """Lines with their ends; only LF ends a line, a CR alone does not."""
    lines = block.split(b"\n")
    last = lines.pop()
    return [line + b"\n" for line in lines] + ([last] if last else [])
