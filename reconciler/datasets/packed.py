"""Files whose examples do not stand one a line: JSON documents and tables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.datasets.container import BOM
from reconciler.datasets.documents import pieces
from reconciler.datasets.findings import Breach
from reconciler.datasets.formats import Format
from reconciler.datasets.lexical import Decoded, decode_text
from reconciler.datasets.table import rows_of_table
from reconciler.datasets.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.columns import Hashes
    from reconciler.datasets.examine import Examiner


class PackedScanner:
    """Looks at each example of a document or table as it goes by."""

    def __init__(self, examiner: Examiner, hashes: Hashes) -> None:
        self.tally = Tally()
        self._examiner = examiner
        self._hashes = hashes

    def document(self, blocks: Iterator[bytes]) -> Tally:
        """A JSON list, or objects over several lines."""
        if self._examiner.format is not Format.PAIRS:
            self._say(Breach("DATA113"), 1)
        for line, column, text, problem in pieces(self._marked(blocks)):
            if problem is not None:
                self._say(problem._replace(at=column - 1), line)
            else:
                self._example(replace(decode_text(text), column=column), line)
        return self.tally

    def table(self, blocks: Iterator[bytes]) -> Tally:
        """CSV."""
        if self._examiner.format is not Format.PAIRS:
            self._say(Breach("DATA304", detail="A table holds Gemini API pairs only."), 1)
        for line, row, problem in rows_of_table(self._marked(blocks)):
            if problem is not None:
                self._say(problem, line)
            else:
                self._example(Decoded("", row, ()), line)
        return self.tally

    def _example(self, decoded: Decoded, line: int) -> None:
        measure = self._examiner.decoded(self.tally, decoded, line, -1)
        self._hashes.add([measure.prompt if measure else 0], [measure.whole if measure else 0])
        self.tally.lines += 1

    def _marked(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        first = next(blocks, b"")
        if first.startswith(BOM):
            self._say(Breach("DATA104", at=0), 1)
        yield first
        yield from blocks

    def _say(self, problem: Breach, line: int) -> None:
        self._examiner.say(self.tally, problem, line=line)
