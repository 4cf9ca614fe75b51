"""What each error answer means, whose words it quotes and which command mends it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from reconciler.backends.base import BackendError
from reconciler.backends.calls import Call, CallKind
from reconciler.backends.targets import Service
from reconciler.core.faults import Fault
from tests.backends.fakes import EPOCH_S, an_error, error_info, failed, wired

READ = Call("tuningJobs.get", Service.VERTEX, "GET", "/v1/x", location="us-central1", project="acme-ml")
CREATE = Call(
    "tuningJobs.create", Service.VERTEX, "POST", "/v1/x", kind=CallKind.CREATE, location="us-central1", body=b"{}"
)
CHANGE = Call("models.delete", Service.VERTEX, "DELETE", "/v1/x", kind=CallKind.CHANGE, location="us-central1")
GEMINI = Call("tunedModels.list", Service.GEMINI, "GET", "/v1beta/tunedModels", quota_project="acme-ml")


def refused(call: Call, *answers: httpx.Response | Exception) -> pytest.ExceptionInfo[BackendError]:
    with pytest.raises(BackendError) as error:
        wired(*answers).http.send(call)
    return error


HTML = {"content-type": "text/html"}
PAGE = "<html><title>Log in to the network</title></html>"


@pytest.mark.parametrize(
    ("answer", "code", "fault"),
    [
        (an_error(400, "INVALID_ARGUMENT", "no such adapter"), "API301", Fault.REJECTED),
        (an_error(400, "FAILED_PRECONDITION", "still deployed"), "API302", Fault.REJECTED),
        (an_error(401, "UNAUTHENTICATED", "who?"), "API111", Fault.AUTH),
        (an_error(403, "PERMISSION_DENIED", "no"), "API122", Fault.AUTH),
        (an_error(404, "NOT_FOUND", "no such job"), "API303", Fault.NOT_FOUND),
        (an_error(409, "ALREADY_EXISTS", "there is one"), "API305", Fault.CONFLICT),
        (an_error(409, "ABORTED", "somebody was faster"), "API305", Fault.CONFLICT),
        (an_error(412, "FAILED_PRECONDITION", "generation"), "API306", Fault.CONFLICT),
        (an_error(429, "RESOURCE_EXHAUSTED", "too many"), "API307", Fault.QUOTA),
        (an_error(500, "INTERNAL", "oops"), "API308", Fault.TRANSIENT),
        (an_error(501, "UNIMPLEMENTED", "not here"), "API310", Fault.REJECTED),
        (an_error(503, "UNAVAILABLE", "busy"), "API308", Fault.TRANSIENT),
        (an_error(504, "DEADLINE_EXCEEDED", "slow"), "API308", Fault.TRANSIENT),
        (an_error(418, "TEAPOT", "short and stout"), "API309", Fault.TRANSIENT),
        (httpx.Response(302, headers={"location": "https://evil.example"}), "API216", Fault.TRANSIENT),
        (httpx.Response(403, text=PAGE, headers=HTML), "API211", Fault.TRANSIENT),
        (httpx.Response(404, text=PAGE, headers=HTML), "API304", Fault.REJECTED),
        (httpx.Response(404, json={"message": "no route"}), "API304", Fault.REJECTED),
        (httpx.Response(404, text="nothing"), "API304", Fault.REJECTED),
        (httpx.Response(502, text=PAGE, headers=HTML), "API308", Fault.TRANSIENT),
    ],
)
def test_a_status_has_its_code_and_its_fault(answer: httpx.Response, code: str, fault: Fault) -> None:
    error = refused(READ, answer)

    assert failed(error) == (code, False)
    assert error.value.fault is fault


@pytest.mark.parametrize(
    ("status", "may_have_worked"),
    [
        *((status, False) for status in (400, 401, 403, 404, 409, 412, 429, 501)),
        *((status, True) for status in (302, 408, 499, 500, 502, 503, 504)),
    ],
)
@pytest.mark.parametrize("call", [CREATE, CHANGE])
def test_only_what_the_service_refused_did_certainly_not_work(call: Call, status: int, may_have_worked: bool) -> None:
    error = refused(call, an_error(status, "STATUS", "words"))

    assert error.value.may_have_worked is may_have_worked


@pytest.mark.parametrize(
    ("message", "details", "code"),
    [
        ("Request had insufficient authentication scopes.", [], "API121"),
        ("x", [error_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT")], "API121"),
        ("Vertex AI API has not been used in project acme-ml before or it is disabled.", [], "API123"),
        ("x", [error_info("SERVICE_DISABLED", service="aiplatform.googleapis.com")], "API123"),
        ("The API requires a quota project, which is not set by default.", [], "API124"),
        ("x", [error_info("USER_PROJECT_DENIED", consumer="projects/acme-ml")], "API124"),
        ("x", [error_info("BILLING_DISABLED")], "API125"),
        ("x", [error_info("SECURITY_POLICY_VIOLATED")], "API125"),
        ("x", [error_info("IAM_PERMISSION_DENIED", permission="aiplatform.tuningJobs.list")], "API122"),
    ],
)
def test_a_403_tells_apart_what_is_missing(message: str, details: list[dict[str, Any]], code: str) -> None:
    error = refused(READ, an_error(403, "PERMISSION_DENIED", message, *details))

    assert error.value.diagnostic.code == code
    assert error.value.fault is Fault.AUTH


def test_quota_of_cloud_storage_is_no_lack_of_permission() -> None:
    body = {"error": {"code": 403, "message": "Slow down", "errors": [{"reason": "rateLimitExceeded"}]}}
    call = Call("objects.get", Service.STORAGE, "GET", "/storage/v1/b/x/o/y")

    error = refused(call, httpx.Response(403, json=body))

    assert error.value.fault is Fault.QUOTA


@pytest.mark.parametrize(
    ("call", "answer", "command"),
    [
        (
            READ,
            an_error(
                403,
                "X",
                "x",
                error_info("SERVICE_DISABLED", service="aiplatform.googleapis.com", consumer="projects/acme-ml"),
            ),
            "gcloud services enable aiplatform.googleapis.com --project=acme-ml",
        ),
        (
            READ,
            an_error(403, "X", "Permission 'aiplatform.tuningJobs.create' denied on resource '//x' (or not)."),
            "gcloud projects add-iam-policy-binding acme-ml --member=MEMBER --role=roles/aiplatform.user",
        ),
        (READ, an_error(401, "X", "x"), "gcloud auth application-default login"),
        (
            READ,
            an_error(403, "X", "Request had insufficient authentication scopes."),
            "gcloud auth application-default login --scopes=https://www.googleapis.com/auth/cloud-platform",
        ),
        (
            READ,
            an_error(403, "X", "The API requires a quota project"),
            "gcloud auth application-default set-quota-project acme-ml",
        ),
        (
            GEMINI,
            an_error(403, "X", "Request had insufficient authentication scopes."),
            "gcloud auth application-default login --client-id-file=client_secret.json --scopes="
            "https://www.googleapis.com/auth/cloud-platform,"
            "https://www.googleapis.com/auth/generative-language.tuning",
        ),
    ],
)
def test_the_message_has_the_command_that_mends_it(call: Call, answer: httpx.Response, command: str) -> None:
    error = refused(call, answer)

    assert error.value.diagnostic.command == command


def test_for_the_gemini_api_it_says_that_a_key_is_not_enough() -> None:
    error = refused(GEMINI, an_error(403, "X", "Request had insufficient authentication scopes."))

    assert "An API key is not enough" in error.value.diagnostic.fix


def test_a_missing_permission_is_named() -> None:
    message = "Permission 'aiplatform.tuningJobs.create' denied on resource '//x' (or it may not exist)."

    error = refused(READ, an_error(403, "PERMISSION_DENIED", message))

    assert "aiplatform.tuningJobs.create" in error.value.diagnostic.fix


def test_what_a_service_says_cannot_become_part_of_a_command() -> None:
    info = error_info("SERVICE_DISABLED", service="x; rm -rf ~", consumer="projects/$(id)")

    error = refused(READ, an_error(403, "X", "x", info))

    assert error.value.diagnostic.command == ""
    assert "rm -rf" not in error.value.diagnostic.fix


def test_the_words_of_the_service_the_method_and_the_request_are_quoted() -> None:
    answer = an_error(400, "INVALID_ARGUMENT", "The adapter size is not supported.", x_request_id="7c1f")

    error = refused(CREATE, answer)

    assert error.value.diagnostic.detail == (
        'tuningJobs.create answered 400 INVALID_ARGUMENT: "The adapter size is not supported." (request 7c1f).'
        " Nothing was created."
    )
    assert error.value.diagnostic.code == "API320"


def test_fields_that_are_wrong_are_named_where_the_words_do_not_name_them() -> None:
    violations = [{"field": "tuning_job.base_model", "description": "unknown model"}]
    detail = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations}

    error = refused(READ, an_error(400, "INVALID_ARGUMENT", "Bad request", detail))

    assert '"Bad request; tuning_job.base_model: unknown model"' in error.value.diagnostic.detail


@pytest.mark.parametrize(
    ("headers", "details", "seconds"),
    [
        ({"retry-after": "7"}, [], 7.0),
        ({"retry-after": "Wed, 18 Nov 2026 08:54:40 GMT"}, [], None),
        ({"retry-after": "soon"}, [], None),
        ({}, [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "12.5s"}], 12.5),
        ({}, [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "later"}], None),
        ({}, [], None),
    ],
)
def test_how_long_to_wait_is_understood_in_every_form(
    headers: dict[str, str], details: list[dict[str, Any]], seconds: float | None
) -> None:
    answer = an_error(429, "RESOURCE_EXHAUSTED", "too many", *details, **headers)

    error = refused(CREATE, answer)

    if headers.get("retry-after", "").startswith("Wed"):
        assert error.value.retry_after_s == pytest.approx(1_794_992_080 - EPOCH_S, abs=1e5)
    else:
        assert error.value.retry_after_s == seconds


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"error": null}',
        b'{"error": {"code": "x", "message": 7, "details": [null, {"@type": 3, "metadata": {"a": 1}}]}}',
        b'{"error": "invalid_grant", "error_description": "expired"}',
        b'[{"error": {"code": 400, "message": "in a list"}}]',
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"error": {"details": 3, "errors": 4}}',
    ],
)
def test_an_error_in_any_form_is_an_error_and_no_crash(body: bytes) -> None:
    error = refused(READ, httpx.Response(400, content=body))

    assert failed(error) == ("API301", False)
    assert "tuningJobs.get answered 400" in error.value.diagnostic.detail


def test_an_error_whose_body_breaks_off_is_still_that_error() -> None:
    class Broken(httpx.SyncByteStream):
        def __iter__(self) -> Any:
            yield b'{"error": {"code": 403, "mess'
            raise httpx.ReadError("gone")

    error = refused(CREATE, httpx.Response(403, stream=Broken()))

    assert failed(error) == ("API122", False)


def test_no_token_comes_back_in_a_message_even_where_the_service_echoes_it() -> None:
    answer = an_error(400, "INVALID_ARGUMENT", "You sent Bearer canary-token-0 and canary-token-0 alone")

    error = refused(READ, answer)

    assert "canary-token" not in str(error.value)
    assert "[hidden]" in error.value.diagnostic.detail


def test_control_characters_of_a_service_are_escaped() -> None:
    error = refused(READ, an_error(400, "X\x1b[2J", "\x1b[31mred\x1b[0m \u202egnp.exe\u202c \x07", x_request_id="a\tb"))

    detail = error.value.diagnostic.detail
    assert detail.isprintable()
    assert "\\x1b[31mred" in detail
    assert "\\u202e" in detail
