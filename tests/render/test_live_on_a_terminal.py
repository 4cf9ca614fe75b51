"""Live progress on a real pseudo-terminal whose width changes while it draws: nothing spills, nothing is lost."""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.render.screen import Screen

_CHILD = """
import os, sys
from reconciler.core import events as e
from reconciler.core.model import Action, Address, Progress
from reconciler.render.style import Palette, Size, Style
from reconciler.render.terminal.live import LiveProgress

names = [Address("vertex", n) for n in ("support-router", "docs-chat", "a-name-that-is-much-longer-than-others")]
size = lambda: Size(*os.get_terminal_size(2))
style = Style(80, Palette(sys.argv[1] == "colour"))
step = 0
with LiveProgress(sys.stderr, style, is_terminal=True, size=size) as live:
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        for number, name in enumerate(names):
            if word == "start":
                live.show(e.ChangeStarted(name, Action.CREATE))
            elif word == "wait":
                step += 1
                live.show(e.Waiting(name, "1", "JOB_STATE_RUNNING", Progress(None, step, 100), 60.0 * step))
            elif word == "queue":
                live.show(e.Queued(name, "a place (limits.concurrentJobs is 1)", 3.0))
            elif word == "submit":
                job = f"projects/510835001129/locations/us-central1/tuningJobs/370679241976579{number}"
                live.show(e.Submitted(name, "1", job, "", "JOB_STATE_PENDING", "now"))
            elif word == "end":
                live.show(e.ChangeDone(name, Action.CREATE, 61.0, "trained"))
        if word == "tick":
            live.tick()
        print("done", flush=True)
"""


@dataclass
class Terminal:
    """A child at a terminal, and what its screen shows."""

    child: subprocess.Popen[str]
    master: int
    screen: Screen

    def say(self, word: str) -> None:
        """Have the child do one thing, and look at the screen when it is done."""
        assert self.child.stdin
        assert self.child.stdout
        self.child.stdin.write(f"{word}\n")
        self.child.stdin.flush()
        assert self.child.stdout.readline() == "done\n"
        self._look()

    def resize(self, columns: int) -> None:
        self.screen.resize(columns)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.say("tick")

    def finish(self) -> None:
        assert self.child.stdin
        self.child.stdin.close()
        self.child.wait(30)
        self._look()

    def rows(self) -> list[str]:
        return [line for line in self.screen.shown() if line.startswith("…")]

    def _look(self) -> None:
        while select.select([self.master], [], [], 0.05)[0]:
            try:
                got = os.read(self.master, 65_536)
            except OSError:  # the child has closed its end
                return
            if not got:
                return
            self.screen.feed(got.decode())


@contextmanager
def a_terminal(columns: int, *, reflows: bool, colour: bool = False) -> Iterator[Terminal]:
    master, slave = os.openpty()
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    words = [sys.executable, "-c", _CHILD, "colour" if colour else "plain"]
    pipes = subprocess.PIPE
    child = subprocess.Popen(words, stdin=pipes, stdout=pipes, stderr=slave, text=True)
    os.close(slave)
    try:
        yield Terminal(child, master, Screen(columns, reflows))
    finally:
        child.kill()
        child.wait()
        assert child.stdin
        assert child.stdout
        child.stdin.close()
        child.stdout.close()
        os.close(master)


NAMES = ("support-router", "docs-chat", "a-name-that-is-much-longer-than-others")


@pytest.mark.parametrize("reflows", [True, False], ids=["reflows", "cuts off"])
@pytest.mark.parametrize("colour", [True, False], ids=["colour", "plain"])
@pytest.mark.parametrize("widths", [(60, 40, 100), (100, 40, 41, 40), (40, 120, 50), (80, 79, 78, 77, 60)], ids=str)
def test_rows_survive_every_change_of_the_width(widths: tuple[int, ...], reflows: bool, colour: bool) -> None:
    with a_terminal(widths[0], reflows=reflows, colour=colour) as terminal:
        terminal.say("start")
        for number, columns in enumerate(widths):
            terminal.resize(columns)
            terminal.say("queue" if number == 1 else "wait")

            rows = terminal.rows()
            assert len(rows) == len(NAMES)
            assert max(map(len, rows)) < columns
            assert len(terminal.screen.shown()) == len(rows), "nothing else is on the screen"
        terminal.say("end")
        terminal.finish()

        assert [re.sub(r"  created.*", "", line) for line in terminal.screen.shown()] == [
            f"✓ vertex/{name}" for name in NAMES
        ]


def test_what_happened_stays_above_the_rows_as_whole_lines() -> None:
    with a_terminal(60, reflows=True) as terminal:
        terminal.say("start")
        terminal.say("submit")
        for columns in (60, 40, 100):
            terminal.resize(columns)
            terminal.say("wait")

        lines = terminal.screen.shown()
        assert [line for line in lines if "submitted" in line] == lines[: len(NAMES)]
        assert lines[0].endswith("tuningJobs/3706792419765790")
        assert lines[len(NAMES) :] == terminal.rows()
        assert "" not in lines


def test_more_rows_than_the_terminal_has_are_counted() -> None:
    with a_terminal(60, reflows=True) as terminal:
        fcntl.ioctl(terminal.master, termios.TIOCSWINSZ, struct.pack("HHHH", 3, 60, 0, 0))
        terminal.say("wait")

        assert terminal.screen.shown()[-1] == "… and 2 more"
