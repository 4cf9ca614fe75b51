"""The reads of Vertex AI that everything else is made of: one resource, or every resource of a place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar
from urllib.parse import quote

import msgspec

from reconciler.backends import resource_names
from reconciler.backends.base import BackendError
from reconciler.backends.calls import Call
from reconciler.backends.http import PAGE_SIZE, Http, Page
from reconciler.backends.storage_types import OBJECTS
from reconciler.backends.targets import Service
from reconciler.backends.vertex_details import JOB_DETAILS, WireWholeJob
from reconciler.backends.vertex_types import (
    ENDPOINT,
    ENDPOINTS,
    JOB,
    JOBS,
    MODEL,
    MODELS,
    WireEndpoint,
    WireJob,
    WireModel,
)
from reconciler.core.buckets import SCHEME
from reconciler.core.faults import Fault

T = TypeVar("T")
P = TypeVar("P", bound=Page)


class VertexReader:
    """The reads of Vertex AI that everything else is made of."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._job_version = "v1beta1"

    def job(self, name: str) -> WireJob:
        """One job, with its steps where v1beta1 shows them."""
        return self._in_best_version(lambda version: self._get(version, "tuningJobs.get", name, JOB))

    def all_of(self, name: str) -> WireWholeJob:
        """One job with everything that the service tells of it."""
        return self._in_best_version(lambda version: self._get(version, "tuningJobs.get", name, JOB_DETAILS))

    def jobs(self, project: str, location: str) -> list[WireJob]:
        """Every job of a place, strangers' included."""

        def listed(version: str) -> list[WireJob]:
            pages = self._list(version, "tuningJobs", project, location, JOBS)
            return [job for page in pages for job in page.tuning_jobs]

        return self._in_best_version(listed)

    def models(self, project: str, location: str) -> list[WireModel]:
        """Every Model of a place, each as its default version."""
        return [m for page in self._list("v1", "models", project, location, MODELS) for m in page.models]

    def endpoints(self, project: str, location: str) -> list[WireEndpoint]:
        """Every Endpoint of a place."""
        return [e for page in self._list("v1", "endpoints", project, location, ENDPOINTS) for e in page.endpoints]

    def versions(self, model: str) -> list[WireModel]:
        """Every version of a Model; none where it does not exist."""
        name = resource_names.parsed(model).without_version
        call = Call(
            "models.listVersions",
            Service.VERTEX,
            "GET",
            f"/v1/{name}:listVersions",
            location=name.location,
            project=name.project,
            query={"pageSize": "100", "prettyPrint": "false"},
        )
        found = or_none(lambda: [m for page in self._http.pages(call, MODELS) for m in page.models])
        return found or []

    def model(self, name: str) -> WireModel | None:
        """One version of a Model; None where it does not exist."""
        return or_none(lambda: self._get("v1", "models.get", name, MODEL))

    def endpoint(self, name: str) -> WireEndpoint | None:
        """One Endpoint; None where it does not exist."""
        return or_none(lambda: self._get("v1", "endpoints.get", name, ENDPOINT))

    def has_files(self, folder: str) -> bool:
        """Whether anything lies below a folder of Cloud Storage; believed of one that may not be listed.

        Whoever may train need not be let into a bucket, and what nobody saw is no absence.
        """
        bucket, _, path = folder.removeprefix(SCHEME).partition("/")
        call = Call(
            "objects.list",
            Service.STORAGE,
            "GET",
            f"/storage/v1/b/{quote(bucket, safe='')}/o",
            query={"prefix": f"{path.rstrip('/')}/", "maxResults": "1", "fields": "items(name)", "projection": "noAcl"},
        )
        try:
            return bool(self._http.read(call, OBJECTS).items)
        except BackendError as error:
            if error.fault is Fault.AUTH:
                return True
            if error.fault is not Fault.NOT_FOUND:
                raise
            return False

    def get(self, method: str, name: str, decoder: msgspec.json.Decoder[T], suffix: str = "") -> T:
        """Any resource of v1."""
        return self._get("v1", method, name, decoder, suffix)

    def _get(self, version: str, method: str, name: str, decoder: msgspec.json.Decoder[T], suffix: str = "") -> T:
        parsed = resource_names.parsed(name)
        path = f"/{version}/{parsed}{suffix}"
        call = Call(method, Service.VERTEX, "GET", path, location=parsed.location, project=parsed.project)
        return self._http.read(call, decoder)

    def _list(
        self, version: str, collection: str, project: str, location: str, decoder: msgspec.json.Decoder[P]
    ) -> list[P]:
        call = Call(
            f"{collection}.list",
            Service.VERTEX,
            "GET",
            f"/{version}/{resource_names.parent(project, location)}/{collection}",
            location=location,
            project=project,
            query={"pageSize": str(PAGE_SIZE), "prettyPrint": "false"},
        )
        try:
            return list(self._http.pages(call, decoder))
        except BackendError as error:
            if error.fault is not Fault.REJECTED:
                raise
        # It may mind the size of the page alone: once more in the size that is its own.
        return list(self._http.pages(replace(call, query={"prettyPrint": "false"}), decoder))

    def _in_best_version(self, read: Callable[[str], T]) -> T:
        """v1beta1 shows steps and the wait for quota; where it is not available, v1 shows the rest."""
        if self._job_version == "v1":
            return read("v1")
        try:
            return read("v1beta1")
        except BackendError as error:
            if error.fault not in (Fault.REJECTED, Fault.NOT_FOUND):
                raise
        answer = read("v1")
        self._job_version = "v1"
        return answer


def or_none(read: Callable[[], T]) -> T | None:
    """None where the service itself says that there is no such resource; every other failure stays one."""
    try:
        return read()
    except BackendError as error:
        if error.fault is not Fault.NOT_FOUND:
            raise
        return None
