"""Questions that change nothing and still show how a service behaves: what `verify --read-only` asks.

Each is a path and a query of a GET. What a first answer names is asked for in the second round.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

_NOBODYS = "1000000000000000000"
"""An id that no server has made: theirs are random."""
_PERMISSIONS = ("storage.objects.get", "storage.objects.create", "storage.objects.list")


@dataclass(frozen=True, slots=True)
class QuestionedPlace:
    """Where to ask; what is empty is not asked about."""

    project: str = ""
    location: str = ""
    bucket: str = ""
    gemini: bool = True


@dataclass(frozen=True, slots=True)
class ReadQuestion:
    """One GET."""

    path: str
    query: str = ""


def first_questions(place: QuestionedPlace) -> Iterator[ReadQuestion]:
    """What can be asked without knowing what is there."""
    if place.project and place.location:
        yield from _of_vertex(f"projects/{quote(place.project)}/locations/{quote(place.location)}")
    if place.gemini:
        yield from _of_gemini()
    if place.bucket:
        yield from _of_storage(quote(place.bucket, safe=""))


def _of_vertex(parent: str) -> Iterator[ReadQuestion]:
    for kind in ("tuningJobs", "models", "endpoints"):
        here = f"/v1/{parent}/{kind}"
        yield ReadQuestion(here)
        yield ReadQuestion(here, "pageSize=1")
        yield ReadQuestion(here, "pageSize=-1")
        yield ReadQuestion(here, "pageToken=none-of-yours")
        yield ReadQuestion(f"{here}/{_NOBODYS}")
    yield ReadQuestion(f"/v1beta1/{parent}/tuningJobs", "pageSize=5")
    yield ReadQuestion(f"/v1/{parent}/tuningJobs", "filter=" + quote('state="JOB_STATE_SUCCEEDED"'))
    yield ReadQuestion(f"/v1/{parent}/tuningJobs", "filter=" + quote('state="JOB_STATE_FAILED"'))
    yield ReadQuestion(f"/v1/{parent}/tensorboards", "pageSize=1")
    yield ReadQuestion(f"/v1/{parent}/operations/{_NOBODYS}")


def _of_gemini() -> Iterator[ReadQuestion]:
    yield ReadQuestion("/v1beta/tunedModels")
    yield ReadQuestion("/v1beta/tunedModels", "pageSize=1")
    yield ReadQuestion("/v1beta/tunedModels", "pageToken=none-of-yours")
    yield ReadQuestion("/v1beta/tunedModels", "filter=owner%3Ame")
    yield ReadQuestion("/v1beta/tunedModels/nobodys-model-abcdefghijkl")


def _of_storage(bucket: str) -> Iterator[ReadQuestion]:
    yield ReadQuestion(f"/storage/v1/b/{bucket}")
    yield ReadQuestion(f"/storage/v1/b/{bucket}/o", "maxResults=5")
    yield ReadQuestion(f"/storage/v1/b/{bucket}/o/nobodys-object.jsonl")
    yield ReadQuestion(
        f"/storage/v1/b/{bucket}/iam/testPermissions", "&".join(f"permissions={p}" for p in _PERMISSIONS)
    )


def next_questions(question: ReadQuestion, body: Any) -> Iterator[ReadQuestion]:
    """What an answer to a first question leads to: the newest of each kind, and the page after a page."""
    if not isinstance(body, dict) or "filter" in question.query:
        return
    token = body.get("nextPageToken")
    if isinstance(token, str) and question.query == "pageSize=1":
        yield ReadQuestion(question.path, f"pageSize=1&pageToken={quote(token, safe='')}")
    for kind in ("tuningJobs", "models", "endpoints", "tunedModels"):
        if question.query == "" and isinstance(body.get(kind), list):
            yield from _of_first(kind, body[kind][:2])


def _of_first(kind: str, items: list[Any]) -> Iterator[ReadQuestion]:
    version = "v1beta" if kind == "tunedModels" else "v1"
    for name in (str(item["name"]) for item in items if isinstance(item, dict) and "name" in item):
        yield ReadQuestion(f"/{version}/{quote(name)}")
        if kind == "tuningJobs":
            yield ReadQuestion(f"/v1beta1/{quote(name)}")
        if kind == "models":
            yield ReadQuestion(f"/v1/{quote(name)}:listVersions")
