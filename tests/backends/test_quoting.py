"""Foreign text in messages: one harmless line without secrets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.backends.quoting import HIDDEN, cleaned, page_title, redacted


@given(st.text())
def test_nothing_that_moves_a_cursor_or_reorders_a_line_gets_through(text: str) -> None:
    shown = cleaned(text).replace("\u200d", "")

    assert shown.isprintable()
    assert "\n" not in shown


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=80))
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert cleaned(redacted(text)) == redacted(text)


@given(st.text(min_size=2000))
def test_a_long_text_is_cut(text: str) -> None:
    assert len(cleaned(text, limit=100)) <= 101


@pytest.mark.parametrize(
    "secret",
    [
        "ya29.a0AfH6SMBx-canary_1",
        "1//0gcanarycanarycanary",
        "AIzaSyCanaryCanaryCanaryCanaryCanary123",
        "GOCSPX-canary_canary",
        "eyJhbGciOi.eyJjYW5hcnki.c2lnbmF0dXJl",
        "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\ncanary without an end",
    ],
)
def test_what_looks_like_a_credential_is_hidden(secret: str) -> None:
    shown = cleaned(f"the token {secret} is wrong")

    assert "anary" not in shown
    assert HIDDEN in shown


@pytest.mark.parametrize(
    "url",
    [
        "https://storage.googleapis.com/b/o?X-Goog-Algorithm=x&X-Goog-Signature=canary",
        "https://storage.googleapis.com/b/o?X-Goog-Credential=canary%2F1",
        "https://storage.googleapis.com/upload/b/o?uploadType=resumable&upload_id=canary",
        "https://generativelanguage.googleapis.com/v1beta/tunedModels?key=canary",
        "https://example.com/?a=b&access_token=canary#x",
        "Authorization: Bearer canary",
    ],
)
def test_secrets_in_addresses_and_headers_are_hidden(url: str) -> None:
    assert "canary" not in redacted(url)


def test_exact_secrets_are_hidden_whatever_they_look_like() -> None:
    assert cleaned("it said hunter2 aloud", ["hunter2", ""]) == f"it said {HIDDEN} aloud"


def test_emoji_that_are_joined_stay_whole() -> None:
    assert cleaned("👩\u200d🚀 ok") == "👩\u200d🚀 ok"


def test_a_web_page_is_told_by_its_title() -> None:
    assert page_title("<html><head><title>Log\x1b[1m in</title>") == "Log\\x1b[1m in"
    assert page_title("<html>nothing") == ""
