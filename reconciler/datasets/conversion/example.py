"""What every format is turned into on its way to another: an example in the API's own parts."""

from __future__ import annotations

import json
import mimetypes
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconciler.datasets.lexical import shorten
from reconciler.datasets.rows.media_names import meant_object, meant_type

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class NotConvertibleError(Exception):
    """The example cannot be converted; `args[0]` says why, for people."""


@dataclass
class Conversation:
    """A conversation; for a preference also its rated answers."""

    contents: list[dict[str, Any]] = field(default_factory=list)
    system: list[str] = field(default_factory=list)
    declarations: list[dict[str, Any]] = field(default_factory=list)
    tools: list[dict[str, Any]] = field(default_factory=list)
    """Those that are no functions."""
    completions: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    """What answers are judged by, in reinforcement tuning."""
    notes: list[str] = field(default_factory=list)
    """What was left out or changed on the way."""
    _declared: set[str] = field(default_factory=set)

    def declare(self, function: dict[str, Any]) -> None:
        """Add a declaration, unless it is there already."""
        spelt = json.dumps(function, sort_keys=True)
        if spelt in self._declared:
            self.note("a function that was declared twice is declared once")
        else:
            self._declared.add(spelt)
            self.declarations.append(function)

    def say(self, role: str, *texts: str) -> None:
        """Add a turn of text."""
        self.contents.append(turn(role, [{"text": text} for text in texts]))

    def note(self, text: str) -> None:
        """Remember once what the conversion lost."""
        if text not in self.notes:
            self.notes.append(text)

    def leave(self, value: Mapping[str, Any], read: Collection[str], where: str = "the example") -> None:
        """Note every key beside those that are `read`; one with nothing below it loses nothing."""
        for key in sorted(value.keys() - set(read)):
            if value[key] not in (None, "", [], {}):
                self.note(f"{shorten(key)} of {where} was dropped")


def two_turns(given: str, output: str) -> Conversation:
    """A question and its answer."""
    example = Conversation()
    example.say("user", given)
    example.say("model", output)
    return example


def turn(role: str, parts: list[dict[str, Any]]) -> dict[str, Any]:
    """One content."""
    return {"role": role, "parts": parts}


def text_of(value: object, name: str) -> str:
    """The text, or the reason why there is none."""
    if not isinstance(value, str):
        raise NotConvertibleError(f'"{name}" is no text.')
    if not value.strip():
        raise NotConvertibleError(f'"{name}" is empty.')
    return value


def with_media_mended(part: dict[str, Any]) -> dict[str, Any]:
    """A part whose medium has the name of its type, and the address of its object instead of a page's."""
    for key in ("fileData", "inlineData"):
        data = part.get(key)
        if isinstance(data, dict):
            mime, uri = meant_type(data.get("mimeType")), meant_object(data.get("fileUri"))
            mended = {**data, **({"mimeType": mime} if mime else {}), **({"fileUri": uri} if uri else {})}
            part = {**part, key: mended}
    return part


def media_part(url: str) -> dict[str, Any]:
    """A fileData for an address the service can read, inlineData for a data: URL."""
    url = meant_object(url) or url
    if url.startswith("data:") and ";base64," in url:
        head, _, data = url.partition(";base64,")
        mime = head.removeprefix("data:")
        return {"inlineData": {"mimeType": meant_type(mime) or mime, "data": data}}
    if not url.startswith(("gs://", "http://", "https://")):
        raise NotConvertibleError("An image is neither at gs://, http(s):// nor in a data: address.")
    guessed, _ = mimetypes.guess_type(url.partition("?")[0])
    if guessed is None:
        raise NotConvertibleError("The type of an image is not clear from its address.")
    return {"fileData": {"mimeType": guessed, "fileUri": url}}
