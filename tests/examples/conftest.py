"""One environment for all commands of examples, and an emulator that several folders talk to."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.emulator import Emulator
from reconciler.emulator.server import serve


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TUNEFORM_", "GITHUB_"))}
    return kept | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "TUNEFORM_EMULATOR": "embedded",
        "TUNEFORM_EMULATOR_SPEED": "instant",
        "GITHUB_OUTPUT": str(tmp_path / "outputs"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }


@pytest.fixture
def served_emulator() -> Iterator[str]:
    """The URL of one, which ends with this process; what is in it ends with the test."""
    emulator, urls, ready = Emulator.open(None, speed="instant"), list[str](), threading.Event()

    def listening(url: str) -> None:
        urls.append(url)
        ready.set()

    options = {"host": "127.0.0.1", "port": 0, "ready": listening}
    threading.Thread(target=serve, args=(emulator,), kwargs=options, daemon=True).start()
    assert ready.wait(20), "the emulator did not start"
    yield urls[0]
    emulator.close()
