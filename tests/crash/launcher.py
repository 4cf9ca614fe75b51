"""A warm parent that forks real processes: the command line, to be killed for real, and emulators on a port.

    python -m tests.crash.launcher

It reads an order a line (JSON) and answers a line. A fork of a process that has imported everything is as mortal as
a fresh interpreter, and twenty times as fast to start. What it changes of the product is the clock alone, which it
shares with the emulators: whoever sleeps moves it on. `timeout_s` is the patience of the HTTP client.

    {"do": "run", "argv": […], "folder": …, "environment": {…}, "output": FILE, "at": K, "kills": PID, "jump_s": S,
     "timeout_s": S} → {"code": N, "boundaries": […]}
        the process, or PID's, ends at boundary K (-9 is SIGKILL); or its clock jumps there
    {"do": "serve", "state": FILE, "port": P, "settings": {…}}         → {"url": …, "pid": …}
    {"do": "stop", "pid": …} · {"do": "time", "set": T} · {"do": "switch", "name": …, "on": true}
        → {"now": T, "distorted": …}
"""

from __future__ import annotations

import functools
import gc
import importlib
import json
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reconciler.backends import http
from reconciler.cli import main as command_line
from reconciler.emulator import Emulator
from reconciler.emulator.server import serve
from reconciler.session.clock import SystemClock
from tests.crash import heartbeat
from tests.crash.boundaries import Boundaries
from tests.crash.distortion import Distorted
from tests.crash.shared_time import START_S, SharedTime
from tests.crash.specs import A_ROUTER, NUMBERS, ROUTER, SOME_NUMBERS, WORKSPACE, rows_about

Json = dict[str, Any]

_LATE = (
    *("deepdiff", "httpcore", "sqlite3", "uvicorn.protocols.http.h11_impl", "uvicorn.loops.auto"),
    *("reconciler.backends.gemini", "reconciler.backends.vertex", "reconciler.backends.storage"),
    *("reconciler.backends.objects", "reconciler.backends.served", "reconciler.files.bucket_lock"),
    *("reconciler.emulator.app", "reconciler.core.diff", "concurrent.futures.thread"),
    *("reconciler.render.json_plan", "reconciler.render.terminal.diagnostics", "encodings.idna"),
)
"""What the product imports only when it needs it."""
_BUG = 97
_FOR_EVER_S = 20_000.0


class Launcher:
    """Carries out orders. It has one thread and no open connection: that is what makes it safe to fork."""

    def __init__(self) -> None:
        self.time = SharedTime()
        self._answers = os.dup(1)
        _live_by(self.time)
        heartbeat.install()
        for name in (
            *_LATE,
            *(f"reconciler.cli.commands.{command_line.python_name(c)}" for c in command_line.COMMANDS),
        ):
            importlib.import_module(name)
        _warm_up()
        gc.collect()
        gc.freeze()
        gc.disable()  # as the product's own main does

    def carry_out(self, order: Json) -> Json:
        """One order."""
        match order.pop("do"):
            case "run":
                return self._run(order)
            case "serve":
                return self._serve(order)
            case "stop":
                os.kill(order["pid"], signal.SIGKILL)
                os.waitpid(order["pid"], 0)
            case "switch":
                setattr(self.time, order["name"], order["on"])
                self.time.distorted &= not order["on"]
            case "time":
                self.time.set(order.get("set", self.time.now()))
            case unknown:
                raise ValueError(unknown)
        return {"now": self.time.now(), "distorted": self.time.distorted}

    def answer(self, answer: Json) -> None:
        """A line."""
        os.write(self._answers, json.dumps(answer).encode() + b"\n")

    def _run(self, order: Json) -> Json:
        trace, told = os.pipe()
        pid = self._forked(lambda: _run_command(order, told))
        os.close(told)
        with os.fdopen(trace, encoding="utf-8") as file:
            boundaries = file.read().splitlines()
        _, status = os.waitpid(pid, 0)
        return {"code": os.waitstatus_to_exitcode(status), "boundaries": boundaries}

    def _serve(self, order: Json) -> Json:
        ready, told = os.pipe()
        pid = self._forked(lambda: _serve_emulator(self.time, order, told))
        os.close(told)
        with os.fdopen(ready, encoding="utf-8") as file:
            return {"url": file.readline().strip(), "pid": pid}

    def _forked(self, work: Callable[[], int]) -> int:
        pid = os.fork()
        if pid:
            return pid
        try:
            os.close(self._answers)
            code = work()
        except BaseException:  # noqa: BLE001 - a child must never go on as its parent
            traceback.print_exc()
            code = _BUG
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _run_command(order: Json, told: int) -> int:
    """`tuneform ARGV`, as its own `main` would run it."""
    os.chdir(order["folder"])
    os.environ.update(order["environment"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    _send_output_to(order["output"])
    if order.get("timeout_s"):
        http.Http.__init__ = functools.partialmethod(http.Http.__init__, timeout_s=order["timeout_s"])  # type: ignore[assignment]
    boundaries = Boundaries(order.get("at"), _what_happens(order))
    boundaries.install()
    try:
        return command_line.run(order["argv"])
    finally:
        os.write(told, "\n".join(boundaries.labels).encode())


def _what_happens(order: Json) -> Callable[[], None]:
    """At the boundary: a clock that jumps, or a kill."""
    victim = order.get("kills") or os.getpid()
    if order.get("jump_s"):
        now = SystemClock.now
        return lambda: setattr(SystemClock, "now", lambda clock: now(clock) + order["jump_s"])
    return lambda: os.kill(victim, signal.SIGKILL)


def _warm_up() -> None:
    """Whatever the first command of a process has to build is built here, once."""
    here, shown, complaints = Path.cwd(), os.dup(1), os.dup(2)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "specs").mkdir()
        for name, text in (("tuneform.yaml", WORKSPACE), (ROUTER, A_ROUTER), (NUMBERS, SOME_NUMBERS)):
            local = text.replace("gs://acme-data/train.jsonl", "train.jsonl")
            (Path(folder) / name).write_text(local, encoding="utf-8")
        (Path(folder) / "specs/train.jsonl").write_bytes(rows_about("anything"))
        _send_output_to(os.devnull)
        os.chdir(folder)
        os.environ["TUNEFORM_EMULATOR_SPEED"] = "instant"
        for argv in (["apply", "--yes", "--emulator"], ["plan", "--emulator"]):
            code = command_line.run(argv)
            assert code == 0, (argv, code)
        sys.stdout.flush()
        sys.stderr.flush()
        os.chdir(here)
    os.dup2(shown, 1)
    os.dup2(complaints, 2)
    os.close(shown)
    os.close(complaints)


def _live_by(time: SharedTime) -> None:
    """Sleeping takes no time, and every process sees that it has passed."""

    def sleep(clock: SystemClock, seconds: float) -> None:
        clock.check()
        time.elapse(seconds)
        if time.now() > START_S + _FOR_EVER_S:
            raise RuntimeError("it waits for ever")

    setattr(SystemClock, "now", lambda _: time.now())  # noqa: B010 - a method is replaced, and mypy minds
    setattr(SystemClock, "sleep", sleep)  # noqa: B010


def _serve_emulator(time: SharedTime, order: Json, told: int) -> int:
    emulator = Emulator.open(order["state"], speed=1.0, now=time.now, **order["settings"])

    def ready(url: str) -> None:
        os.write(told, url.encode() + b"\n")
        os.close(told)

    serve(Distorted(emulator, time), host="127.0.0.1", port=order.get("port", 0), ready=ready)
    return 0


def _send_output_to(path: str) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, 1)
    os.dup2(file, 2)


def main() -> None:
    """Orders from stdin until it ends."""
    launcher = Launcher()
    launcher.answer({"ready": os.getpid()})
    for line in sys.stdin:
        launcher.answer(launcher.carry_out(json.loads(line)))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    main()
