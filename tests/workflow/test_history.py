"""What happened at an address, from the lock alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace as with_fields

from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.lock import Author, Pin
from reconciler.core.model import Address
from reconciler.files.lock_json import encode_lock
from reconciler.render.json_history import history_to_json
from reconciler.render.style import Style
from reconciler.render.terminal.history import render_history
from reconciler.workflow.history import history
from tests.fakes.specs import a_spec
from tests.fakes.stage import NO_WAIT, Stage
from tests.render.builders import EMULATOR

ROUTER = Address("vertex", "router")
ADA = Author(actor="ada", commit="c0ffee" * 6 + "c0ff", run_url="https://github.com/acme/models/actions/runs/42")


def _replaced(folder: Path) -> Stage:
    """A model that has a successor."""
    stage = Stage(folder, [a_spec()])
    stage.apply()
    stage.specs = [a_spec(epochs=9)]
    stage.apply()
    return stage


def test_every_attempt_says_why_it_was_made_and_what_happened_when(tmp_path: Path) -> None:
    stage = _replaced(tmp_path)

    first, second = history(stage.world(), ROUTER).attempts

    assert (first.attempt, first.role, first.reason) == ("1", "deposed", "not found in the cloud")
    assert (second.attempt, second.role) == ("2", "serving")
    assert second.reason.startswith("edited: trains a successor")
    ours = [m.what for m in first.happenings if m.what.islower()]
    assert ours == ["announced", "submitted", "ended", "began to serve", "stopped serving"]
    assert [m.at for m in first.happenings] == sorted(m.at for m in first.happenings)


def test_whoever_had_an_attempt_approved_stands_with_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec()], by=ADA)
    stage.apply()

    (attempt,) = history(stage.world(), ROUTER).attempts

    assert attempt.by == ADA


def test_what_is_open_is_told_with_who_had_it_approved(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec()], by=ADA)
    stage.apply(NO_WAIT)

    text = render_history(history(stage.world(), ROUTER), EMULATOR, Style())

    assert "approved  create attempt 1" in text
    assert "ada · commit c0ffee" in text
    assert ADA.run_url in text


def test_what_was_destroyed_is_remembered(tmp_path: Path) -> None:
    stage = _replaced(tmp_path)
    stage.destroy("vertex/router")

    known = history(stage.world(), ROUTER)

    assert known.attempts == ()
    assert len(known.disposed) == 2
    assert "disposed of: 2 trainings" in render_history(known, EMULATOR, Style())


def test_what_was_forgotten_is_remembered(tmp_path: Path) -> None:
    stage = _replaced(tmp_path)
    stage.forget()

    text = render_history(history(stage.world(), ROUTER), EMULATOR, Style())

    assert "forgotten 2026-" in text


def test_an_address_of_which_nobody_has_heard_is_an_error(tmp_path: Path) -> None:
    stage = _replaced(tmp_path)

    with pytest.raises(ReconcilerError) as caught:
        history(stage.world(), Address("vertex", "absent"))

    assert caught.value.diagnostics[0].code == "RUN013"


def test_json_has_all_that_the_text_has(tmp_path: Path) -> None:
    stage = _replaced(tmp_path)

    document = json.loads(history_to_json(history(stage.world(), ROUTER)))

    assert document["format_version"] == "1.0"
    assert [a["attempt"] for a in document["attempts"]] == ["1", "2"]
    assert document["attempts"][0]["by"] == {"actor": "", "commit": "", "run_url": ""}
    assert {"at", "what"} == set(document["attempts"][0]["happenings"][0])


def test_a_rollback_that_holds_an_address_is_told(tmp_path: Path) -> None:
    stage = _replaced(tmp_path)
    pin = Pin(attempt="1", by=ADA, reason="wrong answers", at="2026-11-20T09:12:30Z")
    lock = stage.lock
    held = lock.with_entry(ROUTER, with_fields(stage.entry(), pin=pin))
    stage.path.write_bytes(encode_lock(held, {}))

    text = render_history(history(stage.world(), ROUTER), EMULATOR, Style())

    assert "pinned  rollback attempt 1\n  why       wrong answers\n  by        ada" in text
