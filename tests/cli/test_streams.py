"""Standard streams that are closed, full, or read by nobody, and a terminal that goes away: in a shell of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.session import folder_for

_SPEC = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: router}
spec:
  baseModel: gemini-2.5-flash
  supervisedTuningSpec: {trainingDatasetUri: data/train.jsonl}
"""
_ROOT = Path(__file__).parents[2]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    folder_for("", tmp_path)
    Path("specs/router.yaml").write_text(_SPEC, encoding="utf-8")
    return Shell(tmp_path)


class Shell:
    """bash in the project's folder; `tuneform` is this one, on the embedded emulator."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kept = {k: v for k, v in os.environ.items() if not k.startswith("TUNEFORM_")}
        self.environment = {
            **kept,
            "PYTHONPATH": str(_ROOT),
            "TUNEFORM_EMULATOR": "embedded",
            "TUNEFORM_EMULATOR_SPEED": "instant",
            "NO_COLOR": "1",
        }

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        script = f'tuneform() {{ "{sys.executable}" -m reconciler "$@"; }}; {line}'
        return subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )

    @property
    def serves(self) -> bool:
        lock = self.folder / ".tuneform/emulator.lock"
        entries = json.loads(lock.read_text(encoding="utf-8"))["entries"] if lock.exists() else {}
        roles = [t["role"] for e in entries.values() for t in e["trainings"].values()]
        return roles == ["serving"] and not lock.with_name("emulator.lock.journal").exists()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("tuneform plan >&-", 0),
        ("tuneform plan 2>&-", 0),
        ("tuneform plan <&-", 0),
        ("tuneform plan >&- 2>&- <&-", 0),
        ("tuneform plan --detailed-exitcode >&-", 2),
        ("tuneform plan --detailed-exitcode 2>&-", 2),
        ("tuneform gate >&- 2>&-", 3),
        ("tuneform show vertex/absent 2>&-", 1),
        ("tuneform no-such-command 2>&-", 64),
        ("tuneform --version >&-", 0),
        ("tuneform --help >&-", 0),
        ("tuneform models >&-", 0),
        ("tuneform dataset check specs/data/train.jsonl >&- 2>&-", 0),
        ("tuneform plan >/dev/full", 1),
        ("tuneform plan 2>/dev/full", 0),
        ("tuneform status --format json >/dev/full", 1),
        ("tuneform --version >/dev/full", 1),
        ("tuneform models >/dev/full", 1),
        ("tuneform plan | true; exit ${PIPESTATUS[0]}", 0),
        ("tuneform plan --detailed-exitcode --format json | head -c 1 >/dev/null; exit ${PIPESTATUS[0]}", 2),
        ("tuneform models --all --format json | head -1 >/dev/null; exit ${PIPESTATUS[0]}", 0),
        ("tuneform show vertex/absent 2>&1 | true; exit ${PIPESTATUS[0]}", 1),
    ],
)
def test_a_command_ends_as_it_would_and_says_no_traceback(shell: Shell, line: str, code: int) -> None:
    ended = shell.run(line)

    assert ended.returncode == code, ended
    assert "Traceback" not in ended.stderr
    assert "BUG001" not in ended.stderr + ended.stdout


@pytest.mark.parametrize(
    "where",
    [">&-", "2>&-", ">&- 2>&- <&-", "2>/dev/full", "| true; exit ${PIPESTATUS[0]}", "2>&1 | head -1 >/dev/null"],
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_run_that_nobody_hears_does_what_it_was_asked(shell: Shell, where: str, form: str) -> None:
    ended = shell.run(f"tuneform apply --yes --format {form} {where}")

    assert ended.returncode == 0, ended
    assert shell.serves
    assert shell.run("tuneform plan --detailed-exitcode").returncode == 0


def test_output_that_has_no_room_fails_the_run_and_loses_nothing(shell: Shell) -> None:
    ended = shell.run("tuneform apply --yes >/dev/full")

    assert (ended.returncode, "RUN016" in ended.stderr) == (1, True), ended
    assert shell.run("tuneform apply --yes").returncode == 0
    assert shell.serves


def test_a_closed_stream_does_not_become_the_next_file_that_is_opened(shell: Shell) -> None:
    """Descriptor 1 would be the emulator's database, and what is written to it the end of it."""
    for _ in range(3):
        assert shell.run("tuneform apply --yes >&- 2>&- <&-").returncode == 0
        assert shell.run("tuneform plan --detailed-exitcode").returncode == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGHUP, 143), (signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_a_run_with_a_word_and_nothing_is_lost(shell: Shell, number: int, code: int) -> None:
    shell.environment["TUNEFORM_EMULATOR_SPEED"] = "1"
    line = [sys.executable, "-m", "reconciler", "apply", "--yes"]
    # A shell that runs this in the background may have had SIGINT ignored.
    with subprocess.Popen(
        line,
        cwd=shell.folder,
        env=shell.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # noqa: PLW1509 - no thread is about
    ) as run:
        assert run.stderr is not None
        seen = ""
        while "submitted" not in seen:
            seen = run.stderr.readline()
            assert seen, "it ended before it submitted"
        run.send_signal(number)
        _, said = run.communicate(timeout=30)

    assert run.returncode == code
    assert "Interrupted; everything up to here is in the lock." in said
    assert "tuneform wait --emulator" in said
    assert not (shell.folder / ".tuneform/emulator.lock.journal").exists()


def test_whoever_ignores_a_terminal_that_goes_away_goes_on(shell: Shell) -> None:
    shell.environment["TUNEFORM_EMULATOR_SPEED"] = "30"

    ended = shell.run(
        'trap "" HUP; tuneform apply --yes >out 2>err & job=$!; '
        "until grep -q submitted err 2>/dev/null; do read -rt 0.05 <> <(:); done; kill -HUP $job; wait $job"
    )

    assert ended.returncode == 0, ended
    assert shell.serves
