"""Compiles scan.c: by hand as `python -m reconciler.datasets.native.build`, and when hatchling packs or installs.

Without a compiler nothing is built, and `dataset check` does in Python what it would do in C. Standard library
alone but for hatchling itself: this file is loaded by its path, before anything of ours is installed.
"""

from __future__ import annotations

import binascii
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SOURCE = HERE / "scan.c"
LIBRARY = HERE / "_scan.so"

_FLAGS = ("-O3", "-std=c11", "-fPIC", "-fvisibility=hidden", "-shared")
SANITIZED = ("-O1", "-g", "-fno-omit-frame-pointer", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
"""With which a read or write out of bounds, and whatever C leaves undefined, ends the process (`make fuzz`)."""


def checksum() -> str:
    """Of the source: the library knows which one it was made of."""
    return f"{binascii.crc32(SOURCE.read_bytes()):08x}"


def compiler() -> list[str]:
    """The command of a C compiler, empty where there is none; the environment's CC comes first."""
    named = shlex.split(os.environ.get("CC", ""))
    choices = [named] if named else [["cc"], ["gcc"], ["clang"]]
    return next((words for words in choices if shutil.which(words[0])), [])


def build(to: Path = LIBRARY, source: Path = SOURCE, more: tuple[str, ...] = ()) -> bool:
    """Compile; whether there is a library now. Raises CalledProcessError where the compiler refuses the source."""
    command = compiler()
    if not command:
        to.unlink(missing_ok=True)
        return False
    made = to.with_suffix(f".{os.getpid()}")
    define = f'-DTUNEFORM_SOURCE="{checksum()}"'
    words = [*command, *_FLAGS, *more, define, "-o", str(made), str(source)]
    subprocess.run(words, check=True)  # noqa: S603 - our own words
    # A running check may have the old one mapped: a new file takes its place.
    made.replace(to)
    return True


def _platform() -> str:
    return sysconfig.get_platform().replace("-", "_").replace(".", "_")


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # by hand, without hatchling
    pass
else:

    class BuildHook(BuildHookInterface[Any]):
        """Called by hatchling for wheels and for editable installs."""

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            """Compile into the package; the wheel is then for this kind of machine and for every Python."""
            try:
                is_built = build()
            except subprocess.CalledProcessError as exc:
                self.app.display_warning(f"scan.c does not compile here ({exc}): dataset check will be slower.")
                is_built = False
            if is_built and version != "editable":
                build_data["artifacts"].append(str(LIBRARY.relative_to(self.root)))
                build_data["pure_python"] = False
                build_data["tag"] = f"py3-none-{_platform()}"


if __name__ == "__main__":
    sys.exit(0 if build() else "There is no C compiler; set CC to one.")
