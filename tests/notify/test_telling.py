"""Through the command line, on the embedded emulator: who is told what, when, and by whom after a crash."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reconciler.cli import run
from reconciler.render.schemas import schema
from tests.notify.receiver import Receiver, is_signed, listening

WORKSPACE = """\
apiVersion: tuneform.dev/v1
kind: Workspace
metadata: {{name: acme}}
spec:
  vertex: {{project: acme-ml, location: us-central1, stagingUri: gs://acme-tuning/staging}}
  models: {{gemini-3.5-flash: {{retires: 2099-01-01, cutOff: 2098-01-01}}}}
  notify:
{notify}
"""
SPEC = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {{name: router}}
spec:
  baseModel: gemini-3.5-flash
  supervisedTuningSpec:
    trainingDatasetUri: data/train.jsonl
    hyperParameters: {{epochCount: {epochs}}}
{ours}"""
ROW = {"contents": [{"role": "user", "parts": [{"text": "q{n}"}]}, {"role": "model", "parts": [{"text": "a{n}"}]}]}
REFUSES = "{metrics: {train_total_loss: {max: 0.0001}}}"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TUNEFORM_EMULATOR", "embedded")
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    (tmp_path / "specs/data").mkdir(parents=True)
    rows = [json.dumps(ROW).replace("{n}", str(n)) for n in range(20)]
    (tmp_path / "specs/data/train.jsonl").write_text("\n".join(rows) + "\n")
    spec(epochs=2)
    return tmp_path


def spec(epochs: int, gate: str = "") -> None:
    ours = f"  tuneform: {{gate: {gate}}}\n" if gate else ""
    Path("specs/router.yaml").write_text(SPEC.format(epochs=epochs, ours=ours))


def notify(*receivers: str) -> None:
    Path("tuneform.yaml").write_text(WORKSPACE.format(notify="\n".join(f"    - {r}" for r in receivers)))


def lines(path: str = "notices.jsonl") -> list[dict[str, Any]]:
    file = Path(path)
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_a_model_that_serves_is_told_signed_and_once(
    folder: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SECRET", "whsec_c2VjcmV0")
    notify(f'{{webhook: "{receiver.url}", secret: {{env: NOTIFY_SECRET}}}}')

    assert run(["apply", "--yes"]) == 0
    assert run(["apply", "--yes"]) == 0
    assert run(["notify"]) == 0

    assert receiver.told == [("vertex/router", "served")]
    headers, body = receiver.got[0]
    assert is_signed(headers, body, b"secret")
    event = json.loads(body)
    Draft202012Validator(schema("notice")).validate(event)
    assert event["id"] == headers["webhook-id"]
    assert event["data"]["workspace"] == "acme"
    assert event["data"]["endpoint"] in (folder / ".tuneform/emulator.lock").read_text()


def test_what_a_gate_refused_is_told_while_the_old_model_serves(folder: Path) -> None:
    notify("{file: notices.jsonl}")
    run(["apply", "--yes"])
    spec(epochs=3, gate=REFUSES)

    run(["apply", "--yes"])

    assert [(e["subject"], e["data"]["kind"]) for e in lines()] == [
        ("vertex/router", "served"),
        ("vertex/router", "refused"),
    ]
    assert "train_total_loss" in lines()[-1]["data"]["text"]


def test_a_rollback_is_told(folder: Path) -> None:
    notify("{file: notices.jsonl}")
    run(["apply", "--yes"])
    spec(epochs=3)
    run(["apply", "--yes"])

    assert run(["rollback", "vertex/router", "--yes"]) == 0

    assert [e["data"]["attempt"] for e in lines()] == ["1", "2", "1"]
    assert len({e["id"] for e in lines()}) == 3


@pytest.mark.slow
def test_a_receiver_that_is_away_keeps_nothing_from_going_on_and_is_told_by_the_next_run(
    folder: Path, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    notify(f'{{webhook: "{receiver.url}", name: ops}}', "{file: notices.jsonl}")
    receiver.answers += [503] * 20

    assert run(["apply", "--yes"]) == 0
    told = capsys.readouterr()
    first = len(receiver.got)
    receiver.answers.clear()
    assert run(["wait"]) == 0

    assert "RUN095" in told.err
    assert "ops was not told that vertex/router" in told.err
    assert first > 5  # at the end with patience
    assert len(receiver.got) == first + 1
    assert len({e["id"] for e in receiver.events}) == 1
    assert len(lines()) == 1


@pytest.mark.slow
def test_who_is_killed_between_telling_and_recording_tells_it_again_under_the_same_id(
    folder: Path, receiver: Receiver
) -> None:
    notify(f'{{webhook: "{receiver.url}"}}')
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    running = subprocess.Popen([sys.executable, "-m", "reconciler", "apply", "--yes"], env=environ)
    receiver.meanwhile = lambda: os.kill(running.pid, signal.SIGKILL)

    assert running.wait(timeout=120) == -signal.SIGKILL
    receiver.meanwhile = None
    assert run(["apply", "--yes"]) == 0
    assert run(["apply", "--yes"]) == 0

    assert receiver.told == [("vertex/router", "served")] * 2
    assert len({e["id"] for e in receiver.events}) == 1


@pytest.mark.slow
def test_the_lock_is_free_while_a_receiver_takes_its_time(folder: Path, receiver: Receiver) -> None:
    notify(f'{{webhook: "{receiver.url}"}}')
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    held: list[int] = []

    def meanwhile() -> None:
        receiver.meanwhile = None
        forget = [sys.executable, "-m", "reconciler", "forget", "vertex/router", "--yes", "--timeout", "20s"]
        held.append(subprocess.run(forget, env=environ, check=False, capture_output=True).returncode)

    receiver.meanwhile = meanwhile
    applied = subprocess.run([sys.executable, "-m", "reconciler", "apply", "--yes"], env=environ, check=False)

    assert held == [0]
    assert applied.returncode in (0, 1)
    assert json.loads(Path(".tuneform/emulator.lock").read_text()).get("entries", {}) == {}


def test_an_emulator_tells_nobody_outside_of_this_machine(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notify('{webhook: "https://hooks.acme.dev/tuneform"}')

    assert run(["apply", "--yes"]) == 0

    assert "an emulator tells nobody outside of this machine" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("receiver_of", "why"),
    [
        ("{webhookFrom: {env: NO_URL}}", "the variable NO_URL is not set"),
        ('{webhook: "http://localhost:1/x", secret: {env: NO_SECRET}}', "the variable NO_SECRET is not set"),
        ('{webhook: "http://localhost:1/x", secret: {file: no.secret}}', "its secret cannot be read from no.secret"),
        ("{file: specs}", "specs: Is a directory"),
        ("{file: nowhere/notices.jsonl}", "nowhere/notices.jsonl: No such file or directory"),
        ("{file: linked.jsonl}", "linked.jsonl: Too many levels of symbolic links"),
        ("{file: /dev/null}", "/dev/null is no file"),
    ],
)
def test_who_cannot_be_told_is_named_with_the_reason(
    folder: Path, receiver_of: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "linked.jsonl").symlink_to(folder / "target")
    notify("{file: notices.jsonl}")
    run(["apply", "--yes"])
    notify(receiver_of)
    capsys.readouterr()

    assert run(["notify"]) == 1

    assert why in " ".join(capsys.readouterr().out.split())
    assert not (folder / "target").exists()


def test_a_line_that_a_killed_run_left_torn_does_not_take_the_next_one_with_it(folder: Path) -> None:
    notify("{file: notices.jsonl}")
    Path("notices.jsonl").write_text('{"specversion":"1.0","id":"torn')

    run(["apply", "--yes"])

    torn, whole = Path("notices.jsonl").read_text().splitlines()
    assert torn.endswith("torn")
    assert json.loads(whole)["subject"] == "vertex/router"


def test_a_model_whose_base_retires_soon_is_told_by_notify_alone(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notify("{file: notices.jsonl, events: [retiring]}")
    run(["apply", "--yes"])
    assert lines() == []
    capsys.readouterr()

    assert run(["notify", "--dry-run", "--retires-within", "40000d"]) == 0
    shown = capsys.readouterr().out
    assert run(["notify", "--retires-within", "40000d"]) == 0
    assert run(["notify", "--retires-within", "40000d"]) == 0

    assert "vertex/router  retiring: gemini-3.5-flash retires on 2099-01-01" in " ".join(shown.split("\n"))
    assert "1 notice would be sent." in shown
    assert [e["data"]["kind"] for e in lines()] == ["retiring"]


def test_without_receivers_nothing_is_told_and_the_lock_says_nothing_of_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("tuneform.yaml").write_text(WORKSPACE.format(notify="").replace("  notify:\n", ""))
    run(["apply", "--yes"])
    capsys.readouterr()

    assert run(["notify"]) == 0

    assert capsys.readouterr().out == "Nobody is to be told of anything new.\n"
    assert "notified" not in (folder / ".tuneform/emulator.lock").read_text()
