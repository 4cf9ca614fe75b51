"""Addresses and workspaces that lie here, by a glance at the files: for a shell that completes a word.

Nothing is loaded, checked or said. What cannot be read is not there, and a lock in a bucket is not asked.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from reconciler.core.dialects.gemini import GEMINI
from reconciler.core.dialects.vertex import VERTEX
from reconciler.files.sources import spec_files

_MOST_BYTES: Final = 16 * 1024 * 1024
"""Of all that is looked at for one word."""
_BACKENDS: Final = {"VertexTunedModel": VERTEX.name, "GeminiTunedModel": GEMINI.name}
_KIND = re.compile(r"^kind:\s*[\"']?([A-Za-z]+)", re.MULTILINE)
_METADATA = re.compile(r"^metadata:((?:[^\n]+|\n(?![^\s#]))*)", re.MULTILINE)
_NAME = re.compile(r"(?:^|[{,\s])name:\s*[\"']?([a-z0-9-]+)")
_LOCK = re.compile(r"^[ \t]+lock:\s*[\"']?([^\s\"',}#]+)", re.MULTILINE)
_SPECS = re.compile(r"^[ \t]+specs:(?:[ \t]*\[([^\]]*)\]|[ \t]*\n((?:[ \t]*-[^\n]*\n)+)|)", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*#.*\n", re.MULTILINE)
_DOCUMENT = re.compile(r"^---", re.MULTILINE)
_SETTINGS = re.compile(r"tuneform\.(.+)\.ya?ml")


def workspaces_nearby(folder: str) -> list[str]:
    """NAME of every tuneform.NAME.yaml."""
    with suppress(OSError):
        found = (_SETTINGS.fullmatch(name) for name in os.listdir(folder))  # noqa: PTH208  # names alone
        return sorted({match[1] for match in found if match})
    return []


def addresses_nearby(folder: str, workspace: str, lock: str, *, is_embedded: bool = False) -> list[str]:
    """Every address that the lock or a spec names, sorted. Without a `lock`: the workspace's, or the emulator's."""
    within = Path(folder)
    own = _emulators_lock(within, workspace) if is_embedded else _lock_of(within, workspace)
    declared = (address for place in _places(within, workspace) for address in _declared(within / place))
    return sorted({*_locked(within / lock if lock else own), *declared})


def _emulators_lock(folder: Path, workspace: str) -> Path:
    return folder / ".tuneform" / (f"emulator.{workspace}.lock" if workspace else "emulator.lock")


def _lock_of(folder: Path, workspace: str) -> Path:
    stem = f"tuneform.{workspace}" if workspace else "tuneform"
    said = _LOCK.search(_text(folder / f"{stem}.yaml"))
    return folder / (said[1] if said else f"{stem}.lock")


def _places(folder: Path, workspace: str) -> list[str]:
    """Where the specs are, as far as a glance at the settings tells; none where they are rendered or piped in."""
    text = _COMMENT.sub("", _text(folder / (f"tuneform.{workspace}.yaml" if workspace else "tuneform.yaml")))
    said = _SPECS.search(text)
    if said is None:
        return ["specs"]
    listed = said[1].split(",") if said[1] is not None else re.findall(r"-[ \t]*([^\n#]+)", said[2] or "")
    return [place.strip(" \t\"'") for place in listed if place.strip()]


def _locked(place: Path) -> Iterator[str]:
    with suppress(ValueError, AttributeError):
        yield from json.loads(_text(place) or "{}").get("entries", {})


def _declared(folder: Path) -> Iterator[str]:
    left = _MOST_BYTES
    for path in spec_files(str(folder)) if folder.is_dir() else [str(folder)]:
        text = _text(Path(path), left) if isinstance(path, str) else ""
        left -= len(text)
        for document in _DOCUMENT.split(_COMMENT.sub("", text)):
            kind, metadata = _KIND.search(document), _METADATA.search(document)
            name = _NAME.search(metadata[1]) if metadata else None
            if kind and name and kind[1] in _BACKENDS:
                yield f"{_BACKENDS[kind[1]]}/{name[1]}"


def _text(path: Path, most: int = _MOST_BYTES) -> str:
    with suppress(OSError):
        if path.is_file() and path.stat().st_size <= most:
            return path.read_text(encoding="utf-8", errors="replace")
    return ""
