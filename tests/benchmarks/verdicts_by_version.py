"""What `dataset check` and `dataset convert` say of every file below some folders, one line a file.

    python -m tests.benchmarks.verdicts_by_version FOLDER [FOLDER...] > after.txt
    git worktree add ../before COMMIT
    PYTHONPATH=../before python -m tests.benchmarks.verdicts_by_version FOLDER [FOLDER...] > before.txt
    diff before.txt after.txt

It calls the command line alone, so that any version can be asked.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

_DATA = frozenset({".jsonl", ".json", ".csv", ".gz", ".txt", ".tsv"})
_TUNEFORM = (sys.executable, "-P", "-m", "reconciler")  # -P: what PYTHONPATH names comes before this folder


def verdict(path: Path) -> str:
    """Format and errors, then what converting it comes to and whether that passes."""
    ended = _run("dataset", "check", str(path), "--format", "json")
    try:
        (found,) = json.loads(ended.stdout)["files"]
    except (ValueError, KeyError):
        return f"exit {ended.returncode}: {(ended.stderr or ended.stdout).strip()[:200]}"
    return f"{_checked(found)} | {_converted(path)}"


def _checked(found: dict[str, Any]) -> str:
    errors = [f for f in found["findings"] if f["severity"] == "error"]
    told = dict.fromkeys(f"{f['rule']} {f['line']}:{f['column']} {f['detail']}".strip() for f in errors)
    more = f" (+{len(told) - 2})" if len(told) > 2 else ""
    words = f"NO: {'; '.join(list(told)[:2])}{more}" if errors else "ok"
    return f"{found['format']}, {found['examples']} examples, {words}"


def _converted(path: Path) -> str:
    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/out.jsonl"
        ended = _run("dataset", "convert", str(path), "--out", out)
        last = (ended.stderr.strip().splitlines() or [""])[-1]
        if not Path(out).is_file() or not Path(out).stat().st_size:
            return f"convert {ended.returncode}: {last[:120]}"
        passes = "passes" if _run("dataset", "check", out).returncode == 0 else "REFUSED"
        return f"convert {ended.returncode}: {last[:120]} {passes}"


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run((*_TUNEFORM, *words), capture_output=True, text=True, check=False, errors="replace")


def main(folders: list[str]) -> None:
    """Every file that may hold data, in the order of names."""
    for folder in map(Path, folders):
        for path in sorted(p for p in folder.rglob("*") if p.suffix in _DATA and p.is_file()):
            sys.stdout.write(f"{path.relative_to(folder)}: {verdict(path)}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
