"""The format of recordings: a file for each exchange, JSON with an entry a line, so that a diff can be read.

The version stands in every file. A reader refuses what it does not know: an unknown field may be somebody's text.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

FORMAT = 1
SUFFIX = ".json"


class RecordingError(Exception):
    """A file of a recording cannot be read; the text says which, and why."""


class Media(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Bytes that are not kept: how many, and how many lines of JSON where they are that (0: they are not)."""

    bytes: int = 0
    rows: int = 0


class RecordedRequest(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """One request. `path` is percent-encoded; `query` has `name=value` for each, not encoded, in their order."""

    verb: str
    path: str
    query: tuple[str, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    media: Media | None = None

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """Name and value of each."""
        return [tuple(pair.partition("=")[::2]) for pair in self.query]  # type: ignore[misc]


class RecordedAnswer(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """One answer. A stream's `body` is the list of its parts; a page that is not JSON has no body."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    media: Media | None = None


class Exchange(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One request with its answer. `method` is the emulator's name of it, such as `vertex.tuningJobs.get`, or "".

    `order` says of each list in the answer how it was sorted, since pseudonyms sort otherwise.
    """

    format: int = FORMAT
    method: str
    request: RecordedRequest
    answer: RecordedAnswer
    order: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def changes(self) -> bool:
        """Whether it was no mere question."""
        return self.request.verb not in ("GET", "HEAD")


_DECODER = msgspec.json.Decoder(Exchange)


def schema() -> dict[str, Any]:
    """The JSON Schema of one file."""
    return msgspec.json.schema(Exchange)


def encoded(exchange: Exchange) -> bytes:
    """A file's bytes."""
    return msgspec.json.format(msgspec.json.encode(exchange), indent=2) + b"\n"


def file_name(number: int, exchange: Exchange) -> str:
    """`0001-vertex.tuningJobs.create.json`."""
    return f"{number:04d}-{exchange.method or exchange.request.verb.lower()}{SUFFIX}"


def read_folder(folder: Path) -> list[Exchange]:
    """The exchanges of a folder in their order. Raises RecordingError."""
    try:
        files = sorted(p for p in folder.iterdir() if p.suffix == SUFFIX and p.name[:4].isdigit())
    except OSError as error:
        raise RecordingError(f"{folder}: {error.strerror or error}") from error
    if not files:
        raise RecordingError(f"{folder}: holds no exchange; they are called like 0001-vertex.tuningJobs.get{SUFFIX}")
    return [_read(path) for path in files]


def _read(path: Path) -> Exchange:
    try:
        content = path.read_bytes()
        (version,) = _version(content)
        if version != FORMAT:
            raise RecordingError(f"{path}: is of format {version}; this version reads {FORMAT}")
        return _DECODER.decode(content)
    except OSError as error:
        raise RecordingError(f"{path}: {error.strerror or error}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise RecordingError(f"{path}: {error}") from error


class _Versioned(Struct):
    format: int


def _version(content: bytes) -> tuple[int]:
    return (msgspec.json.decode(content, type=_Versioned).format,)
