r"""What is learnt of training data, as a digest: equal for two files that differ in their form alone.

Form is how a file is written: line ends, a last newline, a byte order mark, blank lines, the order of keys, white
space between JSON tokens, and escapes (`\u00e9` is `é`). Everything else is content: which rows there are and in
which order, every character inside a text, the order within lists, and numbers as they are written (`1.0` is not
`1`: it is not known what a service makes of it).

A row that is no JSON counts by its bytes less the line end and the white space around it. So does one of more than
8 MiB or of more than 100 levels, which no rule lets into a training. Keys that are given twice stay in their order.

Bytes come in blocks of any size, and one row is held at a time. The recipe stands before the digest, because
digests are kept in locks and markers: another recipe is another name, and is never compared with this one.
"""

from __future__ import annotations

import hashlib
import json
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any

import google_crc32c

from reconciler.core.digest import canonical
from reconciler.core.markers import PAIRS_RECIPE, ROWS_RECIPE
from reconciler.datasets.identity import FileIdentity, encode_crc32c
from reconciler.datasets.lexical import MAX_DEPTH
from reconciler.datasets.lines import MOST_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable

_JSON, _RAW, _LONG = b"j", b"r", b"l"
"""What stands before a row: one of JSON never equals one that is none."""
_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r"


def rows_content(blocks: Iterable[bytes]) -> str:
    """The digest of JSON lines. Errors of `blocks` pass."""
    rows = RowsContent()
    for block in blocks:
        rows.add(block)
    return rows.digest()


def identified_rows(blocks: Iterable[bytes]) -> tuple[FileIdentity, str]:
    """Which bytes they are, and the digest of what they hold, in one pass. Errors of `blocks` pass."""
    rows, sha256, crc, size = RowsContent(), hashlib.sha256(), 0, 0
    for block in blocks:
        rows.add(block)
        sha256.update(block)
        crc = google_crc32c.extend(crc, block)
        size += len(block)
    return FileIdentity(sha256.hexdigest(), encode_crc32c(crc), size), rows.digest()


def pairs_content(pairs: Iterable[tuple[str, str]], *, is_table: bool = False) -> str:
    """The digest of the Gemini API's pairs, which are read out of whatever holds them.

    A line end within a quoted cell of a table is one of the file's: a checkout changes it with the others.
    """
    lines = [[_unix(given), _unix(output)] for given, output in pairs] if is_table else [list(pair) for pair in pairs]
    return f"{PAIRS_RECIPE}:{hashlib.sha256(canonical(lines)).hexdigest()}"


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n")


class RowsContent:
    """The digest of JSON lines that come in blocks of any size."""

    def __init__(self) -> None:
        self._whole = hashlib.sha256()
        self._reader = _Reader()
        self._row: list[bytes] = []
        self._size = 0
        self._long: _LongRow | None = None
        self._is_first = True

    def add(self, block: bytes) -> None:
        """The next bytes of the file."""
        *ended, begun = block.split(b"\n")
        for part in ended:
            self._go_on(part)
            self._end()
        self._go_on(begun)

    def digest(self) -> str:
        """Of all rows; nothing can be added after it."""
        self._end()
        return f"{ROWS_RECIPE}:{self._whole.hexdigest()}"

    def _go_on(self, part: bytes) -> None:
        self._size += len(part)
        if self._long is None and self._size > MOST_BYTES:
            self._long = _LongRow()
            for kept in self._row:
                self._long.add(kept)
            self._row = []
        if self._long is not None:
            self._long.add(part)
        elif part:
            self._row.append(part)

    def _end(self) -> None:
        if self._long is not None:
            self._whole.update(_LONG + self._long.digest() + b"\n")
        else:
            raw = b"".join(self._row)
            text = (raw.removeprefix(_BOM) if self._is_first else raw).strip(_BLANK)
            if text:
                self._whole.update(self._reader.canonical(text))
                self._whole.update(b"\n")
        self._row, self._size, self._long, self._is_first = [], 0, None, False


class _LongRow:
    """The digest of a row that is too long to be held: its bytes less the white space at its end."""

    def __init__(self) -> None:
        self._all = hashlib.sha256()
        self._ended = self._all.copy()

    def add(self, part: bytes) -> None:
        body = part.rstrip(_BLANK)
        if body:
            self._all.update(body)
            self._ended = self._all.copy()
        self._all.update(part[len(body) :])

    def digest(self) -> bytes:
        return self._ended.digest()


def canonical_row(raw: bytes) -> bytes:
    """One spelling of a row without white space around it, whatever its form."""
    return _Reader().canonical(raw)


class _Number(str):
    """As it is written."""

    __slots__ = ()


class _Twice(list[tuple[str, Any]]):
    """An object that gives a key more than once; the values of one key as they came."""


_plainly = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False).encode


class _Reader:
    """JSON without anything lost, one row after the other."""

    def __init__(self) -> None:
        number = self._number
        self._decode = json.JSONDecoder(
            object_pairs_hook=self._object, parse_int=number, parse_float=number, parse_constant=number
        ).decode
        self._is_plain = True

    def canonical(self, raw: bytes) -> bytes:
        """The fast way spells a row as the exact one does, where it has no number and no key twice."""
        self._is_plain = True
        try:
            value = self._decode(raw.decode())
            if self._is_plain and raw.count(b"{") + raw.count(b"[") <= MAX_DEPTH:
                text = _plainly(value)
            else:
                spelt: list[str] = []
                _spell(value, 0, spelt)
                text = "".join(spelt)
        except (ValueError, RecursionError):
            return _RAW + raw
        return _JSON + text.encode(errors="surrogatepass")

    def _number(self, written: str) -> _Number:
        self._is_plain = False
        return _Number(written)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Twice:
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        self._is_plain = False
        return _Twice(pairs)


def _spell(value: Any, depth: int, into: list[str]) -> None:
    """JSON without spaces, keys in the order of code points. Raises ValueError where it is nested too deep."""
    if isinstance(value, _Number):
        into.append(value)
    elif isinstance(value, str):
        into.append(encode_basestring(value))
    elif isinstance(value, (dict, _Twice)):
        _must_fit(depth)
        comma = "{"
        for key, below in sorted(value.items() if isinstance(value, dict) else value, key=lambda item: item[0]):
            into += (comma, encode_basestring(key), ":")
            _spell(below, depth + 1, into)
            comma = ","
        into.append("}" if comma == "," else "{}")
    elif isinstance(value, list):
        _must_fit(depth)
        comma = "["
        for below in value:
            into.append(comma)
            _spell(below, depth + 1, into)
            comma = ","
        into.append("]" if comma == "," else "[]")
    else:
        into.append("null" if value is None else "true" if value else "false")


def _must_fit(depth: int) -> None:
    if depth >= MAX_DEPTH:
        raise ValueError(depth)
