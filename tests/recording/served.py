"""Commands in processes of their own that serve until they are told to end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Serving:
    """`tuneform emulator …` on a free port."""

    def __init__(self, *options: str, folder: Path) -> None:
        command = [sys.executable, "-m", "reconciler", "emulator", "--port", "0", *options]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, cwd=folder
        )
        assert self._process.stdout is not None
        self.first = self._process.stdout.readline()
        found = re.search(r"http://[\d.:]+", self.first)
        self.url = found[0] if found else ""

    def end(self) -> tuple[int, str]:
        """Its exit code, and all that it has said since its first line."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        said, _ = self._process.communicate(timeout=60)
        return self._process.returncode, said
