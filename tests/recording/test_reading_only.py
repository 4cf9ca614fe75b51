"""`verify --read-only` sends reads: not by care, but because what sends them refuses everything else."""

from __future__ import annotations

import inspect

import httpx
import pytest

from reconciler.backends.targets import EMBEDDED, EmulatorAt, Google, Service
from reconciler.backends.upstream import READS, NoReadError, ReadOnlyTransport, ReadOnlyUpstream
from reconciler.emulator.recording import questions
from reconciler.emulator.recording.questions import QuestionedPlace, first_questions, next_questions

PLACE = QuestionedPlace("acme", "us-central1", "acme-data")
VERBS = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "")


class Token:
    """Credentials that need nobody."""

    def headers(self, scopes: tuple[str, ...]) -> dict[str, str]:
        del scopes
        return {"authorization": "Bearer token"}

    def renew(self) -> None:
        """None to renew."""


def _never(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"{request.method} has left the machine")


@pytest.mark.parametrize("verb", VERBS)
def test_another_method_leaves_no_byte(verb: str) -> None:
    reader = ReadOnlyUpstream(EMBEDDED, transport=httpx.MockTransport(_never))

    with pytest.raises((NoReadError, ValueError)):
        reader.send(verb, "/v1/projects/p/locations/us-central1/tuningJobs", "", {}, b"")
    assert verb not in READS


@pytest.mark.parametrize(
    ("query", "headers", "body"),
    [
        ("", {}, b"{}"),
        ("", {"X-HTTP-Method-Override": "DELETE"}, b""),
        ("", {"x-http-method": "POST"}, b""),
        ("$httpMethod=DELETE", {}, b""),
        ("%24httpMethod=DELETE", {}, b""),
    ],
)
def test_a_read_that_would_be_taken_for_a_change_leaves_no_byte(
    query: str, headers: dict[str, str], body: bytes
) -> None:
    reader = ReadOnlyUpstream(EMBEDDED, transport=httpx.MockTransport(_never))

    with pytest.raises(NoReadError):
        reader.send("GET", "/v1beta/tunedModels", query, headers, body)


def test_a_proxy_of_the_environment_is_behind_the_same_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    reader = ReadOnlyUpstream(Google(), Token())

    transports = [reader._client._transport, *reader._client._mounts.values()]

    assert len(transports) > 1
    assert all(isinstance(t, ReadOnlyTransport) or t is None for t in transports)
    reader.close()


def test_every_question_is_a_read_of_where_was_asked() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path}")
        listed = [{"name": "projects/1/locations/us-central1/tuningJobs/5"}]
        return httpx.Response(200, json={"tuningJobs": listed, "nextPageToken": "more"})

    reader = ReadOnlyUpstream(EmulatorAt("http://localhost"), transport=httpx.MockTransport(answer))
    for question in first_questions(PLACE):
        body = httpx.Response(200, content=reader.get(question.path, question.query).content).json()
        for more in next_questions(question, body):
            reader.get(more.path, more.query)

    assert {line.split()[0] for line in asked} == {"GET"}
    assert any("iam/testPermissions" in line for line in asked)
    assert any(line.endswith("v1beta1/projects/1/locations/us-central1/tuningJobs/5") for line in asked)


def test_no_question_can_name_a_method() -> None:
    assert set(questions.ReadQuestion.__dataclass_fields__) == {"path", "query"}
    assert "verb" not in inspect.signature(ReadOnlyUpstream.get).parameters
    assert Service.VERTEX.scopes
