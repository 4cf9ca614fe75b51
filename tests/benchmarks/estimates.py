"""How far estimates of billable tokens are from what was billed: by the emulator, and in one recorded job.

    python -m tests.benchmarks.estimates [--markdown] [FILE …]

Without files: the training data of this repository. Each file is checked and then trained on, on an emulator of
its own. The emulator counts four characters a token, as the estimate counts four bytes: where a text is plain
English the two must agree, so its rows say what scripts, media and formats do to the estimate, and nothing of
the service's tokenizer. The recorded job is the service's: ninety images, each with the same question.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from shutil import copyfile
from typing import Any, NamedTuple

from reconciler.cli import run
from reconciler.datasets import Format, Source, check, estimate

ROOT = Path(__file__).parents[2]
WORKSPACE = """\
apiVersion: tuneform.dev/v1
kind: Workspace
metadata: {name: estimates}
spec:
  vertex: {project: benchmark, location: us-central1, stagingUri: gs://benchmark/staging}
  limits: {concurrentJobs: 100}
  catalog: historic
"""
RECORDED_QUESTION = "Describe this image in detail that captures the essence of it."
RECORDED_INPUT_TOKENS = 90 * 270
"""Input tokens of ninety examples of one 1024-pixel image and the question, by gemini-2.0-flash-001."""


class Row(NamedTuple):
    """One file: billable tokens of an epoch as estimated and as billed."""

    name: str
    low: int
    likely: int
    high: int
    billed: int

    @property
    def error(self) -> str:
        """Of the likely number, against what was billed; whether the range holds it."""
        percent = 100 * (self.likely - self.billed) / self.billed
        return f"{percent:+.0f} %" + ("" if self.low <= self.billed <= self.high else ", outside the range")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("files", nargs="*", type=Path)
    chosen = parser.parse_args()
    files = [path.resolve() for path in chosen.files] or sorted(ROOT.glob("specs/data/*.jsonl"))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        rows = [_recorded(), *_by_emulator({f"m{n}": path for n, path in enumerate(files)})]
    form = (
        "| {} | {:,} | {:,} to {:,} | {:,} | {} |\n" if chosen.markdown else "{:44} {:>9,} {:>9,}-{:<10,} {:>9,}  {}\n"
    )
    for r in rows:
        sys.stdout.write(form.format(r.name, r.likely, r.low, r.high, r.billed, r.error))


def _recorded() -> Row:
    """Inputs only: they are the same ninety times, the answers are not all known."""
    image = {"fileData": {"mimeType": "image/jpeg", "fileUri": "gs://bucket/image.jpg"}}
    turns = [
        {"role": "user", "parts": [image, {"text": RECORDED_QUESTION}]},
        {"role": "model", "parts": [{"text": ""}]},
    ]
    line = json.dumps({"contents": turns}).encode() + b"\n"
    found = estimate(check(Source.stream([line * 90], "images.jsonl")))
    return Row("recorded: 90 images, inputs", found.low, found.likely, found.high, RECORDED_INPUT_TOKENS)


def _by_emulator(files: Mapping[str, Path]) -> Iterator[Row]:
    Path("tuneform.yaml").write_text(WORKSPACE, encoding="utf-8")
    Path("specs/data").mkdir(parents=True)
    estimates = {}
    for name, path in files.items():
        checked = check(Source.file(path))
        if not checked.ok:
            sys.stderr.write(f"{path.name}: has errors, left out\n")
            continue
        estimates[name] = estimate(checked)
        copyfile(path, f"specs/data/{name}.jsonl")
        _declare(name, is_preference=checked.format is Format.PREFERENCE)
    os.environ["TUNEFORM_EMULATOR_SPEED"] = "instant"
    with redirect_stdout(StringIO()):
        run(["apply", "--emulator", "--yes", "--format", "json"])
    entries: dict[str, Any] = json.loads(Path(".tuneform/emulator.lock").read_text(encoding="utf-8"))["entries"]
    for name, found in estimates.items():
        billed = entries[f"vertex/{name}"]["trainings"]["1"].get("billableTokens")
        if billed:
            yield Row(files[name].name, found.low, found.likely, found.high, billed)


def _declare(name: str, *, is_preference: bool) -> None:
    method = "preferenceOptimizationSpec" if is_preference else "supervisedTuningSpec"
    spec = {"baseModel": "gemini-2.5-flash", method: {"trainingDatasetUri": f"data/{name}.jsonl"}}
    document = {
        "apiVersion": "tuneform.dev/v1",
        "kind": "VertexTunedModel",
        "metadata": {"name": name},
        "spec": spec,
    }
    Path(f"specs/{name}.yaml").write_text(json.dumps(document), encoding="utf-8")


if __name__ == "__main__":
    main()
