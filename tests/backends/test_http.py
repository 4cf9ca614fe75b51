"""Connections that fail, answers that cannot be used, repeats, pages, and whose token goes where."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import msgspec
import pytest
from msgspec import Struct

from reconciler.backends.base import BackendError
from reconciler.backends.calls import Call, CallKind
from reconciler.backends.http import Http
from reconciler.backends.retry import ATTEMPTS, SHORT_PAUSE_S, without_long_pauses
from reconciler.backends.targets import EmulatorAt, Google, Service, emulator_at
from reconciler.backends.threads import gather
from reconciler.core.faults import Fault
from tests.backends.fakes import FakeClock, an_error, failed, wired

READ = Call("tuningJobs.list", Service.VERTEX, "GET", "/v1/jobs", location="us-central1")
CREATE = Call("tuningJobs.create", Service.VERTEX, "POST", "/v1/jobs", kind=CallKind.CREATE, location="eu", body=b"{}")
CHANGE = Call("models.delete", Service.VERTEX, "DELETE", "/v1/m", kind=CallKind.CHANGE, location="us-central1")


class Things(Struct, frozen=True, rename="camel"):
    things: list[int] = []
    next_page_token: str = ""


THINGS = msgspec.json.Decoder(Things)


# Where it goes


@pytest.mark.parametrize(
    ("service", "location", "host"),
    [
        (Service.VERTEX, "us-central1", "us-central1-aiplatform.googleapis.com"),
        (Service.VERTEX, "us", "aiplatform.us.rep.googleapis.com"),
        (Service.VERTEX, "eu", "aiplatform.eu.rep.googleapis.com"),
        (Service.VERTEX, "global", "aiplatform.googleapis.com"),
        (Service.GEMINI, "", "generativelanguage.googleapis.com"),
        (Service.STORAGE, "", "storage.googleapis.com"),
    ],
)
def test_the_host_follows_from_service_and_location(service: Service, location: str, host: str) -> None:
    w = wired(httpx.Response(200, json={}))

    w.http.send(Call("m", service, "GET", "/v1/x", location=location))

    assert str(w.script.requests[0].url) == f"https://{host}/v1/x"


@pytest.mark.parametrize("location", ["evil.example/", "evil.example#", "", "US", "us-central1@evil.example", "a b"])
def test_a_location_that_is_not_one_word_goes_nowhere(location: str) -> None:
    w = wired(httpx.Response(200, json={}))

    with pytest.raises(BackendError) as error:
        w.http.send(Call("m", Service.VERTEX, "GET", "/v1/x", location=location))

    assert failed(error) == ("API219", False)
    assert w.script.requests == []


def test_an_emulator_gets_no_credentials() -> None:
    w = wired(httpx.Response(200, json={}), target=EmulatorAt("http://127.0.0.1:9"))

    w.http.send(READ)

    assert "authorization" not in w.script.requests[0].headers
    assert str(w.script.requests[0].url) == "http://127.0.0.1:9/v1/jobs"


def test_google_is_not_spoken_to_without_credentials() -> None:
    with pytest.raises(ValueError, match="credentials"):
        Http(Google(), FakeClock())


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8787",
        "http://localhost:1",
        "http://[::1]:8787/",
        "https://emulator.example",
        "http://127.1.2.3",
    ],
)
def test_an_emulator_may_be_on_this_machine_or_behind_https(url: str) -> None:
    assert emulator_at(url).url == url.rstrip("/")


@pytest.mark.parametrize("url", ["http://10.0.0.7:8787", "http://emulator.example", "http://localhost.evil.example"])
def test_plain_http_to_another_machine_is_refused(url: str) -> None:
    with pytest.raises(BackendError) as error:
        emulator_at(url)

    assert failed(error) == ("API208", False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "8787",
        "ftp://127.0.0.1",
        "http://",
        "http://u:p@127.0.0.1",
        "http://127.0.0.1/?a=b",
        "http://127.0.0.1/x",
        "http://127.0.0.1:notaport",
        "http://[::1",
    ],
)
def test_what_is_no_root_of_an_emulator_is_refused(url: str) -> None:
    with pytest.raises(BackendError) as error:
        emulator_at(url)

    assert failed(error) == ("API209", False)


def test_the_quota_project_of_a_call_wins_over_that_of_the_credentials() -> None:
    w = wired(httpx.Response(200, json={}))

    w.http.send(Call("m", Service.GEMINI, "GET", "/x", quota_project="acme-ml"))
    w.http.send(Call("m", Service.GEMINI, "GET", "/x"))

    assert [r.headers["x-goog-user-project"] for r in w.script.requests] == ["acme-ml", "quota-project"]


def test_a_redirect_is_not_followed_and_carries_the_token_nowhere() -> None:
    w = wired(httpx.Response(307, headers={"location": "https://evil.example/steal"}), httpx.Response(200, json={}))

    with pytest.raises(BackendError) as error:
        w.http.send(READ)

    assert failed(error) == ("API216", False)
    assert [r.url.host for r in w.script.requests] == ["us-central1-aiplatform.googleapis.com"]


# Connections


@pytest.mark.parametrize(
    ("raised", "code", "may_have_worked"),
    [
        (httpx.ConnectTimeout("slow"), "API204", False),
        (httpx.PoolTimeout("busy"), "API204", False),
        (httpx.ReadTimeout("slow"), "API205", True),
        (httpx.WriteTimeout("slow"), "API205", True),
        (httpx.ReadError("reset"), "API206", True),
        (httpx.WriteError("reset"), "API206", True),
        (httpx.RemoteProtocolError("cut"), "API206", True),
        (httpx.ProxyError("407"), "API207", False),
        (httpx.LocalProtocolError("bad header"), "API207", False),
        (httpx.DecodingError("bad gzip"), "API212", True),
        (httpx.ConnectError("refused"), "API201", False),
    ],
)
def test_a_failed_connection_says_whether_anything_was_sent(
    raised: Exception, code: str, may_have_worked: bool
) -> None:
    w = wired(raised)

    with pytest.raises(BackendError) as error:
        w.http.send(CREATE)

    assert failed(error) == (code, may_have_worked)
    assert len(w.script.requests) == 1
    expected = "may have worked" if may_have_worked else "Nothing was sent"
    assert expected in error.value.diagnostic.detail


def really(url: str) -> pytest.ExceptionInfo[BackendError]:
    http = Http(EmulatorAt(url), FakeClock())
    with pytest.raises(BackendError) as error:
        http.send(CREATE)
    http.close()
    return error


def test_a_port_where_nothing_listens_is_not_reached() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    error = really(f"http://127.0.0.1:{port}")

    assert failed(error) == ("API201", False)
    assert "127.0.0.1" in error.value.diagnostic.detail


def test_a_host_that_does_not_exist_is_said_to_be_unknown() -> None:
    assert failed(really("http://emulator.invalid")) == ("API202", False)


@pytest.fixture
def rude_port() -> Iterator[int]:
    """Reads a little, answers with something that is neither TLS nor HTTP, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(4096)
                    connection.sendall(b"go away\r\n\r\n")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def test_what_is_not_tls_is_not_safe(rude_port: int) -> None:
    assert failed(really(f"https://127.0.0.1:{rude_port}")) == ("API203", False)


def test_what_is_not_http_cuts_the_connection(rude_port: int) -> None:
    assert failed(really(f"http://127.0.0.1:{rude_port}")) == ("API206", True)


def test_an_emulator_on_this_machine_is_not_asked_through_a_proxy(
    rude_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    error = really(f"http://127.0.0.1:{rude_port}")

    assert failed(error) == ("API206", True)


def test_an_unusable_proxy_is_a_matter_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "gopher://127.0.0.1:1")
    w = wired(httpx.Response(200, json={}))
    w.http._transport = None

    with pytest.raises(BackendError) as error:
        w.http.send(CREATE)

    assert failed(error) == ("API207", False)
    assert "HTTPS_PROXY" in error.value.diagnostic.fix


def test_a_header_in_no_charset_is_refused_before_it_is_sent() -> None:
    w = wired(httpx.Response(200, json={}))

    with pytest.raises(BackendError) as error:
        w.http.send(Call("m", Service.GEMINI, "GET", "/x", quota_project="naïve\u2026"))

    assert failed(error) == ("API207", False)
    assert w.script.requests == []


# Answers


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (
            httpx.Response(200, text="<!DOCTYPE html><title>Wifi</title>", headers={"content-type": "text/html"}),
            "API211",
        ),
        (httpx.Response(200, text='{"things": [1, 2'), "API212"),
        (httpx.Response(200, text=""), "API212"),
        (httpx.Response(200, content=b'{"nextPageToken": "\xff"}'), "API212"),
        (httpx.Response(200, text='{"things": "many"}'), "API213"),
        (httpx.Response(200, text="[]"), "API213"),
        (httpx.Response(200, content=b'{"x": ' + b"[" * 200_000), "API215"),
    ],
)
@pytest.mark.parametrize("call", [READ, CREATE])
def test_an_answer_that_cannot_be_used_says_why(answer: httpx.Response, code: str, call: Call) -> None:
    w = wired(lambda _: httpx.Response(200, headers=answer.headers, content=answer.content))

    with pytest.raises(BackendError) as error:
        w.http.read(call, THINGS)

    # An unreadable answer to a create leaves open whether the create worked.
    assert failed(error) == (code, call is CREATE)
    assert error.value.fault is Fault.TRANSIENT


def _a_page() -> httpx.Response:
    return httpx.Response(200, text="<!DOCTYPE html><title>Wifi</title>", headers={"content-type": "text/html"})


def test_a_page_in_place_of_an_answer_to_a_change_is_no_success() -> None:
    """With 200 on it, it was taken for one: a cancel or a deletion that nobody carried out counted as done."""
    w = wired(lambda _: _a_page())

    with pytest.raises(BackendError) as error:
        w.http.send(CHANGE)

    assert failed(error) == ("API211", True)


def test_an_answer_that_breaks_off_may_have_worked() -> None:
    class Broken(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield b'{"name": '
            raise httpx.ReadError("reset")

    with pytest.raises(BackendError) as error:
        wired(httpx.Response(200, stream=Broken())).http.send(CREATE)

    assert failed(error) == ("API206", True)


# Repeats


def test_a_read_is_repeated_with_growing_waits() -> None:
    w = wired(*[an_error(503, "UNAVAILABLE", "busy")] * 3, httpx.Response(200, json={"things": [1]}))

    things = w.http.read(READ, THINGS)

    assert things.things == [1]
    assert len(w.script.requests) == 4
    first, second, third = w.clock.slept
    assert 1 <= first <= 2 <= second <= 3
    assert 4 <= third <= 5


def test_the_services_own_wait_wins() -> None:
    busy = an_error(429, "RESOURCE_EXHAUSTED", "too many", retry_after="11")
    w = wired(busy, httpx.Response(200, json={}))

    w.http.send(READ)

    assert w.clock.slept == [11.0]


def test_a_service_that_asks_for_hours_is_not_waited_for() -> None:
    w = wired(an_error(429, "RESOURCE_EXHAUSTED", "too many", retry_after="7200"))

    with pytest.raises(BackendError) as error:
        w.http.send(READ)

    assert error.value.retry_after_s == 7200.0
    assert (len(w.script.requests), w.clock.slept) == (1, [])


def test_where_long_pauses_are_for_the_caller_a_read_is_still_repeated_after_short_ones() -> None:
    w = wired(
        *[an_error(503, "UNAVAILABLE", "busy")] * 3,
        an_error(503, "UNAVAILABLE", "busy", retry_after="2"),
        httpx.Response(200, json={"things": [1]}),
    )

    with without_long_pauses():
        things = w.http.read(READ, THINGS)

    assert things.things == [1]
    assert len(w.clock.slept) == 4
    assert all(0 < pause_s <= SHORT_PAUSE_S for pause_s in w.clock.slept)


@pytest.mark.parametrize("call", [READ, CHANGE], ids=["a read", "a change"])
@pytest.mark.parametrize("status", [429, 503])
def test_where_long_pauses_are_for_the_caller_one_that_the_service_asks_for_is_told_at_once(
    status: int, call: Call
) -> None:
    w = wired(an_error(status, "UNAVAILABLE", "busy", retry_after="25"))

    with without_long_pauses(), pytest.raises(BackendError) as error:
        w.http.send(call)

    assert error.value.retry_after_s == 25.0
    assert (len(w.script.requests), w.clock.slept) == (1, [])


def test_where_long_pauses_are_for_the_caller_requests_side_by_side_make_none_either() -> None:
    w = wired(an_error(503, "UNAVAILABLE", "busy", retry_after="25"))

    with without_long_pauses(), pytest.raises(BackendError):
        gather([lambda: w.http.send(READ), lambda: w.http.send(READ)], parallelism=2)

    assert w.clock.slept == []


def test_long_pauses_are_made_again_afterwards_and_in_other_threads_meanwhile() -> None:
    def pause_s() -> list[float]:
        w = wired(an_error(503, "UNAVAILABLE", "busy", retry_after="25"), httpx.Response(200, json={}))
        w.http.send(READ)
        return w.clock.slept

    with ThreadPoolExecutor(1) as others, without_long_pauses():
        meanwhile = others.submit(pause_s).result()

    assert (meanwhile, pause_s()) == ([25.0], [25.0])


def test_repeats_end() -> None:
    w = wired(an_error(503, "UNAVAILABLE", "busy"))

    with pytest.raises(BackendError):
        w.http.send(CHANGE)

    assert len(w.script.requests) == ATTEMPTS


@pytest.mark.parametrize("answer", [an_error(503, "X", "busy"), an_error(429, "X", "many"), httpx.ReadError("cut")])
@pytest.mark.parametrize("kind", [CallKind.CREATE, CallKind.ASK])
def test_what_costs_money_is_sent_once(kind: CallKind, answer: httpx.Response | Exception) -> None:
    w = wired(answer)

    with pytest.raises(BackendError):
        w.http.read(Call("m", Service.GEMINI, "POST", "/x", kind=kind, body=b"{}"), THINGS)

    assert (len(w.script.requests), w.clock.slept) == (1, [])


@pytest.mark.parametrize(
    "answer", [an_error(400, "X", "no"), an_error(404, "NOT_FOUND", "no"), an_error(403, "X", "no")]
)
def test_a_refusal_is_not_repeated(answer: httpx.Response) -> None:
    w = wired(answer)

    with pytest.raises(BackendError):
        w.http.send(READ)

    assert len(w.script.requests) == 1


def test_a_token_that_ended_in_the_middle_of_a_run_is_renewed_once() -> None:
    w = wired(an_error(401, "UNAUTHENTICATED", "expired"), httpx.Response(200, json={}))

    w.http.send(READ)

    tokens = [r.headers["authorization"] for r in w.script.requests]
    assert tokens == ["Bearer canary-token-0", "Bearer canary-token-1"]


def test_a_renewed_token_that_is_not_accepted_either_is_an_error() -> None:
    w = wired(an_error(401, "UNAUTHENTICATED", "no"))

    with pytest.raises(BackendError) as error:
        w.http.send(READ)

    assert failed(error) == ("API111", False)
    assert (len(w.script.requests), w.credentials.renewed) == (2, 1)


def test_a_create_is_not_sent_again_even_after_a_401() -> None:
    w = wired(an_error(401, "UNAUTHENTICATED", "expired"))

    with pytest.raises(BackendError):
        w.http.send(CREATE)

    assert len(w.script.requests) == 1


# Pages


def test_pages_are_read_to_the_last() -> None:
    w = wired(
        httpx.Response(200, json={"things": [1], "nextPageToken": "b&c"}), httpx.Response(200, json={"things": [2]})
    )

    pages = [page.things for page in w.http.pages(READ, THINGS)]

    assert pages == [[1], [2]]
    assert [r.url.params.get("pageToken") for r in w.script.requests] == [None, "b&c"]


@pytest.mark.parametrize("tokens", [["a"], ["a", "b", "a"], ["a", "b", "c", "b"]])
def test_a_page_token_that_comes_again_ends_the_list_with_an_error(tokens: list[str]) -> None:
    answers = [httpx.Response(200, json={"nextPageToken": token}) for token in tokens]
    w = wired(*answers)

    with pytest.raises(BackendError) as error:
        list(w.http.pages(READ, THINGS))

    assert failed(error) == ("API217", False)
    assert len(w.script.requests) <= len(tokens) + 1


# Several at once


def test_results_come_in_the_order_of_their_tasks() -> None:
    gate = threading.Barrier(3, timeout=10)

    def task(n: int) -> int:
        gate.wait()
        return n

    assert gather([lambda n=n: task(n) for n in range(3)], 3) == [0, 1, 2]  # type: ignore[misc]


def test_the_first_failure_of_several_is_the_failure() -> None:
    def broken() -> int:
        raise ValueError("first")

    with pytest.raises(ValueError, match="first"):
        gather([broken, lambda: 1, broken], 2)


def test_a_closed_client_opens_again() -> None:
    w = wired(lambda _: httpx.Response(200, json={}))
    w.http.send(READ)

    w.http.close()
    w.http.send(READ)

    assert len(w.script.requests) == 2


def test_the_client_says_who_it_is() -> None:
    w = wired(httpx.Response(200, json={}))

    w.http.send(READ)

    assert w.script.requests[0].headers["user-agent"].startswith("tuneform/")
