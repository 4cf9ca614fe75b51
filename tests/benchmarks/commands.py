"""How long every command takes on twelve models, against the script that people have instead.

    python -m tests.benchmarks.commands [--rounds 5] [--only WORD]

The workspace is `dev` of examples/environments, applied once; the emulator is a process of its own, on loopback, whose
jobs end at once. The yardstick is a script with google-genai that lists the jobs and prints their states and endpoints;
it runs before each command, so that a busy machine slows both. Times are of whole processes, the start of Python too.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.carrying import ROOT, say, served

SCRIPT = """
import os
from google import genai
from google.oauth2.credentials import Credentials
client = genai.Client(
    vertexai=True, project="acme-ml-dev", location="us-central1", credentials=Credentials("anything"),
    http_options={"base_url": os.environ["TUNEFORM_EMULATOR"]},
)
jobs = list(client.tunings.list())
assert len(jobs) >= 12, len(jobs)
for job in jobs:
    print(job.name, job.state, job.tuned_model.endpoint if job.tuned_model else None)
"""
ONE = "vertex/ticket-router"
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("version",),
    ("help",),
    ("help", "apply"),
    ("completion", "bash"),
    ("explain", "VertexTunedModel.spec.baseModel"),
    ("schema", "plan"),
    ("models",),
    ("fmt", "--check"),
    ("validate",),
    ("dataset", "check", "train.jsonl"),
    ("dataset", "stats", "train.jsonl"),
    ("state", "list"),
    ("state", "pull"),
    ("output",),
    ("history", ONE),
    ("plan",),
    ("plan", "--format", "json"),
    ("plan", "--format", "markdown"),
    ("apply", "--yes"),
    ("wait",),
    ("status",),
    ("show", ONE),
    ("show", ONE, "--request"),
    ("metrics", ONE),
    ("report",),
    ("gate",),
    ("query",),
    ("doctor",),
    ("gc",),
    ("prompt", ONE, "Where is my invoice?"),
    ("plan", "--destroy"),
)
"""Those that leave what the next one finds. What trains, cancels and deletes is measured by `carrying`."""


def main() -> None:
    """Print the table, the slowest first."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--only", default="", help="commands with this word in them")
    options = asked.parse_args()
    chosen = [command for command in COMMANDS if options.only in " ".join(command)]
    with tempfile.TemporaryDirectory() as place, served(Path(place)) as url:
        folder = Path(place) / "work"
        shutil.copytree(ROOT / "examples" / "environments", folder)
        shutil.copy(ROOT / "specs/data/support-router.train.jsonl", folder / "train.jsonl")
        environment = {**os.environ, "TUNEFORM_EMULATOR": url, "TUNEFORM_WORKSPACE": "dev", "NO_COLOR": "1"}
        environment["PYTHONPATH"] = str(ROOT)
        timed(("apply", "--yes"), folder, environment)
        found = [(command, *measured(command, options.rounds, folder, environment)) for command in chosen]
    say(f"{'command':<44}{'ms':>7}{'of a script':>13}  exit")
    for command, wall_s, ratio, code in sorted(found, key=lambda row: -row[1]):
        say(f"{' '.join(command):<44.43}{wall_s * 1000:>7.0f}{ratio:>12.2f}x  {code}")


def measured(
    command: tuple[str, ...], rounds: int, folder: Path, environment: dict[str, str]
) -> tuple[float, float, int]:
    """Median seconds, the median of its ratio to the script beside it, and how it ended."""
    walls, ratios, code = [], [], 0
    for _ in range(rounds):
        yardstick, _ended = clocked([sys.executable, "-c", SCRIPT], folder, environment)
        wall, code = timed(command, folder, environment)
        walls.append(wall)
        ratios.append(wall / yardstick)
    return statistics.median(walls), statistics.median(ratios), code


def timed(command: tuple[str, ...], folder: Path, environment: dict[str, str]) -> tuple[float, int]:
    """Of one of ours."""
    return clocked([sys.executable, "-m", "reconciler", *command], folder, environment, codes=(0, 2, 3, 4))


def clocked(
    command: list[str], folder: Path, environment: dict[str, str], codes: tuple[int, ...] = (0,)
) -> tuple[float, int]:
    """Wall seconds of a process, and its exit code."""
    began = time.monotonic()
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    wall = time.monotonic() - began
    assert ended.returncode in codes, f"{command}: {ended.stdout[-2000:]}{ended.stderr[-2000:]}"
    return wall, ended.returncode


if __name__ == "__main__":
    main()
