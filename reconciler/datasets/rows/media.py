"""Rules over images, documents, audio and video."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from reconciler.core.buckets import object_in
from reconciler.datasets.findings import Breach
from reconciler.datasets.lexical import shorten
from reconciler.datasets.rows.fields import list_at, object_at
from reconciler.datasets.rows.measure import AUDIO, DOCUMENT, IMAGE, VIDEO, media_kind, media_of
from reconciler.datasets.rows.media_names import is_page, meant_object, meant_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.findings import Path
    from reconciler.datasets.limits import DataLimits

RESOLUTIONS = (
    "MEDIA_RESOLUTION_LOW",
    "MEDIA_RESOLUTION_MEDIUM",
    "MEDIA_RESOLUTION_HIGH",
    "MEDIA_RESOLUTION_UNSPECIFIED",
)
_KNOWN_SUBTYPES = {
    "image": ("png", "jpeg", "webp", "heic", "heif"),
    "application": ("pdf",),
    "text": ("plain",),
    "audio": ("mpeg", "mp3", "wav", "x-wav", "flac", "aac", "ogg", "m4a", "mp4", "webm"),
    "video": (
        *("mp4", "mpeg", "mov", "quicktime", "avi", "x-flv"),
        *("mpg", "webm", "wmv", "3gpp"),
    ),
}
KNOWN_TYPES = frozenset(f"{family}/{name}" for family, names in _KNOWN_SUBTYPES.items() for name in names)
_ON_THE_WEB = re.compile(r"https?://[^/<>\s]+/[^<>]*")
_MIME = re.compile(r"[\w.+-]+/[\w.+-]+")
_PRIVATE_DOMAINS = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
_BY_ENDING = {
    "png": ("image/png",),
    "webp": ("image/webp",),
    "heic": ("image/heic", "image/heif"),
    "heif": ("image/heif", "image/heic"),
    "jpg": ("image/jpeg",),
    "jpeg": ("image/jpeg",),
    "gif": ("image/gif",),
    "pdf": ("application/pdf",),
    "txt": ("text/plain",),
    "flac": ("audio/flac",),
    "aac": ("audio/aac",),
    "mp3": ("audio/mpeg", "audio/mp3"),
    "wav": ("audio/wav", "audio/x-wav"),
    "m4a": ("audio/m4a", "audio/mp4"),
    "mp4": ("video/mp4", "audio/mp4"),
    "mov": ("video/mov", "video/quicktime"),
    "avi": ("video/avi",),
    "wmv": ("video/wmv",),
    "ogg": ("audio/ogg", "video/ogg"),
    "webm": ("video/webm", "audio/webm"),
    "mpg": ("video/mpeg", "video/mpg"),
    "mpeg": ("video/mpeg", "video/mpg", "audio/mpeg"),
    "flv": ("video/x-flv",),
    "3gp": ("video/3gpp",),
}
_ENDING = re.compile(r"\.([A-Za-z0-9]{2,4})(?:[?#].*)?\Z", re.DOTALL)


def is_readable_uri(uri: object) -> bool:
    """Whether the service could read from there: a Cloud Storage object or a public web address."""
    return isinstance(uri, str) and _has_the_form(uri) and not (is_page(uri) or _is_private(uri))


def _has_the_form(uri: str) -> bool:
    """Of an object, or of an address on the web; `<BUCKET>` is a placeholder."""
    return _ON_THE_WEB.fullmatch(uri) is not None or ("<" not in uri and ">" not in uri and object_in(uri) is not None)


def _is_private(uri: str) -> bool:
    """Whether the address is on the web by its form, on a machine or network of one's own by its host."""
    scheme, _, rest = uri.partition("://")
    if scheme == "gs":
        return False
    # Media on the web are rare, and its import costs more than the check of a small file.
    import ipaddress

    authority = rest.partition("/")[0].rpartition("@")[2]
    host = authority[1:].partition("]")[0] if authority.startswith("[") else authority.partition(":")[0]
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        name = host.lower().rstrip(".")
        return "." not in name or name.endswith(_PRIVATE_DOMAINS)


def media_problems(row: dict[str, Any], limits: DataLimits) -> Iterator[Breach]:
    """Every medium of one example, and how many there are."""
    for path, key, data in _media(row):
        yield from _one_problem(data, key, path)
    yield from _part_resolution_problems(row)
    yield from _count_problems(row, limits)
    yield from _resolution_problems(object_at(row, "generationConfig"))


def _part_resolution_problems(row: dict[str, Any]) -> Iterator[Breach]:
    for turn, content in enumerate(list_at(row, "contents")):
        for index, part in enumerate(list_at(content, "parts") if isinstance(content, dict) else ()):
            has_one = isinstance(part, dict) and "mediaResolution" in part
            if has_one and object_at(part, "mediaResolution").get("level") is not None:
                yield Breach("DATA513", ("contents", turn, "parts", index, "mediaResolution"))


def _media(row: dict[str, Any]) -> Iterator[tuple[Path, str, dict[str, Any]]]:
    for turn, content in enumerate(list_at(row, "contents")):
        for index, part in enumerate(list_at(content, "parts") if isinstance(content, dict) else ()):
            for key in ("fileData", "inlineData"):
                if isinstance(part, dict) and isinstance(part.get(key), dict):
                    yield ("contents", turn, "parts", index, key), key, part[key]


def _one_problem(data: dict[str, Any], key: str, path: Path) -> Iterator[Breach]:
    if key == "inlineData":
        yield Breach("DATA505", path)
    elif not is_readable_uri(data.get("fileUri")):
        yield Breach("DATA501", (*path, "fileUri"), _about_uri(data.get("fileUri")))
    mime = data.get("mimeType")
    if not isinstance(mime, str) or not _MIME.fullmatch(mime):
        meant = meant_type(mime)
        yield Breach("DATA502", path, f'"{shorten(str(mime))}" is none. Did you mean "{meant}"?' if meant else "")
    elif mime.lower() not in KNOWN_TYPES:
        meant = meant_type(mime)
        more = f': the name of that type is "{meant}".' if meant else ""
        yield Breach("DATA503", (*path, "mimeType"), f"{shorten(mime)}{more}")
    else:
        yield from _name_problems(data.get("fileUri"), mime.lower(), path)


def _name_problems(uri: object, mime: str, path: Path) -> Iterator[Breach]:
    ending = _ENDING.search(uri[-200:]) if isinstance(uri, str) else None
    wanted = _BY_ENDING.get(ending[1].lower(), ()) if ending else ()
    if wanted and mime not in wanted:
        yield Breach("DATA514", (*path, "mimeType"), f"It is {mime}; the name is one of {wanted[0]}.")


def _about_uri(uri: object) -> str:
    if not isinstance(uri, str) or not uri:
        return "It is missing."
    if "<" in uri:
        return "It is a placeholder."
    if uri.startswith("gs://"):
        return "It names no object: a bucket alone, a folder, or no bucket that there can be."
    if is_page(uri):
        meant = meant_object(uri)
        return f"It is a page for people{f'. The object is {shorten(meant, 200)}' if meant else ', behind a log-in.'}"
    is_private = _ON_THE_WEB.fullmatch(uri) is not None
    return "It is on your own machine or network." if is_private else "It is no gs:// or http(s) address."


def _count_problems(row: dict[str, Any], limits: DataLimits) -> Iterator[Breach]:
    counts = Counter(kind for content in list_at(row, "contents") for kind in media_of(content))
    most = {
        IMAGE: limits.images,
        DOCUMENT: limits.documents,
        AUDIO: limits.audios,
        VIDEO: limits.videos,
    }
    for kind, count in counts.items():
        if count > most[kind]:
            yield Breach("DATA504", ("contents",), f"{count} of kind {kind}, at most {most[kind]}.")


def _resolution_problems(config: dict[str, Any]) -> Iterator[Breach]:
    value = config.get("mediaResolution")
    if value is not None and (not isinstance(value, str) or value not in RESOLUTIONS):
        yield Breach("DATA506", ("generationConfig", "mediaResolution"))


def has_media_or_calls(content: object) -> bool:
    """Whether a turn carries anything but text."""
    parts = list_at(content, "parts") if isinstance(content, dict) else []
    return any(isinstance(part, dict) and any(key != "text" for key in part) for part in parts)


__all__ = [
    "has_media_or_calls",
    "is_readable_uri",
    "media_kind",
    "media_problems",
]
