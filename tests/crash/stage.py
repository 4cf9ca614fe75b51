"""A repository in a folder, a cloud on a port, and real processes between them that can be killed anywhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.files.bucket_lock import LEASE_SUFFIX
from reconciler.files.lease import Lease

Json = dict[str, Any]

ROOT = Path(__file__).parents[2]
PLACE = "projects/acme-ml/locations/us-central1"
BUCKET_LOCK = "gs://acme-locks/tuneform.lock"
QUICK: Json = {
    "catalog": "historic",
    "seed": 7,
    "queue_s": 0.4,
    "processing_s": 0.4,
    "step_s": 0.02,
    "post_processing_s": 0.4,
    "cancel_s": 1.2,
    "operation_s": 0.7,
    "gemini_start_s": 0.8,
    "gemini_step_s": 0.02,
    "concurrent_jobs": 8,
}
"""A training takes a few looks at it, and so does every operation."""
SWITCHES = ("unknown_states", "endless_operations", "late_creates")
"""What the emulator has no fault for (distortion.py)."""


class Parent:
    """The warm process that forks (launcher.py)."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
        command = [sys.executable, "-m", "tests.crash.launcher"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True)
        self._answer()

    def order(self, what: str, **rest: Any) -> Json:
        """Have it done, and hear what came of it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": what, **rest}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """It ends when its orders do."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()

    def _answer(self) -> Json:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the launcher is gone"
        answer: Json = json.loads(line)
        return answer


@dataclass(frozen=True, slots=True)
class Ended:
    """How one command ended: `code` is -9 where it was killed."""

    code: int
    boundaries: list[str]
    shown: str


@dataclass
class Stage:
    """One repository with its cloud. `lock_place` is empty for the file of the workspace."""

    parent: Parent
    folder: Path
    lock_place: str = ""
    url: str = ""
    pid: int = 0
    settings: Json = field(default_factory=lambda: dict(QUICK))

    @property
    def repository(self) -> Path:
        return self.folder / "repository"

    @property
    def _state(self) -> Path:
        return self.folder / "cloud" / "emulator.db"

    def open(self, port: int = 0) -> None:
        """Serve the cloud."""
        self.repository.mkdir(parents=True, exist_ok=True)
        self._state.parent.mkdir(exist_ok=True)
        answer = self.parent.order("serve", state=str(self._state), port=port, settings=self.settings)
        self.url, self.pid = answer["url"], answer["pid"]
        assert self.url, "the emulator did not start"

    def close(self) -> None:
        """The cloud's process is killed: what it acknowledged is on the disk."""
        if self.pid:
            self.parent.order("stop", pid=self.pid)
            self.pid = 0

    def reopen(self) -> None:
        """The same cloud on the same port, as another process."""
        self.close()
        self.open(int(self.url.rpartition(":")[2]))

    def tuneform(
        self, *argv: str, at: int | None = None, kills_cloud: bool = False, jump_s: float = 0, timeout_s: float = 0
    ) -> Ended:
        """Run a command; its process, or the cloud's, is killed at boundary `at`, or its clock jumps there."""
        output = self.folder / "shown.txt"
        environment = {"TUNEFORM_EMULATOR": self.url, "TUNEFORM_PARALLELISM": "1", "NO_COLOR": "1"}
        if self.lock_place:
            environment["TUNEFORM_LOCK"] = self.lock_place
        answer = self.parent.order(
            "run",
            argv=list(argv),
            folder=str(self.repository),
            environment=environment,
            output=str(output),
            at=at,
            kills=self.pid if kills_cloud else 0,
            jump_s=jump_s,
            timeout_s=timeout_s,
        )
        return Ended(answer["code"], answer["boundaries"], output.read_text(encoding="utf-8"))

    def succeeds(self, *argv: str, code: int = 0) -> Ended:
        """A command whose outcome is not in question."""
        ended = self.tuneform(*argv)
        assert ended.code == code, ended.shown
        return ended

    def elapse(self, seconds: float) -> None:
        """Time passes for everybody."""
        self.parent.order("time", set=self.now + seconds)

    @property
    def now(self) -> float:
        now: float = self.parent.order("time")["now"]
        return now

    def switch(self, name: str, *, on: bool) -> None:
        """Turn a distortion on or off."""
        self.parent.order("switch", name=name, on=on)

    def switched_off(self, name: str) -> bool:
        """Turn it off; answers whether it changed any answer."""
        changed: bool = self.parent.order("switch", name=name, on=False)["distorted"]
        return changed

    def write(self, path: str, text: str) -> None:
        """A file of the repository."""
        file = self.repository / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def edit(self, path: str, old: str, new: str) -> None:
        """One edit of a file."""
        text = (self.repository / path).read_text(encoding="utf-8")
        assert old in text, f"{path} has no {old!r}"
        self.write(path, text.replace(old, new))

    def remove(self, path: str) -> None:
        """A file is deleted."""
        (self.repository / path).unlink()

    def files(self) -> list[str]:
        """Everything in the repository."""
        found = (p for p in self.repository.rglob("*") if p.is_file())
        return sorted(str(p.relative_to(self.repository)) for p in found)

    def lock_text(self) -> str:
        """The lock as it is stored; empty where there is none."""
        if not self.lock_place:
            file = self.repository / "tuneform.lock"
            return file.read_text(encoding="utf-8") if file.exists() else ""
        return self._stored(self.lock_place)

    def holder(self) -> str:
        """Who has the lock in Cloud Storage now; a lease that has run out is nobody's, and may come in late."""
        lease = Lease.of(self._stored(self.lock_place + LEASE_SUFFIX).encode()) if self.lock_place else None
        return lease.described() if lease and lease.expires > self.now else ""

    def lose_lock(self) -> None:
        """Somebody deletes it."""
        if not self.lock_place:
            self.remove("tuneform.lock")
            return
        bucket, _, name = self.lock_place.removeprefix("gs://").partition("/")
        self.raw("DELETE", f"/storage/v1/b/{bucket}/o/{name}")

    def _stored(self, uri: str) -> str:
        bucket, _, name = uri.removeprefix("gs://").partition("/")
        return self.raw("GET", f"/download/storage/v1/b/{bucket}/o/{name}?alt=media", missing=b"").decode()

    def ask(self, verb: str, path: str, body: object = None) -> Any:
        """A request of a stranger's."""
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        return json.loads(self.raw(verb, path, data) or b"{}")

    def raw(self, verb: str, path: str, data: bytes | None = None, missing: bytes | None = None) -> bytes:
        """The answer's bytes; `missing` stands for a 404."""
        request = urllib.request.Request(self.url + path, data, method=verb)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                content: bytes = answer.read()
                return content
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 404 and missing is not None:
                    return missing
                raise AssertionError(f"{verb} {path}: {error.code} {error.read()!r}") from error

    def fault(self, method: str, fault: str, times: int | None = 1) -> None:
        """Ask for a fault."""
        self.ask("POST", "/_emulator/faults", {"method": method, "fault": fault, "times": times})

    def account(self) -> list[Json]:
        """Every fault that was asked for, with how often it was met."""
        faults: list[Json] = self.ask("GET", "/_emulator/faults")["faults"]
        return faults


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A stage at rest: its files and its time."""

    folder: Path
    time: float

    @classmethod
    def of(cls, stage: Stage, folder: Path) -> Snapshot:
        """Taken with the cloud stopped."""
        stage.close()
        shutil.copytree(stage.folder, folder)
        return cls(folder, stage.now)

    def remove(self) -> None:
        """Nobody begins here any more."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def restored(self, parent: Parent, lock_place: str) -> Iterator[Stage]:
        """A stage that begins here; nothing of it is left afterwards."""
        folder = self.folder.with_name(self.folder.name + ".run")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder)
        parent.order("time", set=self.time)
        stage = Stage(parent, folder, lock_place)
        try:
            stage.open()
            yield stage
        finally:
            stage.close()
            for switch in SWITCHES:
                stage.switch(switch, on=False)
            shutil.rmtree(folder, ignore_errors=True)
