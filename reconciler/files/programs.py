"""The program that scores answers: where it is, as a shell and a spec would say."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from reconciler.files.dataset_paths import is_pipe


def program_of(word: str, spec: str, folder: str | Path) -> str | None:
    """The path to run; None where there is no such program that may be run.

    With a slash in it `word` is relative to the file of the spec, or to the workspace `folder` for one from a pipe;
    without one it is looked up in PATH.
    """
    if os.sep not in word:
        return shutil.which(word)
    beside = Path(folder) if is_pipe(spec) else Path(spec).parent
    path = os.path.normpath(beside / word)
    return str(Path(path).absolute()) if Path(path).is_file() and os.access(path, os.X_OK) else None
