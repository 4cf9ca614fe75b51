"""With a token in every request, and services that echo what they were sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security.canaries import SECRETS, found_in
from tests.security.command_lines import command_lines
from tests.security.google import FakeGoogle, echo_of, google_here
from tests.security.repository import planted, typed, written


@pytest.fixture
def google(tmp_path: Path) -> Iterator[FakeGoogle]:
    with planted(tmp_path) as ready, google_here() as fake:
        (ready / "saved").mkdir()
        yield fake


def test_no_command_shows_the_token_and_it_goes_to_google_alone(google: FakeGoogle, tmp_path: Path) -> None:
    shown, codes = {}, {}
    for words in command_lines():
        if words[:2] == ["lock", "merge"]:
            Path("theirs.lock").write_bytes(Path("tuneform.lock").read_bytes())
        seen = typed(*words)
        shown[" ".join(words)] = seen.out + seen.err
        codes[" ".join(words)] = seen.code

    sent = [r for r in google.requests if "authorization" in r.headers]
    assert len(sent) > 100
    assert {line: code for line, code in codes.items() if code in (64, 70)} == {}
    assert {h for h in google.hosts if not h.endswith(".googleapis.com")} == set()
    assert all(r.url.scheme == "https" for r in google.requests)
    assert found_in(shown, SECRETS) == []
    assert found_in(written(tmp_path)) == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412])
@pytest.mark.parametrize(
    "part", ["GET https", "POST https://us-central1", "/upload/", "POST https://generativelanguage"]
)
def test_what_a_service_echoes_is_not_repeated(google: FakeGoogle, tmp_path: Path, part: str, status: int) -> None:
    google.answers.append(echo_of(part, status))

    shown = {}
    for words in (["plan", "-v"], ["apply", "--yes", "--no-wait", "-v"], ["apply", "--yes", "--format", "json"]):
        seen = typed(*words)
        shown[" ".join(words)] = seen.out + seen.err
        assert seen.code in (0, 1, 3, 4)

    assert found_in(shown, SECRETS) == []
    assert found_in(written(tmp_path), SECRETS) == []
