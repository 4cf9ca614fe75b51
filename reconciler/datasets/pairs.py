"""The examples of a Gemini API `dataFile`: CSV, a JSON list, or JSON lines, whole in memory (at most 4 MB)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from reconciler.core.diagnostics import Diagnostic, ReconcilerError, Severity
from reconciler.datasets.checking import check
from reconciler.datasets.container import Container, container_of
from reconciler.datasets.documents import pieces
from reconciler.datasets.findings import Finding
from reconciler.datasets.formats import Format, Method
from reconciler.datasets.lexical import decode_text
from reconciler.datasets.rows.pairs import pair_of
from reconciler.datasets.rules import RuleSet
from reconciler.datasets.source import Source, UnreadableError, blocks_of_file, open_regular
from reconciler.datasets.table import rows_of_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import Any

MOST_BYTES = 64 << 20
"""A dataFile travels in one request; what is larger than this is no dataFile."""

_HARMLESS = frozenset({"DATA104", "DATA704", "DATA705", "DATA702", "DATA703"})
"""A byte order mark and limits of the service: for `check` to say, no reason not to read the file."""


def read_pairs(path: Path, name: str = "") -> list[tuple[str, str]]:
    """(input, output) of every example, in the order of the file.

    Raises ReconcilerError with a diagnostic for each mistake that leaves an example unread.
    """
    shown = name or str(path)
    data = _read(path, shown)
    source = Source.stream([data], shown)
    checked = check(source, RuleSet.of(Method.PAIRS), sha256=False)
    mistakes = [f for f in checked.findings if f.severity is Severity.ERROR and f.rule not in _HARMLESS]
    if mistakes:
        raise ReconcilerError(*(mistake.diagnostic(shown) for mistake in mistakes))
    return list(_pairs(data, checked.format, is_table=source.is_table))


def _read(path: Path, shown: str) -> bytes:
    try:
        fd = open_regular(path)
    except UnreadableError as exc:
        raise ReconcilerError(_unreadable(shown, str(exc))) from exc
    try:
        data = b"".join(blocks_of_file(fd, 0, MOST_BYTES + 1))
    except OSError as exc:
        raise ReconcilerError(_unreadable(shown, f"{exc.strerror or exc}.")) from exc
    finally:
        os.close(fd)
    if len(data) > MOST_BYTES:
        raise ReconcilerError(_unreadable(shown, f"It has more than {MOST_BYTES:,} bytes."))
    return data


def _unreadable(shown: str, why: str) -> Diagnostic:
    finding = RuleSet().finding("DATA101", why)
    assert isinstance(finding, Finding)
    return finding.diagnostic(shown)


def _pairs(data: bytes, kind: Format, *, is_table: bool) -> Iterator[tuple[str, str]]:
    assert kind is Format.PAIRS
    for row in _rows(data, container_of(data, is_table=is_table)):
        given, output = pair_of(row)
        assert isinstance(given, str)
        assert isinstance(output, str)
        yield given, output


def _rows(data: bytes, container: Container) -> Iterable[dict[str, Any]]:
    if container is Container.TABLE:
        return (record.row for record in rows_of_table([data]) if record.row is not None)
    if container is Container.DOCUMENT:
        decoded = (decode_text(piece.text).row for piece in pieces(iter([data])))
    else:
        decoded = (decode_text(line).row for line in data.decode("utf-8-sig").split("\n") if line.strip())
    return (row for row in decoded if row is not None)
