"""Make workspaces as the released 0.1.0 left them: its locks, its markers, its uploads, on its own emulator.

    git worktree add ../v010 9512ce3
    python tests/upgrade/make_0_1_0.py ../v010

runs the code of that checkout, and no other, in a process for each command, and writes beside this file, for each
workspace, `NAME/` with specs, data and lock, and `NAME.sql.gz`, the state of the embedded emulator. They are in the
repository; this is how they came about. Ids and times are those of the day they were made.
"""

from __future__ import annotations

import gzip
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
STATE = Path(".tuneform/emulator.db")

WORKSPACE = """\
apiVersion: tuneform.dev/v1
kind: Workspace
metadata: {name: acme}
spec:
  vertex: {project: acme-ml, location: us-central1, stagingUri: gs://acme-tuning/staging}
  gemini: {project: acme-ml}
  limits: {concurrentJobs: 1, listLag: 0s}
  catalog: historic
"""

VERTEX = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {{name: {name}}}
spec:
  baseModel: gemini-2.5-flash
  supervisedTuningSpec:
    trainingDatasetUri: data/{data}.jsonl
{more}    hyperParameters: {{epochCount: {epochs}}}
"""

GEMINI = """\
apiVersion: tuneform.dev/v1
kind: GeminiTunedModel
metadata: {{name: {name}}}
spec:
  baseModel: models/gemini-1.5-flash-001-tuning
  tuningTask:
    hyperparameters: {{epochCount: 2, batchSize: 2}}
{more}"""

INLINE = """\
    trainingData:
      examples:
        examples:
          - {textInput: "1", output: "2"}
          - {textInput: "3", output: "4"}
"""

_KILLED = """\
import os, sys
from reconciler.backends.gemini import Gemini
from reconciler.backends.vertex import Vertex
sends = sys.argv.pop(1) == "sent"
def killed(kind):
    create = kind.create
    def create_and_die(self, *args):
        if sends:
            create(self, *args)
        os._exit(9)
    kind.create = create_and_die
killed(Vertex)
killed(Gemini)
from reconciler.__main__ import main
main()
"""


class Maker:
    """One workspace in an empty folder. `released` is the checkout whose code runs."""

    def __init__(self, released: Path, folder: Path) -> None:
        self.released = released
        self.folder = folder
        self.write("tuneform.yaml", WORKSPACE)

    def write(self, path: str, text: str) -> None:
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode())

    def data(self, name: str, count: int = 12) -> None:
        rows = (
            f'{{"contents": [{{"role": "user", "parts": [{{"text": "{name} caf\u00e9 {n}"}}]}}, '
            f'{{"role": "model", "parts": [{{"text": "answer {n}"}}]}}]}}\n'
            for n in range(count)
        )
        self.write(f"specs/data/{name}.jsonl", "".join(rows))

    def vertex(self, name: str, epochs: int = 2, more: str = "") -> None:
        if not (self.folder / f"specs/data/{name}.jsonl").exists():
            self.data(name)
        self.write(f"specs/{name}.yaml", VERTEX.format(name=name, data=name, epochs=epochs, more=more))

    def gemini(self, name: str, more: str) -> None:
        self.write(f"specs/{name}.yaml", GEMINI.format(name=name, more=more))

    def run(self, *words: str, speed: str = "instant") -> int:
        return self._python("-m", "reconciler", *words, speed=speed)

    def killed(self, how: str, *words: str) -> None:
        """A run that is killed at its first create: before the request is `sent`, or when its answer is there."""
        assert self._python("-c", _KILLED, how, *words, speed="manual") == 9

    def _python(self, *words: str, speed: str) -> int:
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("TUNEFORM_")},
            "PYTHONPATH": str(self.released.resolve()),
            "TUNEFORM_EMULATOR": "embedded",
            "TUNEFORM_EMULATOR_SPEED": speed,
        }
        done = subprocess.run([sys.executable, *words], cwd=self.folder, env=environment, check=False)
        return done.returncode


def served(made: Maker) -> None:
    """Everything has ended: both services, validation data, a deposed model, data in CSV, JSON lines and the spec."""
    made.data("ready-check", 4)
    made.vertex("ready", more="    validationDatasetUri: data/ready-check.jsonl\n")
    made.vertex("twice")
    made.write("specs/data/pairs.csv", 'text_input,output\n1,2\n"two\nlines",4\n5,6\n')
    made.gemini("pairs", "  tuneform: {dataFile: data/pairs.csv}\n")
    made.write(
        "specs/data/lines.jsonl", '{"text_input": "1", "output": "2"}\n{"text_input": "3", "output": "caf\u00e9"}\n'
    )
    made.gemini("lines", "  tuneform: {dataFile: data/lines.jsonl}\n")
    made.gemini("inline", INLINE)
    assert made.run("apply", "--yes") == 0
    made.vertex("twice", epochs=3)
    assert made.run("apply", "--yes") == 0
    assert made.run("plan", "--detailed-exitcode") == 0


def running(made: Maker) -> None:
    """One training is under way, another is approved and waits for its place."""
    made.vertex("first")
    made.vertex("second")
    assert made.run("apply", "--yes", "--no-wait", speed="manual") == 4


def sent(made: Maker) -> None:
    """Killed when the answer to the create was there: the job runs, and the lock does not know its name."""
    made.vertex("router")
    made.killed("sent", "apply", "--yes")


def sent_gemini(made: Maker) -> None:
    """The same at the Gemini API."""
    made.write("specs/data/pairs.csv", 'text_input,output\n1,2\n"two\nlines",4\n')
    made.gemini("pairs", "  tuneform: {dataFile: data/pairs.csv}\n")
    made.killed("sent", "apply", "--yes")


def lost(made: Maker) -> None:
    """Killed before the request left: there is an intent, and no job."""
    made.vertex("router")
    made.killed("unsent", "apply", "--yes")


def named(made: Maker) -> None:
    """A model of another workspace, which a spec names under `existing`; no lock knows it."""
    made.write("tuneform.yaml", WORKSPACE.replace("name: acme", "name: other"))
    made.vertex("router")
    assert made.run("apply", "--yes") == 0
    made.write("tuneform.yaml", WORKSPACE)
    (made.folder / ".tuneform/emulator.lock").unlink()


WORKSPACES: tuple[Callable[[Maker], None], ...] = (served, running, sent, sent_gemini, lost, named)


def make(released: Path) -> None:
    """All of them."""
    for workspace in WORKSPACES:
        with tempfile.TemporaryDirectory() as folder:
            made = Maker(released, Path(folder))
            workspace(made)
            keep(Path(folder), HERE / workspace.__name__)


def keep(folder: Path, place: Path) -> None:
    """Specs, data, lock and journal as they are; the emulator's state as SQL."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(folder, place, ignore=shutil.ignore_patterns(".tuneform"))
    for file in sorted((folder / ".tuneform").glob("emulator.lock*")):
        if not file.name.endswith(".hold"):
            shutil.copy(file, place / f"left.{file.name.removeprefix('emulator.')}")
    with sqlite3.connect(folder / STATE) as state:
        meta = [
            f"PRAGMA {name} = {state.execute(f'PRAGMA {name}').fetchone()[0]};"
            for name in ("application_id", "user_version")
        ]
        text = "\n".join([*meta, *state.iterdump()])
    with gzip.GzipFile(place.with_suffix(".sql.gz"), "wb", mtime=0) as packed:
        packed.write(text.encode())


if __name__ == "__main__":
    make(Path(sys.argv[1]))
