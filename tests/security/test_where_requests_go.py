"""Plain http to this machine alone, the token to Google alone, and nothing a server says moves a request."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.backends.base import BackendError
from reconciler.backends.calls import Call
from reconciler.backends.http import Http
from reconciler.backends.targets import EMBEDDED, Service, emulator_at
from reconciler.backends.vertex import Vertex
from reconciler.session.clock import SystemClock
from tests.fakes.specs import a_spec, a_training
from tests.security.canaries import TOKEN
from tests.security.google import FakeGoogle, google_here
from tests.security.repository import planted, typed

_ELSEWHERE = [
    "http://example.com",
    "http://127.0.0.1@evil.example",
    "http://127.0.0.1:80@evil.example",
    "http://evil.example#@127.0.0.1",
    "http://evil.example?@127.0.0.1",
    "http://evil.example\\@127.0.0.1",
    "http://127.0.0.1\\@evil.example",
    "http://localhost.evil.example",
    "http://127.0.0.1.evil.example",
    "http://127.0.0.1.nip.io",
    "http://localhost.",
    "http://2130706433",
    "http://0x7f000001",
    "http://0177.0.0.1",
    "http://127.1",
    "http://0.0.0.0",
    "http://[::]",
    "http://[::ffff:8.8.8.8]",
    "http://[::ffff:7f00:1]x",
    "http://169.254.169.254",
    "http://metadata.google.internal",
    "http://127。0。0。1.evil.example",
    "http://①27.0.0.1.evil.example",
    "http://127.0.0.1%2f.evil.example",
    "http://127.0.0.1%00.evil.example",
    "http://127.0.0.1\r\nHost: evil.example",
    "http:127.0.0.1",
    "http:///127.0.0.1",
    "//127.0.0.1",
    "ftp://127.0.0.1",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "http://127.0.0.1:99999",
    "http://127.0.0.1:80:80",
    "http://",
    "",
]


@pytest.mark.parametrize("url", _ELSEWHERE)
def test_plain_http_goes_to_no_other_machine_however_it_is_spelt(url: str) -> None:
    with pytest.raises(BackendError) as raised:
        emulator_at(url)

    assert raised.value.diagnostic.code in ("API208", "API209")


@given(st.text(max_size=40) | st.from_regex(r"https?://[ -~]{0,30}", fullmatch=True))
def test_whatever_is_accepted_is_what_the_client_connects_to(text: str) -> None:
    try:
        target = emulator_at(text)
    except BackendError:
        return
    try:
        url = httpx.URL(target.url)
    except httpx.InvalidURL:
        return
    assert url.scheme == "https" or url.host in ("localhost", "::1") or url.host.startswith(("127.", "::ffff:"))


class _Redirecting(BaseHTTPRequestHandler):
    """Sends everybody to the other server, and remembers what it was sent."""

    def do_GET(self) -> None:
        self.server.seen.append(f"{self.command} {self.path} {dict(self.headers)}")  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("location", self.server.other)  # type: ignore[attr-defined]
        self.send_header("content-length", "0")
        self.end_headers()

    do_POST = do_PUT = do_GET

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def two_servers() -> Iterator[tuple[Any, Any]]:
    servers: list[Any] = [HTTPServer(("127.0.0.1", 0), _Redirecting) for _ in range(2)]
    threads = [threading.Thread(target=s.serve_forever) for s in servers]
    for server, other, thread in zip(servers, reversed(servers), threads, strict=True):
        server.seen, server.status = [], 302
        server.other = f"http://127.0.0.1:{other.server_port}/elsewhere"
        thread.start()
    yield servers[0], servers[1]
    for server, thread in zip(servers, threads, strict=True):
        server.shutdown()
        thread.join()
        server.server_close()


class _Token:
    def headers(self, _scopes: tuple[str, ...]) -> dict[str, str]:
        return {"authorization": f"Bearer {TOKEN}"}

    def renew(self) -> None:
        """It is always the same."""


class _At:
    takes_credentials = True
    is_embedded = False

    def __init__(self, url: str) -> None:
        self.url = url

    def base_url(self, _service: Service, _location: str) -> str:
        return self.url


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_a_redirect_is_an_error_and_takes_no_token_anywhere(
    two_servers: tuple[Any, Any], status: int, verb: str
) -> None:
    asked, other = two_servers
    asked.status = status
    http = Http(_At(f"http://127.0.0.1:{asked.server_port}"), SystemClock(), credentials=_Token())

    with pytest.raises(BackendError) as raised:
        http.send(Call("x.get", Service.VERTEX, verb, "/v1/x", location="us-central1"))
    http.close()

    assert raised.value.diagnostic.code == "API216"
    assert TOKEN in asked.seen[0]
    assert other.seen == []


_TOKENS = ["https://evil.example/", "../../evil", "x&alt=media", "x#y", "x?y=z", "\r\nHost: evil", "%2e%2e/", "@evil"]


@pytest.mark.parametrize("token", _TOKENS)
def test_a_page_token_stays_one_parameter_of_the_same_address(token: str, tmp_path: Path) -> None:
    def page(request: httpx.Request) -> httpx.Response | None:
        first = "tuningJobs" in request.url.path and "pageToken" not in request.url.params
        return httpx.Response(200, json={"nextPageToken": token}) if first else None

    with planted(tmp_path), google_here() as google:
        google.answers.append(page)
        typed("plan")

    again = [r for r in google.requests if "pageToken" in r.url.params]
    assert [r.url.params["pageToken"] for r in again] == [token] * len(again)
    assert again
    assert {r.url.host for r in again} == {"us-central1-aiplatform.googleapis.com"}
    assert {r.url.path.rpartition("/")[2] for r in again} == {"tuningJobs"}


_NAMES = [
    "https://evil.example/operations/1",
    "//evil.example/operations/1",
    "tunedModels/../../../evil/operations/1",
    "projects/p/locations/evil.example#/operations/1",
    "projects/p/locations/us-central1/../../x/operations/1",
    "projects/p/locations/us-central1/operations/1?alt=media",
    "projects/p/locations/us-central1.evil.example/operations/1",
    "projects/p/locations/us central1/operations/1",
    "projects/p/locations/us-central1/operations/\r\nHost: evil",
    "projects/p@evil.example/locations/us-central1/operations/1",
]


@pytest.mark.parametrize("name", _NAMES)
def test_a_name_from_the_cloud_leads_to_no_other_host_or_path(name: str, tmp_path: Path) -> None:
    def named(request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST" and request.url.path.endswith(("/tuningJobs", "/tunedModels")):
            return httpx.Response(200, json={"name": name, "state": "JOB_STATE_PENDING"})
        return None

    with planted(tmp_path), google_here() as google:
        google.answers.append(named)
        applied = typed("apply", "--yes", "--timeout", "30s")
        status = typed("status")

    assert 70 not in (applied.code, status.code)
    assert {h for h in google.hosts if not h.endswith(".googleapis.com")} == set()
    assert [str(r.url) for r in google.requests if "evil" in str(r.url) or ".." in r.url.path] == []


@pytest.mark.parametrize("name", [n for n in _NAMES if n.startswith(("http", "/", "projects"))])
def test_a_name_in_a_lock_leads_to_no_other_host_either(name: str) -> None:
    reached = []

    def answer(request: httpx.Request) -> httpx.Response:
        reached.append(str(request.url))
        return httpx.Response(404, json={"error": {"code": 404, "status": "NOT_FOUND"}})

    http = Http(EMBEDDED, SystemClock(), transport=httpx.MockTransport(answer))
    spec = a_spec()
    training = a_training(spec, job=name, model=name, endpoint=name)

    for asked in (Vertex(http).poll, Vertex(http).cancel, Vertex(http).dispose):
        with pytest.raises(BackendError) as raised:
            asked(training)
        assert raised.value.diagnostic.code == "API219"

    assert [url for url in reached if "evil" in url or ".." in url or "?" in url] == []


def test_an_upload_session_elsewhere_is_refused(tmp_path: Path) -> None:
    def elsewhere(request: httpx.Request) -> httpx.Response | None:
        if "uploadType=resumable" not in str(request.url):
            return None
        return httpx.Response(200, headers={"location": "https://storage.googleapis.com.evil.example/upload"})

    with planted(tmp_path) as folder, google_here() as google:
        data = folder / "specs/data/train.jsonl"
        data.write_text(data.read_text(encoding="utf-8") * 2000, encoding="utf-8")
        google.answers.append(elsewhere)
        seen = typed("apply", "--yes", "--target", "vertex/router")

    assert seen.code == 1
    assert "API216" in seen.err
    assert {h for h in google.hosts if not h.endswith(".googleapis.com")} == set()


def test_fake_google_sees_a_token(tmp_path: Path) -> None:
    """Else the tests above prove nothing."""
    with planted(tmp_path), google_here() as google:
        typed("plan")

    assert isinstance(google, FakeGoogle)
    assert f"Bearer {TOKEN}" in {r.headers["authorization"] for r in google.requests}
