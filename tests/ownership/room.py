"""A folder with specs, an emulator beside it, and the command line in it: what a person or a stranger does there."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.cli import run
from reconciler.emulator import Emulator, Request

PLACE = "projects/acme-ml/locations/us-central1"
SAMPLE = "gs://cloud-samples-data/ai-platform/generative_ai/gemini-1_5/text/sft_train_data.jsonl"

WORKSPACE = """\
apiVersion: tuneform.dev/v1
kind: Workspace
metadata: {{name: {name}}}
spec:
  vertex: {{project: acme-ml, location: us-central1, stagingUri: gs://acme-tuning/staging}}
  gemini: {{project: acme-ml}}
  limits: {{listLag: 1s, concurrentJobs: 4}}
  catalog: historic
{more}"""

SPEC = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {{name: {name}}}
spec:
  baseModel: {base}
  labels: {{{labels}}}
  supervisedTuningSpec:
    trainingDatasetUri: {data}
    hyperParameters: {{epochCount: {epochs}}}
{more}"""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a command printed and how it ended."""

    code: int
    text: str


@dataclass(slots=True)
class Room:
    """One clone of a repository. Several may share one emulator, as clones share one cloud."""

    folder: Path
    state: Path

    @property
    def lock_path(self) -> Path:
        return self.folder / ".tuneform/emulator.lock"

    def workspace(self, name: str = "acme", more: str = "") -> None:
        self.write("tuneform.yaml", WORKSPACE.format(name=name, more=more))

    def spec(
        self,
        name: str,
        *,
        epochs: int = 3,
        data: str = SAMPLE,
        labels: str = "",
        base: str = "gemini-3.5-flash",
        more: str = "",
    ) -> Path:
        text = SPEC.format(name=name, epochs=epochs, data=data, labels=labels, base=base, more=more)
        return self.write(f"specs/{name}.yaml", text)

    def write(self, path: str, text: str) -> Path:
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        return place

    def run(self, *words: str) -> Shown:
        """A command line with the embedded emulator."""
        self._share()
        shown = _Screen()
        out, err, here = sys.stdout, sys.stderr, Path.cwd()
        sys.stdout = sys.stderr = shown
        os.chdir(self.folder)
        try:
            code = run([*words, "--emulator"])
        finally:
            os.chdir(here)
            sys.stdout, sys.stderr = out, err
        return Shown(code, shown.getvalue())

    def apply(self, *words: str) -> Shown:
        return self.run("apply", "--yes", *words)

    def actions(self, *words: str) -> list[str]:
        """`+ vertex/router`, one a change that is not a noop."""
        changes = self.plan(*words)["changes"]
        return [f"{c['action']} {c['address']}" for c in changes if c["action"] != "noop"]

    def plan(self, *words: str) -> dict[str, Any]:
        shown = self.run("plan", "--format", "json", *words)
        document: dict[str, Any] = json.loads(shown.text)
        return document

    @property
    def lock(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.lock_path.read_text(encoding="utf-8"))
        return document

    def training(self, address: str, attempt: str = "") -> dict[str, Any]:
        trainings: dict[str, dict[str, Any]] = self.lock["entries"][address]["trainings"]
        return trainings[attempt or max(trainings, key=int)]

    # What others do

    def ask(self, method: str, path: str, body: object = None, *, query: str = "") -> dict[str, Any]:
        """Somebody with a console; an answer that is no success is the test's mistake."""
        self._share()
        status, answered = self.asked(method, path, body, query=query)
        assert status < 300, (status, answered)
        return answered

    def asked(self, method: str, path: str, body: object = None, *, query: str = "") -> tuple[int, dict[str, Any]]:
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        with self._emulator() as emulator:
            answer = emulator.handle(Request(method, path, query, {}, data))
            return answer.status, json.loads(b"".join(answer.chunks) or b"{}")

    @contextmanager
    def _emulator(self) -> Iterator[Emulator]:
        emulator = Emulator.open(str(self.state), speed=os.environ["TUNEFORM_EMULATOR_SPEED"], catalog="historic")
        try:
            yield emulator
        finally:
            emulator.close()

    def _share(self) -> None:
        """The clone's own state file is the cloud that all clones talk to."""
        own = self.folder / ".tuneform/emulator.db"
        own.parent.mkdir(parents=True, exist_ok=True)
        if own != self.state and not own.is_symlink():
            own.symlink_to(self.state)

    def jobs(self) -> list[dict[str, Any]]:
        return list(self.ask("GET", f"/v1/{PLACE}/tuningJobs").get("tuningJobs", []))

    def job_by_hand(self, display: str, **fields: Any) -> dict[str, Any]:
        """A training that somebody began in the console."""
        body = {
            "baseModel": "gemini-3.5-flash",
            "tunedModelDisplayName": display,
            "supervisedTuningSpec": {"trainingDatasetUri": SAMPLE, "hyperParameters": {"epochCount": "2"}},
            **fields,
        }
        job = self.ask("POST", f"/v1/{PLACE}/tuningJobs", body)
        self.ask("GET", "/_emulator/health")
        return self.ask("GET", f"/v1/{job['name']}")

    def delete_endpoint(self, name: str) -> None:
        for deployed in self.ask("GET", f"/v1/{name}").get("deployedModels", []):
            self.ask("POST", f"/v1/{name}:undeployModel", {"deployedModelId": deployed["id"]})
        self.ask("GET", "/_emulator/health")
        self.ask("DELETE", f"/v1/{name}")

    def delete_model(self, training: dict[str, Any]) -> None:
        names = [training["endpoint"], *(c["endpoint"] for c in training.get("checkpoints", []))]
        for name in dict.fromkeys(n for n in names if n):
            self.delete_endpoint(name)
        self.ask("DELETE", "/v1/" + training["model"].partition("@")[0])


class _Screen(io.StringIO):
    encoding = "utf-8"
