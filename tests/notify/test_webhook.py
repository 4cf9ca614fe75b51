"""One POST for each notice: signed, sent again where that may help, bounded whatever answers."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from reconciler.backends.webhook import Webhook
from reconciler.core.notices import Message
from tests.fakes.clock import FakeClock
from tests.notify.receiver import Receiver, is_signed, listening

MESSAGE = Message("5f0c", '{"data":{"text":"grüße"}}'.encode())


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as found:
        yield found


def deliver(receiver: Receiver, secret: str = "", *, is_patient: bool = True, left_s: float = 600.0) -> str:
    hook = Webhook(receiver.url, secret, FakeClock(), lambda: left_s)
    return hook.deliver(MESSAGE, is_patient=is_patient)


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        ("a plain secret", b"a plain secret"),
        ("whsec_" + base64.b64encode(b"\x00\xff24 bytes of a real key").decode(), b"\x00\xff24 bytes of a real key"),
        ("whsec_not base64!", b"whsec_not base64!"),
    ],
)
def test_a_receiver_can_tell_who_sent_it(receiver: Receiver, secret: str, key: bytes) -> None:
    assert deliver(receiver, secret) == ""

    ((headers, body),) = receiver.got
    assert body == MESSAGE.body
    assert headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert is_signed(headers, body, key)
    assert not is_signed(headers, body + b" ", key)
    assert not is_signed(headers, body, key + b"x")


def test_without_a_secret_nothing_is_signed(receiver: Receiver) -> None:
    deliver(receiver)

    assert "webhook-signature" not in receiver.got[0][0]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503])
def test_what_may_pass_is_sent_again_with_the_same_id(receiver: Receiver, status: int) -> None:
    receiver.answers += [status, status]

    assert deliver(receiver, "s") == ""

    assert [headers["webhook-id"] for headers, _ in receiver.got] == ["5f0c"] * 3


@pytest.mark.parametrize("status", [301, 307, 400, 401, 404, 410])
def test_what_will_not_pass_is_sent_once_and_a_redirect_is_not_followed(receiver: Receiver, status: int) -> None:
    receiver.answers += [status]

    assert deliver(receiver) == f"it answered {status}"

    assert len(receiver.got) == 1


def test_who_is_not_patient_sends_it_once(receiver: Receiver) -> None:
    receiver.answers += [503]

    assert deliver(receiver, is_patient=False) == "it answered 503"

    assert len(receiver.got) == 1


def test_nobody_waits_for_an_hour_because_a_receiver_asks_for_it(receiver: Receiver) -> None:
    def busy(request: BaseHTTPRequestHandler) -> None:
        request.send_response(429)
        request.send_header("retry-after", "3600")
        request.end_headers()

    receiver.answers += [busy]

    assert deliver(receiver).startswith("it answered 429")
    assert len(receiver.got) == 1


def test_an_endless_answer_is_not_read(receiver: Receiver) -> None:
    def endless(request: BaseHTTPRequestHandler) -> None:
        request.send_response(400)
        request.end_headers()
        try:
            while True:
                request.wfile.write(b"no \x1b[31m" * 10_000)
        except OSError:
            return

    receiver.answers += [endless]

    why = deliver(receiver)

    assert why.startswith("it answered 400")
    assert "\x1b" not in why
    assert len(why) < 400


def test_a_byte_now_and_then_is_not_waited_for_past_the_end_of_the_run(receiver: Receiver) -> None:
    def slow(request: BaseHTTPRequestHandler) -> None:
        try:
            for byte in b"HTTP/1.1 200 OK\r\n" * 100:
                request.wfile.write(bytes([byte]))
                time.sleep(0.1)
        except OSError:
            return

    receiver.answers += [slow]
    began = time.monotonic()

    why = deliver(receiver, left_s=0.5, is_patient=False)

    assert why
    assert time.monotonic() - began < 5


def test_nobody_there_is_said_without_the_address_or_the_secret() -> None:
    hook = Webhook("http://127.0.0.1:9/token-in-the-path", "the secret", FakeClock())

    why = hook.deliver(MESSAGE, is_patient=False)

    assert "refused" in why
    assert "token-in-the-path" not in why + repr(hook)
    assert "the secret" not in why + repr(hook)
