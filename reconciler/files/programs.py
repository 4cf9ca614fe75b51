"""The program that scores answers: where it is, as a shell and a spec would say."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def program_of(word: str, folder: str | Path) -> str | None:
    """The path to run; None where there is no such program that may be run.

    With a slash in it `word` is relative to the workspace `folder`, where it runs; without one it is looked up in PATH.
    """
    if os.sep not in word:
        return shutil.which(word)
    path = os.path.normpath(Path(folder) / word)
    return str(Path(path).absolute()) if Path(path).is_file() and os.access(path, os.X_OK) else None
