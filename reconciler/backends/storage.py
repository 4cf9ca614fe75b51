"""Cloud Storage: which bytes an object has, the upload of a training file, and the bytes themselves."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from reconciler.backends.base import BackendError, ObjectMetadata, StoredObject
from reconciler.backends.bounded import of_size
from reconciler.backends.calls import Call, CallKind
from reconciler.backends.failures import failure
from reconciler.backends.http import Http
from reconciler.backends.quoting import cleaned
from reconciler.backends.storage_types import FIELDS, OBJECT, OBJECTS, WireObject, object_name
from reconciler.backends.targets import Service
from reconciler.backends.upload import upload
from reconciler.core.faults import Fault
from reconciler.core.model import Identity

_STATED = {"fields": "size,contentEncoding,generation", "projection": "noAcl"}
_LONGEST_START_S, _SLOWEST_BYTES_S = 300.0, 100_000
"""A download that is slower is given up."""
_LISTED = "items(name,size,generation,timeCreated),nextPageToken"


class CloudStorage:
    """Implements base.Storage."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def identity(self, uri: str) -> Identity | None:
        """See base.Storage."""
        found = self._object(uri, FIELDS)
        return found.identity if found else None

    def metadata(self, uri: str) -> ObjectMetadata | None:
        """See base.Storage."""
        found = self._object(uri, "size,contentType")
        return ObjectMetadata(found.size or 0, cleaned(found.content_type, limit=120)) if found else None

    def _object(self, uri: str, fields: str) -> WireObject | None:
        name = object_name(uri)
        call = Call(
            "objects.get",
            Service.STORAGE,
            "GET",
            f"/storage/v1/{name.in_url}",
            query={"fields": fields, "projection": "noAcl"},
        )
        try:
            return self._http.read(call, OBJECT)
        except BackendError as error:
            if error.fault is not Fault.NOT_FOUND:
                raise
            return None

    def upload(self, path: str, uri: str, identity: Identity) -> bool:
        """See base.Storage. The file must have the bytes of `identity`; so must an object that is there."""
        return upload(self._http, self.identity, path, uri, identity)

    def listed(self, folder: str) -> list[StoredObject]:
        """See base.Storage."""
        name = object_name(f"{folder.rstrip('/')}/x")
        prefix = name.path.removesuffix("x")
        call = Call(
            "objects.list",
            Service.STORAGE,
            "GET",
            f"/storage/v1/b/{quote(name.bucket, safe='')}/o",
            query={"prefix": prefix, "delimiter": "/", "fields": _LISTED, "projection": "noAcl"},
        )
        try:
            found = [item for page in self._http.pages(call, OBJECTS) for item in page.items]
        except BackendError as error:
            if error.fault is not Fault.NOT_FOUND:
                raise
            return []
        return [
            StoredObject(f"gs://{name.bucket}/{o.name}", o.size or 0, o.time_created, str(o.generation))
            for o in found
            if o.name != prefix
        ]

    def delete(self, stored: StoredObject) -> bool:
        """See base.Storage."""
        name = object_name(stored.uri)
        call = Call(
            "objects.delete",
            Service.STORAGE,
            "DELETE",
            f"/storage/v1/{name.in_url}",
            kind=CallKind.CHANGE,
            query={"ifGenerationMatch": stored.generation},
        )
        try:
            self._http.send(call)
        except BackendError as error:
            if error.fault in (Fault.CONFLICT, Fault.NOT_FOUND):
                return False
            raise
        return True

    def chunks(self, uri: str) -> Iterator[bytes]:
        """See base.Storage."""
        name = object_name(uri)
        asked = Call("objects.get", Service.STORAGE, "GET", f"/storage/v1/{name.in_url}", query=_STATED)
        stated = self._http.read(asked, OBJECT)
        if stated.size is None:
            raise failure("API213", detail=f"objects.get reports no size of {uri}.")
        call = Call(
            "objects.get",
            Service.STORAGE,
            "GET",
            f"/download/storage/v1/{name.in_url}",
            query={"alt": "media", **({"ifGenerationMatch": str(stated.generation)} if stated.generation else {})},
            headers={"accept": "*/*"},
            longest_s=_LONGEST_START_S + stated.size / _SLOWEST_BYTES_S,
        )
        with self._http.stream(call) as response:
            yield from of_size(response, call.method, uri, stated.size, is_packed=bool(stated.content_encoding))
