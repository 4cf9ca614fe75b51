"""A small project in a folder of its own, the command line run in it, and which files it opened."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from reconciler.emulator import Emulator, Request
from tests.cli.session import folder_for
from tests.datasets_cli.shown import Shown, typed

_OPENED: list[str] = []
_IS_WATCHING = [False]


def _watch(event: str, args: tuple[object, ...]) -> None:
    if _IS_WATCHING[0] and event == "open" and isinstance(args[0], str | bytes | os.PathLike):
        _OPENED.append(os.fsdecode(args[0]))


sys.addaudithook(_watch)


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """Every file that is opened during the test; cleared by the test as it likes."""
    _OPENED.clear()
    _IS_WATCHING[0] = True
    yield _OPENED
    _IS_WATCHING[0] = False


@dataclass
class Project:
    """A folder with a workspace, `specs/`, and specs/data/train.jsonl with twenty examples."""

    folder: Path

    @property
    def train(self) -> Path:
        """The training data."""
        return self.folder / "specs/data/train.jsonl"

    def write(self, path: str, text: str) -> Path:
        """A file of the project, as it was written an hour ago."""
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        age(place)
        return place

    def workspace(self, spec: str) -> None:
        """tuneform.yaml; `spec` is what stands under `spec:`, beside project and staging bucket."""
        self.write("tuneform.yaml", f"{WORKSPACE}{spec}\n")

    def model(
        self,
        name: str = "router",
        base: str = "gemini-2.5-flash",
        data: str = "data/train.jsonl",
        epochs: int | None = 2,
        **tuneform: Any,
    ) -> None:
        """A spec with two epochs."""
        hyper = {} if epochs is None else {"hyperParameters": {"epochCount": epochs}}
        spec = {
            "apiVersion": "tuneform.dev/v1",
            "kind": "VertexTunedModel",
            "metadata": {"name": name},
            "spec": {
                "baseModel": base,
                "supervisedTuningSpec": {"trainingDatasetUri": data, **hyper},
                "tuneform": tuneform,
            },
        }
        self.write(f"specs/{name}.yaml", json.dumps(spec))

    def upload(self, name: str, text: str) -> str:
        """An object as somebody else uploads it; its URI."""
        bucket, _, path = name.partition("/")
        query = f"uploadType=media&name={quote(path, safe='')}"
        self.asked(Request("POST", f"/upload/storage/v1/b/{bucket}/o", query, {}, text.encode()))
        return f"gs://{name}"

    def remove(self, name: str) -> None:
        """An object as somebody else deletes it."""
        bucket, _, path = name.partition("/")
        self.asked(Request("DELETE", f"/storage/v1/b/{bucket}/o/{quote(path, safe='')}", "", {}, b""))

    def advance(self, seconds: float) -> None:
        """The emulator's clock."""
        self.asked(Request("POST", "/_emulator/clock", "", {}, json.dumps({"advance": seconds}).encode()))

    def asked(self, request: Request) -> dict[str, Any]:
        """What the emulator answers to a stranger."""
        emulator = Emulator.open(".tuneform/emulator.db")
        try:
            answer = emulator.handle(request)
            shown = b"".join(answer.chunks)
        finally:
            emulator.close()
        assert answer.status < 300, shown
        told: dict[str, Any] = json.loads(shown or b"{}")
        return told

    def trainings(self, address: str = "vertex/router") -> dict[str, Any]:
        """What the lock has of a model's trainings, by attempt."""
        lock = json.loads((self.folder / ".tuneform/emulator.lock").read_text(encoding="utf-8"))
        found: dict[str, Any] = lock["entries"][address]["trainings"]
        return found

    def run(self, command: str) -> Shown:
        """What a command shows, in this folder."""
        return typed(command)


WORKSPACE = """\
apiVersion: tuneform.dev/v1
kind: Workspace
metadata: {name: acme}
spec:
  vertex: {project: acme-ml, location: us-central1, stagingUri: gs://acme-tuning/staging}
  gemini: {project: acme-ml}
"""


def age(path: Path) -> None:
    """Written an hour ago, as far as a file can say so."""
    hour_ago = time.time() - 3600
    os.utime(path, (hour_ago, hour_ago))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """In tmp_path, on an instant emulator with every base model there ever was."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TUNEFORM_EMULATOR", "embedded")
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    for name in ("NO_COLOR", "FORCE_COLOR", "CI"):
        monkeypatch.delenv(name, raising=False)
    folder_for("", tmp_path)
    made = Project(tmp_path)
    made.workspace("  catalog: historic")
    return made


def rows(count: int, *, first: str = "question", answer: str = "billing") -> str:
    """So many examples of a file."""
    return "".join(row(f"{first} {n}", answer) for n in range(count))


def row(question: str, answer: str) -> str:
    """One line."""
    turns = [{"role": "user", "parts": [{"text": question}]}, {"role": "model", "parts": [{"text": answer}]}]
    return json.dumps({"contents": turns}) + "\n"
