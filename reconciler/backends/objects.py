"""Small objects in Cloud Storage, read and written whole under their generation: compare and set."""

from __future__ import annotations

from typing import NamedTuple

from reconciler.backends.base import BackendError
from reconciler.backends.calls import Call, CallKind
from reconciler.backends.failures import failure
from reconciler.backends.http import Http
from reconciler.backends.problems import looks_like_html
from reconciler.backends.storage_types import OBJECT, object_name
from reconciler.backends.targets import Service
from reconciler.core.faults import Fault
from reconciler.core.plurals import counted

ABSENT = "0"
"""The generation of an object that does not exist, as preconditions spell it."""


class Content(NamedTuple):
    """An object's bytes and the generation they are of."""

    data: bytes
    generation: str


class Objects:
    """Reads and conditional writes. BackendError for everything else that can go wrong."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def read(self, uri: str) -> Content | None:
        """None where it does not exist."""
        name = object_name(uri)
        path = f"/download/storage/v1/{name.in_url}"
        call = Call("objects.get", Service.STORAGE, "GET", path, query={"alt": "media"}, headers={"accept": "*/*"})
        try:
            answer = self._http.send(call)
        except BackendError as error:
            if error.fault is Fault.NOT_FOUND:
                return None
            raise
        generation = answer.headers.get("x-goog-generation", "")
        if not generation:
            detail = f"objects.get answered {answer.status} with {counted(len(answer.body), 'byte')} of no generation."
            raise failure("API211" if looks_like_html(answer.headers, answer.body) else "API213", detail=detail)
        return Content(answer.body, generation)

    def write(self, uri: str, data: bytes, if_generation: str) -> str | None:
        """The new generation; None where the object is of another generation than that.

        A write whose answer was lost is repeated and then meets itself: the same bytes count as written.
        """
        name = object_name(uri)
        call = Call(
            "objects.insert",
            Service.STORAGE,
            "POST",
            f"/upload/storage/v1/b/{name.bucket}/o",
            kind=CallKind.CHANGE,
            query={"uploadType": "media", "name": name.path, "ifGenerationMatch": if_generation},
            body=data,
            headers={"content-type": "application/json"},
            is_last=True,
        )
        try:
            return str(self._http.read(call, OBJECT).generation)
        except BackendError as error:
            if error.fault is not Fault.CONFLICT:
                raise
        present = self.read(uri)
        return present.generation if present is not None and present.data == data else None

    def delete(self, uri: str, if_generation: str) -> bool:
        """Whether it is gone; False where it is of another generation by now."""
        name = object_name(uri)
        call = Call(
            "objects.delete",
            Service.STORAGE,
            "DELETE",
            f"/storage/v1/{name.in_url}",
            kind=CallKind.CHANGE,
            query={"ifGenerationMatch": if_generation},
            is_last=True,
        )
        try:
            self._http.send(call)
        except BackendError as error:
            if error.fault is Fault.CONFLICT:
                return False
            if error.fault is not Fault.NOT_FOUND:
                raise
        return True
