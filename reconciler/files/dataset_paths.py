"""Where training data is: Cloud Storage, a dataset resource, or a file below the workspace folder."""

from __future__ import annotations

import errno
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reconciler.core.buckets import object_in
from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic, Location
from reconciler.core.likeness import nearest
from reconciler.core.suggest import suggest

STDIN: Final = "<stdin>"
RENDERED: Final = "kustomize:"
"""Before the folder of which something was rendered."""
_PIPES: Final = (STDIN, RENDERED, "/dev/fd/", "/proc/", "/dev/stdin")
"""What is piped in, also where a shell puts `<(kustomize build …)`."""

_LONGEST: Final = 4_096
"""Characters. Following links costs their square, and no system opens a longer path."""

_DATASET = re.compile(r"projects/[^/\s]+/locations/[a-z0-9-]+/datasets/[^/\s]+")
_GEMINI_SUFFIXES = (".csv", ".json", ".jsonl")


def is_pipe(path: str) -> bool:
    """Whether a text came through a pipe, and so from no folder."""
    return path.startswith(_PIPES)


@dataclass(frozen=True, slots=True)
class DataFinder:
    """Finds the data of specs for one workspace folder; `real_root` is that folder, links resolved."""

    folder: Path
    real_root: Path

    @classmethod
    def of(cls, folder: Path) -> DataFinder:
        """For the workspace folder, relative to where the user stands."""
        return cls(folder, Path(os.path.realpath(folder)))

    def vertex(self, uri: str, where: Location) -> tuple[str | None, Diagnostic | None]:
        """Path of a local file, or None for data in the cloud; and what is wrong with it."""
        if uri.startswith("gs://"):
            return None, None if object_in(uri) else _bad_object(uri, where)
        if _DATASET.fullmatch(uri):
            return None, None
        if "://" in uri:
            fix = "Copy the data to Cloud Storage or into this repository."
            return None, spec_error("SPEC053", where, f"{_short(uri)} is neither gs:// nor a path.", fix)
        return self.local(uri, where)

    def gemini(self, uri: str, where: Location) -> tuple[str | None, Diagnostic | None]:
        """The same for `tuneform.dataFile`, which is always local."""
        if "://" in uri:
            detail = f"{_short(uri)} is not a local file, and the Gemini API reads no others."
            return None, spec_error("SPEC053", where, detail, "Copy the file into this repository.")
        if not uri.lower().endswith(_GEMINI_SUFFIXES):
            fix = f"Convert it with {suggest('dataset', 'convert').quoted}."
            return None, spec_error("SPEC053", where, f"{_short(uri)} is not csv, json or jsonl.", fix)
        return self.local(uri, where)

    def heldout(self, uri: str, where: Location) -> tuple[str | None, Diagnostic | None]:
        """The same for held-out items, which are read here: an object or a local file, and no dataset resource."""
        if uri.startswith("gs://"):
            return None, None if object_in(uri) else _bad_object(uri, where)
        if "://" in uri or _DATASET.fullmatch(uri):
            fix = "Copy the items to Cloud Storage or into this repository."
            return None, spec_error("SPEC053", where, f"{_short(uri)} is neither gs:// nor a path.", fix)
        return self.local(uri, where)

    def local(self, uri: str, where: Location) -> tuple[str | None, Diagnostic | None]:
        """A path relative to the spec's file, made relative to the current folder."""
        if uri.startswith(("/", "~")):
            fix = "Write the path relative to this file."
            return None, spec_error("SPEC051", where, f"{_short(uri)} is an absolute path.", fix)
        beside = self.folder if is_pipe(where.path) else Path(where.path).parent
        path = os.path.normpath(beside / uri) if len(uri) <= _LONGEST else uri
        try:
            if len(uri) > _LONGEST:
                raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))  # noqa: TRY301 - as the system does
            return path, self._mistake(path, where)
        except (OSError, ValueError) as exc:
            reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else "Not a path"
            return path, spec_error("SPEC050", where, f"{_short(path)}: {reason}.", "Correct the path.")

    def _mistake(self, path: str, where: Location) -> Diagnostic | None:
        # Links first: what lies outside is not even looked at.
        if not Path(os.path.realpath(path)).is_relative_to(self.real_root):
            fix = "Copy the file into the workspace folder, or give its gs:// URI."
            return spec_error("SPEC051", where, f"{_short(path)} is not below the workspace folder.", fix)
        mode = Path(path).stat().st_mode if os.path.lexists(path) else None
        if mode is None:
            return spec_error("SPEC050", where, f"There is no file {_short(path)}.", _near(path))
        if not stat.S_ISREG(mode):
            kind = "a folder" if stat.S_ISDIR(mode) else "no regular file"
            return spec_error("SPEC052", where, f"{_short(path)} is {kind}.", "Name a file.")
        if not os.access(path, os.R_OK):
            return spec_error("SPEC052", where, f"{_short(path)} cannot be opened.", "Correct its permissions.")
        return None


def _bad_object(uri: str, where: Location) -> Diagnostic:
    detail = f"{_short(uri)} does not name an object."
    return spec_error("SPEC053", where, detail, "Write it as gs://BUCKET/OBJECT, naming one file.")


def _near(path: str) -> str:
    folder, name = os.path.split(path)
    try:
        near = nearest(name, (entry.name for entry in Path(folder or ".").iterdir()))
    except OSError:
        return "Correct the path: it is relative to this file."
    return f'Did you mean "{near}"?' if near else "Correct the path: it is relative to this file."


def _short(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:119]}…"
