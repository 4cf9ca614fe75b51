"""Objects of Cloud Storage: how they are named, and what is read of their metadata."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote

import msgspec
from msgspec import Struct

from reconciler.backends.failures import failure
from reconciler.core.buckets import ADVICE, object_in
from reconciler.core.model import Identity

FIELDS = "size,crc32c,generation"


class WireObject(Struct, frozen=True, rename="camel"):
    """Object: int64 come as strings or as numbers; crc32c is base64 of the big-endian value."""

    size: int | None = None
    crc32c: str = ""
    generation: str | int = ""
    content_type: str = ""
    content_encoding: str = ""

    @property
    def identity(self) -> Identity:
        """What identifies its bytes."""
        return Identity(crc32c=self.crc32c, size=self.size, generation=str(self.generation))


class WireListed(WireObject, frozen=True, rename="camel"):
    """The same in a listing."""

    name: str = ""
    time_created: str = ""


class ObjectsPage(Struct, frozen=True, rename="camel"):
    """Objects: one page of a listing."""

    items: list[WireListed] = []
    next_page_token: str = ""


OBJECTS = msgspec.json.Decoder(ObjectsPage, strict=False)
OBJECT = msgspec.json.Decoder(WireObject, strict=False)


class ObjectName(NamedTuple):
    """`gs://bucket/path`, taken apart."""

    bucket: str
    path: str

    @property
    def in_url(self) -> str:
        """`b/{bucket}/o/{object}`; slashes of the object's name are percent-encoded."""
        return f"b/{quote(self.bucket, safe='')}/o/{quote(self.path, safe='')}"


def object_name(uri: str) -> ObjectName:
    """BackendError API350 where `uri` does not name one object."""
    found = object_in(uri)
    if found is None:
        raise failure("API350", detail=f"{uri!r} does not name an object.", fix=ADVICE)
    return ObjectName(*found)
