"""The emulator inside this process, seen through httpx, and which emulator it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from reconciler.backends.base import BackendError
from reconciler.backends.inprocess import InProcessTransport
from reconciler.backends.served import emulator_id
from tests.backends.fakes import Cloud, failed, wired


@dataclass
class Made:
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    chunks: Any = ()


class ConnectionCut(Exception):  # noqa: N818 - an event, as the emulator has it
    pass


def client(handle: Any) -> httpx.Client:
    return httpx.Client(transport=InProcessTransport(handle, Made))


def test_a_request_arrives_as_it_is_on_the_wire() -> None:
    got: list[Made] = []

    def handle(made: Made) -> Answer:
        got.append(made)
        return Answer()

    client(handle).post("http://x/a%2Fb/c@1:cancel?d=e%20f&g=%C3%BC", content=b"{}", headers={"X-Goog-User": "me"})

    (made,) = got
    assert (made.method, made.path, made.query, made.body) == ("POST", "/a%2Fb/c@1:cancel", "d=e%20f&g=%C3%BC", b"{}")
    assert made.headers["x-goog-user"] == "me"


def test_an_answer_comes_back_whole() -> None:
    answer = Answer(201, [("content-type", "text/plain"), ("x-a", "1"), ("x-a", "2")], iter([b"ab", b"", b"c"]))

    response = client(lambda _: answer).get("http://x/")

    assert (response.status_code, response.text, response.headers.get_list("x-a")) == (201, "abc", ["1", "2"])


def test_a_cut_before_the_answer_is_a_cut() -> None:
    def handle(_: Made) -> Answer:
        raise ConnectionCut

    with pytest.raises(httpx.RemoteProtocolError):
        client(handle).get("http://x/")


def test_a_cut_in_the_middle_of_the_answer_is_a_cut() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionCut

    with pytest.raises(httpx.ReadError):
        client(lambda _: Answer(chunks=chunks())).get("http://x/")


@pytest.mark.parametrize("in_the_answer", [True, False])
def test_any_other_failure_is_a_bug_and_stays_one(in_the_answer: bool) -> None:
    def chunks() -> Iterator[bytes]:
        yield b""
        raise LookupError("bug")

    def handle(_: Made) -> Answer:
        if in_the_answer:
            return Answer(chunks=chunks())
        raise LookupError("bug")

    with pytest.raises(LookupError):
        client(handle).get("http://x/")


def test_an_emulator_says_which_it_is() -> None:
    cloud = Cloud.open()

    assert emulator_id(cloud.http) == cloud.emulator.id


@pytest.mark.parametrize("body", [{}, {"id": ""}, {"id": "\x1b[2J"}, {"id": "x" * 200}])
def test_what_does_not_say_which_emulator_it_is_is_none(body: dict[str, str]) -> None:
    with pytest.raises(BackendError) as error:
        emulator_id(wired(httpx.Response(200, json=body)).http)

    assert failed(error) == ("API209", False)
