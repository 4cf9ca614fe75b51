"""How fast training data is checked: `check` with all rules on against a loop of json.loads.

    python -m tests.benchmarks.datasets [--megabytes 300] [--rounds 5] [--keep FILE]

Each figure is a ratio of whole processes run in turn, so a busy machine slows both. `cpu` is user and
system time of a process and its workers, the last column the largest resident size of any one of them.
"patterns" has the rules about secrets and personal data on, "in Python" is what happens where scan.c was
not compiled. For the memory of a large file, which is no matter of rounds: --megabytes 2000 --rounds 1.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

_WORD_TEXT = """
    the of and to in a is that for it was on are as with his they at be this from have or by one had not but
    what all were when we there can an your which their said if do will each about how up out them then she
    many some so these would other into has more her two like him see time could no make than first been its
    refund invoice account password reset subscription billing ticket agent policy answer question customer
"""
_WORDS = _WORD_TEXT.split()
_OTHER = ("café", "münchen", "数据模型", "こんにちは", "Привет", "🙂", "señor", "€19.99")
_CODE = ('```python\ndef f(x):\n    return {"a": x}\n```', '{"status": "ok"}', "- one\n- two\n")

_LOOP = "import json, sys\nfor line in open(sys.argv[1], 'rb'): json.loads(line)"
_CHECK = """
import gc, sys
gc.disable()
from pathlib import Path
from reconciler.datasets.checking import check
from reconciler.datasets.source import Source
if "in Python" in sys.argv:
    from reconciler.datasets import native
    native.LIBRARY = Path("not-compiled.so")
rules = None
if "patterns" in sys.argv:
    from reconciler.datasets.rules import RuleSet
    rules = RuleSet.of("sft", severities={"DATA930": "warning", "DATA931": "warning"})
result = check(Source.file(sys.argv[1]), rules, workers=int(sys.argv[2]), sha256=sys.argv[3] == "sha256")
# More than 1 GiB is over the limit of the service, and said.
assert result.examples > 0 and set(result.counts) <= {"DATA109"}, result.counts
"""
_IDENTIFY = """
import sys
from pathlib import Path
from reconciler.datasets.identity import identify
identify(Path(sys.argv[1]), sha256=sys.argv[2] == "sha256")
"""
_READ = """
import os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
while os.read(fd, 1 << 18): pass
"""
_MD5 = "import hashlib, sys\nhashlib.file_digest(open(sys.argv[1], 'rb'), 'md5')"


class Run(NamedTuple):
    """One process: seconds on the clock, seconds of processors, MiB of its largest member."""

    wall_s: float
    cpu_s: float
    peak_mib: float


def generate(path: Path, size: int) -> int:
    """Write about `size` bytes of conversations, all different; how many there are."""
    random_ = random.Random(7)
    pool = [_conversation(random_) for _ in range(5_000)]
    count = written = 0
    with path.open("wb") as file:
        for number in itertools.count():
            if written >= size:
                return count
            row = pool[number % len(pool)]
            line = row.replace(b"NUMBER", b"%d" % number) + b"\n"
            file.write(line)
            written += len(line)
            count += 1
    return count


def _conversation(random_: random.Random) -> bytes:
    turns = 1 if random_.random() < 0.7 else random_.randint(2, 4)
    contents = [
        {"role": role, "parts": [{"text": f"NUMBER {_text(random_, mean)}"}]}
        for _ in range(turns)
        for role, mean in (("user", 3.6), ("model", 4.1))
    ]
    row: dict[str, object] = {"contents": contents}
    if random_.random() < 0.3:
        row = {"systemInstruction": {"role": "system", "parts": [{"text": _text(random_, 3.5)}]}, **row}
    return json.dumps(row, ensure_ascii=random_.random() < 0.25).encode()


def _text(random_: random.Random, mean: float) -> str:
    words = random_.choices(_WORDS, k=max(3, int(random_.lognormvariate(mean, 0.8))))
    if random_.random() < 0.15:
        words += random_.choices(_OTHER, k=max(1, len(words) // 12))
    if random_.random() < 0.15:
        words.append(random_.choice(_CODE))
    return " ".join(words)


def run(code: str, *arguments: str) -> Run:
    """One process, measured by what the system says of it and of its workers."""
    measured = f"{code}\n{_TELL}"
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", measured, *arguments], env=environment, capture_output=True, text=True, check=True
    )
    wall_s = time.perf_counter() - started
    cpu_s, peak_kib = map(float, done.stdout.split())
    return Run(wall_s, cpu_s, peak_kib / 1024)


_TELL = """
import resource
own, workers = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(sum((own.ru_utime, own.ru_stime, workers.ru_utime, workers.ru_stime)), max(own.ru_maxrss, workers.ru_maxrss))
"""


def compare(name: str, ours: tuple[str, ...], other: tuple[str, ...], rounds: int) -> None:
    """Print how many times as fast ours is, in the middle of so many pairs."""
    pairs = [(run(*ours), run(*other)) for _ in range(rounds)]
    wall = statistics.median(b.wall_s / a.wall_s for a, b in pairs)
    cpu = statistics.median(b.cpu_s / a.cpu_s for a, b in pairs)
    fastest = min(a.wall_s for a, _ in pairs)
    peak = max(a.peak_mib for a, _ in pairs)
    print(f"{name:<44}{wall:>7.2f}x wall{cpu:>7.2f}x cpu{fastest:>8.2f} s{peak:>7.1f} MiB")


def main() -> None:
    """Generate, then compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="use this file, or make it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.keep or Path(folder) / "train.jsonl"
        if not path.exists():
            generate(path, options.megabytes * 1_000_000)
        file = str(path)
        size = path.stat().st_size
        print(f"{size / 1e6:,.0f} MB, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
        loop = (_LOOP, file)
        for workers in ("1", "2"):
            for digest in ("crc32c", "sha256"):
                ours = (_CHECK, file, workers, digest)
                compare(f"check, {workers} worker(s), {digest}, against json.loads", ours, loop, options.rounds)
        for variant in ("patterns", "in Python"):
            other = (_CHECK, file, "1", "sha256", variant)
            compare(f"check, 1 worker(s), sha256, {variant}", other, loop, options.rounds)
        for digest, against_what in (("crc32c", "md5"), ("sha256", "md5"), ("crc32c", "read")):
            against = (_MD5, file) if against_what == "md5" else (_READ, file)
            compare(f"identify, {digest}, against {against_what}", (_IDENTIFY, file, digest), against, options.rounds)


if __name__ == "__main__":
    main()
