"""Held-out items in Cloud Storage: a plan knows of them what it knows of a local set, before anything is paid for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.workflow import remote_heldout
from tests.ownership.conftest import make_room, room
from tests.ownership.room import Room

__all__ = ["make_room", "room"]
URI = "gs://acme-eval/eval.jsonl"
PRICES = (
    "  prices: {gemini-3.5-flash: {train: 5 USD/1M, generate: {input: 1 USD/1M, output: 4 USD/1M}, asOf: 2026-11-01}}\n"
)


def row(number: int, answer: str = "billing") -> str:
    question = {"role": "user", "parts": [{"text": f"Letter {number}: where does it go?"}]}
    return json.dumps({"contents": [question, {"role": "model", "parts": [{"text": answer}]}]})


def upload(room: Room, rows: list[str]) -> None:
    data = ("\n".join(rows) + "\n").encode()
    room.ask("POST", "/upload/storage/v1/b/acme-eval/o", data, query="uploadType=media&name=eval.jsonl")


def gated(room: Room, margin: str = "10%", epochs: int = 4) -> None:
    gate = f"  tuneform: {{gate: {{heldout: '{URI}', metric: exact, against: incumbent, margin: {margin}}}}}\n"
    room.spec("router", epochs=epochs, more=gate)


def forecast(room: Room) -> Any:
    (change,) = [c for c in room.plan()["changes"] if c["action"] != "noop"]
    return change["forecast"]


@pytest.fixture
def served(room: Room) -> Room:
    """One model serves."""
    room.workspace(more=PRICES)
    room.spec("router")
    assert room.apply().code == 0
    return room


def test_a_plan_says_how_many_are_asked_what_that_costs_and_what_it_can_find(served: Room) -> None:
    upload(served, [row(n) for n in range(60)])
    gated(served)

    found = forecast(served)

    assert (found["items"], found["models"], found["answers"]) == (60, 2, 120)
    assert float(found["cost"]["high"]) > 0
    assert found["finds"] is not None


def test_what_so_few_cannot_prove_is_refused_before_anything_is_trained(served: Room) -> None:
    upload(served, [row(n) for n in range(20)])
    gated(served, margin="2%")

    shown = served.apply()

    words = " ".join(shown.text.split())
    assert (shown.code, "GATE020" in words, f"{URI} has 20" in words) == (1, True, True), shown.text
    assert len(served.lock["entries"]["vertex/router"]["trainings"]) == 1


def test_a_broken_line_has_its_place_before_anything_is_trained(served: Room) -> None:
    upload(served, [*(row(n) for n in range(60)), '{"contents": []}'])
    gated(served)

    shown = served.apply()

    assert (shown.code, f"{URI}:61" in shown.text) == (1, True), shown.text
    assert len(served.lock["entries"]["vertex/router"]["trainings"]) == 1


def test_what_is_known_of_it_already_is_said(served: Room) -> None:
    upload(served, [row(n) for n in range(60)])
    planted = {"labels": {"tuneform-attempt": "2"}, "right": 0.5, "seed": 7, "wrong": "text:nobody"}
    items = ("\n".join(row(n) for n in range(60)) + "\n").encode()
    served.ask("POST", "/_emulator/items", items)
    served.ask("POST", "/_emulator/answers", {"labels": {"tuneform-attempt": "1"}, "right": 1.0, "seed": 7})
    served.ask("POST", "/_emulator/answers", planted)
    gated(served)
    assert served.apply().code == 1
    gated(served, margin="20%")

    found = forecast(served)

    assert 0 < found["known"] <= found["answers"] == 120


def test_of_a_large_set_nobody_has_counted_the_items(served: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_heldout, "MOST_BYTES", 1_000)
    upload(served, [row(n) for n in range(60)])
    gated(served)

    assert "items" not in forecast(served)


def test_a_set_that_nothing_will_be_asked_of_is_not_read(served: Room, tmp_path: Path) -> None:
    upload(served, ["this is no example"])
    gated(served, epochs=3)

    shown = served.run("plan")

    assert shown.code == 0, shown.text
