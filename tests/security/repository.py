"""A repository full of canaries, and the command line run in it, in this process."""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.cli import run
from tests.security.canaries import (
    API_KEY,
    ENVIRONMENT,
    FILE_PAIR,
    INLINE,
    INLINE_ANSWER,
    ROW,
    ROW_ANSWER,
    TOKEN,
    written_below,
)

PLANTED = ("specs/", "tuneform.yaml", ".tuneform/emulator.db", "asked/", "theirs.lock")
"""What holds canaries by right: what the user wrote or asked for, and the emulator's own state."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What one command line showed."""

    code: int
    out: str
    err: str


class _Screen(io.StringIO):
    encoding = "utf-8"

    def __init__(self, *, is_terminal: bool = False) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


def typed(*words: str, is_terminal: bool = False) -> Shown:
    """Run `tuneform WORDS` here."""
    out, err = _Screen(is_terminal=is_terminal), _Screen(is_terminal=is_terminal)
    kept = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = out, err
    try:
        code = run(words)
    finally:
        sys.stdout, sys.stderr = kept
    return Shown(code, out.getvalue(), err.getvalue())


def written(folder: Path) -> dict[str, str]:
    """Everything that the runs left behind, temporary files included."""
    return written_below(folder, PLANTED)


@contextmanager
def planted(folder: Path) -> Iterator[Path]:
    """The present folder is a repository with canaries wherever one fits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        (folder / "temporary").mkdir()
        patch.setattr(tempfile, "tempdir", str(folder / "temporary"))
        patch.setenv("TMPDIR", str(folder / "temporary"))
        patch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
        for name in ("GOOGLE_API_KEY", "GEMINI_API_KEY", "CLOUDSDK_AUTH_ACCESS_TOKEN", "MY_SECRET"):
            patch.setenv(name, API_KEY if name.endswith("_KEY") else ENVIRONMENT)
        for name, text in _FILES.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            os.utime(path, (1_700_000_000, 1_700_000_000))  # settled, so that what is learnt of it is cached
        (folder / "asked").mkdir(exist_ok=True)
        yield folder


def _row(number: int) -> str:
    turns = [
        {"role": "user", "parts": [{"text": f"{ROW} {number}"}]},
        {"role": "model", "parts": [{"text": f"{ROW_ANSWER} {number}"}]},
    ]
    return json.dumps({"contents": turns}) + "\n"


_PAIRS = [{"textInput": f"{INLINE} {n}", "output": f"{INLINE_ANSWER} {n}"} for n in range(20)]

_FILES = {
    "asked/tune.py": f"""\
from google import genai
from google.genai import types

# Authorization: Bearer {TOKEN}
client = genai.Client(vertexai=True, project="acme-ml", location="us-central1", api_key="{API_KEY}")
client.tunings.tune(
    base_model="gemini-2.5-flash",
    training_dataset=types.TuningDataset(gcs_uri="gs://acme-tuning/train.jsonl"),
    config=types.CreateTuningJobConfig(
        tuned_model_display_name="sorter",
        epoch_count=2,
        http_options=types.HttpOptions(headers={{"Authorization": "Bearer {TOKEN}", "X-Secret": "{ENVIRONMENT}"}}),
    ),
)
""",
    "tuneform.yaml": """\
apiVersion: tuneform.dev/v1
kind: Workspace
metadata: {name: acme}
spec:
  vertex: {project: acme-ml, location: us-central1, stagingUri: gs://acme-tuning/staging}
  gemini: {project: acme-ml}
  limits: {listLag: 1s, concurrentJobs: 4}
  catalog: historic
""",
    "specs/router.yaml": """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: router}
spec:
  baseModel: gemini-2.5-flash
  supervisedTuningSpec: {trainingDatasetUri: data/train.jsonl}
  tuneform: {gate: {prompts: [{text: hello, contains: e}]}}
""",
    "specs/numbers.yaml": f"""\
apiVersion: tuneform.dev/v1
kind: GeminiTunedModel
metadata: {{name: numbers}}
spec:
  baseModel: models/gemini-1.5-flash-001-tuning
  displayName: numbers
  tuningTask:
    hyperparameters: {{epochCount: 2}}
    trainingData: {{examples: {{examples: {json.dumps(_PAIRS)}}}}}
""",
    "specs/letters.yaml": """\
apiVersion: tuneform.dev/v1
kind: GeminiTunedModel
metadata: {name: letters}
spec:
  baseModel: models/gemini-1.5-flash-001-tuning
  displayName: letters
  tuningTask: {hyperparameters: {epochCount: 2}}
  tuneform: {dataFile: data/pairs.jsonl}
""",
    "specs/data/train.jsonl": "".join(map(_row, range(40))),
    "specs/data/pairs.jsonl": "".join(
        json.dumps({"textInput": f"{FILE_PAIR} {n}", "output": f"{FILE_PAIR} {n + 1}"}) + "\n" for n in range(20)
    ),
}
