"""The figures that the docs give for memory hold for the inputs that they name."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

BESIDE_PYTHON = 5_500
"""kB that a check takes beside what Python and the package take: 24 MB in all where those are 19."""
LONGEST_LINE = 64_000

_MEASURE = """
import resource, sys
from reconciler.datasets import Source, check
import reconciler.datasets.checking
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
check(Source.file(sys.argv[1]), workers=1)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def _row(question: str, answer: str) -> str:
    turns = (
        f'{{"role":"{role}","parts":[{{"text":"{text}"}}]}}' for role, text in (("user", question), ("model", answer))
    )
    return f'{{"contents":[{",".join(turns)}]}}\n'


def _turns(turn: str) -> Callable[[int], str]:
    line = f'{{"contents":[{",".join([turn] * (LONGEST_LINE // len(turn) - 1))}]}}\n'
    return lambda _: line


FILES: dict[str, tuple[int, Callable[[int], str]]] = {
    "many examples": (200_000, lambda n: _row(f"question {n}", "answer")),
    "long examples": (500, lambda n: _row(f"question {n}", "a" * (LONGEST_LINE - 100))),
    "turns of an unknown role": (100, _turns('{"role":"assistant","parts":[{"text":"x"}]}')),
    "turns without anything": (40, _turns("{}")),
    "broken lines": (200_000, lambda _: "{\n"),
}


@pytest.mark.parametrize(("count", "line"), FILES.values(), ids=list(FILES))
def test_a_check_takes_24_mb_where_no_line_is_longer_than_64_kb(
    count: int, line: Callable[[int], str], tmp_path: Path
) -> None:
    path = tmp_path / "train.jsonl"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(map(line, range(count)))

    shown = subprocess.run([sys.executable, "-c", _MEASURE, str(path)], capture_output=True, text=True, check=True)

    assert int(shown.stdout) < BESIDE_PYTHON
