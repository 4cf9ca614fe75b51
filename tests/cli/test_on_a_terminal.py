"""`apply` at a real pseudo-terminal whose window changes while it trains."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from reconciler.cli import run
from tests.render.screen import Screen


def _resize(master: int, columns: int) -> None:
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


@pytest.mark.slow
@pytest.mark.parametrize("color", ["always", "never"])
def test_an_apply_leaves_what_a_log_has_and_nothing_else(
    color: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["init", "--name", "acme"]) == 0
    env = {**os.environ, "TUNEFORM_EMULATOR": "embedded", "TUNEFORM_EMULATOR_SPEED": "24", "TERM": "xterm-256color"}
    master, slave = os.openpty()
    _resize(master, 60)
    command = [sys.executable, "-m", "reconciler", "apply", "--yes", "--color", color]
    screen, widths, seen = Screen(60, reflows=True), [40, 100, 50], ""

    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=slave) as child:
        os.close(slave)
        while got := _read(master):
            seen += got
            screen.feed(got)
            if "%" in got and widths:
                screen.resize(widths[0])
                _resize(master, widths.pop(0))
    os.close(master)

    shown = screen.shown()
    assert child.returncode == 0
    assert not widths, "there was time for every width"
    assert "running" in seen or "tuning" in seen
    assert [line.split()[1] for line in shown[:-1]] == ["uploaded", "submitted", "trained:", "serves"]
    assert shown[-1].startswith("✓ vertex/ticket-sorter  created in ")


def _read(master: int) -> str:
    """What came; "" when the other end is closed."""
    try:
        return os.read(master, 65_536).decode(errors="replace")
    except OSError:
        return ""
