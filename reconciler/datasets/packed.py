"""Files whose examples do not stand one a line: JSON documents and tables, read whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.datasets.container import BOM, DOCUMENT_BYTES, documents, list_problem
from reconciler.datasets.findings import Problem
from reconciler.datasets.formats import Format
from reconciler.datasets.lexical import Decoded, decode_text
from reconciler.datasets.table import rows_of_table
from reconciler.datasets.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.datasets.columns import Column
    from reconciler.datasets.examine import Examiner


class PackedScanner:
    """Reads a document or table into memory, up to a bound, and looks at each example in it."""

    def __init__(self, examiner: Examiner, prompts: Column, wholes: Column) -> None:
        self.tally = Tally()
        self._examiner = examiner
        self._prompts = prompts
        self._wholes = wholes

    def document(self, blocks: Iterable[bytes]) -> Tally:
        """A JSON array, or objects over several lines."""
        if self._examiner.format is not Format.PAIRS:
            self._say(Problem("DATA113"), 1)
        text = self._text(blocks)
        broken = list_problem(text)
        if broken is not None:
            self._say(broken, text.count("\n", 0, broken.at) + 1)
        for index, found in documents(text):
            line = text.count("\n", 0, index) + 1
            column = index - (text.rfind("\n", 0, index) + 1)
            decoded = decode_text(" " * column + found.rstrip())
            self._example(decoded, line)
        return self.tally

    def table(self, blocks: Iterable[bytes]) -> Tally:
        """CSV."""
        if self._examiner.format is not Format.PAIRS:
            self._say(Problem("DATA304", detail="A table holds Gemini API pairs only."), 1)
        text = self._text(blocks)
        for line, row, problem in rows_of_table(text):
            if problem is not None:
                self._say(problem, line)
            else:
                self._example(Decoded("", row, ()), line)
        return self.tally

    def _example(self, decoded: Decoded, line: int) -> None:
        measure = self._examiner.decoded(self.tally, decoded, line, -1)
        self._prompts.extend([measure.prompt if measure else 0])
        self._wholes.extend([measure.whole if measure else 0])
        self.tally.lines += 1

    def _text(self, blocks: Iterable[bytes]) -> str:
        kept: list[bytes] = []
        size = 0
        for block in blocks:
            size += len(block)
            if size <= DOCUMENT_BYTES:
                kept.append(block)
        if size > DOCUMENT_BYTES:
            self._say(Problem("DATA114", detail=f"The document has {size:,} bytes."), 1)
            return ""
        return self._decoded(b"".join(kept))

    def _decoded(self, data: bytes) -> str:
        if data.startswith(BOM):
            self._say(Problem("DATA104", at=0), 1)
        try:
            return data.removeprefix(BOM).decode()
        except UnicodeDecodeError as exc:
            line = data.count(b"\n", 0, exc.start) + 1
            self._say(Problem("DATA110", detail=f"Byte {data[exc.start]:02X}: {exc.reason}."), line)
            return ""

    def _say(self, problem: Problem, line: int) -> None:
        self._examiner.say(self.tally, problem, line=line)
