"""Whatever a server says: no traceback, nothing raw on the terminal, and an end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.backends.inprocess import InProcessTransport
from reconciler.emulator import Request
from tests.security.command_lines import command_lines
from tests.security.google import Answer, FakeGoogle, google_here
from tests.security.hostile import CONTROLS, WRONG, each_text, harmful_in, paths_in, with_value
from tests.security.repository import planted, typed

_LEFT_OUT = ("init", "validate", "schema", "destroy", "forget", "cancel", "lock")
_SHOWN = ("displayName", "tunedModelDisplayName", "description", "message", "state", "tuningJobState", "reason")


@pytest.fixture(scope="module")
def google(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeGoogle]:
    """With everything trained, so that every list has something in it."""
    with planted(tmp_path_factory.mktemp("repository")) as folder, google_here() as fake:
        (folder / "saved").mkdir()
        assert typed("apply", "--yes").code == 0
        Path("kept.lock").write_bytes(Path("tuneform.lock").read_bytes())
        yield fake


def _changed(google: FakeGoogle, change: Any, *, reads_only: bool = True) -> Answer:
    """Answers of the emulator, each changed."""

    def answer(request: httpx.Request) -> httpx.Response | None:
        if reads_only and request.method != "GET":
            return None
        real = InProcessTransport(google.emulator.handle, Request).handle_request(request)
        content = real.read()
        try:
            tree = json.loads(content)
        except ValueError:
            return httpx.Response(real.status_code, content=content)
        return httpx.Response(real.status_code, content=_spelt(change(tree)))

    return answer


def _spelt(tree: Any) -> bytes:
    return json.dumps(tree, ensure_ascii=True).encode()


def test_control_characters_of_a_service_reach_no_terminal_in_any_format(google: FakeGoogle) -> None:
    def spoilt(key: str, text: str) -> str:
        return f"{text}{CONTROLS}" if key in _SHOWN else text

    google.answers[:] = [_changed(google, lambda tree: each_text(tree, spoilt))]
    raw, bugs = {}, []
    for words in command_lines():
        if words[0] in _LEFT_OUT or words[-1] != "-v":
            continue
        seen = typed(*words, *(["--timeout", "30s"] if words[0] in ("apply", "wait") else []))
        if harmful := harmful_in(seen.out + seen.err):
            raw[" ".join(words)] = harmful
        bugs += [words] if seen.code == 70 else []
    Path("tuneform.lock").write_bytes(Path("kept.lock").read_bytes())

    assert bugs == []
    assert raw == {}


def test_an_error_with_control_characters_is_spelt_out(google: FakeGoogle) -> None:
    body = {"error": {"code": 400, "status": f"INVALID{CONTROLS}", "message": f"Bad{CONTROLS}"}}
    google.answers[:] = [lambda _: httpx.Response(400, json=body, headers=[(b"x-request-id", b"id\x85")])]

    seen = {form: typed("plan", "--format", form) for form in ("text", "json", "markdown", "github", "junit", "sarif")}

    assert {form: harmful_in(s.out + s.err) for form, s in seen.items()} == {form: [] for form in seen}
    assert {s.code for s in seen.values()} == {1}


_settings = settings(deadline=None, suppress_health_check=list(HealthCheck))


@_settings
@given(st.data())
def test_a_wrong_value_anywhere_in_an_answer_is_never_a_bug(google: FakeGoogle, data: st.DataObject) -> None:
    wrong = data.draw(st.sampled_from(WRONG))
    number = data.draw(st.integers(0, 60))
    part = data.draw(st.sampled_from(["tuningJobs", "models", "endpoints", "tunedModels", "/o/", "operations", ""]))

    def spoilt(tree: Any) -> Any:
        paths = list(paths_in(tree))
        return with_value(tree, paths[number % len(paths)], wrong) if paths else wrong

    change = _changed(google, spoilt, reads_only=False)
    google.answers[:] = [lambda request: change(request) if part in str(request.url) else None]
    command = data.draw(st.sampled_from(_COMMANDS))

    seen = typed(*command)
    Path("tuneform.lock").write_bytes(Path("kept.lock").read_bytes())

    assert seen.code != 70, seen.err
    assert harmful_in(seen.out + seen.err) == []


_COMMANDS = [
    ["plan"],
    ["plan", "--format", "json"],
    ["status"],
    ["show", "vertex/router"],
    ["gate"],
    ["metrics", "vertex/router"],
    ["report"],
    ["prompt", "vertex/router", "hello"],
    ["import", "--all"],
    ["output"],
]


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 1_000_000,
        b'{"tuningJobs":' * 100_000,
        b'{"tuningJobs": [' + b"{}," * 300_000 + b"{}]}",
        b'{"nextPageToken": "' + b"x" * 5_000_000 + b'"}',
        b'{"tuningJobs": [{"name": "' + b"projects/" * 500_000 + b'"}]}',
        b"\x00" * 1_000_000,
        b"<html>" * 200_000,
        b"",
    ],
    ids=lambda content: content[:12].decode("latin-1"),
)
@pytest.mark.parametrize("status", [200, 400])
def test_a_large_or_deep_answer_is_an_error_in_good_time(google: FakeGoogle, content: bytes, status: int) -> None:
    google.answers[:] = [lambda r: httpx.Response(status, content=content) if "tuningJobs" in r.url.path else None]

    seen = typed("plan")

    assert seen.code in (0, 1)
    assert len(seen.out + seen.err) < 20_000
    assert harmful_in(seen.err) == []


def test_a_list_without_end_is_given_up(google: FakeGoogle) -> None:
    pages = iter(range(10**9))

    def page(request: httpx.Request) -> httpx.Response | None:
        if "tuningJobs" not in request.url.path:
            return None
        return httpx.Response(200, json={"nextPageToken": f"page {next(pages)}"})

    google.answers[:] = [page]

    seen = typed("plan")

    assert seen.code == 1
    assert "API217" in seen.err
