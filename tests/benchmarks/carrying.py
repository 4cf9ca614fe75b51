"""What carrying a plan out costs: the requests of one create, and 1,000 of them against terraform's.

    python -m tests.benchmarks.carrying [--models 1000] [--rounds 3] [--before CHECKOUT]

The emulator is a process of its own, on loopback, on a file; its jobs end at once. terraform, where it is installed,
applies as many `terraform_data`, which asks no service anything: the comparison is unkind to us. `--before` is another
version's checkout, to be measured beside this one. Times are of whole processes, in turn.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
COUNTED = """
import sys
import httpx
real = httpx.HTTPTransport.handle_request
def handle_request(transport, request):
    sys.stderr.write(f"request {request.method} {request.url.path}\\n")
    return real(transport, request)
httpx.HTTPTransport.handle_request = handle_request
sys.argv[0] = "tuneform"
import runpy
runpy.run_module("reconciler", run_name="__main__")
"""
SERVER = """
import sys
from reconciler.emulator import Emulator
from reconciler.emulator.server import serve
emulator = Emulator.open(sys.argv[1], speed=sys.argv[2], concurrent_jobs=100000)
serve(emulator, host="127.0.0.1", port=0, ready=lambda url: print(url, flush=True))
"""
WORKSPACE = """apiVersion: tuneform.dev/v1
kind: Workspace
metadata: {name: bench}
spec:
  vertex: {project: acme, location: us-central1, stagingUri: gs://acme-tuning/staging}
  limits: {concurrentJobs: 500}
"""
SPEC = """apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: model-NUMBER}
spec:
  baseModel: gemini-3.5-flash
  supervisedTuningSpec:
    trainingDatasetUri: ./train.jsonl
    hyperParameters: {epochCount: 2}
"""


def main() -> None:
    """Print both tables."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    asked.add_argument("--models", type=int, default=1000)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--before", type=Path, help="a checkout of another version")
    options = asked.parse_args()
    checkouts = {"tuneform": ROOT} | ({"before": options.before} if options.before else {})
    for name, checkout in checkouts.items():
        found = requests_of_one(checkout)
        say(f"{name}: {sum(found.values())} requests of one create, until it trains (apply --no-wait)")
        for request, count in found.items():
            say(f"  {count:>3}  {request}")
    measure(checkouts, options.models, options.rounds)


def measure(checkouts: Mapping[str, Path], models: int, rounds: int) -> None:
    """Each in turn, and its share of what terraform takes."""
    names = [*checkouts, *(["terraform"] if shutil.which("terraform") else [])]
    wall: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            with tempfile.TemporaryDirectory() as place:
                folder = Path(place)
                if name == "terraform":
                    wall[name].append(timed(terraform(folder, models), folder, {}))
                    continue
                command = prepared(folder, models, [sys.executable, "-m", "reconciler"])
                with served(folder) as url:
                    wall[name].append(timed(command, folder, environment(checkouts[name], url)))
    yardstick = statistics.median(wall[names[-1]])
    say(f"apply of {models:,} creates, median of {rounds}")
    for name, times in wall.items():
        middle = statistics.median(times)
        say(f"  {name:<12}{middle:>8.1f} s{middle / yardstick:>9.2f} times {names[-1]}")


def requests_of_one(checkout: Path) -> Counter[str]:
    """By method and shape of the path, as they leave the process."""
    with tempfile.TemporaryDirectory() as place, served(Path(place), speed="real") as url:
        folder = Path(place)
        command = [*prepared(folder, 1, [sys.executable, "-c", COUNTED]), "--no-wait"]
        shown = run(command, folder, environment(checkout, url), codes=(0, 4)).stderr
    lines = [line.split() for line in shown.splitlines() if line.startswith("request ")]
    return Counter(f"{method} {shape(path)}" for _, method, path in lines)


def shape(path: str) -> str:
    """Without numbers, names and digests."""
    return re.sub(r"/locations/[a-z0-9-]+", "/locations/…", re.sub(r"/[0-9a-f]{6,}[^/]*|/[0-9]+", "/…", path))


def environment(checkout: Path, url: str) -> dict[str, str]:
    """For a version of ours, against this emulator."""
    return {"PYTHONPATH": str(checkout), "TUNEFORM_EMULATOR": url, "NO_COLOR": "1"}


def timed(command: list[str], folder: Path, more: Mapping[str, str]) -> float:
    """Wall seconds of a process that has to succeed."""
    began = time.monotonic()
    run(command, folder, more)
    return time.monotonic() - began


def run(
    command: list[str], folder: Path, more: Mapping[str, str], codes: tuple[int, ...] = (0,)
) -> subprocess.CompletedProcess[str]:
    """To its end."""
    variables = {**os.environ, "CHECKPOINT_DISABLE": "1", **more}
    ended = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    assert ended.returncode in codes, ended.stdout[-2000:] + ended.stderr[-2000:]
    return ended


def prepared(folder: Path, models: int, program: Sequence[str]) -> list[str]:
    """A workspace with so many specs, and the command that applies it."""
    (folder / "tuneform.yaml").write_text(WORKSPACE)
    (folder / "specs").mkdir()
    source = ROOT / "specs/data/support-router.train.jsonl"
    (folder / "specs/train.jsonl").write_bytes(source.read_bytes())
    specs = [SPEC.replace("NUMBER", str(number)) for number in range(models)]
    (folder / "specs/models.yaml").write_text("---\n".join(specs))
    return [*program, "apply", "--yes"]


def terraform(folder: Path, models: int) -> list[str]:
    """As many resources that ask nobody."""
    block = 'resource "terraform_data" "mNUMBER" {\n  input = { base = "gemini-3.5-flash", epochs = 2 }\n}\n'
    (folder / "main.tf").write_text("".join(block.replace("NUMBER", str(n)) for n in range(models)))
    subprocess.run(["terraform", "init", "-no-color"], cwd=folder, check=True, capture_output=True)
    return ["terraform", "apply", "-auto-approve", "-no-color"]


@contextmanager
def served(folder: Path, speed: str = "instant") -> Iterator[str]:
    """An emulator in a process of its own."""
    command = [sys.executable, "-c", SERVER, str(folder / "emulator.db"), speed]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def say(line: str) -> None:
    """At once."""
    print(line, flush=True)


if __name__ == "__main__":
    main()
