"""What goes upstream: to Google the caller's credential or that of the login, to an emulator none."""

from __future__ import annotations

import httpx
import pytest

from reconciler.backends.targets import EmulatorAt, Google, Target
from reconciler.backends.upstream import Upstream
from reconciler.emulator import Request
from reconciler.emulator.recording.recorder import Recorder, UpstreamError
from reconciler.emulator.recording.twin import Twin

JOBS = "/v1/projects/acme/locations/europe-west4/tuningJobs"
OWN = {
    "authorization": "Bearer mine",
    "x-goog-user-project": "acme",
    "cookie": "a=b",
    "x-goog-api-key": "key",
    "host": "127.0.0.1:8787",
}


class Login:
    """Application Default Credentials that count how often they are asked."""

    def __init__(self) -> None:
        self.asked = 0

    def headers(self, scopes: tuple[str, ...]) -> dict[str, str]:
        assert scopes
        self.asked += 1
        return {"authorization": "Bearer of-the-login"}

    def renew(self) -> None:
        """None to renew."""


def _sent(
    target: Target, login: Login, path: str, headers: dict[str, str], **answer: str
) -> tuple[httpx.Request, object]:
    seen: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={}, headers=answer)

    upstream = Upstream(target, login, transport=httpx.MockTransport(respond))
    passed = upstream.send("GET", path, "pageSize=3", headers, b"")
    return seen[0], dict(passed.headers)


@pytest.mark.parametrize(
    ("path", "host"),
    [
        (JOBS, "europe-west4-aiplatform.googleapis.com"),
        ("/v1beta1/projects/acme/locations/us/endpoints/1", "aiplatform.us.rep.googleapis.com"),
        ("/v1beta1/projects/acme/locations/global/publishers/google/models/m:x", "aiplatform.googleapis.com"),
        ("/ui/projects/acme/locations/us-central1/operations/1", "us-central1-aiplatform.googleapis.com"),
        ("/v1beta/tunedModels", "generativelanguage.googleapis.com"),
        ("/upload/storage/v1/b/x/o", "storage.googleapis.com"),
        ("/storage/v1/b/x", "storage.googleapis.com"),
    ],
)
def test_each_path_goes_to_the_host_that_has_it(path: str, host: str) -> None:
    request, _ = _sent(Google(), Login(), path, {})

    assert request.url.host == host
    assert request.url.scheme == "https"
    assert request.url.query == b"pageSize=3"


@pytest.mark.parametrize("location", ["evil.example%2F", "x@evil.example", "a.b", "A", "-"])
def test_a_location_that_is_none_leads_nowhere(location: str) -> None:
    from reconciler.backends.base import BackendError

    with pytest.raises(BackendError):
        _sent(Google(), Login(), f"/v1/projects/acme/locations/{location}/tuningJobs", {})


def test_the_callers_own_credential_goes_to_google_and_no_login_is_looked_up() -> None:
    login = Login()

    request, _ = _sent(Google(), login, JOBS, OWN)

    assert request.headers["authorization"] == "Bearer mine"
    assert request.headers["host"] != OWN["host"]
    assert login.asked == 0


def test_a_caller_without_a_credential_has_that_of_the_login() -> None:
    login = Login()

    request, _ = _sent(Google(), login, JOBS, {"accept": "application/json"})

    assert request.headers["authorization"] == "Bearer of-the-login"
    assert login.asked == 1


def test_no_credential_of_any_kind_goes_to_an_emulator() -> None:
    login = Login()

    request, _ = _sent(EmulatorAt("http://127.0.0.1:9"), login, JOBS, OWN)

    assert not {"authorization", "cookie", "x-goog-api-key", "x-goog-user-project"} & set(request.headers)
    assert login.asked == 0


def test_the_address_of_an_upload_leads_through_the_recorder_again() -> None:
    where = "https://storage.googleapis.com/upload/storage/v1/b/x/o?upload_id=1"

    _, headers = _sent(Google(), Login(), "/upload/storage/v1/b/x/o", OWN, location=where)

    assert isinstance(headers, dict)
    assert headers["location"] == "http://127.0.0.1:8787/upload/storage/v1/b/x/o?upload_id=1"


def test_what_nobody_agrees_to_is_not_sent_and_not_kept() -> None:
    sent: list[Request] = []

    def forward(request: Request) -> object:
        sent.append(request)
        raise UpstreamError("no way")

    recorder = Recorder(forward, Twin(), forward, lambda _: False, lambda *_: None)  # type: ignore[arg-type]
    refused = recorder.handle(Request("POST", JOBS, "", {}, b"{}"))
    unreached = recorder.handle(Request("GET", JOBS))

    assert (refused.status, unreached.status) == (403, 502)
    assert [request.method for request in sent] == ["GET"]
    assert recorder.exchanges == []
