"""At a real pseudo-terminal: each change is asked for before it is sent, and the recording before it is kept."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.recording.served import ROOT, Serving


class AtTerminal:
    """A recorder whose questions stand on a terminal of ours."""

    def __init__(self, upstream: str, folder: Path) -> None:
        self.master, slave = os.openpty()
        command = [sys.executable, "-m", "reconciler", "emulator", "--port", "0", "--record", "kept"]
        self.process = subprocess.Popen(
            [*command, "--upstream", upstream],
            stdin=slave,
            stderr=slave,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        )
        os.close(slave)
        assert self.process.stdout is not None
        found = re.search(r"http://[\d.:]+", self.process.stdout.readline())
        assert found is not None
        self.url = found[0]

    def post(self, answer: str) -> tuple[str, int]:
        """What is asked when a bucket is to be made, and the status after that answer."""
        status: list[int] = []
        thread = threading.Thread(target=lambda: status.append(self._make()))
        thread.start()
        question = self.read_until("]:")
        os.write(self.master, answer.encode() + b"\n")
        thread.join(timeout=30)
        return question, status[0]

    def _make(self) -> int:
        body = json.dumps({"name": "acme-new-bucket"}).encode()
        request = urllib.request.Request(f"{self.url}/storage/v1/b?project=acme", body, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code

    def read_until(self, end: str) -> str:
        """What stands on the terminal."""
        shown = ""
        while end not in shown:
            shown += os.read(self.master, 4096).decode()
        return shown

    def end(self, answer: str) -> tuple[str, str]:
        """What is asked at the end, and what is printed."""
        self.process.send_signal(signal.SIGINT)
        question = self.read_until("]:")
        os.write(self.master, answer.encode() + b"\n")
        said, _ = self.process.communicate(timeout=30)
        os.close(self.master)
        return question, said


@pytest.mark.slow
@pytest.mark.parametrize(("answer", "is_kept"), [("y", True), ("n", False)])
def test_each_change_is_asked_for_and_nothing_is_kept_unseen(answer: str, is_kept: bool, tmp_path: Path) -> None:
    upstream = Serving(folder=tmp_path)
    recorder = AtTerminal(upstream.url, tmp_path)

    first, refused = recorder.post("n")
    _, made = recorder.post("y")
    question, said = recorder.end(answer)
    upstream.end()

    assert "Send POST /storage/v1/b?" in first
    assert (refused, made) == (403, 200)
    assert "Keep 1 exchange in kept?" in question
    assert "Every text in them" in said
    files = sorted(path.name for path in (tmp_path / "kept").iterdir())
    assert files == (["0001-storage.buckets.insert.json", "recording.json"] if is_kept else [])
    assert "acme" not in "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "kept").iterdir())
