"""Files that hold no lines of JSON and no table, known by their first bytes; a name for each, and what to do about it.

The table is ours: docs/decisions/0021-a-table-of-first-bytes.md. Every mark is that of the format's own description.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from reconciler.datasets.findings import Breach

COMPRESSED = "DATA102"
NO_EXAMPLES_FILE = "DATA115"

_EXPORT = "Export its examples as JSON lines."
_DESCRIBE = "It is named in examples by fileData, and is none itself."


class _Mark(NamedTuple):
    pattern: re.Pattern[bytes]
    name: str
    advice: str
    rule: str


def _mark(pattern: bytes, name: str, advice: str = _EXPORT, rule: str = NO_EXAMPLES_FILE) -> _Mark:
    return _Mark(re.compile(pattern, re.DOTALL), name, advice, rule)


_MARKS = (
    *(
        _mark(pattern, name, "", COMPRESSED)
        for pattern, name in (
            (rb"\x1f\x8b", "gzip"),
            (rb"\x1f\x9d", "compress (.Z)"),
            (rb"BZh[1-9]", "bzip2"),
            (rb"\xfd7zXZ\0", "xz"),
            (rb"\x5d\0\0", "lzma"),
            (rb"\x28\xb5\x2f\xfd", "zstandard"),
            (rb"\x04\x22\x4d\x18", "lz4"),
            (rb"\xff\x06\0\0sNaPpY", "snappy"),
            (rb"7z\xbc\xaf\x27\x1c", "7-Zip"),
            (rb"Rar!\x1a\x07", "RAR"),
        )
    ),
    *(
        _mark(pattern, name, _DESCRIBE)
        for pattern, name in (
            (rb"\x89PNG\r\n\x1a\n", "a PNG image"),
            (rb"\xff\xd8\xff", "a JPEG image"),
            (rb"GIF8[79]a", "a GIF image"),
            (rb"RIFF....WEBP", "a WebP image"),
            (rb"RIFF....WAVE", "a WAV recording"),
            (rb"RIFF....AVI ", "an AVI video"),
            (rb"\0...ftyp", "a video, a recording or an image (MP4, HEIC)"),
            (rb"\x1aE\xdf\xa3", "a Matroska or WebM video"),
            (rb"ID3[\0-\x09]\0", "an MP3 recording"),
            (rb"OggS\0", "an Ogg recording"),
            (rb"fLaC\0", "a FLAC recording"),
            (rb"II\*\0|MM\0\*", "a TIFF image"),
            (rb"%PDF-", "a PDF"),
        )
    ),
    *(
        _mark(pattern, name)
        for pattern, name in (
            (rb"PAR1", "Apache Parquet"),
            (rb"Obj\x01", "Apache Avro"),
            (rb"ORC[^ -~]", "Apache ORC"),
            (rb"ARROW1\0\0", "Apache Arrow"),
            (rb"FEA1", "Feather"),
            (rb"SQLite format 3\0", "an SQLite database"),
            (rb"\x89HDF\r\n\x1a\n", "HDF5"),
            (rb"\x93NUMPY", "a NumPy array"),
            (rb"\x80[\x02-\x05][\x8c\x95c\]}(K]", "a Python pickle"),
            (rb"\x7fELF", "a program"),
            (rb"\s*<\?xml", "XML"),
        )
    ),
    _mark(rb"[^\0]+\0.{1,254}\0ustar", "a tar archive", "Unpack it."),
    _mark(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file (xls, doc)", "Save its sheet as CSV."),
    _mark(rb"\{\\rtf", "rich text (RTF)", "Save it as plain text, and its examples as JSON lines."),
    _mark(rb"version https://git-lfs\.github\.com/spec/", "a pointer of Git LFS", "Fetch the data: git lfs pull"),
    _mark(rb"/annex/objects/", "a pointer of git-annex", "Fetch the data: git annex get"),
    _mark(rb"(?:outs:|md5: |- md5: ).{0,200}?\bmd5: [0-9a-f]{32}", "a pointer of DVC", "Fetch the data: dvc pull"),
    _mark(rb"<<<<<<< ", "a file with an unresolved merge", "Resolve the merge."),
    _mark(rb"-----BEGIN |age-encryption\.org/", "encrypted, a key or a certificate", "Name the data itself."),
    _mark(
        rb"\s*(?i:<(?:!doctype\s+html|html|head|body)[\s>])",
        "a web page",
        "Was a log-in or an error saved? Download the file itself.",
    ),
)
_OFFICE = ((b"xl/", "an Excel workbook (xlsx)"), (b"word/", "a Word document (docx)"), (b"ppt/", "slides (pptx)"))
_BINARY = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b\b")
_LOOKED_AT = 512


def known_file(start: bytes) -> Breach | None:
    """What the first bytes of a file say that it is, where that is nothing that could be read as examples."""
    if start.startswith(b"PK\x03\x04"):
        return _zipped(start)
    head = start[:_LOOKED_AT].removeprefix(b"\xef\xbb\xbf")
    found = next((mark for mark in _MARKS if mark.pattern.match(head)), None)
    return _problem(found.rule, found.name, found.advice) if found else None


def encoding_of(start: bytes) -> str:
    """UTF-16 or UTF-32, by the mark at the start or by zero bytes where letters have them; "" for neither."""
    if start.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "UTF-32"
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16"
    head = start[:64]
    zeros = {index % 4 for index, byte in enumerate(head) if not byte}
    others = {index % 4 for index, byte in enumerate(head) if byte}
    if len(head) < 4 or not zeros or zeros & others:
        return ""
    return {2: "UTF-16", 3: "UTF-32"}.get(len(zeros), "")


def is_binary(start: bytes) -> bool:
    """Bytes that no text has, and more of them than a slip would leave."""
    head = start[:_LOOKED_AT]
    return sum(byte in _BINARY for byte in head) * 10 > len(head)


def binary_problem() -> Breach:
    """A file of an unknown kind."""
    return _problem(NO_EXAMPLES_FILE, "binary data of a kind that is not known", _EXPORT)


def _zipped(start: bytes) -> Breach:
    for part, name in _OFFICE:
        if part in start:
            return _problem(NO_EXAMPLES_FILE, name, "Save its sheet as CSV, or its examples as JSON lines.")
    if b"mimetypeapplication/vnd.oasis.opendocument" in start:
        return _problem(NO_EXAMPLES_FILE, "an OpenDocument file (ods, odt)", "Save its sheet as CSV.")
    if b"/data.pkl" in start:
        return _problem(NO_EXAMPLES_FILE, "saved tensors of PyTorch", _EXPORT)
    return _problem(COMPRESSED, "zip", "")


def _problem(rule: str, name: str, advice: str) -> Breach:
    return Breach(rule, detail=f"It is {name}.{f' {advice}' if advice else ''}")
