"""`metrics` on trainings of the emulator: one in full, several side by side, and one whose experiment is gone."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ownership.room import Room

ROUTER = "vertex/router"
_EVALUATION = """\
    validationDatasetUri: data/validation.jsonl
    evaluationConfig:
      metrics: [{exactMatchSpec: {}}]
      outputConfig: {gcsDestination: {outputUriPrefix: gs://acme-tuning/evaluation}}
"""


def rows(count: int) -> str:
    turns = [[("user", f"q {n}"), ("model", "billing" if n % 2 else "bug")] for n in range(count)]
    lines = [{"contents": [{"role": role, "parts": [{"text": text}]} for role, text in turn]} for turn in turns]
    return "".join(json.dumps(line) + "\n" for line in lines)


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    """Forty epochs over twenty examples, which over-fit whatever the seed; each checkpoint is evaluated."""
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    room = Room(tmp_path, tmp_path / "cloud.db")
    room.workspace()
    room.write("specs/data/train.jsonl", rows(20))
    room.write("specs/data/validation.jsonl", rows(4))
    train(room, 40)
    return room


def train(room: Room, epochs: int) -> None:
    room.spec("router", epochs=epochs, data="data/train.jsonl", base="gemini-2.5-flash", more=_EVALUATION)
    applied = room.apply()
    assert applied.code == 0, applied.text


def test_a_training_in_full_fits_the_screen_and_suggests_what_to_do(room: Room) -> None:
    shown = room.run("metrics", ROUTER)

    lines = shown.text.splitlines()
    assert shown.code == 0
    assert max(map(len, lines)) <= 80
    assert "vertex/router attempt 1 · serving · 100 steps · 40 epochs" in lines
    assert any(line.startswith("Suggestion: Over-fitting: eval_total_loss was lowest around step ") for line in lines)
    assert [line.split()[:2] for line in lines if line.startswith("  checkpoint ") and "step" not in line][1:] == [
        ["checkpoint", str(n)] for n in range(1, 11)
    ]


def test_attempts_are_compared_and_each_is_known_by_its_number(room: Room) -> None:
    train(room, 4)

    both = room.run("metrics", ROUTER, "--all-attempts").text.splitlines()
    old = json.loads(room.run("metrics", ROUTER, "--attempt", "1", "--format", "json").text)
    points = list(csv.DictReader(io.StringIO(room.run("metrics", ROUTER, "--format", "csv").text)))

    table = [line.split()[:5] for line in both if line.startswith("  vertex/router attempt")]
    assert table == [[ROUTER, "attempt", "1", "40", "100"], [ROUTER, "attempt", "2", "4", "10"]]
    (training,) = old["trainings"]
    assert (training["attempt"], training["role"], training["epochs"]) == ("1", "deposed", 40)
    assert {(p["attempt"], p["metric"].partition("_")[0]) for p in points} == {("2", "train"), ("2", "eval")}
    assert all(p["step"] and p["epoch"] and p["at"].endswith("Z") for p in points)


def test_the_evaluation_that_was_paid_for_is_shown_for_each_checkpoint(room: Room) -> None:
    document = json.loads(room.run("metrics", ROUTER, "--format", "json").text)
    shown = room.run("show", ROUTER).text

    scores = [c["evaluation"]["exact_match"] for c in document["trainings"][0]["checkpoints"]]
    assert len(scores) == 10
    assert all(0 < score < 1 for score in scores)
    assert f"evaluation of checkpoint 10: exact_match {scores[-1]:.4g}" in shown
    assert "eval_total_loss" in shown


def test_an_experiment_that_somebody_deletes_leaves_what_it_came_to(room: Room) -> None:
    before = json.loads(room.run("metrics", ROUTER, "--format", "json").text)["trainings"][0]
    job = room.ask("GET", f"/v1/{room.training(ROUTER)['job']}")
    room.ask("DELETE", f"/v1/{job['experiment']}")

    shown = room.run("metrics", ROUTER)
    after = json.loads(room.run("metrics", ROUTER, "--format", "json").text)["trainings"][0]

    assert shown.code == 0
    assert "The service no longer has these curves: this is what the lock recorded of them." in shown.text
    assert (before["source"], after["source"]) == ("service", "lock")
    for name, metric in before["metrics"].items():
        for which in ("last", "best"):
            was, is_now = metric[which], after["metrics"][name][which]
            assert (was and (was["step"], was["value"])) == (is_now and (is_now["step"], is_now["value"]))
    assert [c["evaluation"] for c in after["checkpoints"]] == [c["evaluation"] for c in before["checkpoints"]]
    assert [c["metrics"]["eval_total_loss"] for c in after["checkpoints"]] == [
        c["metrics"]["eval_total_loss"] for c in before["checkpoints"]
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--metric", "eval_loss"], "There is no metric eval_loss here; there is eval_fraction"),
        (["--attempt", "1", "--all-attempts"], "--attempt is about one address"),
        (["vertex/other", "--attempt", "1"], "--attempt is about one address"),
    ],
)
def test_what_cannot_be_meant_is_a_mistake_of_the_command_line(room: Room, words: list[str], said: str) -> None:
    shown = room.run("metrics", ROUTER, *words)

    assert shown.code == 64
    assert said in shown.text


def test_an_attempt_that_there_is_not_is_an_error(room: Room) -> None:
    shown = room.run("metrics", ROUTER, "--attempt", "7")

    assert shown.code == 1
    assert "vertex/router has no attempt 7; it has 1." in shown.text


def test_watching_what_has_ended_ends_at_once_and_shows_the_same(room: Room) -> None:
    plain, watched = (json.loads(_last(room.run("metrics", ROUTER, "--format", "json", *w))) for w in ([], ["--watch"]))

    assert plain == watched


def _last(shown: object) -> str:
    """The document, after what a watched training says of itself."""
    text = shown.text  # type: ignore[attr-defined]
    return str(text[text.index("{") :])


@pytest.mark.slow
@pytest.mark.parametrize("interrupted", [False, True])
def test_a_training_is_followed_on_a_terminal_and_nothing_is_left_of_the_drawing(
    room: Room, interrupted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.render.screen import Screen

    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "4")
    room.spec("router", epochs=12, data="data/train.jsonl", base="gemini-2.5-flash", more=_EVALUATION)
    assert room.apply("--no-wait").code == 4
    master, slave = os.openpty()
    screen, drawn = Screen(80, reflows=True), ""
    command = [sys.executable, "-m", "reconciler", "metrics", ROUTER, "--watch", "--emulator"]
    env = {**os.environ, "TERM": "xterm-256color"}

    with subprocess.Popen(command, env=env, cwd=room.folder, stdout=subprocess.PIPE, stderr=slave) as child:
        os.close(slave)
        while got := _read(master):
            screen.feed(got)
            drawn += got
            if interrupted and ROUTER in drawn and "Interrupted" not in drawn:
                child.send_signal(signal.SIGINT)
        printed = child.stdout.read().decode() if child.stdout else ""
    os.close(master)

    left = [line for line in screen.shown() if line]
    assert ROUTER in drawn
    if interrupted:
        assert (child.returncode, left, printed) == (130, ["Interrupted."], "")
    else:
        assert (child.returncode, left) == (0, [])
        assert "vertex/router attempt 2 · candidate · 30 steps · 12 epochs\n" in printed


def _read(master: int) -> str:
    """What came; "" when the other end is closed."""
    try:
        return os.read(master, 65_536).decode(errors="replace")
    except OSError:
        return ""
