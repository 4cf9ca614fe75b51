"""Which tests to run between two edits: `python -m tests.touched` prints them for what differs from the last commit.

Test files that were changed, those that import a changed module, and for other files of a test folder the folder.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

_IMPORT = re.compile(r"^\s*(?:from (\S+) import (\([^)]*\)|.*)|import (\S+))", re.MULTILINE)


def affected(changed: Iterable[str], tests: Iterable[tuple[str, str]]) -> list[str]:
    """Of `tests`, paths with their text, those that a change of these paths may turn red."""
    paths = set(changed)
    modules = {_module(path) for path in paths if path.endswith(".py")}
    folders = {str(Path(path).parent.parent) for path in paths if "/golden/" in path and path.startswith("tests/")}
    return sorted(
        path
        for path, text in tests
        if path in paths or str(Path(path).parent) in folders or modules & set(_imported(text))
    )


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _imported(text: str) -> Iterator[str]:
    for match in _IMPORT.finditer(text):
        origin, names, plain = match.groups()
        yield plain or origin
        yield from (f"{origin}.{name}" for name in re.findall(r"\w+", names or ""))


def _changed() -> list[str]:
    """Tracked and not as in the last commit, or not tracked yet."""
    commands = (["git", "diff", "--name-only", "HEAD"], ["git", "ls-files", "--others", "--exclude-standard"])
    found = (subprocess.run(c, check=True, capture_output=True, text=True) for c in commands)
    return [line for result in found for line in result.stdout.splitlines()]


def main() -> None:
    """Print the paths, one a line."""
    tests = ((str(path), path.read_text(encoding="utf-8")) for path in sorted(Path("tests").rglob("test_*.py")))
    for path in affected(_changed(), tests):
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
