"""Whose token a request carries: found late, renewed in time, and said plainly where there is none."""

from __future__ import annotations

import datetime as dt
import json
import sys
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.auth import exceptions
from google.auth.credentials import Credentials

from reconciler.backends.auth import GoogleCredentials, TokenRequest
from reconciler.backends.base import BackendError
from reconciler.backends.targets import Service
from reconciler.core.faults import Fault
from tests.backends.fakes import failed

SCOPES = Service.VERTEX.scopes
USER = {
    "type": "authorized_user",
    "client_id": "id",
    "client_secret": "canary-secret",
    "refresh_token": "canary-refresh",
    "account": "ada@acme.example",
    "quota_project_id": "acme-quota",
}


ReauthFailError: Any = exceptions.ReauthFailError  # google-auth's exceptions have no types
RefreshError: Any = exceptions.RefreshError
TransportError: Any = exceptions.TransportError
MalformedError: Any = exceptions.MalformedError


class FakeCredentials(Credentials):
    """Of google-auth's own kind; fails as it is told."""

    def __init__(self, error: Exception | None = None, /, **attributes: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.error = error
        self.refreshed = 0
        for name, value in attributes.items():
            setattr(self, name, value)

    def refresh(self, request: Any) -> None:  # noqa: ARG002 - its own way to get a token
        if self.error is not None:
            raise self.error
        self.refreshed += 1
        self.token = f"token-{self.refreshed}"
        self.expiry = None


def loading(found: Credentials | Exception) -> tuple[GoogleCredentials, list[tuple[str, ...]]]:
    asked: list[tuple[str, ...]] = []

    def load(scopes: tuple[str, ...], _: Callable[..., Any]) -> Credentials:
        asked.append(scopes)
        if isinstance(found, Exception):
            raise found
        return found

    return GoogleCredentials(load=load), asked


def refused(ask: Callable[[], object]) -> pytest.ExceptionInfo[BackendError]:
    with pytest.raises(BackendError) as error:
        ask()
    return error


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "credentials.json"
    path.write_text(json.dumps(USER), encoding="utf-8")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    monkeypatch.delenv("GOOGLE_CLOUD_QUOTA_PROJECT", raising=False)
    return path


def token_service(answers: list[httpx.Response], forms: list[dict[str, str]]) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        forms.append(dict(urllib.parse.parse_qsl(request.content.decode())))
        return answers.pop(0)

    return httpx.MockTransport(answer)


def test_nothing_is_looked_up_before_it_is_asked() -> None:
    credentials, asked = loading(FakeCredentials())
    before = list(asked)

    credentials.headers(SCOPES)
    credentials.headers(SCOPES)

    assert (before, asked) == ([], [SCOPES])


def test_a_personal_login_carries_its_token_and_its_quota_project(file: Path) -> None:
    forms: list[dict[str, str]] = []
    transport = token_service([httpx.Response(200, json={"access_token": "ya29.x", "expires_in": 3599})], forms)
    credentials = GoogleCredentials(transport=transport)

    headers = credentials.headers(SCOPES)
    again = credentials.headers(SCOPES)

    assert headers == again == {"authorization": "Bearer ya29.x", "x-goog-user-project": "acme-quota"}
    assert [form["refresh_token"] for form in forms] == ["canary-refresh"]
    assert credentials.identity() == "ada@acme.example"


def test_a_token_is_renewed_on_demand(file: Path) -> None:
    tokens = [httpx.Response(200, json={"access_token": t, "expires_in": 3599}) for t in ("first", "second")]
    credentials = GoogleCredentials(transport=token_service(tokens, []))
    first = credentials.headers(SCOPES)

    credentials.renew()

    assert [first["authorization"], credentials.headers(SCOPES)["authorization"]] == ["Bearer first", "Bearer second"]


def test_a_token_that_is_about_to_end_is_renewed_by_itself() -> None:
    found = FakeCredentials()
    credentials, _ = loading(found)
    credentials.headers(SCOPES)
    found.expiry = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - google-auth's own times have no zone

    headers = credentials.headers(SCOPES)

    assert headers["authorization"] == "Bearer token-2"


def test_a_login_that_was_revoked_asks_for_a_new_one(file: Path) -> None:
    body = {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
    credentials = GoogleCredentials(transport=token_service([httpx.Response(400, json=body)], []))

    error = refused(lambda: credentials.headers(SCOPES))

    assert failed(error) == ("API102", False)
    assert error.value.fault is Fault.AUTH
    assert "Token has been expired or revoked" in error.value.diagnostic.detail
    assert error.value.diagnostic.command == "gcloud auth application-default login"
    assert "canary" not in str(error.value)


def test_a_token_service_that_cannot_be_reached_is_no_lack_of_credentials(file: Path) -> None:
    def unreachable(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    error = refused(lambda: GoogleCredentials(transport=httpx.MockTransport(unreachable)).headers(SCOPES))

    assert failed(error) == ("API104", False)
    assert error.value.fault is Fault.TRANSIENT


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "API103"),
        ("not json", "API103"),
        ('{"type": "unheard_of"}', "API103"),
        ('{"type": "authorized_user"}', "API103"),
        ('{"type": "service_account", "client_email": "x"}', "API103"),
        ("[]", "API103"),
    ],
)
def test_a_damaged_file_is_said_and_never_skipped(file: Path, content: str, code: str) -> None:
    file.write_text(content, encoding="utf-8")

    error = refused(lambda: GoogleCredentials().headers(SCOPES))

    assert failed(error) == (code, False)
    assert error.value.fault is Fault.AUTH


def test_a_file_that_is_named_and_absent_is_said(file: Path) -> None:
    file.unlink()

    assert failed(refused(lambda: GoogleCredentials().headers(SCOPES))) == ("API103", False)


def test_no_credentials_at_all_names_both_ways_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setattr("google.auth._default._get_gce_credentials", lambda *_, **__: (None, None))

    error = refused(lambda: GoogleCredentials().headers(SCOPES))

    assert failed(error) == ("API101", False)
    assert "--emulator" in error.value.diagnostic.fix


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (ReauthFailError("password needed"), "API102"),
        (RefreshError("Not all requested scopes were granted"), "API102"),
        (RefreshError("internal_failure", retryable=True), "API104"),
        (TransportError("metadata server"), "API104"),
        (MalformedError("bad key"), "API103"),
        (OSError("permission denied"), "API103"),
        (ValueError("bad pem"), "API103"),
    ],
)
def test_every_failure_of_a_login_has_its_code(raised: Exception, code: str) -> None:
    credentials, _ = loading(FakeCredentials(raised))

    assert failed(refused(lambda: credentials.headers(SCOPES))) == (code, False)


@pytest.mark.parametrize(
    ("attributes", "identity"),
    [
        ({"service_account_email": "ci@acme-ml.iam.gserviceaccount.com"}, "ci@acme-ml.iam.gserviceaccount.com"),
        ({"account": "ada@acme.example"}, "ada@acme.example"),
        ({"account": ""}, "application default login"),
        ({}, "application default login"),
    ],
)
def test_it_says_who_asks(attributes: dict[str, str], identity: str) -> None:
    credentials, _ = loading(FakeCredentials(**attributes))

    assert credentials.identity() == identity


def test_the_metadata_server_tells_who_asks_with_the_first_token() -> None:
    class Machine(FakeCredentials):
        service_account_email = "default"

        def refresh(self, request: Any) -> None:
            super().refresh(request)
            self.service_account_email = "vm@acme.example"

    credentials, _ = loading(Machine())

    assert credentials.identity() == "vm@acme.example"


def test_each_service_gets_a_token_of_its_scopes() -> None:
    credentials, asked = loading(FakeCredentials())

    for service in Service:
        credentials.headers(service.scopes)

    assert asked == [Service.VERTEX.scopes, Service.GEMINI.scopes]
    assert Service.GEMINI.scopes[1].endswith("generative-language.tuning")


def test_googles_other_http_library_is_not_loaded(file: Path) -> None:
    transport = token_service([httpx.Response(200, json={"access_token": "x", "expires_in": 3599})], [])
    before = "google.auth.transport.requests" in sys.modules

    GoogleCredentials(transport=transport).headers(SCOPES)

    assert ("google.auth.transport.requests" in sys.modules) == before


def test_the_adapter_answers_as_google_auth_expects() -> None:
    send = TokenRequest(httpx.MockTransport(lambda r: httpx.Response(418, text=r.method, headers={"x": "y"})))

    answer = send("https://oauth2.googleapis.com/token", method="POST", body=b"a=b", headers={"a": "b"}, timeout=3)

    assert (answer.status, answer.data, answer.headers["X"]) == (418, b"POST", "y")


def test_a_token_service_that_redirects_is_not_followed() -> None:
    send = TokenRequest(
        httpx.MockTransport(lambda _: httpx.Response(302, headers={"location": "https://evil.example"}))
    )

    assert send("https://oauth2.googleapis.com/token").status == 302
