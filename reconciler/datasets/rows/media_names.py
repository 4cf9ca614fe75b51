"""What people write for a type or an address of media, and what is meant where that is beyond doubt."""

from __future__ import annotations

import re
from urllib.parse import unquote

_SLIPS = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "application/x-pdf": "application/pdf",
    "audio/x-flac": "audio/flac",
    "video/x-msvideo": "video/avi",
    "video/x-ms-wmv": "video/wmv",
    "text/txt": "text/plain",
}
_BARE = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "heic": "image/heic",
    "heif": "image/heif",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "aac": "audio/aac",
    "m4a": "audio/m4a",
    "mp4": "video/mp4",
    "mov": "video/mov",
    "avi": "video/avi",
    "wmv": "video/wmv",
    "mpg": "video/mpeg",
}
"""Names of files and formats that stand where a type belongs."""

_PAGES = re.compile(
    r"https?://(?:console\.cloud\.google\.com/storage/browser/(?:_details/)?|storage\.cloud\.google\.com/)"
    r"([a-z0-9][a-z0-9._-]+)/([^;?#]+)"
)
_PAGE_HOSTS = re.compile(r"https?://(?:console\.cloud|storage\.cloud|drive|docs)\.google\.com(?:[:/?#]|\Z)")


def meant_type(mime: object) -> str | None:
    """The type that is meant by another spelling; None where it is right, or unknown."""
    if not isinstance(mime, str):
        return None
    name = mime.strip().lower()
    return _SLIPS.get(name) or _BARE.get(name.removeprefix(".")) or (name if name != mime and "/" in name else None)


def is_page(uri: str) -> bool:
    """Whether it is a page for people, behind a log-in, and not the object that the page is about."""
    return _PAGE_HOSTS.match(uri) is not None


def meant_object(uri: object) -> str | None:
    """The gs:// address of the object that a page of the console shows."""
    found = _PAGES.fullmatch(uri.partition("?")[0].partition(";")[0]) if isinstance(uri, str) else None
    return f"gs://{found[1]}/{unquote(found[2])}" if found and not found[2].endswith("/") else None
