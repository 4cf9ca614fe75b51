"""Real processes and real signals: what an interruption leaves, and what it says."""

from __future__ import annotations

import json
import os
import pty
import resource
import select
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.crash.matrix import parent, reference
from tests.crash.specs import A_ROUTER, ROUTER, WORKSPACE, rows_about
from tests.crash.stage import BUCKET_LOCK, ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

INTERRUPTED, TERMINATED, STILL_RUNNING = 130, 143, 4
PATIENCE_S = 40.0


@dataclass
class Machine:
    """A repository, a served emulator whose clock stands still, and commands as processes of their own."""

    folder: Path
    url: str = ""
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *argv: str, **options: object) -> subprocess.Popen[bytes]:
        """A command that runs."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TUNEFORM_EMULATOR": self.url, "NO_COLOR": "1"}
        command = [sys.executable, "-m", "reconciler", *argv]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        process = subprocess.Popen(command, cwd=self.folder, env=environment, **pipes)  # type: ignore[call-overload]
        self.started.append(process)
        return process  # type: ignore[no-any-return]

    def stop(self) -> None:
        """Everything that was started is over."""
        for process in self.started:
            process.kill()
            process.communicate()

    def ask(self, verb: str, path: str, body: object = None) -> None:
        """A request of somebody else's."""
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data, method=verb), timeout=20) as answer:
            answer.read()

    def submitted(self) -> subprocess.Popen[bytes]:
        """An apply that waits for its training."""
        process = self.start("apply", "--yes")
        _read_until(process, b"submitted")
        return process

    @property
    def lock(self) -> dict[str, object]:
        content: dict[str, object] = json.loads((self.folder / "tuneform.lock").read_text(encoding="utf-8"))
        return content


def _read_until(process: subprocess.Popen[bytes], words: bytes) -> bytes:
    """What it says on stderr, up to these words."""
    assert process.stderr is not None
    seen = b""
    while words not in seen:
        ready, _, _ = select.select([process.stderr], [], [], PATIENCE_S)
        piece = os.read(process.stderr.fileno(), 4096) if ready else b""
        assert piece, seen.decode()
        seen += piece
    return seen


def _ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    out, complaints = process.communicate(timeout=PATIENCE_S)
    return process.returncode, ((out or b"") + (complaints or b"")).decode()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path / "repository")
    (made.folder / "specs").mkdir(parents=True)
    (made.folder / "tuneform.yaml").write_text(WORKSPACE, encoding="utf-8")
    (made.folder / ROUTER).write_text(A_ROUTER, encoding="utf-8")
    state = str(tmp_path / "emulator.db")
    argv = ("emulator", "--port", "0", "--state", state, "--speed", "manual", "--catalog", "historic")
    emulator = made.start(*argv, stderr=subprocess.DEVNULL)
    assert emulator.stdout is not None
    try:
        made.url = emulator.stdout.readline().decode().split(" listens on ")[1].split(",")[0]
        made.ask("POST", "/upload/storage/v1/b/acme-data/o?uploadType=media&name=train.jsonl", rows_about("billing"))
        yield made
    finally:
        made.stop()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, INTERRUPTED), (signal.SIGTERM, TERMINATED)])
def test_one_signal_ends_the_wait_and_says_what_goes_on(machine: Machine, number: signal.Signals, code: int) -> None:
    process = machine.submitted()

    process.send_signal(number)
    ended, shown = _ended(process)

    assert ended == code
    assert "Still training in the cloud:\n  vertex/router  projects/" in shown
    assert "tuneform wait" in shown
    assert not (machine.folder / "tuneform.lock.journal").exists()
    assert "vertex/router" in str(machine.lock["entries"])


def test_the_second_signal_ends_a_call_that_does_not_answer(machine: Machine) -> None:
    process = machine.submitted()
    machine.ask("POST", "/_emulator/faults", {"method": "vertex.tuningJobs.get", "fault": "delay:600", "times": None})
    _wait_for_fault(machine)

    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.3)
    process.send_signal(signal.SIGINT)
    ended, shown = _ended(process)

    assert ended == INTERRUPTED
    assert "Traceback" not in shown
    assert "tuneform wait" in shown


@pytest.mark.parametrize(
    ("command", "number", "code"),
    [(["plan"], signal.SIGINT, INTERRUPTED), (["apply", "--yes"], signal.SIGTERM, TERMINATED)],
    ids=["plan", "apply"],
)
def test_one_signal_ends_a_run_that_only_reads_though_nobody_answers(
    machine: Machine, command: list[str], number: signal.Signals, code: int
) -> None:
    machine.ask("POST", "/_emulator/faults", {"method": "vertex.*", "fault": "delay:600", "times": None})
    process = machine.start(*command)
    _wait_for_fault(machine)

    process.send_signal(number)
    ended, shown = _ended(process)

    assert ended == code
    assert shown.endswith("\nInterrupted.\n")


def test_ctrl_c_at_the_question_is_a_no(machine: Machine) -> None:
    terminal, theirs = pty.openpty()
    process = machine.start("apply", stdin=theirs, stderr=theirs)
    os.close(theirs)
    asked = b""
    while b"[y/N]" not in asked:
        ready, _, _ = select.select([terminal], [], [], PATIENCE_S)
        assert ready, asked.decode()
        asked += os.read(terminal, 4096)

    for _ in range(2):  # Python's input() loses a signal that comes before it begins to read
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE_S / 10)
            break
    os.close(terminal)

    assert process.returncode == INTERRUPTED
    assert not (machine.folder / "tuneform.lock").exists()


def _wait_for_fault(machine: Machine) -> None:
    """Until somebody has met it."""
    for _ in range(400):
        with urllib.request.urlopen(machine.url + "/_emulator/faults", timeout=20) as answer:
            if any(fault["met"] for fault in json.loads(answer.read())["faults"]):
                return
        select.select([], [], [], 0.05)
    raise AssertionError("nobody asked")


def test_a_laptop_that_sleeps_wakes_up_and_goes_on(machine: Machine) -> None:
    process = machine.submitted()

    process.send_signal(signal.SIGSTOP)
    machine.ask("POST", "/_emulator/clock", {"advance": 7200})
    process.send_signal(signal.SIGCONT)
    ended, shown = _ended(process)

    assert ended == 0, shown
    assert "1 created" in shown


def test_a_reader_that_goes_away_is_no_bug_of_ours(machine: Machine) -> None:
    read, write = os.pipe()
    os.close(read)

    process = machine.start("plan", stdout=write)
    os.close(write)
    ended, shown = _ended(process)

    assert ended == 0
    assert "Traceback" not in shown
    assert "BUG001" not in shown


def _no_room() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))


def test_a_full_disk_is_named_and_damages_no_lock(machine: Machine) -> None:
    process = machine.start("apply", "--yes", preexec_fn=_no_room)
    ended, shown = _ended(process)

    again, told = _ended(machine.start("apply", "--yes", "--no-wait"))

    assert (ended, again) == (1, STILL_RUNNING), (shown, told)
    assert "LOCK007" in shown
    assert "submitted" not in shown
    assert len(machine.lock["entries"]["vertex/router"]["trainings"]) == 1  # type: ignore[index]


def test_a_folder_that_cannot_be_written_is_named_before_anything_is_sent(machine: Machine) -> None:
    (machine.folder / ".tuneform").write_text("in the way", encoding="utf-8")

    ended, shown = _ended(machine.start("apply", "--yes"))

    assert ended == 1
    assert "LOCK007" in shown
    assert "submitted" not in shown


def test_credentials_that_end_for_good_end_the_wait_with_4(machine: Machine) -> None:
    process = machine.submitted()

    machine.ask("POST", "/_emulator/faults", {"method": "vertex.*", "fault": "status:401", "times": None})
    ended, shown = _ended(process)

    assert ended == STILL_RUNNING, shown
    assert "API111" in shown


@pytest.mark.parametrize("jump_s", [3600.0, -3600.0])
@pytest.mark.parametrize(("share", "lock"), [(0.4, ""), (0.6, ""), (0.8, ""), (0.6, BUCKET_LOCK)])
def test_a_clock_that_jumps_in_the_middle_changes_nothing(jump_s: float, share: float, lock: str) -> None:
    known = reference("replace", lock)
    at = int(len(known.boundaries) * share)

    with known.snapshot.restored(parent(), lock) as stage:
        ended = stage.tuneform(*known.scenario.argv, at=at, jump_s=jump_s)
        again = stage.tuneform("plan", "--detailed-exitcode")

    assert (ended.code, again.code) == (0, 0), ended.shown
