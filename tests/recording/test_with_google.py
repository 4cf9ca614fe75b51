"""Against a Google made of the emulator: whose credential goes where, and that none of it is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.cli import run
from reconciler.core import exits
from reconciler.emulator import Request
from reconciler.emulator.recording.exchange import encoded
from reconciler.session.recording import opened_recorder
from tests.security.canaries import TOKEN
from tests.security.google import google_here

PLACE = ["--project", "acme", "--location", "us-central1", "--bucket", "acme-data"]
JOBS = "/v1/projects/acme/locations/us-central1/tuningJobs"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TUNEFORM_EMULATOR", raising=False)


def test_verify_asks_each_service_with_the_login_and_keeps_nothing_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    with google_here() as google:
        code = run(["verify", "--read-only", *PLACE, "--record", "kept", "--yes"])

    shown = capsys.readouterr().out
    assert code == exits.OK, shown
    assert {request.method for request in google.requests} == {"GET"}
    assert all(TOKEN in request.headers["authorization"] for request in google.requests)
    hosts = {"us-central1-aiplatform.googleapis.com", "generativelanguage.googleapis.com", "storage.googleapis.com"}
    assert google.hosts == hosts
    written = "".join(path.read_text(encoding="utf-8") for path in Path("kept").iterdir())
    assert not [word for word in (TOKEN, "acme") if word in written]
    assert TOKEN not in shown


def test_the_recorder_looks_a_login_up_for_google_alone_and_only_where_a_caller_has_none() -> None:
    with (
        google_here() as google,
        opened_recorder("google", catalog=None, may_send=lambda _: True, heard=lambda *_: None) as recorder,
    ):
        health = recorder.handle(Request("GET", "/_emulator/health"))
        before = len(google.requests)
        recorder.handle(Request("GET", JOBS))
        recorder.handle(Request("GET", JOBS, "", {"authorization": "Bearer of-the-caller"}))

    assert (health.status, before) == (200, 0)
    tokens = [request.headers["authorization"] for request in google.requests]
    assert TOKEN in tokens[0]
    assert tokens[1] == "Bearer of-the-caller"
    written = b"".join(map(encoded, recorder.exchanges))
    assert TOKEN.encode() not in written
    assert b"of-the-caller" not in written
