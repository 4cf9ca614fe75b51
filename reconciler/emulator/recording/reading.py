"""An answer of the emulator as a recording has answers, and what texts a request holds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

from reconciler.emulator.messages import Response
from reconciler.emulator.recording.exchange import Media, RecordedAnswer, RecordedRequest
from reconciler.emulator.recording.pseudonyms import expanded


def answer_of(response: Response) -> RecordedAnswer:
    """The answer, read whole."""
    content = b"".join(response.chunks)
    body = parsed(content)
    media = Media(bytes=len(content)) if content and body is None else None
    session = next((session_of(v) for k, v in response.headers if k.lower() == "location"), "")
    headers = {"location": f"{SESSION}{session}"} if session else {}
    return RecordedAnswer(status=response.status, headers=headers, body=body, media=media)


SESSION = "/upload?upload_id="
"""Where an upload goes on, as recordings have it; its id follows."""


def session_of(address: str) -> str:
    """The id of an upload's session in its address, "" where there is none."""
    found = re.search(r"[?&]upload_id=([^&]+)", address)
    return unquote(found[1]) if found else ""


def parsed(content: bytes) -> Any:
    """The JSON of a body, the list of its parts for a stream, None for what is neither."""
    text = content.decode("utf-8", "replace").strip()
    if text.startswith("data:"):
        parts = [_json(part.removeprefix("data:").strip()) for part in re.split(r"\r?\n\r?\n", text) if part.strip()]
        return None if any(part is None for part in parts) else parts
    found = _json(text)
    return found if isinstance(found, (dict, list)) else None


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def strings_of(asked: RecordedRequest) -> set[str]:
    """Every text that a request has sent, whole and in its parts."""
    texts = [unquote(part) for part in asked.path.split("/")]
    texts += [value for _, value in asked.parameters]
    texts += list(_texts(asked.body))
    whole = {expanded(text) for text in texts}
    return whole | {part for text in whole for part in re.split(r"[/@:\s]", text) if part}


def _texts(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for key, item in value.items():
                yield key
                yield from _texts(item)
        case list():
            for item in value:
                yield from _texts(item)
        case str():
            yield value
        case _:
            pass


def fields_of(value: Any) -> set[str]:
    """The names of all fields of a body."""
    match value:
        case dict():
            return set(value).union(*map(fields_of, value.values()))
        case list():
            return set().union(*map(fields_of, value))
        case _:
            return set()


def numbers_of(value: Any, key: str = "") -> set[tuple[str, float]]:
    """Every number of a body, with the field that it stands in; int64 are texts."""
    match value:
        case dict():
            return set[tuple[str, float]]().union(*(numbers_of(inner, name) for name, inner in value.items()))
        case list():
            return set[tuple[str, float]]().union(*(numbers_of(inner, key) for inner in value))
        case bool() | None:
            return set()
        case int() | float():
            return {(key, float(value))}
        case _:
            return {(key, float(value))} if value.isdigit() and len(value) < 10 else set()


def walked(value: Any, change: Callable[[str], str]) -> Any:
    """A JSON value with every text in it changed, keys among them."""
    match value:
        case dict():
            return {change(k): walked(v, change) for k, v in value.items()}
        case list():
            return [walked(v, change) for v in value]
        case str():
            return change(value)
        case _:
            return value
