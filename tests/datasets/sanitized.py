"""The compiled scan under AddressSanitizer and UndefinedBehaviorSanitizer: `make fuzz`.

The sanitizers come into Python by LD_PRELOAD, and Python takes its memory from malloc, so that they see the end of
every buffer. Run as `python -m tests.datasets.sanitized [FILES]`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from reconciler.datasets.native.build import SANITIZED, SOURCE, build, compiler

ROOT = Path(__file__).parents[2]
LIBRARY = "TUNEFORM_SANITIZED"
"""The variable that names the library to test_one_verdict.py and test_sanitized.py."""
SUITES = ("tests/datasets/test_sanitized.py", "tests/datasets/test_one_verdict.py")


def runtimes() -> list[str]:
    """What has to be loaded before Python; empty where this compiler has no sanitizers."""
    found = []
    for name in ("libasan.so", "libubsan.so"):
        words = [*compiler(), f"-print-file-name={name}"]
        path = subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip() if compiler() else ""
        if not Path(path).is_absolute():
            return []
        found.append(path)
    return found


def run(files: int, *, suites: tuple[str, ...] = SUITES, source: Path = SOURCE) -> subprocess.CompletedProcess[str]:
    """pytest on so many files, with the scan made of `source`."""
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "_scan.so"
        assert build(library, source, SANITIZED)
        environment = {
            **os.environ,
            "LD_PRELOAD": " ".join(runtimes()),
            "ASAN_OPTIONS": "detect_leaks=0:detect_stack_use_after_return=1",
            "UBSAN_OPTIONS": "print_stacktrace=1",
            "PYTHONMALLOC": "malloc",
            LIBRARY: str(library),
            "TUNEFORM_FUZZ": str(files),
        }
        words = [sys.executable, "-m", "pytest", "-qs", "-p", "no:xdist", "-p", "no:cacheprovider", *suites]
        return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    if not shutil.which("cc") or not runtimes():
        sys.exit("This compiler has no AddressSanitizer: install gcc with libasan and libubsan.")
    ended = run(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
    sys.stdout.write(ended.stdout[-5000:])
    sys.stderr.write(ended.stderr[-20_000:])
    sys.exit(ended.returncode)
