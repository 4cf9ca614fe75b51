"""The media that examples refer to, for whoever can ask whether they exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reconciler.datasets.lexical import decode_line
from reconciler.datasets.rows.fields import list_at, object_at
from reconciler.datasets.rows.measure import parts_of
from reconciler.datasets.spelling import in_camel
from reconciler.datasets.splitting import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.source import Source


class MediaReference(NamedTuple):
    """One fileData of one example."""

    line: int
    uri: str
    mime_type: str


def media_references(source: Source) -> Iterator[MediaReference]:
    """Every fileUri in a file of JSON lines, in its order and as often as it stands there.

    Lines that cannot be read are passed over: `check` tells of them. Raises UnreadableError for what is no
    regular file.
    """
    for line, raw in enumerate(lines_of(source.read()), start=1):
        # Most lines have none, and a search is a hundred times faster than decoding.
        if b"fileUri" in raw or b"file_uri" in raw:
            yield from _of_line(line, raw)


def _of_line(line: int, raw: bytes) -> Iterator[MediaReference]:
    row = in_camel(decode_line(raw).row or {})
    for content in list_at(row, "contents"):
        for part in parts_of(content):
            data = object_at(part, "fileData")
            if isinstance(data.get("fileUri"), str):
                yield MediaReference(line, data["fileUri"], str(data.get("mimeType", "")))
