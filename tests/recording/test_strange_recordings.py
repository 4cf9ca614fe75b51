"""A recording is a file that anybody may have written: whatever stands in it is compared, and breaks nothing."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.emulator import Request, Response
from reconciler.emulator.recording.exchange import Exchange
from reconciler.emulator.recording.recorder import Recorder
from reconciler.emulator.recording.twin import Twin
from reconciler.emulator.recording.verifying import replayed
from tests.recording.sessions import Session, work

STRANGE: tuple[Any, ...] = (
    {},
    [],
    None,
    "text",
    7,
    [7],
    [{}],
    {"name": 7, "state": 7, "error": 7, "metadata": 7, "tunedModel": 7, "labels": 7},
    {"name": None, "state": [], "error": "x", "metadata": [], "tunedModel": [], "labels": []},
    {"name": "projects//x", "state": "FAILED", "error": {"code": "x"}, "done": True},
    {"name": "", "state": "JOB_STATE_FAILED", "error": {"code": 10**30, "message": 7}, "tuningDataStats": 7},
    {"tuningJobs": 7, "models": {"name": 7}, "tunedModels": [7, {"name": 7}], "items": [None], "nextPageToken": 7},
    {"tuningJobs": [{"name": "x/y/z"}, {}], "models": [[]], "endpoints": "x", "operations": [{"name": "operations/"}]},
    {"name": "a (999999 long)", "error": {"message": "text-1 (999999 long)"}},
)


@pytest.fixture(scope="module")
def recorded() -> list[Exchange]:
    session = Session()
    work(session)
    return session.recorder.exchanges


@pytest.mark.parametrize("body", STRANGE, ids=repr)
def test_a_strange_answer_breaks_no_replay(recorded: list[Exchange], body: Any) -> None:
    altered = [e if e.changes else replace(e, answer=replace(e.answer, body=body)) for e in recorded]

    account = replayed(altered, catalog="historic")

    assert account.exchanges == len(recorded)


@pytest.mark.parametrize("body", STRANGE, ids=repr)
def test_a_strange_request_breaks_no_replay(recorded: list[Exchange], body: Any) -> None:
    query = ("pageSize=x", "=", "", "pageToken=%00", "filter=" + "(" * 50)
    altered = [replace(e, request=replace(e.request, body=body, query=query)) for e in recorded]

    account = replayed(altered, catalog="historic")

    assert account.exchanges == len(recorded)


def test_the_client_gets_the_answer_although_the_recorder_fails() -> None:
    class Broken(Twin):
        def observe(self, exchange: Exchange) -> list[Any]:
            raise RuntimeError(exchange.method)

    def forward(request: Request) -> Response:
        return Response(200, [("X-Of", request.path)], [b"{}"])

    recorder = Recorder(forward, Broken(), forward, lambda _: True, lambda *_: None)
    answer = recorder.handle(Request("POST", "/v1beta/tunedModels", "", {}, b"{}"))

    assert (answer.status, b"".join(answer.chunks)) == (200, b"{}")
    assert (recorder.failed, recorder.exchanges) == (1, [])
