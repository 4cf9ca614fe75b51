"""What kustomize makes of a folder. It is the program that people have, and no part of it is ours.

`kustomize build`, or `kubectl kustomize` where only that is in PATH, with no option but the folder: what it may load is
for its own configuration to say.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final

from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic, Location
from reconciler.files.bounds import SPECS, TooLargeError, bounded
from reconciler.files.dataset_paths import RENDERED
from reconciler.files.sources import UnreadableFileError
from reconciler.files.yaml_tree import SourceText

TIMEOUT_S: Final = 300.0
"""It may fetch bases from elsewhere."""
_SAID_MAX: Final = 600
"""Characters of what it says when it fails: the end, where the reason stands."""


def rendered(folder: str) -> SourceText:
    """All documents. Raise UnreadableFileError where there is no such program, or it fails."""
    if not Path(folder).is_dir():
        raise _failed(folder, "There is no such folder.", "Correct specs.kustomize of the workspace.")
    command = _command(folder)
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(  # noqa: S603 - one of two programs, without a shell
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said
            )
        except OSError as exc:
            raise _failed(folder, f"{command[0]} cannot be run: {exc.strerror}.") from exc
        with process:
            text = _read(process, folder)
        if process.returncode:
            raise _failed(folder, f"{_spoken(command)} ended with {process.returncode}: {_end_of(said)}")
    return SourceText(f"{RENDERED}{folder}", text)


def _command(folder: str) -> list[str]:
    for program, *words in (("kustomize", "build"), ("kubectl", "kustomize")):
        if path := shutil.which(program):
            return [path, *words, folder]
    fix = "Install kustomize or kubectl, or render it elsewhere and pipe it in (specs: {stdin: true})."
    raise _failed(folder, "Neither kustomize nor kubectl is in PATH.", fix)


def _read(process: subprocess.Popen[bytes], folder: str) -> bytes:
    assert process.stdout is not None
    try:
        text = bounded(process.stdout.read, SPECS)
        process.wait(TIMEOUT_S)
    except TooLargeError as exc:
        process.kill()
        raise _failed(folder, f"{exc.strerror}.", exc.fix) from exc
    except subprocess.TimeoutExpired as exc:
        process.kill()
        raise _failed(folder, f"It takes longer than {TIMEOUT_S:.0f} s.") from exc
    except BaseException:
        process.kill()
        raise
    return text


def _spoken(command: Sequence[str]) -> str:
    return " ".join((Path(command[0]).name, *command[1:]))


def _end_of(said: IO[bytes]) -> str:
    said.seek(0)
    text = " ".join(said.read().decode(errors="replace").split())
    return text if len(text) <= _SAID_MAX else f"…{text[-_SAID_MAX:]}"


def _failed(folder: str, detail: str, fix: str = "Run that by itself and mend what it says.") -> UnreadableFileError:
    return UnreadableFileError(_diagnostic(folder, detail, fix))


def _diagnostic(folder: str, detail: str, fix: str) -> Diagnostic:
    return spec_error("SPEC083", Location(folder), detail, fix)
