"""Contents in place of those that no recording keeps: as many bytes, and as many examples to train on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from reconciler.emulator.messages import Request, Response
from reconciler.emulator.recording.exchange import Media

Json = dict[str, Any]

_BOUNDARY = "recorded"
_MOST_BYTES = 64 << 20
_PREFERENCE = "preferenceOptimizationSpec"
_URIS = (("trainingDatasetUri", False), ("validationDatasetUri", True))


def content(media: Media) -> bytes:
    """As many bytes as there were: empty lines, which are no example of anything."""
    return b"\n" * min(media.bytes, _MOST_BYTES)


def with_media(described: bytes, media: bytes, headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    """Body and headers of an upload, in one piece with its metadata where it has any."""
    if not described:
        return media, headers
    parts = [
        f"--{_BOUNDARY}\r\ncontent-type: application/json\r\n\r\n".encode() + described,
        f"--{_BOUNDARY}\r\ncontent-type: application/octet-stream\r\n\r\n".encode() + media,
        f"--{_BOUNDARY}--\r\n".encode(),
    ]
    return b"\r\n".join(parts), {**headers, "content-type": f"multipart/related; boundary={_BOUNDARY}"}


def datasets_of(body: Any) -> list[tuple[str, bool]]:
    """The data that a create names, and of each whether it validates."""
    specs = [value for value in body.values() if isinstance(value, dict)] if isinstance(body, dict) else []
    found = [(spec.get(key), is_validation) for spec in specs for key, is_validation in _URIS]
    return [(uri, is_validation) for uri, is_validation in found if isinstance(uri, str) and uri.startswith("gs://")]


def examples(body: Json, rows: int, *, is_validation: bool) -> bytes:
    """So many examples of the kind that the method learns from."""
    first = 100_000 if is_validation else 0
    return "".join(json.dumps(_row(first + n, _PREFERENCE in body)) + "\n" for n in range(rows)).encode()


def _row(number: int, is_preference: bool) -> Json:
    question = {"role": "user", "parts": [{"text": f"What is the number after {number}?"}]}
    answer = {"role": "model", "parts": [{"text": f"It is {number + 1}."}]}
    if not is_preference:
        return {"contents": [question, answer]}
    worse = {"role": "model", "parts": [{"text": f"It is {number}."}]}
    return {
        "contents": [question],
        "completions": [{"score": 1.0, "completion": answer}, {"score": 0.0, "completion": worse}],
    }


def lay(handle: Callable[[Request], Response], uri: str, rows: bytes) -> None:
    """Put an object into the emulator, over whatever is there."""
    bucket, _, name = uri.removeprefix("gs://").partition("/")
    query = f"uploadType=media&name={quote(name, safe='')}"
    handle(Request("POST", f"/upload/storage/v1/b/{quote(bucket)}/o", query, {}, rows))
