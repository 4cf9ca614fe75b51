"""countTokens and the metadata of media: which host is asked for what, and what an error keeps to itself."""

from __future__ import annotations

import json

import httpx
import pytest

from reconciler.backends.base import BackendError, ObjectMetadata
from reconciler.backends.gemini import Gemini
from reconciler.backends.storage import CloudStorage
from reconciler.backends.vertex import Vertex
from reconciler.core.model import Fields
from tests.backends.fakes import PROJECT, Cloud, an_error, wired

ASKED: Fields = {"contents": [{"role": "user", "parts": [{"text": "a customer's own words"}]}]}


def counted(tokens: object) -> httpx.Response:
    return httpx.Response(200, json={"totalTokens": tokens})


def test_vertex_counts_at_the_host_of_the_location() -> None:
    w = wired(counted(7))

    found = Vertex(w.http).count_tokens("gemini-3.5-flash", PROJECT, "us", ASKED)

    (request,) = w.script.requests
    assert found == 7
    assert request.url.host == "aiplatform.us.rep.googleapis.com"
    assert request.url.path.endswith("/locations/us/publishers/google/models/gemini-3.5-flash:countTokens")
    assert json.loads(request.content) == ASKED


def test_the_gemini_api_counts_a_whole_request() -> None:
    w = wired(counted("12"))

    found = Gemini(w.http).count_tokens("models/gemini-3.5-flash", PROJECT, "", ASKED)

    (request,) = w.script.requests
    body = json.loads(request.content)["generateContentRequest"]
    assert found == 12
    assert request.url.path == "/v1beta/models/gemini-3.5-flash:countTokens"
    assert body == {"model": "models/gemini-3.5-flash", **ASKED}


@pytest.mark.parametrize("answer", [httpx.Response(200, json={}), counted(-3)])
def test_an_answer_without_a_number_counts_nothing(answer: httpx.Response) -> None:
    assert Vertex(wired(answer).http).count_tokens("gemini-3.5-flash", PROJECT, "us-central1", ASKED) == 0


def test_a_model_by_the_name_of_its_publisher_is_asked_at_its_own_place() -> None:
    w = wired(counted(12))

    Vertex(w.http).count_tokens("publishers/google/models/gemini-3.5-flash", PROJECT, "us", ASKED)

    (request,) = w.script.requests
    assert request.url.path.endswith("/locations/us/publishers/google/models/gemini-3.5-flash:countTokens")


@pytest.mark.parametrize("backend", [Vertex, Gemini])
def test_a_refusal_that_quotes_the_examples_is_told_without_them(backend: type[Vertex | Gemini]) -> None:
    w = wired(an_error(400, "INVALID_ARGUMENT", "I do not like: a customer's own words"))

    with pytest.raises(BackendError) as refused:
        backend(w.http).count_tokens("models/gemini-3.5-flash", PROJECT, "us-central1", ASKED)

    assert "I do not like" in refused.value.diagnostic.detail
    assert "customer's own words" not in refused.value.diagnostic.detail


def test_an_object_tells_its_size_and_type_and_not_more() -> None:
    w = wired(httpx.Response(200, json={"size": "30", "contentType": "image/png\x1b[31m"}))

    found = CloudStorage(w.http).metadata("gs://acme/1.png")

    (request,) = w.script.requests
    assert found is not None
    assert (found.size, found.content_type.startswith("image/png"), "\x1b" in found.content_type) == (30, True, False)
    assert request.url.params["fields"] == "size,contentType"
    assert "alt" not in request.url.params


def test_an_object_that_is_not_there_has_no_metadata() -> None:
    cloud = Cloud.open()

    assert cloud.storage.metadata("gs://acme/nothing.png") is None


def test_an_object_without_a_type_has_a_size_all_the_same() -> None:
    w = wired(httpx.Response(200, json={"size": "0"}))

    assert CloudStorage(w.http).metadata("gs://acme/1.png") == ObjectMetadata(0, "")
