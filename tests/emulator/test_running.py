"""An emulator that runs in the process of a test, without pytest's plugin."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from reconciler.emulator import SettingError, running_emulator

ROOT = Path(__file__).parents[2]
MODEL = "/v1beta/models/gemini-3.5-flash"


def ask(url: str, text: str = "Who are you?") -> str:
    body = json.dumps({"contents": [{"parts": [{"text": text}]}]}).encode()
    request = urllib.request.Request(f"{url}{MODEL}:generateContent", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        found: Any = json.loads(answer.read())
    return str(found["candidates"][0]["content"]["parts"][0]["text"])


def test_an_emulator_answers_while_the_block_lasts_and_leaves_no_thread() -> None:
    before = threading.active_count()

    with running_emulator() as emulator:
        emulator.answer("Sunny.")
        said, url = ask(emulator.url), emulator.url

    assert said == "Sunny."
    assert [t.name for t in threading.enumerate() if t.name == "tuneform-emulator"] == []
    assert threading.active_count() <= before + 16, "only idle workers of a pool are left"
    with pytest.raises(urllib.error.URLError):
        ask(url)


def test_two_emulators_know_nothing_of_each_other() -> None:
    with running_emulator() as one, running_emulator() as other:
        one.answer("Sunny.", times=None)

        assert (ask(one.url), ask(other.url)[:10]) == ("Sunny.", "(simulated")
        assert (len(one.calls), len(other.calls)) == (1, 1)


def test_a_reset_begins_again_at_the_same_address() -> None:
    with running_emulator() as emulator:
        emulator.answer("Sunny.", times=None)
        emulator.fault("gemini.models.generateContent", "status:503", times=None)
        before = emulator.url

        emulator.reset()

        assert ask(before).startswith("(simulated")
        assert emulator.url == before
        assert (len(emulator.calls), emulator.scripts) == (1, [])


def test_what_was_scripted_and_did_not_come_is_told() -> None:
    with running_emulator() as emulator:
        emulator.answer("one", times=2)
        emulator.answer(json={"degrees": 25}, times=None)
        ask(emulator.url)

        assert [(s["text"], s["left"]) for s in emulator.unused] == [("one", 1)]


def test_a_call_is_told_with_what_was_asked() -> None:
    with running_emulator() as emulator:
        number = emulator.refuse(503)
        with pytest.raises(urllib.error.HTTPError):
            ask(emulator.url)

        (call,) = emulator.prompts

        assert (call.model, call.prompt, call.status, call.script) == ("gemini-3.5-flash", "Who are you?", 503, number)
        assert call.body["contents"][0]["parts"] == [{"text": "Who are you?"}]
        assert call.headers["content-type"] == "application/json"


def test_a_wrong_script_says_what_is_wrong_where_it_is_written() -> None:
    with running_emulator() as emulator, pytest.raises(SettingError, match=r"candidates\[0\].finish_reason"):
        emulator.answer(finish_reason="BORED")


def test_the_clock_stands_still_until_it_is_told() -> None:
    with running_emulator(speed="manual") as emulator:
        before = emulator.clock

        emulator.advance(90)

        assert (emulator.clock - before).total_seconds() == 90


def test_settings_are_those_of_the_emulator() -> None:
    with running_emulator(unscripted="refuse") as emulator:
        with pytest.raises(urllib.error.HTTPError, match="501"):
            ask(emulator.url)
        emulator.reset(unscripted="answer")
        assert ask(emulator.url).startswith("(simulated")

    with pytest.raises(SettingError, match="unknown setting 'colour'"), running_emulator(colour="red"):
        pass


@pytest.mark.parametrize("module", ["reconciler.emulator", "reconciler.emulator.pytest_plugin"])
def test_importing_it_costs_next_to_nothing(module: str) -> None:
    script = f"import sys, pytest; before = set(sys.modules); import {module}; print(*set(sys.modules) - before)"

    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )

    new = set(ended.stdout.split())
    assert {name for name in new if name.partition(".")[0] not in sys.stdlib_module_names | {"reconciler"}} == set()
    assert {name for name in new if name.startswith("reconciler")} <= {
        "reconciler",
        "reconciler.version",
        "reconciler.emulator",
        "reconciler.emulator.errors",
        "reconciler.emulator.facade",
        "reconciler.emulator.in_thread",
        "reconciler.emulator.messages",
        "reconciler.emulator.pytest_plugin",
        "reconciler.emulator.running",
    }
    assert "sqlite3" not in new
