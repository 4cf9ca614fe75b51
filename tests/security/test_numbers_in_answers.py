"""An int64 comes as a JSON string, and a service may send it as a number: both are the same answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.backends.inprocess import InProcessTransport
from reconciler.emulator import Request
from tests.security.google import FakeGoogle, google_here
from tests.security.repository import planted, typed

DEFINITIONS = Path(__file__).parents[2] / "reconciler" / "emulator" / "definitions"
INT64 = {
    name
    for path in DEFINITIONS.glob("*.json")
    for name in re.findall(r'"(\w+)": ?"\[?int64\]?[!?]?"', path.read_text(encoding="utf-8"))
}
COMMANDS = [
    ["plan", "--detailed-exitcode"],
    ["plan", "--format", "json"],
    ["status"],
    ["show", "vertex/router"],
    ["gate"],
    ["metrics", "vertex/router"],
    ["report"],
    ["doctor"],
    ["gc"],
]


@pytest.fixture
def google(tmp_path: Path) -> Iterator[FakeGoogle]:
    with planted(tmp_path) as _, google_here() as fake:
        yield fake


def _spelt(tree: Any, spell: Callable[[str], Any], key: str = "") -> Any:
    if isinstance(tree, dict):
        return {name: _spelt(value, spell, name) for name, value in tree.items()}
    if isinstance(tree, list):
        return [_spelt(value, spell, key) for value in tree]
    is_number = isinstance(tree, str) and key in INT64 and re.fullmatch(r"-?\d+", tree)
    return spell(tree) if is_number else tree


def _answering(google: FakeGoogle, spell: Callable[[str], Any], changed: list[str]) -> None:
    def answer(request: httpx.Request) -> httpx.Response | None:
        real = InProcessTransport(google.emulator.handle, Request).handle_request(request)
        content, headers = real.read(), dict(real.headers)
        if "json" not in headers.get("content-type", "") or request.url.path.startswith("/download/"):
            return httpx.Response(real.status_code, content=content, headers=headers)
        spelt = json.dumps(_spelt(json.loads(content), spell)).encode()
        if spelt != json.dumps(json.loads(content)).encode():
            changed.append(request.url.path)
        headers["content-length"] = str(len(spelt))
        return httpx.Response(real.status_code, content=spelt, headers=headers)

    google.answers[:] = [answer]


@pytest.mark.parametrize("spell", [int, float], ids=["whole", "with a fraction of nothing"])
def test_an_int64_as_a_number_changes_nothing(google: FakeGoogle, spell: Callable[[str], Any]) -> None:
    changed: list[str] = []
    _answering(google, spell, changed)

    applied = typed("apply", "--yes")
    as_numbers = [typed(*words) for words in COMMANDS]
    google.answers.clear()
    as_strings = [typed(*words) for words in COMMANDS]

    assert applied.code == 0, applied.err
    assert len({path.split("/")[1] for path in changed}) >= 3, changed
    assert as_numbers == as_strings
    assert "API213" not in "".join(seen.err for seen in as_numbers)
