"""Streams of text: server-sent events in pieces of any size, blocks, and errors in the middle."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.backends.base import BackendError
from reconciler.backends.calls import Call, CallKind
from reconciler.backends.generation import request, streamed
from reconciler.backends.targets import Service
from reconciler.core.generation import AnswerSettings, Thought
from tests.backends.fakes import an_error, failed, wired

CALL = Call("endpoints.streamGenerateContent", Service.GEMINI, "POST", "/v1/e:s", kind=CallKind.ASK, body=b"{}")


class Pieces(httpx.SyncByteStream):
    def __init__(self, *pieces: bytes | Exception) -> None:
        self.pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece


def event(*texts: str, **fields: Any) -> bytes:
    candidate = {"content": {"role": "model", "parts": [{"text": text} for text in texts]}, **fields}
    return b"data: " + json.dumps({"candidates": [candidate]}).encode() + b"\r\n\r\n"


def answer(*pieces: bytes | Exception) -> list[str]:
    return list(streamed(wired(httpx.Response(200, stream=Pieces(*pieces))).http, CALL))


def refused(*pieces: bytes | Exception) -> pytest.ExceptionInfo[BackendError]:
    with pytest.raises(BackendError) as error:
        answer(*pieces)
    return error


def test_text_comes_piece_by_piece() -> None:
    assert answer(event("Be", "cause"), event(" it is."), event(finishReason="STOP")) == ["Be", "cause", " it is."]


@given(st.integers(min_value=1, max_value=30))
def test_it_does_not_matter_where_the_network_cuts(size: int) -> None:
    whole = event("Wärme") + b": a comment\r\n\r\n" + event(" 🌡️") + event("", finishReason="STOP")
    pieces = [whole[i : i + size] for i in range(0, len(whole), size)]

    assert answer(*pieces) == ["Wärme", " 🌡️"]


def test_the_last_event_needs_no_empty_line() -> None:
    assert answer(event("a"), event("b").rstrip()) == ["a", "b"]


def test_what_a_model_thinks_aloud_is_left_out() -> None:
    thought = {"candidates": [{"content": {"parts": [{"text": "hm", "thought": True}, {"text": "4"}]}}]}

    assert answer(b"data: " + json.dumps(thought).encode() + b"\n\n") == ["4"]


def test_who_asks_for_thoughts_can_tell_them_from_the_answer() -> None:
    thought = {"candidates": [{"content": {"parts": [{"text": "hm", "thought": True}, {"text": "4"}]}}]}
    said = Pieces(b"data: " + json.dumps(thought).encode() + b"\n\n")

    pieces = list(streamed(wired(httpx.Response(200, stream=said)).http, CALL, with_thoughts=True))

    assert [(piece, isinstance(piece, Thought)) for piece in pieces] == [("hm", True), ("4", False)]


def test_thoughts_alone_are_no_answer() -> None:
    thought = {"candidates": [{"content": {"parts": [{"text": "hm", "thought": True}]}, "finishReason": "MAX_TOKENS"}]}

    error = refused(b"data: " + json.dumps(thought).encode() + b"\n\n")

    assert "the answer ended with MAX_TOKENS" in error.value.diagnostic.detail


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (event(finishReason="SAFETY"), "the answer ended with SAFETY"),
        (b'data: {"promptFeedback": {"blockReason": "OTHER\\u001b[2J"}}\n\n', "the prompt was blocked: OTHER\\x1b[2J"),
        (b"", "the answer is empty"),
    ],
)
def test_an_answer_without_text_says_why(said: bytes, words: str) -> None:
    error = refused(said)

    assert failed(error) == ("API340", False)
    assert words in error.value.diagnostic.detail


def test_an_error_in_the_middle_comes_after_what_was_said() -> None:
    told = b'data: {"error": {"code": 503, "status": "UNAVAILABLE", "message": "overloaded"}}\n\n'
    heard: list[str] = []

    with pytest.raises(BackendError) as error:
        heard.extend(streamed(wired(httpx.Response(200, stream=Pieces(event("Be"), told))).http, CALL))

    assert heard == ["Be"]
    assert failed(error) == ("API218", False)
    assert "overloaded" in error.value.diagnostic.detail


def test_an_error_as_a_list_of_json_is_understood() -> None:
    error = refused(b'[{\n  "error": {\n    "code": 400,\n    "message": "too long",\n    "status": "X"\n  }\n}\n]')

    assert failed(error) == ("API218", False)
    assert "too long" in error.value.diagnostic.detail


def test_an_event_that_is_not_json_ends_it() -> None:
    assert failed(refused(event("a"), b"data: {oops\n\n")) == ("API218", False)


def test_a_cut_in_the_middle_is_said() -> None:
    assert refused(event("a"), httpx.ReadError("reset")).value.diagnostic.code == "API206"


def test_an_event_without_end_is_dropped() -> None:
    assert failed(refused(*[b"x" * 1024 * 1024] * 20)) == ("API214", False)


def test_a_refused_prompt_is_an_error_and_sent_once() -> None:
    w = wired(an_error(429, "RESOURCE_EXHAUSTED", "too many"))

    with pytest.raises(BackendError) as error:
        list(streamed(w.http, CALL))

    assert failed(error) == ("API307", False)
    assert len(w.script.requests) == 1


def test_only_the_options_that_were_given_are_sent() -> None:
    assert request("Why?", AnswerSettings()) == {"contents": [{"role": "user", "parts": [{"text": "Why?"}]}]}
    assert request(
        "Why?", AnswerSettings(system="Be brief.", max_output_tokens=16, temperature=0.2, top_p=0.9, top_k=40)
    ) == {
        "contents": [{"role": "user", "parts": [{"text": "Why?"}]}],
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "generationConfig": {"temperature": 0.2, "topP": 0.9, "topK": 40, "maxOutputTokens": 16},
    }
